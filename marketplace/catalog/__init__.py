"""Occupations, the shortage list, courses, course runs, search.

职业、急需紧缺目录、培训项目、班次、检索。
Operations: draft_course, revise_course, submit_course, list_course, return_course, delist_course,
relist_course, set_catalog_policy, file_course_run, grant_late_filing, refuse_late_filing,
rewrite_course_run, open_course_run, start_course_run, finish_course_run, cancel_course_run,
take_seat, give_back_seat, index_courses, reindex_courses, save_synonym, retire_synonym,
import_synonyms. Uses institutions, jurisdictions, audit.
"""
