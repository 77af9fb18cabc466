"""A file of a form, as operations take it."""

from __future__ import annotations

from typing import Any

from marketplace.settlement.operations.disputes import Attached


def attached_file(field: Any) -> Attached | None:
    """The uploaded file of a form field; none when nothing was chosen."""
    upload = field.data
    if not upload:
        return None
    file_name, content = upload.filename or "", upload.read()
    upload.close()
    return Attached(file_name, content) if file_name or content else None
