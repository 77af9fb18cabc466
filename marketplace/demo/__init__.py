"""A deterministic synthetic world whose history is posted through the real operations.

演示数据：同一种子得到同一座城市，历史全部由真实业务操作产生。
Nobody in it exists: ID numbers carry an area prefix that was never assigned.
"""
