"""Disputed lines: of an institution, of an office, one with its thread."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select

from marketplace.claims.models import Claim, ClaimLine
from marketplace.foundation.db import db
from marketplace.foundation.errors import NotFound
from marketplace.foundation.paging import Page, PageRequest
from marketplace.institutions.models import Institution
from marketplace.institutions.queries import in_subtrees
from marketplace.jurisdictions.models import Jurisdiction
from marketplace.people.models import Document, User
from marketplace.settlement.models import StatementDispute, StatementDisputeMessage
from marketplace.settlement.states import DisputeState

MESSAGES_MAX = 200


@dataclass(frozen=True, slots=True)
class DisputeRow:
    """A dispute with its institution, its claim if it is about one, and its officer."""

    dispute: StatementDispute
    institution_code: str
    institution_name: str
    claim_code: str | None
    line_amount_fen: int | None
    owner_login: str | None


@dataclass(frozen=True, slots=True)
class DisputeMessage:
    """One message with who wrote it and its document."""

    message: StatementDisputeMessage
    login: str
    document_code: str | None


def list_disputes_of(institution_id: int, page: PageRequest) -> Page[DisputeRow]:
    """What an institution disputes, open ones first, then newest first."""
    mine = StatementDispute.institution_id == institution_id
    closed = StatementDispute.state != DisputeState.OPEN
    return _page(mine, page, (closed, StatementDispute.id.desc()))


def list_statement_disputes(
    paths: Sequence[str], page: PageRequest, *, is_open: bool = True
) -> Page[DisputeRow]:
    """Disputes of institutions under some paths: open ones by deadline, or closed ones."""
    open_only = StatementDispute.state == DisputeState.OPEN
    wanted = in_subtrees(paths) & (open_only if is_open else ~open_only)
    order = (
        (StatementDispute.due_on, StatementDispute.id) if is_open else (StatementDispute.id.desc(),)
    )
    return _page(wanted, page, order)


def count_open_disputes(paths: Sequence[str]) -> int:
    """How many wait for the office."""
    return list_statement_disputes(paths, PageRequest(1, 1)).total


def count_open_disputes_of(institution_id: int) -> int:
    """How many an institution waits for."""
    found = select(func.count()).where(
        StatementDispute.institution_id == institution_id,
        StatementDispute.state == DisputeState.OPEN,
    )
    return db.session.scalar(found) or 0


def get_dispute_row(
    code: str, *, paths: Sequence[str] = (), institution_id: int | None = None
) -> DisputeRow:
    """One dispute, for its institution or for an office; else 404."""
    mine = (
        in_subtrees(paths)
        if institution_id is None
        else StatementDispute.institution_id == institution_id
    )
    row = db.session.execute(_rows().where(StatementDispute.code == code, mine)).one_or_none()
    if row is None:
        raise NotFound("dispute", code)
    return DisputeRow(*row)


def find_open_dispute(
    institution_id: int, *, entry_id: int | None, claim_line_id: int | None
) -> StatementDispute | None:
    """The open dispute about a line."""
    line = (
        StatementDispute.entry_id == entry_id
        if claim_line_id is None
        else StatementDispute.claim_line_id == claim_line_id
    )
    return db.session.scalar(
        select(StatementDispute).where(
            StatementDispute.institution_id == institution_id,
            StatementDispute.state == DisputeState.OPEN,
            line,
        )
    )


def list_disputed_entries(institution_id: int, entry_ids: Collection[int]) -> dict[int, str]:
    """Which of some entries the institution disputes now, with the dispute's code."""
    rows = db.session.execute(
        select(StatementDispute.entry_id, StatementDispute.code)
        .where(
            StatementDispute.institution_id == institution_id,
            StatementDispute.entry_id.in_(entry_ids),
            StatementDispute.state == DisputeState.OPEN,
        )
        .order_by(StatementDispute.id)
        .limit(len(entry_ids) or 1)
    )
    return {entry_id: code for entry_id, code in rows if entry_id is not None}


def list_disputed_claim_lines(claim_id: int) -> dict[int, str]:
    """The lines of a claim that are disputed now, with the dispute's code."""
    rows = db.session.execute(
        select(StatementDispute.claim_line_id, StatementDispute.code)
        .join(ClaimLine, ClaimLine.id == StatementDispute.claim_line_id)
        .where(ClaimLine.claim_id == claim_id, StatementDispute.state == DisputeState.OPEN)
        .order_by(StatementDispute.id)
        .limit(1_000)
    )
    return {line_id: code for line_id, code in rows if line_id is not None}


def find_own_claim_line(
    claim_line_id: int, *, institution_id: int
) -> tuple[ClaimLine, Claim] | None:
    """A claim line of an institution, with its claim."""
    row = db.session.execute(
        select(ClaimLine, Claim)
        .join(Claim, Claim.id == ClaimLine.claim_id)
        .where(ClaimLine.id == claim_line_id, Claim.institution_id == institution_id)
    ).one_or_none()
    return None if row is None else (row[0], row[1])


def list_dispute_messages(dispute_id: int) -> list[DisputeMessage]:
    """The thread, oldest first (at most 200)."""
    rows = db.session.execute(
        select(StatementDisputeMessage, User.login, Document.code)
        .join(User, User.id == StatementDisputeMessage.written_by)
        .outerjoin(Document, Document.id == StatementDisputeMessage.document_id)
        .where(StatementDisputeMessage.dispute_id == dispute_id)
        .order_by(StatementDisputeMessage.id)
        .limit(MESSAGES_MAX)
    )
    return [DisputeMessage(*row) for row in rows]


def count_dispute_messages(dispute_id: int) -> int:
    """How long the thread is."""
    found = select(func.count()).where(StatementDisputeMessage.dispute_id == dispute_id)
    return db.session.scalar(found) or 0


def get_dispute_document(dispute_id: int, document_code: str) -> Document:
    """A file of the thread."""
    found = db.session.scalar(
        select(Document)
        .join(StatementDisputeMessage, StatementDisputeMessage.document_id == Document.id)
        .where(StatementDisputeMessage.dispute_id == dispute_id, Document.code == document_code)
    )
    if found is None:
        raise NotFound("document", document_code)
    return found


def lock_dispute(dispute_id: int) -> StatementDispute:
    """A dispute, held until the unit of work ends."""
    found = db.session.scalar(
        select(StatementDispute)
        .where(StatementDispute.id == dispute_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound("dispute", dispute_id)
    return found


def _page(
    wanted: ColumnElement[bool], page: PageRequest, order: tuple[Any, ...]
) -> Page[DisputeRow]:
    rows = _rows().where(wanted)
    total = db.session.scalar(
        select(func.count()).select_from(rows.with_only_columns(StatementDispute.id).subquery())
    )
    found = db.session.execute(rows.order_by(*order).offset(page.offset).limit(page.limit))
    return Page([DisputeRow(*row) for row in found], total or 0, page.number, page.limit)


def _rows() -> Select[*tuple[Any, ...]]:
    return (
        select(
            StatementDispute,
            Institution.code,
            Institution.name,
            Claim.code,
            ClaimLine.amount_fen,
            User.login,
        )
        .join(Institution, Institution.id == StatementDispute.institution_id)
        .outerjoin(Jurisdiction, Jurisdiction.id == Institution.jurisdiction_id)
        .outerjoin(ClaimLine, ClaimLine.id == StatementDispute.claim_line_id)
        .outerjoin(Claim, Claim.id == ClaimLine.claim_id)
        .outerjoin(User, User.id == StatementDispute.owner_id)
    )
