"""Long work, kept in a leased table: what is running, how far it is.

后台任务：进度可见，断电不丢。
Operations: enqueue_job, lease_job, report_progress, finish_job, fail_job, cancel_job.
"""
