"""What the trail says in words: every room lists its events and the kinds of things they are about.

A room's list stands in its `events.py`, which is loaded with the tables; a code that is recorded
without words fails `tests/meta/test_events.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from marketplace.foundation.errors import N_

Code = TypeVar("Code", bound=str)
EVENT_TEXTS: dict[str, str] = {}
"""Every event code of every room -> what happened, in English; translated at the edge."""

SUBJECT_TEXTS: dict[str, str] = {}
"""Every kind of thing that something can happen to -> its name."""

DETAIL_TEXTS: dict[str, str] = {
    "accreditation": N_("Accreditation"),
    "amount_fen": N_("Amount"),
    "as_of": N_("Edition"),
    "assessment": N_("Assessment"),
    "breaks_opened": N_("Differences found"),
    "breaks_resolved": N_("Differences cleared"),
    "category": N_("Category"),
    "cause": N_("Cause"),
    "changed": N_("Changed"),
    "claimed": N_("File type as sent"),
    "clause": N_("Clause"),
    "control_sum_fen": N_("Control sum"),
    "counts": N_("Rows"),
    "course_run": N_("Class"),
    "document": N_("Document"),
    "enrollment": N_("Enrollment"),
    "entry": N_("Entry"),
    "entry_id": N_("Entry"),
    "fact": N_("Declaration"),
    "fee_fen": N_("Fee"),
    "file_sha256": N_("Fingerprint of the file"),
    "from": N_("From"),
    "held": N_("Held back because of"),
    "institution": N_("Institution"),
    "jurisdiction_id": N_("Place"),
    "kind": N_("Kind"),
    "left": N_("Left"),
    "lesson_id": N_("Lesson"),
    "level": N_("Skill level"),
    "lines": N_("Lines"),
    "lines_new": N_("New lines"),
    "matched": N_("Matched"),
    "method": N_("How"),
    "new_fen": N_("Under the draft"),
    "number": N_("Version"),
    "occupation": N_("Occupation"),
    "old_fen": N_("Paid then"),
    "outcome": N_("Outcome"),
    "messages": N_("Messages"),
    "payout_account": N_("Payee account"),
    "payouts": N_("Payouts"),
    "people": N_("People"),
    "place": N_("Place"),
    "rate_percent": N_("Attendance (%%)"),
    "redemption": N_("Redemption"),
    "reference": N_("Reference"),
    "reservation": N_("Reservation"),
    "role": N_("Role"),
    "rule": N_("Rule"),
    "scheme": N_("Scheme"),
    "source": N_("Source"),
    "state": N_("State"),
    "step": N_("Step"),
    "user_id": N_("Login"),
    "valid_from": N_("Valid from"),
    "value_fen": N_("Value"),
    "version": N_("Version"),
    "voucher": N_("Voucher"),
    "vouchers": N_("Vouchers"),
}
"""Names of what an event carries; `_fen` is an amount of the deployment's currency. A detail that
has no name here is shown as it is stored."""


CODE_TEXTS: dict[str, dict[str, str]] = {}
"""What is stored as a code and read as words: the reasons of an event, by its code; the values of
a detail, by its name."""


def register_codes(place: str, texts: Mapping[Code, str]) -> None:
    """Give words to the codes that an event's reason, or a detail, is stored as."""
    CODE_TEXTS.setdefault(place, {}).update({str(code): text for code, text in texts.items()})


def register_events(texts: Mapping[str, str], *, subjects: Mapping[str, str] | None = None) -> None:
    """Add a room's events and subjects; a code means one thing in the whole product."""
    for known, added in ((EVENT_TEXTS, texts), (SUBJECT_TEXTS, subjects or {})):
        for code, text in added.items():
            if known.get(code, text) != text:
                raise RuntimeError(f"{code} has two meanings in the audit trail")
            known[code] = text
