"""Files taken in: one run per file, every problem by row, field and reason.

数据导入：逐行问题报告。
Operations: start_import_run, record_problem, finish_import_run, resolve_problem. Knows no domain.
"""
