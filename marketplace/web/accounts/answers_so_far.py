"""What a person has answered while showing who they are.

Kept in the browser's own cookie until the last screen, encrypted: the cookie is only signed, and
an ID number must not lie readable on a shared computer.
"""

from __future__ import annotations

import json

from cryptography.exceptions import InvalidTag
from flask import session
from flask_login import current_user

from marketplace.foundation import crypto

KEY = "identity"


def read_answers() -> dict[str, str]:
    """The answers so far of this login; none when the cookie is another login's."""
    sealed = session.get(KEY)
    if sealed is None:
        return {}
    try:
        answers: dict[str, str] = json.loads(crypto.decrypt(sealed, purpose=_purpose()))
    except (InvalidTag, KeyError, ValueError):
        session.pop(KEY)
        return {}
    return answers


def keep_answer(name: str, answer: str) -> None:
    """Add one answer."""
    answers = {**read_answers(), name: answer}
    session[KEY] = crypto.encrypt(json.dumps(answers), purpose=_purpose())


def forget_answers() -> None:
    """Everything was entered."""
    session.pop(KEY, None)


def _purpose() -> str:
    return f"session.identity:{current_user.user_id}"
