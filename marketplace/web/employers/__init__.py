"""Pages of employers: their quotas, naming employees, what became of it. 用人单位页面。"""
