"""Reading bank statements: each format gives the same parsed statements. 对账单格式。

detection.py chooses: camt reads ISO 20022, mt940 SWIFT, bank_tables what Chinese banks export, by
the files in layouts/. Nothing here touches the database.
"""
