"""Pages of accounts: sign-up, login, second factor, language. 账号页面。"""
