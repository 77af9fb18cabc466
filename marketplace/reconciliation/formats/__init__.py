"""Reading bank statements: each format gives the same parsed statements. 对账单格式。

camt053 reads ISO 20022; detection.py chooses. Nothing here touches the database.
"""
