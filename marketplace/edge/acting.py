"""A button on a page: the act, then its success or every reason against it on the next page."""

from __future__ import annotations

from collections.abc import Callable

from flask import flash

from marketplace.edge.answers import flash_refused
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import Refused


def act_or_tell(act: Callable[[], object], *, done: str) -> None:
    """One unit of work; what is refused is told and nothing of it is kept."""
    try:
        with write_transaction():
            act()
    except Refused as refused:
        flash_refused(refused)
    else:
        flash(done, "success")
