"""The next version of a scheme: written, replayed, signed by two, published; and never bent."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from marketplace.cli.runner import RunningJob
from marketplace.cli.work.replay_policy import work
from marketplace.drafting.models import ReplayLine
from marketplace.drafting.operations.drafts import (
    Officer,
    begin_draft,
    discard_draft,
    publish_draft,
    return_draft,
    save_draft,
    submit_draft,
    take_back_draft,
)
from marketplace.drafting.operations.replays import run_replay, start_replay
from marketplace.drafting.queries.drafts import get_draft
from marketplace.drafting.queries.replays import get_replay
from marketplace.drafting.rules.totals import figures_from
from marketplace.drafting.states import DraftState, Outcome
from marketplace.foundation.db import db, write_transaction
from marketplace.foundation.errors import Refused
from marketplace.jobs.operations import lease_job
from marketplace.notices.models import Notice
from marketplace.people.queries import get_user
from marketplace.redemption.operations.redeem import redeem_voucher
from marketplace.vouchers.models import Quote
from marketplace.vouchers.operations.schemes import load_scheme
from marketplace.vouchers.queries.recheck import recheck_claims, recheck_quotes
from marketplace.vouchers.queries.schemes import find_scheme_in_force, get_scheme
from marketplace.vouchers.rules.pack import pack_as_text
from tests.conftest import laid_out
from tests.factories.drafting import FROM_ON, UNTIL_ON, make_draft, make_replay
from tests.factories.funds import make_place
from tests.factories.people import make_officer
from tests.factories.redemption import make_ready_case
from tests.factories.voucher_rows import make_person
from tests.factories.vouchers import CLAUSE, make_pack, make_scheme, make_voucher, rule

LOWER_RATE = [{"amount_fen": 60_000, "level": 5, "clause": CLAUSE}]


@dataclass(frozen=True)
class Office:
    """A scheme whose vouchers were used, and two officers of its place."""

    scheme_id: int
    maker: int
    checker: int
    paid_fen: int


@pytest.fixture
def office(app, now) -> Office:
    return laid_out(make_office)


def make_office() -> Office:
    """Made once and laid out anew for every test."""
    scheme = make_scheme(make_pack(scheme="S"))
    place = make_place()
    redeemed, held = make_ready_case(scheme=scheme), make_ready_case(scheme=scheme)
    redeem_voucher(
        redeemed.voucher.id, institution_id=redeemed.institution.id, actor_id=redeemed.staff.id
    )
    paid = redeemed.reservation.amount_fen + held.reservation.amount_fen
    return Office(scheme.id, make_officer(place).id, make_officer(place).id, paid)


def draft_of(office: Office, **changes: object) -> int:
    with write_transaction():
        return make_draft(get_scheme(office.scheme_id), get_user(office.maker), **changes).id


def replay_of(draft_id: int):
    with write_transaction():
        return figures_from(make_replay(get_draft(draft_id)).figures)


def refused(act, *args: object, **kwargs: object) -> tuple[str, ...]:
    with pytest.raises(Refused) as no, write_transaction():
        act(*args, **kwargs)
    return no.value.codes


def corrupt(statement: str) -> None:
    """The database says no to whoever writes past the rules."""
    with pytest.raises(DBAPIError), write_transaction():
        db.session.execute(text(statement))


def test_a_rate_is_changed_replayed_signed_by_two_and_holds(office):
    draft_id = draft_of(office, rates=LOWER_RATE)
    assert refused(submit_draft, draft_id, actor_id=office.maker) == ("draft_not_replayed",)
    figures = replay_of(draft_id)
    assert (figures.old_fen, figures.new_fen) == (office.paid_fen, 120_000)
    assert figures.classes == {"loses": 2}
    assert figures.reasons == {"line:rate": [2, 120_000 - office.paid_fen]}
    with write_transaction():
        submit_draft(draft_id, actor_id=office.maker)
    assert refused(publish_draft, draft_id, actor_id=office.maker) == ("draft_own_work",)
    corrupt(f"UPDATE scheme_draft SET pack_text = 'x' WHERE id = {draft_id}")
    decided = f"decided_by = {office.maker}, decided_at = submitted_at"
    corrupt(f"UPDATE scheme_draft SET state = 'returned', reason = 'x', {decided}")
    with write_transaction():
        version_id = publish_draft(draft_id, actor_id=office.checker).version_id
        assert publish_draft(draft_id, actor_id=office.checker).version_id == version_id
        kinds = db.session.execute(select(Notice.user_id, Notice.kind).order_by(Notice.id)).all()
    offer = find_scheme_in_force(office.scheme_id, on=date(2026, 11, 20))
    assert offer is not None
    assert [rate.amount_fen for rate in offer.policy.rates] == [60_000]
    assert (office.checker, "draft.submitted") in kinds
    assert (office.maker, "draft.published") in kinds
    for statement in (
        "UPDATE scheme_version SET valid_from = '2020-02-02'",
        "DELETE FROM scheme_version",
        "UPDATE scheme_draft SET state = 'draft', version_id = NULL",
        "UPDATE policy_replay SET figures = '{}'",
        "UPDATE replay_line SET new_fen = 0",
        "UPDATE claim_decision SET facts = '{}'",
        "DELETE FROM claim_decision",
    ):
        corrupt(statement)


def test_a_returned_draft_is_written_again_and_an_outdated_one_is_not_published(office):
    draft_id = draft_of(office, rates=LOWER_RATE)
    replay_of(draft_id)
    with write_transaction():
        submit_draft(draft_id, actor_id=office.maker)
    assert refused(take_back_draft, draft_id, actor_id=office.checker) == ("draft_not_yours",)
    assert refused(discard_draft, draft_id, actor_id=office.maker) == ("draft_state_forbids",)
    empty = refused(return_draft, draft_id, reason=" ", actor_id=office.checker)
    assert empty == ("draft_reason_required",)
    with write_transaction():
        return_draft(draft_id, reason="低于省定标准", actor_id=office.checker)
    with write_transaction():
        draft = get_draft(draft_id)
        longer = draft.pack | {"validity_days": rule(60)}
        maker = Officer(office.maker, ("/220000/",))
        saved = save_draft(pack_as_text(longer), draft_id=draft_id, officer=maker)
        assert (saved.state, saved.reason, saved.decided_by) == (
            DraftState.DRAFT,
            "低于省定标准",
            None,
        )
        assert begin_draft("S", officer=maker).id == draft_id
        load_scheme(pack_as_text(longer | {"validity_days": rule(61)}), actor_id=None)
    replay_of(draft_id)
    assert refused(submit_draft, draft_id, actor_id=office.maker) == (
        "draft_outdated",
        "draft_not_replayed",
    )


def test_another_areas_officer_and_a_bad_pack_are_refused(office):
    pack = make_pack(scheme="S", valid_from="2026-11-20", rates=LOWER_RATE)
    elsewhere = Officer(office.maker, ("/220000/220600/",))
    outside = refused(save_draft, pack_as_text(pack), draft_id=None, officer=elsewhere)
    assert outside == ("draft_place_outside",)
    officer = Officer(office.maker, ("",))
    wrong = pack | {"validity_days": {"value": 0, "clause": ""}, "valid_from": "2019-01-01"}
    with pytest.raises(Refused) as no, write_transaction():
        save_draft(pack_as_text(wrong), draft_id=None, officer=officer)
    assert [refusal.field for refusal in no.value.refusals] == [
        "validity_days.value",
        "validity_days.clause",
    ]
    with write_transaction():
        draft_id = save_draft(pack_as_text(pack), draft_id=None, officer=officer).id
    assert refused(save_draft, pack_as_text(pack), draft_id=None, officer=officer) == (
        "draft_open_already",
    )
    assert refused(
        start_replay, pack_as_text(pack), from_on=UNTIL_ON, until_on=FROM_ON, actor_id=None
    ) == ("replay_dates_reversed",)
    with write_transaction():
        assert discard_draft(draft_id, actor_id=office.maker).state is DraftState.DISCARDED


def test_who_loses_is_told_by_the_rule_that_says_no(office):
    """Stricter terms of payment touch what was redeemed only; a cap of age touches people."""
    payment = {"attendance_min_percent": rule(100), "assessment_required": rule(True)}
    older = {"age": rule({"min": 16, "max_male": 30, "max_female": 30})}
    with write_transaction():
        make_person(born_on=date(2001, 1, 1))
        make_voucher(make_person(born_on=date(1960, 1, 1)).id, scheme=_scheme(office))
    figures = replay_of(draft_of(office, payment=payment, eligibility=older))
    assert figures.classes == {"refused": 2}
    assert figures.new_fen == 0
    assert figures.reasons["above_upper_age"][0] == 3
    assert figures.unused == {"refused": 1}
    assert figures.people == {"both": 1, "lost": 3}
    assert figures.people_lost == {"above_upper_age": 3}
    outcomes = db.session.scalars(select(ReplayLine.outcome)).all()
    assert set(outcomes) == {Outcome.REFUSED}


def test_the_past_under_its_own_rules_is_the_past(office):
    figures = replay_of(draft_of(office, notes="nothing else"))
    assert figures.classes == {"same": 2}
    assert figures.old_fen == figures.new_fen == office.paid_fen
    assert db.session.scalars(select(ReplayLine.id)).all() == []
    found = [*recheck_quotes(), *recheck_claims()]
    assert {item.kind for item in found} == {"quote", "claim"}
    assert [item.difference for item in found if item.difference] == []
    with write_transaction():
        quote = db.session.scalars(select(Quote).limit(1)).one()
        changed = dict(quote.facts)
        changed["course"] = quote.facts["course"] | {"fee_fen": 100}
        quote.facts = changed
    assert sum(bool(item.difference) for item in recheck_quotes()) == 1


def test_a_new_scheme_is_replayed_over_the_people_alone(office):
    pack = make_pack(scheme="NEW", valid_from="2026-11-20")
    with write_transaction():
        replay = start_replay(pack_as_text(pack), from_on=FROM_ON, until_on=UNTIL_ON, actor_id=None)
        run_replay(replay, actor_id=None)
        figures = figures_from(replay.figures)
    assert figures.people == {"gained": 2}
    assert figures.count == 0


def _scheme(office: Office):
    return get_scheme(office.scheme_id)


def test_commands_draft_replay_and_sign_as_two_officers(app, office, tmp_path):
    def run(*arguments: str, expect: int = 0) -> dict:
        db.session.remove()
        result = app.test_cli_runner().invoke(args=["schemes", *arguments, "--json"])
        assert result.exit_code == expect, result.output
        return json.loads(result.stdout)

    maker, checker = (get_user(number).login for number in (office.maker, office.checker))
    pack = make_pack(scheme="S", valid_from="2026-11-20", rates=LOWER_RATE)
    file = tmp_path / "next.yaml"
    file.write_text(pack_as_text(pack), encoding="utf-8")
    unknown = run("draft", str(file), "--by", "nobody", expect=1)
    assert [reason["code"] for reason in unknown["refused"]] == ["officer_unknown"]
    code = run("draft", str(file), "--by", maker)["draft"]
    assert run("draft", str(file), "--by", maker)["draft"] == code
    days = ("--from", "2026-11-01", "--until", "2026-11-20")
    by_file = run("replay", str(file), *days)
    by_code = run("replay", code, *days)
    figures = ("classes", "old_fen", "new_fen", "difference_fen", "reasons", "months", "people")
    assert [by_file[name] for name in figures] == [by_code[name] for name in figures]
    assert by_code["difference_fen"] == 120_000 - office.paid_fen
    assert by_code["costs"][0]["place"] == "白城市"
    assert run("submit", code, "--by", maker)["state"] == "submitted"
    assert [draft["draft"] for draft in run("drafts")["drafts"]] == [code]
    run("publish", code, "--by", maker, expect=1)
    assert run("return", code, "--by", checker, "--reason", "再议")["reason"] == "再议"
    assert run("submit", code, "--by", maker)["state"] == "submitted"
    assert run("publish", code, "--by", checker)["state"] == "published"


def test_a_large_replay_is_a_job_that_ends_with_the_same_figures(office, monkeypatch):
    draft_id = draft_of(office, rates=LOWER_RATE)
    at_once = replay_of(draft_id)
    monkeypatch.setattr("marketplace.drafting.operations.replays.AT_ONCE_MAX", 0)
    monkeypatch.setattr("marketplace.drafting.operations.replays.SLICE_PEOPLE", 1)
    monkeypatch.setattr("marketplace.drafting.operations.replays.SLICE_VOUCHERS", 1)
    with write_transaction():
        replay = make_replay(get_draft(draft_id))
        assert replay.finished_at is None
        replay_id = replay.id
    with write_transaction():
        lease = lease_job()
    assert lease is not None
    work(RunningJob(lease))
    finished = figures_from(get_replay(replay_id).figures)
    assert (finished.classes, finished.people, finished.new_fen) == (
        at_once.classes,
        at_once.people,
        at_once.new_fen,
    )
