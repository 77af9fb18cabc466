"""Training finds the person (培训找人): who should hear about which course, and why.

Here so far: what learners of one course also chose (`affinity`), measured on logs that others
wrote (`evaluation`, command `matching evaluate`). It may use all rooms below and moves no money.
"""
