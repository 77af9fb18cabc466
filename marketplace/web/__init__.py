"""Pages, one package per audience; who may enter is access.py. 页面，按使用者分包。"""
