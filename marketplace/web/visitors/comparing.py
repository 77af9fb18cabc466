"""Which courses the reader compares: kept in the address, without login or script.

`?c=CODE&c=CODE` and `?c=CODE,CODE` mean the same; our own links write the short form, because
other filters of a page carry a single value.
"""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import parse_qsl, urlencode

from flask import request, url_for

from marketplace.web.visitors.blueprint import blueprint

COMPARED_MAX = 4
ARGUMENT = "c"
_CODE = re.compile(r"^[A-Z]{1,3}-[0-9A-Z]{4,24}$")


@blueprint.app_template_global()
def compared_codes() -> list[str]:
    """The courses in the address, each once, four at most; what is no code is left out."""
    return list(_codes_of(tuple(request.args.getlist(ARGUMENT)[:20])))


@lru_cache(maxsize=500)
def _codes_of(values: tuple[str, ...]) -> tuple[str, ...]:
    codes: list[str] = []
    for value in values:
        for code in value.split(",")[:20]:
            if _CODE.match(code) and code not in codes:
                codes.append(code)
    return tuple(codes[:COMPARED_MAX])


@blueprint.app_template_global()
def compare_address(codes: list[str]) -> str:
    """The comparison of these courses."""
    return url_for("visitors.compare_courses") + (f"?{_query(codes)}" if codes else "")


@blueprint.app_template_global()
def here_with_compared(codes: list[str]) -> str:
    """The present page with other courses to compare; its filters stay."""
    kept = _kept(request.query_string)
    query = "&".join(part for part in (kept, _query(codes)) if part)
    return f"{request.path}?{query}" if query else request.path


@blueprint.app_template_global()
def can_compare_more() -> bool:
    """Whether there is room for one more."""
    return len(compared_codes()) < COMPARED_MAX


@lru_cache(maxsize=500)
def _kept(query: bytes) -> str:
    """What stays of the address: a page of results asks once for every card."""
    pairs = parse_qsl(query.decode("utf-8", "replace"))
    return urlencode([(name, value) for name, value in pairs if name != ARGUMENT])


def _query(codes: list[str]) -> str:
    return f"{ARGUMENT}={','.join(codes)}" if codes else ""
