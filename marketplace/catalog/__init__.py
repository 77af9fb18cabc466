"""Occupations, the shortage list, courses, course runs, search.

职业、急需紧缺目录、培训项目、班次、检索。
"""
