"""Sealing the books (封账存证): entries in blocks, each block's head chained to the one before.

`merkle` hashes (RFC 9162), `documents` says which bytes are hashed, `operations` seals,
`verify` recomputes everything, `proofs` lets an outsider check one entry alone. Sealing happens
off the hot path: posting knows nothing of it. Whoever owns the database can rewrite rows and
seals together; only a head that left this machine (an anchor) shows that.
"""
