"""Pages of administrators: imports, quarantine, users, audit. 管理员页面。"""
