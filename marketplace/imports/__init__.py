"""Files taken in: one run per file, every problem by row, field and reason.

数据导入：逐行问题报告。
Operations: start_import_run, save_import_piece, record_problems, finish_import_run,
fail_import_run, store_import_file, save_preview_piece, finish_preview, decide_preview.
Knows no domain. Uses audit, jobs, foundation.
"""
