"""The facts of a quote as stored, so that the decision can be run again years later."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

from marketplace.catalog.states import CourseMode, CourseRunState
from marketplace.employers.agreement_rules import EmployerShare
from marketplace.people.states import PersonStatus, WorkerCategory
from marketplace.vouchers.rules.policy import Policy
from marketplace.vouchers.rules.subjects import CourseFacts, QuoteFacts, QuoteLine, VoucherFacts
from marketplace.vouchers.states import Award, VoucherState

DAYS_OF_COURSE = ("starts_on", "ends_on", "opens_on", "closes_on", "stops_on")


def canonical_json(value: Any) -> str:
    """One text for one value: keys sorted, no spaces, characters as they are."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def facts_to_json(facts: QuoteFacts) -> dict[str, Any]:
    """Everything but the policy, which its scheme version keeps for ever."""
    course = asdict(facts.course)
    for name in DAYS_OF_COURSE:
        course[name] = course[name].isoformat() if course[name] else None
    return {
        "on": facts.on.isoformat(),
        "voucher": {
            "state": facts.voucher.state.value,
            "value_fen": facts.voucher.value_fen,
            "valid_from": facts.voucher.valid_from.isoformat(),
            "expires_on": facts.voucher.expires_on.isoformat(),
        },
        "course": course,
        "categories": sorted(facts.categories),
        "trainings": [list(training) for training in facts.trainings],
        "available_fen": facts.available_fen,
        "declared": sorted(facts.declared),
        "statuses": sorted(facts.statuses),
        "other_subsidies": [list(subsidy) for subsidy in facts.other_subsidies],
        "trainings_that_year": facts.trainings_that_year,
        "person_inside": facts.person_inside,
        "scheme_path": facts.scheme_path,
        "scheme_place": facts.scheme_place,
        "residence_path": facts.residence_path,
        "workplace_path": facts.workplace_path,
        "employer": _employer_to_json(facts.employer),
    }


def _employer_to_json(employer: EmployerShare | None) -> dict[str, Any] | None:
    if employer is None:
        return None
    return {**asdict(employer), "signed_on": employer.signed_on.isoformat()}


def _employer_from_json(stored: dict[str, Any] | None) -> EmployerShare | None:
    if stored is None:
        return None
    return EmployerShare(**{**stored, "signed_on": date.fromisoformat(stored["signed_on"])})


def facts_from_json(stored: Mapping[str, Any], *, policy: Policy) -> QuoteFacts:
    """The facts as they were known then; what older quotes did not ask has its default."""
    course = dict(stored["course"])
    for name in DAYS_OF_COURSE:
        course[name] = date.fromisoformat(course[name]) if course.get(name) else None
    for name, kind in (("run_state", CourseRunState), ("mode", CourseMode), ("award", Award)):
        course[name] = kind(course[name]) if course.get(name) else None
    voucher = stored["voucher"]
    return QuoteFacts(
        on=date.fromisoformat(stored["on"]),
        policy=policy,
        voucher=VoucherFacts(
            state=VoucherState(voucher["state"]),
            value_fen=voucher["value_fen"],
            valid_from=date.fromisoformat(voucher["valid_from"]),
            expires_on=date.fromisoformat(voucher["expires_on"]),
        ),
        course=CourseFacts(**course),
        categories=frozenset(WorkerCategory(name) for name in stored["categories"]),
        trainings=tuple((code, level) for code, level in stored["trainings"]),
        available_fen=stored["available_fen"],
        declared=frozenset(WorkerCategory(name) for name in stored.get("declared", ())),
        statuses=frozenset(PersonStatus(name) for name in stored.get("statuses", ())),
        other_subsidies=tuple((code, level) for code, level in stored.get("other_subsidies", ())),
        trainings_that_year=stored.get("trainings_that_year", 0),
        person_inside=stored.get("person_inside", True),
        scheme_path=stored.get("scheme_path", ""),
        scheme_place=stored.get("scheme_place", ""),
        residence_path=stored.get("residence_path"),
        workplace_path=stored.get("workplace_path"),
        employer=_employer_from_json(stored.get("employer")),
    )


def lines_to_json(lines: tuple[QuoteLine, ...], *, version: int) -> list[dict[str, Any]]:
    """The lines of a quote as stored and signed."""
    return [
        {
            "code": line.code,
            "amount_fen": line.amount_fen,
            "rule": line.rule,
            "version": version,
            "params": line.params,
        }
        for line in lines
    ]
