"""Replaying a past period under another policy, slice by slice; nothing of the past changes."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, replace
from datetime import date, timedelta
from typing import Any

from marketplace.audit.operations import record_event
from marketplace.drafting.models import PolicyReplay, ReplayLine, SchemeDraft
from marketplace.drafting.queries.past import (
    Period,
    count_given_before,
    count_past_vouchers,
    list_past_vouchers,
)
from marketplace.drafting.queries.replays import lock_replay
from marketplace.drafting.rules.again import decide_again
from marketplace.drafting.rules.replays import Pace, dry_days, refusals_for_period
from marketplace.drafting.rules.totals import Figures, figures_from
from marketplace.drafting.states import Outcome
from marketplace.foundation import clock
from marketplace.foundation.bulk import insert_rows
from marketplace.foundation.db import db
from marketplace.foundation.errors import Refused
from marketplace.foundation.ids import new_code
from marketplace.funds.entries import available
from marketplace.funds.models import Allotment
from marketplace.funds.queries import (
    NOT_USED,
    find_allotment_for,
    find_fund_by_code,
    get_allotment,
)
from marketplace.funds.rules import BURN_DAYS
from marketplace.jobs.models import Job
from marketplace.jobs.operations import enqueue_job
from marketplace.jurisdictions.queries import find_jurisdiction_by_code, get_jurisdiction
from marketplace.ledger.queries import get_balance_fen, list_outflows_fen
from marketplace.vouchers.models import Scheme, SchemeVersion
from marketplace.vouchers.operations.schemes import check_pack_for_replay
from marketplace.vouchers.queries.batches import count_workers, find_last_worker_id
from marketplace.vouchers.queries.eligibility import Eligibility, MoneyLeft, build_eligibility
from marketplace.vouchers.queries.facts import count_vouchers_by_category
from marketplace.vouchers.queries.schemes import (
    SchemeInForce,
    find_latest_version,
    find_scheme_by_code,
    get_offer,
)
from marketplace.vouchers.rules.policy import Policy
from marketplace.vouchers.rules.policy_reading import policy_from_pack
from marketplace.vouchers.rules.quote_facts import canonical_json
from marketplace.vouchers.states import VoucherOrigin

JOB_KIND = "replay_policy"
SLICE_PEOPLE = 20_000
SLICE_VOUCHERS = 500
AT_ONCE_MAX = 5_000
"""So many people and vouchers are replayed while the reader waits; more is left to the runner."""


def start_replay(
    pack_text: str,
    *,
    from_on: date,
    until_on: date,
    actor_id: int | None,
    draft: SchemeDraft | None = None,
) -> PolicyReplay:
    """Begin to replay a past period under a pack; `replay_slice` does it.

    Refuses what `check_pack_for_replay` refuses, and a period that is reversed, too long or
    not over.
    """
    pack = check_pack_for_replay(pack_text)
    if refusals := refusals_for_period(from_on, until_on, today=clock.today()):
        raise Refused(refusals)
    place = find_jurisdiction_by_code(pack["jurisdiction"])
    assert place is not None, "refused above otherwise"
    scheme = find_scheme_by_code(pack["scheme"])
    latest = find_latest_version(scheme.id) if scheme else None
    vouchers = count_past_vouchers(Period(scheme.id, from_on, until_on)) if scheme else 0
    replay = PolicyReplay(
        code=new_code("RP"),
        draft_id=draft.id if draft else None,
        scheme_code=pack["scheme"],
        jurisdiction_id=place.id,
        based_on_id=latest.id if latest else None,
        pack=pack,
        content_sha256=hashlib.sha256(canonical_json(pack).encode()).hexdigest(),
        from_on=from_on,
        until_on=until_on,
        last_worker_id=0,
        last_voucher_id=0,
        done=0,
        total=count_workers() + vouchers,
        figures=asdict(Figures()),
        requested_by=actor_id,
        created_at=clock.now(),
    )
    db.session.add(replay)
    db.session.flush()
    _record("policy_replay.started", replay, actor_id)
    return replay


def run_replay(replay: PolicyReplay, *, actor_id: int | None) -> Job | None:
    """Replay at once what is small, in the present unit of work; leave the rest to the runner,
    whose job is returned."""
    if replay.total > AT_ONCE_MAX:
        return enqueue_job(
            JOB_KIND,
            payload={"replay_id": replay.id, "replay": replay.code},
            requested_by=actor_id,
            dedupe_key=job_key(replay.code),
        )
    while True:
        if replay_slice(replay.id).finished_at is not None:
            return None


def job_key(replay_code: str) -> str:
    """Under which key the job of a replay is found."""
    return f"{JOB_KIND}:{replay_code}"


def replay_slice(replay_id: int) -> PolicyReplay:
    """Decide the next people, then the next past vouchers, and count what it comes to; the last
    slice finishes the replay. Once finished, again changes nothing."""
    replay = lock_replay(replay_id)
    if replay.finished_at is not None:
        return replay
    before, after = _offers(replay)
    figures = figures_from(replay.figures)
    upto = find_last_worker_id(after=replay.last_worker_id, limit=SLICE_PEOPLE, batch_id=None)
    if upto is not None:
        people = _count_people(replay, before, after, figures, upto=upto)
        replay.last_worker_id, replay.done = upto, replay.done + people
    else:
        is_last = before is None or not _decide_vouchers(replay, before, after.policy, figures)
        if is_last:
            return _finish(replay, after, figures)
    replay.total = max(replay.total, replay.done)
    replay.figures = asdict(figures)
    db.session.flush()
    return replay


def _offers(replay: PolicyReplay) -> tuple[SchemeInForce | None, SchemeInForce]:
    """The version before, and the same scheme with the replayed policy."""
    if replay.based_on_id is not None:
        before = get_offer(replay.based_on_id)
        policy = policy_from_pack(replay.pack, version=before.version.number + 1)
        return before, replace(before, policy=policy)
    fund = find_fund_by_code(replay.pack["fund"])
    assert fund is not None, "asked when the replay began"
    place = get_jurisdiction(replay.jurisdiction_id)
    # A scheme that is not published has no row; nobody holds vouchers of number 0.
    scheme = Scheme(id=0, code=replay.scheme_code, fund_id=fund.id, jurisdiction_id=place.id)
    version = SchemeVersion(id=0, scheme_id=0, number=1)
    policy = policy_from_pack(replay.pack, version=1)
    return None, SchemeInForce(scheme, version, policy, place, fund)


def _count_people(
    replay: PolicyReplay,
    before: SchemeInForce | None,
    after: SchemeInForce,
    figures: Figures,
    *,
    upto: int,
) -> int:
    """Who may have a voucher on the last day of the period, before and after, and why not."""
    way = _way(before or after)
    asked = {"after": replay.last_worker_id, "upto": upto}
    decided_after = _eligibility(after, way, replay.until_on)
    rows_after = db.session.execute(decided_after.statement, asked).all()
    if before is None:
        for row in rows_after:
            figures.count_person(None, frozenset(decided_after.reasons(row.refused)))
        return len(rows_after)
    decided_before = _eligibility(before, way, replay.until_on)
    rows_before = db.session.execute(decided_before.statement, asked).all()
    for old, new in zip(rows_before, rows_after, strict=True):
        assert old.worker_id == new.worker_id, "both read the same people in one order"
        figures.count_person(
            frozenset(decided_before.reasons(old.refused)),
            frozenset(decided_after.reasons(new.refused)),
        )
    return len(rows_after)


def _way(offer: SchemeInForce) -> VoucherOrigin:
    """How people come to the voucher now: a policy that closes that way is told as such."""
    ways = offer.policy.ways_out
    return VoucherOrigin.CLAIMED if VoucherOrigin.CLAIMED in ways else ways[0]


def _eligibility(offer: SchemeInForce, way: VoucherOrigin, on: date) -> Eligibility:
    given = count_vouchers_by_category(offer.scheme.id, offer.policy, on=on)
    return build_eligibility(offer, way=way, on=on, money=MoneyLeft({}, given))


def _decide_vouchers(
    replay: PolicyReplay, before: SchemeInForce, policy: Policy, figures: Figures
) -> bool:
    """Decide the next vouchers of the period; false when there are none left."""
    period = Period(before.scheme.id, replay.from_on, replay.until_on)
    rows = list_past_vouchers(period, policy, after=replay.last_voucher_id, limit=SLICE_VOUCHERS)
    lines = []
    for row in rows:
        year = row.issued_on.year
        _seed_tally(replay, before.scheme.id, policy, figures, year=year)
        again = decide_again(row.past, policy, given=figures.given_in(year))
        figures.count_voucher(
            again,
            on=row.decided_on,
            place_id=row.place_id,
            allotment_id=row.allotment_id,
            is_used=row.past.used is not None,
            year=year,
        )
        figures.reconstructed += row.is_reconstructed
        if again.outcome is not Outcome.SAME:
            lines.append(
                {
                    "replay_id": replay.id,
                    "voucher_id": row.voucher_id,
                    "jurisdiction_id": row.place_id,
                    "decided_on": row.decided_on,
                    "outcome": again.outcome,
                    "old_fen": again.old_fen,
                    "new_fen": again.new_fen,
                    "reasons": [reason.stored() for reason in again.reasons],
                }
            )
    insert_rows(ReplayLine, lines)
    if rows:
        replay.last_voucher_id = rows[-1].voucher_id
        replay.done += len(rows)
    return bool(rows)


def _seed_tally(
    replay: PolicyReplay, scheme_id: int, policy: Policy, figures: Figures, *, year: int
) -> None:
    """A cap counts from New Year: what was given before the period, and before the cap, counts."""
    caps = policy.category_caps.value if policy.category_caps else {}
    if not caps or any(key.startswith(f"{year}:") for key in figures.tally):
        return
    first = max(replay.from_on, date(year, 1, 1))
    given = count_given_before(scheme_id, year=year, before=first)
    for category in caps:
        figures.tally[f"{year}:{category.value}"] = given.get(category.value, 0)


def _finish(replay: PolicyReplay, offer: SchemeInForce, figures: Figures) -> PolicyReplay:
    figures.outlook = _outlook(replay, offer, figures)
    replay.figures, replay.finished_at = asdict(figures), clock.now()
    replay.total = replay.done
    db.session.flush()
    _record(
        "policy_replay.finished",
        replay,
        replay.requested_by,
        old_fen=figures.old_fen,
        new_fen=figures.new_fen,
    )
    return replay


def _outlook(replay: PolicyReplay, offer: SchemeInForce, figures: Figures) -> list[dict[str, Any]]:
    """When this year's allotments run dry as they go now, and at the price of the other policy."""
    today = clock.today()
    differences: dict[int, int] = {}
    for key, (old_fen, new_fen) in figures.allotments.items():
        present = _present_allotment(get_allotment(int(key)), offer, today)
        if present is not None:
            differences[present.id] = differences.get(present.id, 0) + new_fen - old_fen
    days = (replay.until_on - replay.from_on).days + 1
    found = []
    for allotment_id, difference_fen in sorted(differences.items()):
        allotment = get_allotment(allotment_id)
        name = available(allotment.code)
        since = today - timedelta(days=BURN_DAYS)
        pace = Pace(
            available_fen=get_balance_fen(name),
            used_lately_fen=list_outflows_fen([name], since=since, besides=NOT_USED)[name],
            difference_fen=difference_fen,
            days=days,
        )
        before, after = dry_days(pace, today=today)
        found.append(
            {
                "allotment": allotment.code,
                "place_id": allotment.jurisdiction_id,
                "year": allotment.fiscal_year,
                "available_fen": pace.available_fen,
                "dry_before": before.isoformat() if before else None,
                "dry_after": after.isoformat() if after else None,
            }
        )
    return found


def _present_allotment(allotment: Allotment, offer: SchemeInForce, today: date) -> Allotment | None:
    """What pays this year for the place of an allotment of the period."""
    if allotment.fiscal_year == today.year:
        return allotment
    path = get_jurisdiction(allotment.jurisdiction_id).path
    return find_allotment_for(offer.fund.id, jurisdiction_path=path, fiscal_year=today.year)


def _record(event: str, replay: PolicyReplay, actor_id: int | None, **details: Any) -> None:
    period = {"from": replay.from_on.isoformat(), "until": replay.until_on.isoformat()}
    record_event(
        event,
        subject_kind="policy_replay",
        subject_code=replay.code,
        actor_id=actor_id,
        details={"scheme": replay.scheme_code, **period, **details},
    )
