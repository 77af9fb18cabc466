"""The tree province - prefecture - county - township, with retired codes. 行政区划四级树。

Operations: import_jurisdictions. Uses imports, audit.
"""
