"""Check that a journal entry is in the published chain of sealed blocks, without the platform.

    python check_proof.py PROOF.json [HEADS.json]

PROOF.json is what a statement of account or `ledger prove` gives; HEADS.json is what was
published (or a file you kept): {"blocks": [{"height": 1, "head": "..."}, ...]}. Only the standard
library is used. Exit 0: proved. Exit 1: not proved. Hashing as in RFC 9162, section 2.1.
"""

import json
import sys
from hashlib import sha256
from pathlib import Path


def root_from_path(leaf, index, size, path):
    """RFC 9162, section 2.1.3.2."""
    if not 0 <= index < size:
        return None
    node, last, found = index, size - 1, leaf
    for step in path:
        if last == 0:
            return None
        if node % 2 or node == last:
            found = sha256(b"\x01" + step + found).digest()
            while node % 2 == 0 and node:
                node, last = node >> 1, last >> 1
        else:
            found = sha256(b"\x01" + found + step).digest()
        node, last = node >> 1, last >> 1
    return found if last == 0 else None


def check(proof, heads):
    """Nothing when the proof holds, otherwise what is wrong."""
    block = json.loads(proof["block"])
    _form, height, _previous, root, entries, _sealed_at = block
    leaf = sha256(b"\x00" + proof["entry"].encode()).digest()
    path = [bytes.fromhex(step) for step in proof["path"]]
    if entries != proof["size"]:
        return "the block holds another number of entries"
    found = root_from_path(leaf, proof["index"], proof["size"], path)
    if found is None or found.hex() != root:
        return "the entry does not lead to the root of its block"
    if sha256(proof["block"].encode()).hexdigest() != proof["head"]:
        return "the head is not that of the block"
    if heads is not None:
        published = {item["height"]: item["head"] for item in heads["blocks"]}
        if height not in published:
            return f"no head is published for block {height}"
        if published[height] != proof["head"]:
            return f"another head is published for block {height}"
    return None


def main(arguments):
    if len(arguments) not in (1, 2):
        print(__doc__.strip().splitlines()[2].strip(), file=sys.stderr)
        return 2
    try:
        proof, *rest = (json.loads(Path(name).read_text("utf-8")) for name in arguments)
        wrong = check(proof, rest[0] if rest else None)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        print(f"not a proof: {error}", file=sys.stderr)
        return 1
    if wrong:
        print(f"NOT PROVED: {wrong}")
        return 1
    entry, block = json.loads(proof["entry"]), json.loads(proof["block"])
    compared = "" if rest else " Compare the head with the published one yourself."
    print(f"proved: entry {entry[1]} ({entry[2]} {entry[3]}, {entry[5]}) is in block {block[1]}.")
    print(f"head {proof['head']}.{compared}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
