"""What the runner does for each kind of job: one module per kind. 每种后台任务一个文件。

A module holds `KIND` (the job's kind) and `work(job)`, where `job` gives payload and progress.
"""
