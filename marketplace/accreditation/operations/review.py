"""Handing in, returning, granting, rejecting an application; its clock."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marketplace.accreditation.models import AccreditationApplication
from marketplace.accreditation.operations.dossier import dossier_snapshot
from marketplace.accreditation.operations.events import note_event, record_application
from marketplace.accreditation.queries import (
    get_calendar,
    get_dossier_facts,
    get_review_limit,
    list_scope_lines,
    lock_application,
)
from marketplace.accreditation.rules import (
    checklist,
    due_day,
    refusals_for_application_move,
    refusals_for_return,
)
from marketplace.accreditation.states import ApplicationState, EventKind, Step
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.errors import Refusal, Refused
from marketplace.foundation.text import cut_personal_numbers, tidy
from marketplace.institutions.models import Institution
from marketplace.institutions.operations.accreditation import accredit_institution
from marketplace.institutions.queries import list_manager_ids, list_members, lock_institution
from marketplace.notices.operations import send_notice


def submit_application(
    application_id: int, *, declared: bool, actor_id: int
) -> AccreditationApplication:
    """Hand in the dossier: from now on the office's working days count.

    Again while it is under review returns it unchanged. Refuses with everything the checklist
    lacks. The limit is the one in force on the first submission; what was used up before a return
    is not given back.
    """
    application = lock_application(application_id)
    if application.state == ApplicationState.SUBMITTED:
        return application
    refusals = refusals_for_application_move(application.state, ApplicationState.SUBMITTED)
    facts = get_dossier_facts(application, is_declared=declared)
    refusals += tuple(problem for item in checklist(facts) for problem in item.problems)
    if refusals:
        raise Refused(refusals)

    today = clock.today()
    days_allowed = application.days_allowed or get_review_limit(today)[0]
    application.due_on = due_day(
        today,
        days_allowed=days_allowed,
        days_used=application.days_used,
        calendar=get_calendar(),
    )
    application.days_allowed = days_allowed
    application.state = ApplicationState.SUBMITTED
    application.declared_by = actor_id
    application.declared_at = clock.now()
    application.counting_from = today
    db.session.flush()
    snapshot = dossier_snapshot(application)
    note_event(application, EventKind.SUBMITTED, actor_id=actor_id, details=snapshot)
    due = {"due_on": application.due_on.isoformat()}
    record_application("application.submitted", application, actor_id=actor_id, details=due)
    _tell(application, "application_submitted", {"day": application.due_on})
    return application


def withdraw_application(application_id: int, *, actor_id: int) -> AccreditationApplication:
    """Take an application back before it is decided; a new one may be begun."""
    application = lock_application(application_id)
    if application.state == ApplicationState.WITHDRAWN:
        return application
    if refusals := refusals_for_application_move(application.state, ApplicationState.WITHDRAWN):
        raise Refused(refusals)
    application.state = ApplicationState.WITHDRAWN
    application.due_on = None
    note_event(application, EventKind.WITHDRAWN, actor_id=actor_id)
    record_application("application.withdrawn", application, actor_id=actor_id)
    return application


def return_application(
    application_id: int, *, reasons: Mapping[Step, str], actor_id: int
) -> AccreditationApplication:
    """Send the dossier back with what is wrong in each part; the clock stands still.

    Everything that is lacking is named at once (行政许可法 第三十二条). Refuses a return without
    any reason, an application that is not under review, and who works for the institution.
    """
    application, institution = _lock_for_decision(application_id)
    given = {step: cut_personal_numbers(tidy(text)) for step, text in reasons.items() if tidy(text)}
    refusals = refusals_for_application_move(application.state, ApplicationState.RETURNED)
    refusals += _own_matter(institution, actor_id)
    refusals += refusals_for_return(given)
    if refusals:
        raise Refused(refusals)

    assert application.counting_from is not None, "it was handed in"
    application.days_used += get_calendar().between(application.counting_from, clock.today())
    application.state = ApplicationState.RETURNED
    application.due_on = None
    by_step = {str(step): text for step, text in given.items()}
    note_event(application, EventKind.RETURNED, actor_id=actor_id, details={"reasons": by_step})
    record_application(
        "application.returned", application, actor_id=actor_id, details={"parts": sorted(by_step)}
    )
    _tell(application, "application_returned", {"count": len(given)})
    return application


def grant_application(
    application_id: int, *, clause: str, actor_id: int
) -> AccreditationApplication:
    """Accredit the institution for all the application asks; a new one may teach from now on.

    The registers of sites and trainers and the checklist are asked once more, for they may have
    changed since. Books no money.
    """
    application, institution = _lock_for_decision(application_id)
    clause = tidy(clause)
    refusals = refusals_for_application_move(application.state, ApplicationState.GRANTED)
    refusals += _own_matter(institution, actor_id)
    if not clause:
        refusals += (Refusal("clause_missing", field="clause"),)
    facts = get_dossier_facts(application, is_declared=True)
    refusals += tuple(problem for item in checklist(facts) for problem in item.problems)
    if refusals:
        raise Refused(refusals)

    institution.uscc = institution.uscc or application.uscc
    institution.address = institution.address or application.address
    for line in list_scope_lines(application_id):
        accredit_institution(
            institution.id,
            occupation_code=line.scope.occupation_code,
            level=line.scope.level,
            site_id=line.scope.site_id,
            valid_from=line.scope.valid_from,
            valid_until=line.scope.valid_until,
            clause=clause,
            application_code=application.code,
            actor_id=actor_id,
        )
    _decide(application, ApplicationState.GRANTED, actor_id)
    note_event(application, EventKind.GRANTED, actor_id=actor_id, clause=clause)
    record_application("application.granted", application, actor_id=actor_id)
    _tell(application, "application_granted", {"name": institution.name})
    return application


def reject_application(
    application_id: int, *, reason: str, clause: str, actor_id: int
) -> AccreditationApplication:
    """Decide that the institution is not accredited, with the reason and clause it reads."""
    application, institution = _lock_for_decision(application_id)
    reason, clause = cut_personal_numbers(tidy(reason)), tidy(clause)
    refusals = refusals_for_application_move(application.state, ApplicationState.REJECTED)
    refusals += _own_matter(institution, actor_id)
    if not reason:
        refusals += (Refusal("reason_missing", field="reason"),)
    if not clause:
        refusals += (Refusal("clause_missing", field="clause"),)
    if refusals:
        raise Refused(refusals)
    _decide(application, ApplicationState.REJECTED, actor_id)
    note_event(application, EventKind.REJECTED, actor_id=actor_id, reason=reason, clause=clause)
    record_application("application.rejected", application, actor_id=actor_id, reason=reason)
    _tell(application, "application_rejected", {"reason": reason})
    return application


def _lock_for_decision(application_id: int) -> tuple[AccreditationApplication, Institution]:
    application = lock_application(application_id)
    return application, lock_institution(application.institution_id)


def _own_matter(institution: Institution, actor_id: int) -> tuple[Refusal, ...]:
    if any(member.user_id == actor_id for member in list_members(institution.id)):
        return (Refusal("application_own"),)
    return ()


def _decide(application: AccreditationApplication, state: ApplicationState, actor_id: int) -> None:
    application.state = state
    application.due_on = None
    application.decided_by = actor_id
    application.decided_at = clock.now()
    db.session.flush()


def _tell(application: AccreditationApplication, kind: str, params: dict[str, Any]) -> None:
    for user_id in list_manager_ids(application.institution_id):
        send_notice(
            user_id,
            kind=kind,
            params={"code": application.code, **params},
            link=f"/institution/applications/{application.code}",
        )
