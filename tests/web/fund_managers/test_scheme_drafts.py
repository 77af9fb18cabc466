"""Officers write the next version in a form, see what it would have done, and sign in twos."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import html5lib
import pytest

from marketplace.catalog.queries.courses import get_course
from marketplace.drafting.models import SchemeDraft
from marketplace.drafting.states import DraftState
from marketplace.foundation.db import db, write_transaction
from marketplace.people.queries import get_user
from marketplace.vouchers.models import SchemeVersion
from marketplace.vouchers.pack_words import FIELD_LABELS
from marketplace.vouchers.rules import pack_schema
from marketplace.web.fund_managers.forms.scheme_rules import ALL_RULES
from tests.conftest import laid_out
from tests.factories.catalog import make_open_course_run
from tests.factories.funds import make_county, make_place
from tests.factories.people import make_officer, make_worker
from tests.factories.redemption import make_case
from tests.factories.vouchers import CLAUSE, make_pack, make_scheme, pack_text, rule
from tests.pages import PageClient

EVERYTHING = {
    "eligibility": {
        "age": rule({"min": 16, "max_male": 60, "max_female": 55}),
        "categories": rule(["veteran", "disabled"]) | {"note": "注"},
        "place": rule(["residence", "workplace"]),
        "regions": rule(["220600"]),
        "excluded": rule(["pensioner"]),
        "declare_and_commit": rule({"check_within_days": 30}),
    },
    "limits": {
        "per_year_max": rule(3),
        "per_year_groups": rule([{"group": "pensioner", "max": 1}, {"group": "veteran", "max": 4}]),
        "trainings_per_year": rule({"max": 1, "in_demand_extra": 2}),
        "one_live_voucher": rule(True),
        "higher_bars_lower": rule(False),
        "category_caps": rule([{"category": "veteran", "fen_per_year": 12_345}]),
    },
    "rates": [
        {"amount_fen": 80_000, "level": 5, "hours_min": 60, "clause": CLAUSE},
        {"per_hour": {"fen": 1_050, "cap_fen": 50_000}, "award": "completion", "clause": CLAUSE},
        {
            "per_day": {"hours_per_day": 8, "steps": [{"days": 10, "fen": 15_000}]},
            "occupation": "4-10",
            "clause": CLAUSE,
        },
    ],
    "allowances": [
        {"kind": "living", "amount_fen": 5_000, "categories": ["disabled"], "clause": CLAUSE}
    ],
    "payment": {
        "attendance_min_percent": rule(80),
        "independent_assessment": rule(True),
        "co_pay_percent": rule(20),
        "free_groups": rule(["disabled"]),
        "in_demand_uplift": rule({"percent": 30, "from_level": 3}),
        "scarcity": rule(
            {"grades": [{"percent": 100, "occupations": ["4", "6-01"]}], "others_percent": 80}
        ),
        "blended_percent": rule(70),
        "milestones": rule(
            {"finish_percent": 90, "employment_percent": 10, "employment_within_days": 400}
        ),
    },
    "completion": {
        "partial": rule(
            {
                "steps": [
                    {"from_rate": 50, "pays_percent": 40},
                    {"from_rate": 70, "pays_percent": 75},
                ],
                "own_share": "whole",
                "leavers": ["illness", "found_work"],
            }
        ),
        "class_least": rule({"percent": 60, "counts": "attended", "below": "hold"}),
    },
    "leaving": {
        "window": rule({"until_days_before_start": 1, "days_after_enrolling": 14}),
        "borne_by": rule(
            [{"reason": "other", "by": "nobody"}, {"reason": "family", "by": "worker"}]
        ),
        "swap_price": rule("kept_for_same_course"),
        "swaps_max": rule(0),
    },
    "notes": "说明",
}


@dataclass
class Desk:
    """Two officers at their browsers, and the code of the scheme."""

    maker: PageClient
    checker: PageClient
    code: str


@pytest.fixture
def desk(app, now) -> Desk:
    maker, checker = laid_out(make_office)
    return Desk(PageClient(app).sign_in(maker), PageClient(app).sign_in(checker), "S")


def make_office() -> tuple[str, str]:
    """A scheme with a used voucher, and the logins of two officers of its place."""
    make_place("220600", "白山市")
    make_case(scheme=make_scheme(make_pack(scheme="S")))
    place = make_place()
    return make_officer(place).login, make_officer(place).login


def filled(html: str) -> dict[str, Any]:
    """What a browser would send if nothing were changed."""
    document = html5lib.parse(html, namespaceHTMLElements=False)
    form = next(one for one in document.iter("form") if one.get("class") == "draft-form")
    values: dict[str, Any] = {}
    for entry in form.iter():
        name, kind = entry.get("name"), entry.get("type")
        if not name or name == "csrf_token":
            continue
        if entry.tag == "textarea":
            values[name] = "".join(entry.itertext()).lstrip()
        elif entry.tag == "select":
            chosen = [one for one in entry.iter("option") if one.get("selected") is not None]
            values[name] = chosen[0].get("value") if chosen else ""
        elif kind in ("checkbox", "radio"):
            if entry.get("checked") is not None:
                values.setdefault(name, []).append(entry.get("value") or "y")
        else:
            values[name] = entry.get("value") or ""
    return values


def draft() -> SchemeDraft:
    db.session.rollback()
    return db.session.query(SchemeDraft).order_by(SchemeDraft.id.desc()).first()


def text_of(answer) -> str:
    document = html5lib.parse(answer.get_data(as_text=True), namespaceHTMLElements=False)
    return " ".join(" ".join(document.find("body").itertext()).split())


def test_an_officer_edits_a_rate_a_checker_publishes_and_a_worker_sees_the_price(app, desk):
    begun = desk.maker.post(f"/fund/schemes/{desk.code}/draft")
    path = begun.location
    page = desk.maker.get(f"{path}/change").get_data(as_text=True)
    form = filled(page)
    wrong = form | {"rates-0-amount": "9x", "age_min": "17", "validity_days": "0"}
    told = text_of(desk.maker.post(f"{path}/change", wrong, expect=422))
    for words in (
        "补贴标准 · 第1行 · 金额",
        "券的有效天数 必须是1至1096",
        "年龄条件 · 男性最高年龄",
        "年龄条件 · 依据条款",
    ):
        assert words in told, words
    desk.maker.post(f"{path}/change", form | {"rates-0-amount": "600.50"})
    assert draft().pack["rates"][0]["amount_fen"] == 60_050
    shown = text_of(desk.maker.get(path))
    assert "补贴标准 · 五级（初级工） · 金额（元） ¥800.00 ¥600.50" in shown
    assert desk.maker.post(f"{path}/submit").location == path
    assert "尚未按此内容重演" in text_of(desk.maker.get(path))
    days = {"from_on": "2026-11-01", "until_on": "2026-11-20"}
    desk.maker.post(f"{path}/replays", days | {"until_on": "2027-01-01"}, expect=422)
    replay = desk.maker.post(f"{path}/replays", days).location
    told = text_of(desk.checker.get(replay))
    for words in ("¥800.00", "¥600.50", "-¥199.50", "该等级的补贴标准", "2026-11"):
        assert words in told, words
    csv = desk.checker.get(f"{replay}/lines.csv").get_data(as_text=True)
    assert '"800.00","600.50","-199.50"' in csv
    assert '"2026-11","1","800.00","600.50"' in desk.checker.get(f"{replay}/costs.csv").get_data(
        as_text=True
    )
    desk.maker.post(f"{path}/submit")
    desk.maker.post(f"{path}/publish")
    assert draft().state is DraftState.SUBMITTED
    desk.checker.post(f"{path}/return", {"reason": ""}, expect=422)
    desk.checker.post(f"{path}/publish")
    assert draft().state is DraftState.PUBLISHED
    told = text_of(desk.maker.get(f"/fund/schemes/{desk.code}"))
    assert "第2版 当前有效" in told
    assert "第1版 已被取代" in told
    with write_transaction():
        worker = make_worker(residence_id=make_county().id)
        run = make_open_course_run()
        course, login = get_course(run.course_id).code, get_user(worker.user_id).login
    seen = text_of(PageClient(app).sign_in(login).get(f"/courses/{course}"))
    assert "¥599.50" in seen  # 1,200.00 less the new 600.50


def test_the_form_keeps_everything_it_does_not_change(desk):
    pack = make_pack(scheme="S", valid_from="2026-11-20", **EVERYTHING)
    desk.maker.post("/fund/schemes", {"text": pack_text(pack)})
    before = draft()
    path, content = f"/fund/drafts/{before.code}", before.content_sha256
    form = filled(desk.maker.get(f"{path}/change").get_data(as_text=True))
    desk.maker.post(f"{path}/change", form)
    assert draft().content_sha256 == content
    known = {spec.path for spec in ALL_RULES}
    for section, rules in pack_schema.RULES.items():
        assert {f"{section}.{name}" for name in rules} <= known & FIELD_LABELS.keys()
    rows = {"rates-1-remove": "y", "rates-3-level": "4", "rates-3-amount": "1,500"}
    rows |= {"rates-3-clause": CLAUSE, "cap_disabled": "99.99", "sources-1-clause": "新文件"}
    desk.maker.post(f"{path}/change", form | {"base": content} | rows)
    saved = draft().pack
    assert [row.get("level") for row in saved["rates"]] == [5, None, 4]
    assert saved["rates"][2]["amount_fen"] == 150_000
    assert saved["limits"]["category_caps"]["value"][1]["fen_per_year"] == 9_999
    assert saved["sources"][1] == {"clause": "新文件"}
    assert saved["eligibility"]["categories"]["note"] == "注"
    stale = desk.checker.post(f"{path}/change", form, expect=422)
    assert "内容已被他人修改" in text_of(stale)


def test_text_for_experts_names_every_problem_and_a_new_scheme_begins_empty(desk):
    path = desk.maker.post(f"/fund/schemes/{desk.code}/draft").location
    html = desk.maker.get(f"{path}/text").get_data(as_text=True)
    base = re.search(r'name="base"[^>]*value="([^"]+)"', html).group(1)
    wrong = draft().pack_text.replace("value: 90", "value: soon")
    told = text_of(desk.maker.post(f"{path}/text", {"text": wrong, "base": base}, expect=422))
    assert "券的有效天数 必须是1至1096" in told
    right = draft().pack_text.replace("value: 90", "value: 45")
    desk.maker.post(f"{path}/text", {"text": right, "base": base})
    assert "券的有效天数 90 45" in text_of(desk.maker.get(path))
    desk.maker.post(f"{path}/discard")
    assert draft().state is DraftState.DISCARDED
    desk.maker.get(f"{path}/change", expect=303)
    form = filled(desk.maker.get("/fund/drafts/new").get_data(as_text=True))
    told = text_of(desk.maker.post("/fund/drafts/new", form, expect=422))
    assert "出勤率" in told
    new = form | {
        "scheme": "new-1", "fund": "FUND-TEST", "jurisdiction": "220800", "title_zh": "新券",
        "title_en": "New", "valid_from": "2026-11-20", "ways_out": ["claimed"],
        "kind": "face_value", "face_value": "500", "validity_days": "60",
        "validity_days_clause": CLAUSE, "attendance_min_percent": "80",
        "attendance_min_percent_clause": CLAUSE, "sources-0-clause": CLAUSE,
    }  # fmt: skip
    made = desk.maker.post("/fund/drafts/new", new).location
    assert (draft().scheme_code, draft().pack["face_value_fen"]) == ("NEW-1", 50_000)
    assert "NEW-1" in text_of(desk.checker.get("/fund/drafts"))
    assert made in desk.checker.get("/fund/drafts").get_data(as_text=True)
    assert db.session.query(SchemeVersion).count() == 1
