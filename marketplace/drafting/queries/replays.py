"""Reading replays of the past."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from sqlalchemy import Select, func, select

from marketplace.drafting.models import PolicyReplay, ReplayLine
from marketplace.drafting.queries.drafts import within
from marketplace.drafting.states import Outcome
from marketplace.foundation.db import db
from marketplace.foundation.errors import NotFound
from marketplace.foundation.paging import Page, PageRequest
from marketplace.jurisdictions.models import Jurisdiction
from marketplace.vouchers.models import Voucher

PART = 2_000
"""Lines read at once for a download."""


def get_replay(replay_id: int) -> PolicyReplay:
    """A replay, or not found."""
    if (replay := db.session.get(PolicyReplay, replay_id)) is None:
        raise NotFound("replay", replay_id)
    return replay


def lock_replay(replay_id: int) -> PolicyReplay:
    """A replay, held until the end of the unit of work: one slice at a time."""
    replay = db.session.scalar(
        select(PolicyReplay)
        .where(PolicyReplay.id == replay_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if replay is None:
        raise NotFound("replay", replay_id)
    return replay


def find_replay_in_scope(code: str, paths: Collection[str]) -> PolicyReplay | None:
    """A replay of a scheme within the reader's subtrees."""
    return db.session.scalar(
        select(PolicyReplay)
        .join(Jurisdiction, Jurisdiction.id == PolicyReplay.jurisdiction_id)
        .where(within(paths), PolicyReplay.code == code)
    )


def is_replayed(content_sha256: str, *, based_on_id: int | None) -> bool:
    """Whether the past of the version before was replayed under this very content, to the end."""
    same_past = (
        PolicyReplay.based_on_id.is_(None)
        if based_on_id is None
        else PolicyReplay.based_on_id == based_on_id
    )
    found = db.session.scalar(
        select(PolicyReplay.id)
        .where(
            PolicyReplay.content_sha256 == content_sha256,
            PolicyReplay.finished_at.is_not(None),
            same_past,
        )
        .limit(1)
    )
    return found is not None


def list_replays_of_draft(draft_id: int) -> Sequence[PolicyReplay]:
    """The replays of a draft, newest first."""
    return db.session.scalars(
        select(PolicyReplay)
        .where(PolicyReplay.draft_id == draft_id)
        .order_by(PolicyReplay.id.desc())
        .limit(20)
    ).all()


def list_replay_lines(
    replay_id: int, page: PageRequest, *, outcome: Outcome | None = None
) -> Page[tuple[ReplayLine, str, str]]:
    """Vouchers that fare differently, with their codes and places; the largest change first."""
    wanted = _lines(replay_id)
    if outcome is not None:
        wanted = wanted.where(ReplayLine.outcome == outcome)
    total = db.session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
    change = func.abs(ReplayLine.new_fen - ReplayLine.old_fen)
    rows = db.session.execute(
        wanted.order_by(change.desc(), ReplayLine.id).offset(page.offset).limit(page.limit)
    )
    return Page([(line, code, name) for line, code, name in rows], total, page.number, page.limit)


def each_replay_line(replay_id: int) -> Iterator[tuple[ReplayLine, str, str]]:
    """All of them in the order of the vouchers, read in parts."""
    last_id = 0
    while True:
        rows = db.session.execute(
            _lines(replay_id).where(ReplayLine.id > last_id).order_by(ReplayLine.id).limit(PART)
        ).all()
        yield from ((line, code, name) for line, code, name in rows)
        if len(rows) < PART:
            return
        last_id = rows[-1][0].id


def list_place_names(place_ids: Collection[int]) -> dict[int, str]:
    """What places are called."""
    rows = db.session.execute(
        select(Jurisdiction.id, Jurisdiction.name)
        .where(Jurisdiction.id.in_(set(place_ids)))
        .order_by(Jurisdiction.id)
        .limit(len(place_ids) or 1)
    )
    return {place_id: name for place_id, name in rows}


def _lines(replay_id: int) -> Select[ReplayLine, str, str]:
    return (
        select(ReplayLine, Voucher.code, Jurisdiction.name)
        .join(Voucher, Voucher.id == ReplayLine.voucher_id)
        .join(Jurisdiction, Jurisdiction.id == ReplayLine.jurisdiction_id)
        .where(ReplayLine.replay_id == replay_id)
    )
