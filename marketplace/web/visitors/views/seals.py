"""Heads of the sealed books, for everybody: who keeps one can show later that history stands."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

from flask import Response, render_template, stream_with_context

from marketplace.edge.access import access, anyone
from marketplace.edge.paging import asked_page, page_url
from marketplace.ledger.sealing.documents import sealed_at_text
from marketplace.ledger.sealing.queries import (
    count_unsealed_entries,
    each_block,
    find_last_block,
    list_blocks,
)
from marketplace.web.visitors.blueprint import blueprint

if TYPE_CHECKING:
    from marketplace.ledger.models import SealBlock


@blueprint.get("/books/seals")
@access(anyone)
def list_seals() -> str:
    """The newest head to keep, all heads, and how to check an entry without us."""
    return render_template(
        "visitors/list_seals.html",
        last=find_last_block(),
        blocks=list_blocks(asked_page(size=50)),
        unsealed=count_unsealed_entries(),
        page_url=page_url,
    )


@blueprint.get("/books/seals.json")
@access(anyone)
def download_seals() -> Response:
    """Every head with its header, oldest first: an anchor for `ledger verify --anchor`."""
    answer = Response(stream_with_context(_pieces()), mimetype="application/json")
    answer.headers["Content-Disposition"] = 'attachment; filename="sealed-heads.json"'
    return answer


def _pieces() -> Iterator[str]:
    separator = ""
    yield '{"blocks": ['
    for block in each_block():
        yield separator + json.dumps(_block_json(block))
        separator = ", "
    yield "]}"


def _block_json(block: SealBlock) -> dict[str, object]:
    return {
        "height": block.height,
        "head": block.head,
        "previous_head": block.previous_head,
        "root": block.root,
        "entries": block.entries,
        "sealed_at": sealed_at_text(block.sealed_at),
    }
