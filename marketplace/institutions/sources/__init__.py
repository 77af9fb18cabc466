"""How each source writes institutions: one module per source, pure. 各来源的机构文件格式。"""
