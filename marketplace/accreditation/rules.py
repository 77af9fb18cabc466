"""Checklist, clock and decisions of applications: pure, all reasons at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from marketplace.accreditation import errors as _errors  # noqa: F401  (registers the refusals)
from marketplace.accreditation.states import (
    APPLICATION_TRANSITIONS,
    EDITABLE_STATES,
    ApplicationState,
    DocumentKind,
    EventKind,
    Step,
)
from marketplace.foundation.errors import N_, Refusal
from marketplace.institutions.rules import LEVELS, STATE_WORDS, is_valid_uscc
from marketplace.institutions.states import InstitutionState
from marketplace.teaching.rules import QualificationPeriod

REVIEW_DAYS = 20
REVIEW_CLAUSE = "行政许可法第四十二条、第八十二条"
"""Twenty working days unless the deployment sets another limit (Administrative License Law)."""
SCOPES_MAX = 100
DOCUMENTS_MAX = 40

CLAUSES: dict[Step, str] = {
    Step.LEGAL: "GB 32100-2015；民办教育促进法第十条",
    Step.SITES: "民办教育促进法第十五条（办学场所）",
    Step.TRAINERS: "民办教育促进法第十五条（教师资格）",
    Step.SCOPE: "国家职业分类大典；职业技能等级认定",
    Step.DOCUMENTS: "行政许可法第三十一条、第三十二条",
    Step.DECLARATION: "行政许可法第三十一条",
}
"""Where each part is asked for."""

STEP_WORDS: dict[Step, str] = {
    Step.LEGAL: N_("Legal facts"),
    Step.SITES: N_("Sites and rooms"),
    Step.TRAINERS: N_("Trainers"),
    Step.SCOPE: N_("What is applied for"),
    Step.DOCUMENTS: N_("Documents"),
    Step.DECLARATION: N_("Declaration of truth"),
}
APPLICATION_STATE_WORDS: dict[ApplicationState, str] = {
    ApplicationState.DRAFT: N_("being filled in"),
    ApplicationState.SUBMITTED: N_("under review"),
    ApplicationState.RETURNED: N_("returned for changes"),
    ApplicationState.GRANTED: N_("granted"),
    ApplicationState.REJECTED: N_("rejected"),
    ApplicationState.WITHDRAWN: N_("withdrawn"),
}
APPLICATION_STATE_TONES: dict[ApplicationState, str] = {
    ApplicationState.DRAFT: "neutral",
    ApplicationState.SUBMITTED: "waiting",
    ApplicationState.RETURNED: "decision",
    ApplicationState.GRANTED: "done",
    ApplicationState.REJECTED: "decision",
    ApplicationState.WITHDRAWN: "neutral",
}
EVENT_KIND_WORDS: dict[EventKind, str] = {
    EventKind.BEGUN: N_("Application begun"),
    EventKind.SUBMITTED: N_("Handed in"),
    EventKind.RETURNED: N_("Returned for changes"),
    EventKind.GRANTED: N_("Granted"),
    EventKind.REJECTED: N_("Rejected"),
    EventKind.WITHDRAWN: N_("Withdrawn"),
}
DOCUMENT_KIND_WORDS: dict[DocumentKind, str] = {
    DocumentKind.LICENSE: N_("Business license or registration certificate"),
    DocumentKind.PREMISES: N_("Title deed or lease of the premises"),
    DocumentKind.SAFETY: N_("Proof of fire safety"),
    DocumentKind.TRAINERS: N_("Certificates and contracts of the trainers"),
    DocumentKind.PLAN: N_("Training plans and syllabus"),
    DocumentKind.OTHER: N_("Other evidence"),
}
DOCUMENTS_NEEDED = (
    DocumentKind.LICENSE,
    DocumentKind.PREMISES,
    DocumentKind.SAFETY,
    DocumentKind.TRAINERS,
)
LEGAL_FORM_WORDS: dict[str, str] = {
    "enterprise": N_("Enterprise"),
    "private_school": N_("Private non-enterprise unit (school)"),
    "public": N_("Public institution or public school"),
    "association": N_("Social organisation"),
}


@dataclass(frozen=True, slots=True)
class WantedScope:
    """One line of what is applied for; `what` as people read it."""

    what: str
    occupation_code: str
    level: int | None
    site_id: int | None
    valid_from: date
    valid_until: date


@dataclass(frozen=True, slots=True)
class DossierFacts:
    """Everything the checklist asks about."""

    today: date
    uscc: str | None
    uscc_is_taken: bool
    legal_form: str | None
    has_representative: bool
    has_contact: bool
    address: str | None
    sites: Mapping[int, str]
    """Sites in use, by id."""
    rooms: Mapping[int, int]
    """Rooms in use, by site."""
    trainers: int
    qualifications: tuple[QualificationPeriod, ...]
    """Of the trainers who teach."""
    scope: tuple[WantedScope, ...]
    documents: frozenset[DocumentKind]
    is_declared: bool


@dataclass(frozen=True, slots=True)
class ChecklistItem:
    """One part of the application: complete, or what is missing and where it is asked for."""

    step: Step
    problems: tuple[Refusal, ...]

    @property
    def is_done(self) -> bool:
        """Nothing is missing here."""
        return not self.problems


@dataclass(frozen=True, slots=True)
class WorkingDays:
    """Monday to Friday, but for the days a calendar names."""

    exceptions: Mapping[date, bool]
    """Days that are not what their weekday says; whether they are worked."""

    def is_working(self, day: date) -> bool:
        """Whether offices are open on a day."""
        return self.exceptions.get(day, day.weekday() < 5)

    def after(self, day: date, count: int) -> date:
        """The `count`-th working day after a day; the day itself does not count (民法典 201)."""
        assert count >= 1
        while count:
            day += timedelta(days=1)
            count -= self.is_working(day)
        return day

    def between(self, first: date, last: date) -> int:
        """Working days after `first` up to `last`; negative when `last` lies before."""
        if last < first:
            return -self.between(last, first)
        days = (first + timedelta(days=n) for n in range(1, (last - first).days + 1))
        return sum(self.is_working(day) for day in days)


@dataclass(frozen=True, slots=True)
class ReviewClock:
    """How long the office still has: what both sides are shown."""

    due_on: date | None
    """Empty: nothing waits for the office."""
    days_left: int
    """Working days; negative: overdue by so many."""

    @property
    def is_overdue(self) -> bool:
        """The day has passed."""
        return self.days_left < 0


def due_day(
    submitted_on: date, *, days_allowed: int, days_used: int, calendar: WorkingDays
) -> date:
    """The last day for the decision; what is used up leaves at least one working day."""
    return calendar.after(submitted_on, max(days_allowed - days_used, 1))


def review_clock(due_on: date | None, *, today: date, calendar: WorkingDays) -> ReviewClock:
    """What is left on a day. Overdue counts the working days since; on a rest day at least one."""
    if due_on is None:
        return ReviewClock(None, 0)
    if today > due_on:
        return ReviewClock(due_on, min(-calendar.between(due_on, today), -1))
    return ReviewClock(due_on, calendar.between(today, due_on))


def checklist(facts: DossierFacts) -> tuple[ChecklistItem, ...]:
    """Every part of the application in order, with all that is missing."""
    found: dict[Step, list[Refusal]] = {
        Step.LEGAL: _legal_problems(facts),
        Step.SITES: _site_problems(facts),
        Step.TRAINERS: _trainer_problems(facts),
        Step.SCOPE: _scope_problems(facts),
        Step.DOCUMENTS: [
            Refusal("document_missing", {"kind": DOCUMENT_KIND_WORDS[kind]}, _clause(kind))
            for kind in DOCUMENTS_NEEDED
            if kind not in facts.documents
        ],
        Step.DECLARATION: []
        if facts.is_declared
        else [Refusal("declaration_missing", rule=CLAUSES[Step.DECLARATION])],
    }
    return tuple(ChecklistItem(step, tuple(problems)) for step, problems in found.items())


def refusals_for_application_move(
    present: ApplicationState, wanted: ApplicationState
) -> tuple[Refusal, ...]:
    """Only the moves of the state table."""
    if wanted in APPLICATION_TRANSITIONS[present]:
        return ()
    return (_forbidden(present),)


def refusals_for_editing(state: ApplicationState) -> tuple[Refusal, ...]:
    """A dossier is changed before it is handed in, or after it came back."""
    return () if state in EDITABLE_STATES else (_forbidden(state),)


def refusals_for_beginning(state: InstitutionState, *, has_open: bool) -> tuple[Refusal, ...]:
    """New and accredited institutions apply, one application at a time."""
    refusals: list[Refusal] = []
    if state not in (InstitutionState.APPLIED, InstitutionState.ACCREDITED):
        refusals.append(Refusal("institution_cannot_apply", {"state": STATE_WORDS[state]}))
    if has_open:
        refusals.append(Refusal("application_open"))
    return tuple(refusals)


def refusals_for_scope(wanted: WantedScope, present: Sequence[WantedScope]) -> tuple[Refusal, ...]:
    """A real level, dates in order, nothing twice, not too much."""
    refusals: list[Refusal] = []
    if wanted.level is not None and wanted.level not in LEVELS:
        refusals.append(Refusal("level_unknown", field="level"))
    if wanted.valid_until < wanted.valid_from:
        refusals.append(Refusal("scope_dates", field="valid_until"))
    same = (wanted.occupation_code, wanted.level, wanted.site_id)
    if same in [(one.occupation_code, one.level, one.site_id) for one in present]:
        refusals.append(Refusal("scope_taken", field="occupation"))
    if len(present) >= SCOPES_MAX:
        refusals.append(Refusal("scope_too_many", {"limit": SCOPES_MAX}))
    return tuple(refusals)


def refusals_for_return(reasons: Mapping[Step, str]) -> tuple[Refusal, ...]:
    """At least one part is named with what is wrong: all of it at once (行政许可法 32)."""
    return () if reasons else (Refusal("return_without_reason", rule="行政许可法第三十二条"),)


def _forbidden(state: ApplicationState) -> Refusal:
    return Refusal("application_state_forbids", {"state": APPLICATION_STATE_WORDS[state]})


def _clause(kind: DocumentKind) -> str:
    return "消防法第十五条" if kind is DocumentKind.SAFETY else CLAUSES[Step.DOCUMENTS]


def _legal_problems(facts: DossierFacts) -> list[Refusal]:
    clause = CLAUSES[Step.LEGAL]
    problems: list[Refusal] = []
    if not facts.uscc:
        problems.append(Refusal("legal_uscc_missing", rule=clause, field="uscc"))
    elif not is_valid_uscc(facts.uscc):
        problems.append(Refusal("legal_uscc_invalid", rule=clause, field="uscc"))
    elif facts.uscc_is_taken:
        problems.append(Refusal("legal_uscc_taken", rule=clause, field="uscc"))
    if not facts.legal_form:
        problems.append(Refusal("legal_form_missing", rule=clause))
    if not facts.has_representative:
        problems.append(Refusal("legal_representative_missing", rule=clause))
    if not facts.address:
        problems.append(Refusal("legal_address_missing", rule=clause))
    if not facts.has_contact:
        problems.append(Refusal("legal_contact_missing", rule=clause))
    return problems


def _site_problems(facts: DossierFacts) -> list[Refusal]:
    clause = CLAUSES[Step.SITES]
    if not facts.sites:
        return [Refusal("site_missing", rule=clause)]
    return [
        Refusal("site_without_room", {"name": name}, rule=clause)
        for site_id, name in facts.sites.items()
        if not facts.rooms.get(site_id)
    ]


def _trainer_problems(facts: DossierFacts) -> list[Refusal]:
    clause = CLAUSES[Step.TRAINERS]
    if not facts.trainers:
        return [Refusal("trainer_missing", rule=clause)]
    wanted: dict[str, WantedScope] = {}
    for line in facts.scope:
        wanted.setdefault(line.occupation_code, line)
    return [
        Refusal("scope_without_trainer", {"what": line.what}, rule=clause)
        for code, line in wanted.items()
        if not any(
            period.holds(code, max(facts.today, line.valid_from)) for period in facts.qualifications
        )
    ]


def _scope_problems(facts: DossierFacts) -> list[Refusal]:
    clause = CLAUSES[Step.SCOPE]
    if not facts.scope:
        return [Refusal("scope_missing", rule=clause)]
    problems: list[Refusal] = []
    for line in facts.scope:
        if line.valid_until < facts.today:
            problems.append(Refusal("scope_past", {"what": line.what}, rule=clause))
        if line.site_id is not None and line.site_id not in facts.sites:
            problems.append(Refusal("scope_site_closed", {"what": line.what}, rule=clause))
    return problems
