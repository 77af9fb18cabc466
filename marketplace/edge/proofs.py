"""Handing out the proof of an entry: the caller has decided who may have it."""

from __future__ import annotations

import json

from flask import Response

from marketplace.ledger.sealing.proofs import proof_of_entry


def proof_file(entry_id: int) -> Response:
    """The proof as a JSON file to keep. Not found (404) while the entry is not sealed."""
    text = json.dumps(proof_of_entry(entry_id), ensure_ascii=False, indent=1)
    answer = Response(text + "\n", mimetype="application/json")
    answer.headers["Content-Disposition"] = f'attachment; filename="proof-{entry_id}.json"'
    return answer
