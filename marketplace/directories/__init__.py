"""The public directories: what is listed, since when, and what was listed on any earlier day.

公开目录：项目、机构、评价机构、职业资格与技能等级、急需紧缺职业，逐日可查、有据可依。
Operations: add_assessor, change_assessor, retire_assessor, register_qualification,
change_qualification, retire_qualification, draft_shortage_edition, add_shortage_entries,
remove_shortage_entry, propose_shortage_edition, return_shortage_edition, publish_shortage_edition,
discard_shortage_edition. Uses catalog, institutions, jurisdictions, imports, audit.
"""
