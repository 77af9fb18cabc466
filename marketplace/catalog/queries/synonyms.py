"""Reading the everyday words of the search."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import select

from marketplace.catalog.models import Synonym
from marketplace.catalog.sources.synonyms import read_shipped_synonyms
from marketplace.catalog.states import SynonymState
from marketplace.foundation.db import db
from marketplace.foundation.paging import Page, PageRequest
from marketplace.foundation.text import normal_form

SYNONYMS_MAX = 5_000


@dataclass(frozen=True, slots=True)
class SynonymItem:
    """A word in a list. One without a code is as shipped and was never touched."""

    word: str
    targets: tuple[str, ...]
    state: SynonymState
    code: str | None
    is_shipped: bool


def read_synonyms_in_force() -> dict[str, tuple[str, ...]]:
    """Word -> what is searched for with it: the shipped list, changed by what was written here."""
    return {item.word: item.targets for item in _items() if item.state == SynonymState.ACTIVE}


def list_synonym_items(page: PageRequest, *, asked: str = "") -> Page[SynonymItem]:
    """The words of both lists, in order; with `asked`, those that contain it on either side."""
    part = normal_form(asked)
    found = [
        item
        for item in _items()
        if not part or part in item.word or any(part in normal_form(w) for w in item.targets)
    ]
    shown = found[page.offset : page.offset + page.limit]
    return Page(shown, len(found), page.number, page.limit)


def read_all_synonyms() -> list[SynonymItem]:
    """Every word, for a file: the same words that `list_synonym_items` shows in pages."""
    return sorted(_items(), key=lambda item: item.word)


def find_synonym(word: str) -> SynonymItem | None:
    """A word by its spelling, whatever its state."""
    wanted = normal_form(word)
    return next((item for item in _items() if item.word == wanted), None)


def lock_synonym(word: str) -> Synonym | None:
    """The row of a word, held until the unit of work ends."""
    return db.session.scalar(
        select(Synonym)
        .where(Synonym.word == normal_form(word))
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def _items() -> Iterator[SynonymItem]:
    shipped = read_shipped_synonyms()
    rows = {
        row.word: row
        for row in db.session.scalars(select(Synonym).order_by(Synonym.word).limit(SYNONYMS_MAX))
    }
    for word in sorted({*shipped, *rows}):
        row = rows.get(word)
        yield SynonymItem(
            word=word,
            targets=tuple(map(str, row.targets)) if row else shipped[word],
            state=row.state if row else SynonymState.ACTIVE,
            code=row.code if row else None,
            is_shipped=word in shipped,
        )
