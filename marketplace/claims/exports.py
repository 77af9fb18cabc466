"""A claim as a document of its own: what is asked for, on what evidence, who signed what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from marketplace.claims.models import Claim, ClaimObjection, PublicObjection
from marketplace.claims.queries.claims import ClaimRow
from marketplace.claims.queries.lines import ClaimLineView


def claim_document(
    row: ClaimRow,
    lines: Sequence[ClaimLineView],
    *,
    objections: Sequence[ClaimObjection],
    public_objections: Sequence[PublicObjection],
    logins: Mapping[int, str],
    sealed_up_to: str | None,
    made_at: datetime,
) -> dict[str, Any]:
    """Amounts in minor units, instants in UTC, learners masked; of objections only what became of
    them. `sealed_up_to` is the head of the seals of that moment."""
    claim = row.claim
    return {
        "type": "claim",
        "claim": claim.code,
        "state": claim.state.value,
        "institution": {"code": row.institution_code, "name": row.institution_name},
        "course_run": {
            "code": row.run_code,
            "title": row.title,
            "starts_on": row.starts_on.isoformat(),
            "ends_on": row.ends_on.isoformat(),
        },
        "currency": claim.currency,
        "amount_fen": claim.amount_fen,
        "risk": claim.tier.value if claim.tier else None,
        "sample_percent": claim.sample_percent,
        "publicised": [_day(claim.notice_from), _day(claim.notice_until)],
        "signatures": _signatures(claim, logins),
        "lines": [_line(view) for view in lines],
        "objections": [
            {"recorded_at": one.recorded_at.isoformat(), "finding": one.finding}
            for one in objections
        ]
        + [
            {
                "recorded_at": one.filed_at.isoformat(),
                "grounds": one.grounds.value,
                "finding": one.answer,
                "clause": one.clause,
            }
            for one in public_objections
        ],
        "sealed_up_to": sealed_up_to,
        "made_at": made_at.isoformat(),
    }


def _signatures(claim: Claim, logins: Mapping[int, str]) -> list[dict[str, Any]]:
    steps = (
        ("submitted", claim.submitted_by, False, claim.submitted_at),
        ("checked", claim.checked_by, claim.checked_by_silence, claim.checked_at),
        ("approved", claim.approved_by, claim.approved_by_silence, claim.approved_at),
    )
    return [
        {
            "step": step,
            "by": None if silence or by is None else logins.get(by),
            "by_silence": silence,
            "at": at.isoformat(),
        }
        for step, by, silence, at in steps
        if at is not None
    ]


def _line(view: ClaimLineView) -> dict[str, Any]:
    completion = view.evidence.facts.completion
    return {
        "redemption": view.evidence.redemption_code,
        "voucher": view.evidence.voucher_code,
        "enrollment": view.evidence.enrollment_code,
        "entry": view.evidence.entry_id,
        "learner": view.evidence.learner,
        "redeemed_on": view.evidence.redeemed_on.isoformat(),
        "amount_fen": view.line.amount_fen,
        "attendance_percent": completion.rate_percent if completion else None,
        "state": view.line.state.value,
        "reason": view.line.reason,
        "in_sample": view.line.is_sampled,
        "seen": view.line.seen_by is not None,
    }


def _day(value: Any) -> str | None:
    return value.isoformat() if value else None
