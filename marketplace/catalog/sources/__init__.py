"""How each source writes courses and occupations: pure. 各来源的课程与职业文件格式。"""
