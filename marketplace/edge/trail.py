"""The audit trail in words: what happened, to what, why, and the page of the thing itself."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from flask import current_app, url_for
from flask_babel import gettext

from marketplace.audit.events import CODE_TEXTS, DETAIL_TEXTS, EVENT_TEXTS, SUBJECT_TEXTS
from marketplace.audit.models import AuditEvent
from marketplace.edge.access import Rule, nobody
from marketplace.edge.formats import money, sentence
from marketplace.edge.places import Places
from marketplace.foundation import clock
from marketplace.people.queries import list_user_logins

SUBJECT_PAGES = {
    "benefit": ("fund_managers.show_benefit", "code"),
    "benefit_clawback": ("fund_managers.show_benefit_clawback", "code"),
    "claim": ("fund_managers.show_claim", "code"),
    "clawback": ("fund_managers.show_clawback", "code"),
    "course": ("visitors.show_course", "code"),
    "fund": ("administrators.show_fund", "code"),
    "import_run": ("administrators.show_import", "code"),
    "inspection_visit": ("inspectors.show_visit", "code"),
    "institution": ("fund_managers.show_institution", "code"),
    "job": ("administrators.show_job", "code"),
    "period": ("fund_managers.show_period", "code"),
    "payout_batch": ("fund_managers.show_payout_batch", "code"),
    "policy_replay": ("fund_managers.show_policy_replay", "code"),
    "scheme": ("fund_managers.show_scheme", "code"),
    "scheme_draft": ("fund_managers.show_scheme_draft", "code"),
    "settlement": ("fund_managers.show_settlement", "code"),
    "statement": ("fund_managers.show_bank_statement", "code"),
    "user": ("administrators.show_user", "code"),
    "voucher": ("fund_managers.show_voucher", "code"),
}
"""Kind of thing -> its page and the parameter that takes its number."""


def event_words(code: str) -> str:
    """What happened; a code that no room lists any more is shown as it is stored."""
    return sentence(EVENT_TEXTS[code]) if code in EVENT_TEXTS else code


def subject_words(kind: str) -> str:
    """The kind of thing it happened to."""
    return sentence(SUBJECT_TEXTS[kind]) if kind in SUBJECT_TEXTS else kind


def subject_page(kind: str, code: str) -> str | None:
    """The page of the thing, if it has one that the reader's rules open."""
    endpoint, parameter = SUBJECT_PAGES.get(kind, ("", ""))
    view = current_app.view_functions.get(endpoint)
    rule: Rule = getattr(view, "access_rule", nobody)
    if not rule():
        return None
    where: dict[str, Any] = {parameter: code}
    return url_for(endpoint, **where)


def reason_words(event: AuditEvent) -> str:
    """Why it was done: the words of a code, else what the person wrote."""
    reason = event.reason or ""
    text = CODE_TEXTS.get(event.event, {}).get(reason)
    return sentence(text) if text else reason


def details_in_words(event: AuditEvent) -> list[tuple[str, str]]:
    """What the event carries, by name; amounts in the deployment's currency."""
    return [
        (sentence(DETAIL_TEXTS[name]) if name in DETAIL_TEXTS else name, _value(name, value))
        for name, value in event.details.items()
        if value is not None
    ]


def list_event_choices() -> list[tuple[str, str]]:
    """Every event with its words, in the order of the words: for a filter."""
    return sorted(((code, event_words(code)) for code in EVENT_TEXTS), key=lambda pair: pair[1])


def list_subject_choices() -> list[tuple[str, str]]:
    """Every kind of thing with its words, in the order of the words."""
    return sorted(((kind, subject_words(kind)) for kind in SUBJECT_TEXTS), key=lambda pair: pair[1])


def first_instant(day: date | None) -> datetime | None:
    """When a local day begins."""
    return datetime.combine(day, time.min, clock.zone()) if day else None


def instant_after(day: date | None) -> datetime | None:
    """When a local day is over."""
    return first_instant(day + timedelta(days=1)) if day and day < date.max else None


def _value(name: str, value: object) -> str:
    if name.endswith("_fen") and isinstance(value, int):
        return money(value)
    if name.endswith("sha256"):
        return f"{str(value)[:12]}…"
    if isinstance(value, list):
        return str(gettext(", ")).join(_value(name, part) for part in value)
    if isinstance(value, dict):
        words = CODE_TEXTS.get(name, {})
        pairs = [f"{sentence(words[key])} {part}" for key, part in value.items() if key in words]
        return str(gettext(", ")).join(pairs)
    if name == "jurisdiction_id" and isinstance(value, int):
        return Places.name_of(value) or str(value)
    if name == "user_id" and isinstance(value, int):
        return list_user_logins({value}).get(value, str(value))
    text = CODE_TEXTS.get(name, {}).get(str(value))
    return sentence(text) if text else str(value)
