"""Reads only: statements of account, fund statements, invariants over all rooms. 报表（只读）。"""
