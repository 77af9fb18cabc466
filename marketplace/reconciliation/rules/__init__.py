"""What is decided about bank lines: which is which, what pays what. Pure. 对账规则。"""
