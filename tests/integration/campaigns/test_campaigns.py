"""A campaign from draft to withdrawal: two officers, a lot, vouchers, messages, what it changed."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from marketplace.audit.models import AuditEvent
from marketplace.campaigns.models import Campaign, CampaignMember, OutreachMessage, VoucherSighting
from marketplace.campaigns.operations.drafts import (
    launch_campaign,
    propose_campaign,
    return_campaign,
    withdraw_campaign,
)
from marketplace.campaigns.operations.messages import ask_for_reminder
from marketplace.campaigns.operations.sightings import note_voucher_seen
from marketplace.campaigns.queries.campaigns import count_outcomes, get_campaign
from marketplace.campaigns.queries.population import count_population, list_population
from marketplace.campaigns.queries.preview import get_preview
from marketplace.campaigns.queries.stuck import Holders
from marketplace.campaigns.rules import PopulationRule
from marketplace.campaigns.states import (
    CampaignChannel,
    CampaignState,
    MemberOutcome,
    StuckStep,
)
from marketplace.catalog.queries.occupations import get_occupation
from marketplace.cli.runner import Runner
from marketplace.foundation import clock
from marketplace.foundation.db import db, write_transaction
from marketplace.foundation.errors import Refused
from marketplace.foundation.money import Money
from marketplace.jurisdictions.queries import get_jurisdiction
from marketplace.notices.models import Notice
from marketplace.people.states import WorkerCategory
from marketplace.recommendation.operations import change_suggestion_preference
from marketplace.recommendation.states import SuggestionState
from marketplace.reporting.campaign_effect import get_campaign_effect
from marketplace.reporting.funnel import (
    FunnelBy,
    FunnelScope,
    count_stuck,
    get_funnel,
    list_funnels,
)
from marketplace.reporting.funnel_steps import FunnelStep
from marketplace.vouchers.models import Voucher
from marketplace.vouchers.operations.issue import accept_voucher
from marketplace.vouchers.queries.schemes import get_scheme
from marketplace.vouchers.states import VoucherState
from tests.factories.campaigns import (
    make_campaign,
    make_proposed_campaign,
    make_running_campaign,
)
from tests.factories.catalog import make_listed_course, make_occupation, make_open_course_run
from tests.factories.enrollment import attend
from tests.factories.funds import make_county, make_place
from tests.factories.people import (
    make_category_fact,
    make_officer,
    make_verified_category,
    make_worker,
    next_id_number,
)
from tests.factories.redemption import make_case, make_reservation
from tests.factories.vouchers import face_value_pack, make_scheme, make_voucher
from tests.kept import kept

IN_APP = CampaignChannel.IN_APP


def run_jobs(app) -> None:
    db.session.rollback()
    Runner(app).run_until_empty(once=False)


@pytest.fixture
@kept
def people(app, now) -> list[int]:
    """Three people of the test city's county, in the order of their records."""
    with write_transaction():
        county = make_county()
        return [make_worker(residence_id=county.id).id for _number in range(3)]


class TestSigning:
    def test_the_same_officer_cannot_sign_twice_nor_can_the_database_be_made_to(self, people):
        with write_transaction():
            campaign = make_proposed_campaign()
            campaign_id, officer_id = campaign.id, campaign.proposed_by
        with pytest.raises(Refused) as refused, write_transaction():
            launch_campaign(campaign_id, actor_id=officer_id)
        assert refused.value.codes == ("same_person",)
        for change in (
            "state = 'running'",
            "launched_by = proposed_by, state = 'running'",
            "launched_by = proposed_by",
            "proposed_by = NULL, launched_by = created_by, state = 'ended'",
        ):
            with pytest.raises(IntegrityError), write_transaction():
                db.session.execute(
                    text(f"UPDATE campaign SET {change} WHERE id = {campaign_id}")  # noqa: S608
                )

    def test_what_was_signed_drawn_or_seen_is_kept_by_the_database(self, app, people):
        with write_transaction():
            make_running_campaign()
        run_jobs(app)
        with write_transaction():
            note_voucher_seen(db.session.scalars(select(Voucher.id).limit(1)).one())
        for change in (
            "campaign SET population = '{}'",
            "campaign SET holdout_percent = 50",
            "campaign_member SET arm = 'held_out', outcome = 'held_out', voucher_id = NULL",
            "campaign_member SET voucher_id = NULL",
            "voucher_sighting SET seen_at = '2020-01-01'",
        ):
            with pytest.raises(IntegrityError), write_transaction():
                db.session.execute(text(f"UPDATE {change}"))  # noqa: S608

    def test_a_campaign_sent_back_is_proposed_and_launched_once_more(self, people):
        with write_transaction():
            campaign_id = make_proposed_campaign().id
            one, other = make_officer(), make_officer()
            return_campaign(campaign_id, reason="对象太多", actor_id=other.id)
            propose_campaign(campaign_id, actor_id=one.id)
            launch_campaign(campaign_id, actor_id=other.id)
            launch_campaign(campaign_id, actor_id=other.id)
        campaign = get_campaign(campaign_id)
        assert (campaign.state, campaign.people_expected) == (CampaignState.RUNNING, 3)
        events = db.session.scalars(
            select(AuditEvent.event)
            .where(AuditEvent.subject_code == campaign.code)
            .order_by(AuditEvent.id)
        ).all()
        assert events == [
            "campaign.saved", "campaign.proposed", "campaign.sent_back", "campaign.proposed",
            "campaign.launched",
        ]  # fmt: skip

    def test_nobody_meant_is_nothing_to_propose(self, app, now):
        with pytest.raises(Refused) as refused, write_transaction():
            make_proposed_campaign()
        assert refused.value.codes == ("campaign_empty",)


class TestPopulation:
    def meant(self, rule: PopulationRule, scheme_id: int) -> list[int]:
        found = list_population(
            rule,
            place_path=make_place().path,
            scheme_id=scheme_id,
            on=clock.today(),
            after_id=0,
            limit=50,
        )
        return [worker_id for worker_id, _code in found]

    def test_every_condition_narrows_and_the_counts_say_who_is_left_out(self, app, now):
        with write_transaction():
            county, far = make_county(), make_place("220100", "长春市")
            scheme = make_scheme(face_value_pack())
            veteran, young, holder, quiet, trained = (
                make_worker(residence_id=county.id, id_number=next_id_number(born_on=born))
                for born in (
                    date(1980, 1, 1), date(2008, 11, 20), date(1990, 1, 1), date(1990, 1, 1),
                    date(1990, 1, 1),
                )
            )  # fmt: skip
            make_worker(residence_id=far.id)
            make_verified_category(veteran)
            make_category_fact(young)  # declared, not verified
            make_voucher(holder.id, scheme=scheme)
            change_suggestion_preference(
                quiet.id, state=SuggestionState.OFF, occupation_id=None, actor_id=None
            )
            occupation = make_occupation("6-31-01-03")
            run = make_open_course_run(make_listed_course(occupation=occupation))
            other = make_scheme(face_value_pack())
            make_reservation(make_voucher(trained.id, scheme=other), course_run=run)
            ids = (veteran.id, young.id, trained.id)
            scheme_id = scheme.id
            code = get_occupation(occupation.id).code
        veteran_id, young_id, trained_id = ids
        assert self.meant(PopulationRule(), scheme_id) == list(ids)
        assert self.meant(PopulationRule((WorkerCategory.RURAL_MIGRANT,)), scheme_id) == [
            veteran_id
        ]
        assert self.meant(PopulationRule(age_max=18), scheme_id) == [young_id]
        assert self.meant(PopulationRule(age_min=19), scheme_id) == [veteran_id, trained_id]
        assert self.meant(PopulationRule(occupation_code=code), scheme_id) == [trained_id]
        assert self.meant(PopulationRule(occupation_code="0-0"), scheme_id) == []
        assert self.meant(PopulationRule(idle_months=1), scheme_id) == [veteran_id, young_id]
        counts = count_population(
            PopulationRule(),
            place_path=make_place().path,
            scheme_id=scheme_id,
            on=clock.today(),
        )
        assert (counts.people, counts.holds_voucher, counts.wants_no_approach) == (3, 1, 1)

    def test_the_preview_counts_cost_overlap_and_asks_the_rules_of_everybody(self, app, people):
        with write_transaction():
            scheme = make_scheme(
                face_value_pack(
                    eligibility={
                        "age": {
                            "value": {"min": 16, "max_male": 17, "max_female": 17},
                            "clause": "§1",
                        }
                    }
                )
            )
            make_running_campaign(scheme, title="第一次")
            campaign_id = make_campaign(scheme, holdout_percent=50).id
        run_jobs(app)
        campaign = get_campaign(campaign_id)
        place = get_jurisdiction(campaign.jurisdiction_id)
        preview = get_preview(campaign, place, on=clock.today())
        assert preview.counts.people == 3
        assert (preview.treated, preview.held_out) == (1, 2)
        assert preview.most == preview.least == Money(50_000, "CNY")
        assert [(other.title, other.people) for other in preview.overlaps] == [("第一次", 3)]
        assert preview.eligible == 0
        assert preview.refusals == [("above_upper_age", 3)]


class TestWork:
    def test_everybody_is_drawn_once_and_only_the_invited_get_vouchers(self, app, people):
        with write_transaction():
            campaign_id = make_running_campaign(holdout_percent=50).id
        run_jobs(app)
        members = db.session.scalars(select(CampaignMember).order_by(CampaignMember.id)).all()
        assert [member.worker_id for member in members] == people
        for member in members:
            issued = member.outcome is MemberOutcome.ISSUED
            assert (member.voucher_id is not None) is issued is (member.arm == "treated")
        vouchers = db.session.scalars(select(Voucher)).all()
        assert {voucher.state for voucher in vouchers} <= {VoucherState.OFFERED}
        issued = sum(member.outcome is MemberOutcome.ISSUED for member in members)
        assert db.session.query(Notice).count() == len(vouchers) == issued
        run_jobs(app)
        assert sum(count_outcomes(campaign_id).values()) == 3

    def test_who_is_refused_or_holds_one_already_does_not_hold_up_the_others(self, app, people):
        with write_transaction():
            scheme = make_scheme(face_value_pack(), amount=Money(50_000, "CNY"))
            campaign_id = make_running_campaign(scheme).id
        run_jobs(app)
        assert count_outcomes(campaign_id) == {
            MemberOutcome.ISSUED: 1, MemberOutcome.REFUSED: 2,
        }  # fmt: skip
        codes = db.session.scalars(select(CampaignMember.refusal_code).distinct()).all()
        assert set(codes) == {None, "balance_too_low"}

    def test_text_messages_are_handed_over_once_in_the_persons_language(
        self, app, people, tmp_path, monkeypatch
    ):
        monkeypatch.setitem(
            app.extensions, "settings", replace(app.extensions["settings"], outbox_dir=tmp_path)
        )
        with write_transaction():
            make_running_campaign(channel=CampaignChannel.IN_APP_AND_TEXT)
        run_jobs(app)
        (file,) = tmp_path.iterdir()
        lines = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
        assert [line["phone"] for line in lines] == ["13800138000"] * 3
        assert "有一张培训券等您领取：技能培训券" in lines[0]["text"]
        states = db.session.scalars(select(OutreachMessage.state).distinct()).all()
        assert states == ["sent"]

    def test_withdrawing_revokes_what_is_unused_and_leaves_what_is_reserved(self, app, people):
        with write_transaction():
            campaign_id = make_running_campaign().id
        run_jobs(app)
        with write_transaction():
            voucher = db.session.scalars(select(Voucher).order_by(Voucher.id)).first()
            accept_voucher(voucher.id, worker_id=voucher.worker_id, actor_id=None)
            make_reservation(voucher)
            withdraw_campaign(campaign_id, reason="资金调整", actor_id=make_officer().id)
        run_jobs(app)
        states = db.session.scalars(select(Voucher.state).order_by(Voucher.id)).all()
        assert states == [VoucherState.RESERVED, VoucherState.REVOKED, VoucherState.REVOKED]


class TestReminders:
    def test_only_those_who_wait_at_the_step_are_reminded_and_never_twice_a_week(self, app, people):
        with write_transaction():
            campaign = make_running_campaign()
            holders = Holders(campaign.scheme_id, campaign.id)
            officer_id = make_officer().id
        run_jobs(app)
        with write_transaction():
            seen, accepted = db.session.scalars(select(Voucher).order_by(Voucher.id).limit(2))
            note_voucher_seen(seen.id)
            note_voucher_seen(seen.id)
            accept_voucher(accepted.id, worker_id=accepted.worker_id, actor_id=None)
        assert db.session.query(VoucherSighting).count() == 1
        assert count_stuck(FunnelScope(campaign_id=holders.campaign_id)) == {
            StuckStep.NOT_SEEN: 1, StuckStep.NOT_CLAIMED: 1, StuckStep.NOT_RESERVED: 1,
        }  # fmt: skip

        def remind_all() -> int:
            before = db.session.query(OutreachMessage).count()
            with write_transaction():
                for step in StuckStep:
                    ask_for_reminder(holders, step, actor_id=officer_id, channel=IN_APP)
            run_jobs(app)
            return db.session.query(OutreachMessage).count() - before

        assert remind_all() == 0, "the invitation is less than a week old"
        for days, expected in ((7, 3), (8, 0), (14, 3), (21, 0), (45, 3)):
            with clock.frozen(clock.now() + timedelta(days=days)):
                assert remind_all() == expected, f"after {days} days"

    def test_an_ended_campaign_sends_nothing(self, app, people):
        with write_transaction():
            campaign = make_campaign()
        with pytest.raises(Refused) as refused, write_transaction():
            ask_for_reminder(
                Holders(campaign.scheme_id, campaign.id),
                StuckStep.NOT_SEEN,
                actor_id=1,
                channel=IN_APP,
            )
        assert refused.value.codes == ("campaign_not_running",)


class TestMeasuring:
    def test_the_funnel_counts_what_really_happened_step_by_step(self, app, people):
        with write_transaction():
            campaign_id = make_running_campaign().id
        run_jobs(app)
        with write_transaction():
            first, second, _third = db.session.scalars(select(Voucher).order_by(Voucher.id))
            note_voucher_seen(second.id)
            accept_voucher(first.id, worker_id=first.worker_id, actor_id=None)
            reservation = make_reservation(first)
            case = make_case()  # claimed by its own holder, another scheme
            attend(case.enrollment, case.staff.id, lessons=1)
        steps = {
            step.step: step.count for step in get_funnel(FunnelScope(campaign_id=campaign_id)).steps
        }
        assert reservation.voucher_id == first.id
        assert list(steps.values()) == [3, 2, 1, 1, 0, 0]
        by_origin = {part.key: part for part in list_funnels(FunnelScope(), FunnelBy.ORIGIN)}
        claimed = by_origin["claimed"]
        assert [step.count for step in claimed.steps] == [1, 1, 1, 1, 1, 0]
        for by in FunnelBy:
            parts = list_funnels(FunnelScope(), by)
            whole = get_funnel(FunnelScope()).issued
            assert sum(part.issued for part in parts) == (0 if by is FunnelBy.CATEGORY else whole)
        assert get_funnel(FunnelScope(paths=("/990000/",))).issued == 0

    def test_an_accepted_voucher_that_ended_still_counts_as_accepted(self, app, people):
        with write_transaction():
            make_running_campaign()
        run_jobs(app)
        with write_transaction():
            voucher = db.session.scalars(select(Voucher).limit(1)).one()
            accept_voucher(voucher.id, worker_id=voucher.worker_id, actor_id=None)
            voucher.state = VoucherState.EXPIRED
        steps = {step.step: step.count for step in get_funnel(FunnelScope()).steps}
        assert steps[FunnelStep.CLAIMED] == steps[FunnelStep.SEEN] == 1

    def test_the_effect_compares_people_as_they_were_drawn(self, app, people):
        with write_transaction():
            campaign_id = make_running_campaign(holdout_percent=50).id
        run_jobs(app)
        campaign = get_campaign(campaign_id)
        with write_transaction():
            held = db.session.scalars(
                select(CampaignMember.worker_id).where(CampaignMember.arm == "held_out").limit(1)
            ).first()
            scheme = db.session.get(Campaign, campaign_id).scheme_id
            if held:
                make_voucher(held, scheme=get_scheme(scheme))
        lines = {line.step: line for line in get_campaign_effect(campaign)}
        claimed = lines[FunnelStep.CLAIMED]
        assert claimed.treated.trials + claimed.held_out.trials == 3
        assert claimed.treated.successes == 0
        assert claimed.held_out.successes == (1 if held else 0)
