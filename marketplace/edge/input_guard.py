"""What no form, address or search can mean: refused before any page or rule reads it.

PostgreSQL stores no NUL, no database half a character, HTML shows no control characters, and
JSON nested a thousand times only wants to break its reader. One place says no, so that no view
has to.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from flask import Flask, abort, request
from werkzeug.routing import IntegerConverter

UNREADABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
"""Control characters (no browser types them, no page may show them) and halves of characters."""
SEGMENT_LENGTH_MAX = 300
QUERY_VALUE_LENGTH_MAX = 2_000
FIELDS_MAX = 2_000


class NumberConverter(IntegerConverter):
    """`<int:…>`: a number that a database key can be; any other address does not exist."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"max": 2**53, **kwargs})


def register_input_guard(app: Flask) -> None:
    """Before the routes are registered: their numbers are bounded, their input is looked at."""
    app.url_map.converters["int"] = NumberConverter
    app.before_request(refuse_unreadable)


def refuse_unreadable() -> None:
    """404 for an address, 400 for input that cannot be text of anybody; 413 above a limit."""
    segments = request.path.split("/")
    if _has_unreadable(segments) or max(map(len, segments)) > SEGMENT_LENGTH_MAX:
        request.path = UNREADABLE.sub("", request.path)  # the page of the 404 shows it
        abort(404)
    if len(request.args) + len(request.form) > FIELDS_MAX:
        abort(413)
    if any(len(value) > QUERY_VALUE_LENGTH_MAX for value in _values(request.args)):
        abort(400)
    sent = [*_values(request.args), *_values(request.form), *_file_names()]
    if _has_unreadable(sent) or (request.is_json and _has_unreadable(_json_texts())):
        abort(400)


def _values(sent: Any) -> Iterator[str]:
    """Names and values of a query or a form, repeated ones too."""
    for name, value in sent.items(multi=True):
        yield name
        yield value


def _file_names() -> list[str]:
    return [file.filename or "" for _name, file in request.files.items(multi=True)]


def _json_texts() -> list[str]:
    """Every text in a JSON body; what is no JSON at all is for the reader of the body to say."""
    try:
        body = request.get_json(silent=True)
    except RecursionError:
        abort(400)
    found: list[str] = []
    waiting = [body]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            found.append(value)
        elif isinstance(value, dict):
            waiting += [*value.keys(), *value.values()]
        elif isinstance(value, list):
            waiting += value
    return found


def _has_unreadable(texts: list[str]) -> bool:
    return any(UNREADABLE.search(text) for text in texts)
