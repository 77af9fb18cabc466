"""Counts what came of training and computes grade and stars from it. 统计培训成效，计算星级与等级。

Operations: compute_ratings_of, finish_computation. The formula, its policy, the file and the
results are the standing room's; this room stands higher because it reads enrollments.
Uses standing, enrollment, catalog, institutions, audit.
"""
