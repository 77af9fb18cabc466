"""`demo story`: one voucher all the way, each step with the entries it posts.

The steps are the real operations; only the clock is moved, so that a month passes in seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Any

from marketplace.demo.cast import DEMO_PASSWORD, Cast, SchoolInPlay, list_offer, make_worker
from marketplace.demo.history import announce_run, at, complete_and_redeem, enroll, finish, teach
from marketplace.demo.money import pay, settle_month
from marketplace.demo.offers import SCHOOLS
from marketplace.demo.persons import make_person
from marketplace.demo.references import PACK, load_references
from marketplace.foundation import clock
from marketplace.foundation.db import write_transaction
from marketplace.foundation.ids import new_code
from marketplace.foundation.money import Money
from marketplace.funds.operations import allot_fund, appropriate_fund, create_fund
from marketplace.institutions.operations.accreditation import accredit_institution
from marketplace.institutions.operations.members import add_member
from marketplace.institutions.operations.payout_accounts import (
    propose_payout_account,
    verify_payout_account,
)
from marketplace.institutions.operations.registration import register_institution
from marketplace.institutions.states import MemberRole
from marketplace.jurisdictions.queries import find_jurisdiction_by_code
from marketplace.ledger.entries import AccountName, EntryDraft
from marketplace.ledger.queries import (
    get_balance_fen,
    get_draft_of,
    get_newest_entry_id,
    list_entry_ids_after,
)
from marketplace.people.operations import grant_role, register_user
from marketplace.people.states import Role
from marketplace.reconciliation.queries.overview import get_reconciliation
from marketplace.vouchers.operations.schemes import load_scheme

Tell = Callable[["Step"], None]
APPROPRIATED = Money(100_000_00, "CNY")
ALLOTTED = Money(50_000_00, "CNY")


@dataclass(frozen=True)
class Step:
    """What happened, and what it did to the books."""

    title: str
    entries: tuple[EntryDraft, ...]

    def document(self) -> dict[str, Any]:
        return {
            "title": self.title,
            "entries": [
                {
                    "kind": entry.kind,
                    "key": entry.key,
                    "effective_on": entry.effective_on.isoformat(),
                    "lines": [
                        {"account": line.account.code, "side": line.side.value, "fen": line.fen}
                        for line in entry.lines
                    ],
                }
                for entry in self.entries
            ],
        }


@dataclass
class Story:
    """The steps so far."""

    tell: Tell
    mark: str = field(default_factory=lambda: new_code("S", 5))
    steps: list[Step] = field(default_factory=list)

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        before = get_newest_entry_id()
        yield
        numbers = list_entry_ids_after(before)
        step = Step(title, tuple(get_draft_of(number) for number in numbers))
        self.steps.append(step)
        self.tell(step)


def tell_story(tell: Tell) -> dict[str, Any]:
    """Run the loop once; returns steps, final balances, and what is unexplained (0 fen)."""
    story = Story(tell)
    month = (clock.today().replace(day=1) - timedelta(days=1)).replace(day=1)
    beginning = month - timedelta(days=30)
    with at(beginning):
        cast, allotment_code, scheme_id, institution_code = _set_the_stage(story, beginning.year)
    _learn(story, cast, scheme_id, month)
    _pay(story, cast, month)
    names = {
        "allotment available": AccountName("allotment:available", allotment_code),
        "allotment committed": AccountName("allotment:committed", allotment_code),
        "payable to the institution": AccountName("payable:institution", institution_code),
    }
    return {
        "steps": [step.document() for step in story.steps],
        "balances": {name: get_balance_fen(account) for name, account in names.items()},
        "unexplained_fen": get_reconciliation().unexplained_fen,
    }


def _set_the_stage(story: Story, year: int) -> tuple[Cast, str, int, str]:
    load_references()
    prefecture = find_jurisdiction_by_code("220800")
    assert prefecture is not None, "the demo places are there now"
    prefecture_id = prefecture.id
    users = _officers(story.mark, prefecture_id)
    with story.step("An administrator appropriates a fund and allots it to the prefecture"):
        fund_code, allotment_code = _endow(story.mark, prefecture_id, year, users["admin"])
    with story.step("A scheme is loaded from its policy pack"), write_transaction():
        pack = PACK.read_text(encoding="utf-8")
        pack = pack.replace("scheme: BC-SKILL-2020", f"scheme: {story.mark}")
        pack = pack.replace("fund: BC-SKILL\n", f"fund: {fund_code}\n")
        scheme_id = load_scheme(pack, actor_id=users["admin"]).scheme_id
    with story.step("An institution is accredited, its payee account verified, a course listed"):
        school, institution_code = _school(story.mark, users)
    with story.step("A worker proves who they are and a category; an officer verifies it"):
        random = Random(story.mark)
        person = make_person(
            random, random.randrange(10**6, 10**8), youngest_on=clock.today(), ages=range(20, 45)
        )
        with write_transaction():
            worker_id = make_worker(
                person, school.jurisdiction_id, None, random, maker_id=users["maker"]
            )
    return (
        Cast(users, prefecture_id, [school], [worker_id]),
        allotment_code,
        scheme_id,
        (institution_code),
    )


def _officers(mark: str, prefecture_id: int) -> dict[str, int]:
    users: dict[str, int] = {}
    with write_transaction():
        for login in ("admin", "maker", "checker", "school"):
            user = register_user(
                f"{mark}-{login}".lower(), password=DEMO_PASSWORD, name=login, locale="en"
            )
            users[login] = user.id
        grant_role(users["admin"], role=Role.ADMINISTRATOR, jurisdiction_id=None, actor_id=None)
        for login in ("maker", "checker"):
            grant_role(
                users[login],
                role=Role.FUND_OFFICER,
                jurisdiction_id=prefecture_id,
                actor_id=users["admin"],
            )
    return users


def _endow(mark: str, prefecture_id: int, year: int, admin_id: int) -> tuple[str, str]:
    with write_transaction():
        fund = create_fund(
            code=f"F-{mark}",
            name="演示专项资金",
            purpose="职业培训补贴",
            currency="CNY",
            actor_id=admin_id,
        )
        appropriate_fund(fund.id, amount=APPROPRIATED, key=mark, actor_id=admin_id)
        allotment = allot_fund(
            fund.id,
            jurisdiction_id=prefecture_id,
            fiscal_year=year,
            amount=ALLOTTED,
            key=mark,
            actor_id=admin_id,
        )
        return fund.code, allotment.code


def _school(mark: str, users: dict[str, int]) -> tuple[SchoolInPlay, str]:
    plan = SCHOOLS[0]
    county = find_jurisdiction_by_code(plan.county_code)
    assert county is not None, "the demo places are there"
    county_id = county.id
    with write_transaction():
        institution = register_institution(
            name=f"{plan.name}（{mark}）",
            uscc=None,
            jurisdiction_id=county_id,
            source="demo",
            source_key=f"story-{mark}",
            address=plan.address,
            actor_id=users["admin"],
        )
        institution_id, institution_code = institution.id, institution.code
        add_member(
            institution_id,
            user_id=users["school"],
            role=MemberRole.MANAGER,
            actor_id=users["admin"],
        )
        accredit_institution(
            institution_id,
            occupation_code=None,
            level=None,
            valid_from=clock.today(),
            valid_until=clock.today() + timedelta(days=1000),
            clause="民办职业培训机构资质核准",
            actor_id=users["admin"],
        )
        payee = propose_payout_account(
            institution_id,
            holder=institution.name,
            number=f"0882{Random(mark).randrange(10**10, 10**11)}",
            bank_name="演示银行白城分行",
            bank_code="313247000011",
            actor_id=users["school"],
        )
        verify_payout_account(payee.id, actor_id=users["checker"])
    school = SchoolInPlay(plan, institution_id, users["school"], county_id)
    school.course_ids.append(list_offer(school, plan.offers[0], users["maker"]))
    return school, institution_code


def _learn(story: Story, cast: Cast, scheme_id: int, month: date) -> None:
    school = cast.schools[0]
    with story.step("The institution files and opens a course run"):
        run = announce_run(
            school,
            0,
            first_on=month + timedelta(days=4),
            announced_on=month - timedelta(days=20),
            capacity=20,
        )
    with story.step("The worker claims a voucher, is quoted, and reserves a place"):
        enroll(run, cast.worker_ids, scheme_id=scheme_id, cast=cast, on=month - timedelta(days=10))
    with story.step("The class is taught; attendance is recorded lesson by lesson"):
        teach(run, until=run.last_on)
        finish(run)
    with story.step("The learner has completed; the voucher is redeemed"):
        complete_and_redeem(run, on=run.last_on + timedelta(days=3))


def _pay(story: Story, cast: Cast, month: date) -> None:
    on = min((month + timedelta(days=32)).replace(day=2), clock.today() - timedelta(days=1))
    with story.step("One officer settles the month, another approves"):
        settlement_ids = settle_month(cast, [cast.schools[0].institution_id], month=month, on=on)
    with story.step("The payout leaves as a bank file; the bank's statement comes back; matched"):
        pay(cast, settlement_ids, on=on)
