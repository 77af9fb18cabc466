"""Version 1 of the REST interface: one file per resource. 接口第一版。"""
