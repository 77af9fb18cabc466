"""Visits of inspectors to classes: planned, begun on site, submitted once and for good.

督导检查：计划、到场点名、提交后不可更改，机构限期答复。
Operations: plan_visit, cancel_visit, begin_visit, visit_now, attach_visit_document, submit_visit,
answer_visit, open_visit_document. Uses enrollment for who is recorded, catalog for the class,
institutions, people. Whether what was seen agrees with the records is for evidence, above.
"""
