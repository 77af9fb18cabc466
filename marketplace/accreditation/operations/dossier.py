"""Filling in an application: saved step by step, resumed at any time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from marketplace.accreditation.models import (
    AccreditationApplication,
    ApplicationDocument,
    ApplicationScope,
)
from marketplace.accreditation.operations.events import note_event, record_application
from marketplace.accreditation.queries import (
    find_dossier_document,
    find_open_application,
    list_dossier_documents,
    list_scope_lines,
    lock_application,
    wanted_scope,
)
from marketplace.accreditation.rules import (
    DOCUMENTS_MAX,
    WantedScope,
    refusals_for_beginning,
    refusals_for_editing,
    refusals_for_scope,
)
from marketplace.accreditation.states import ApplicationState, DocumentKind, EventKind
from marketplace.catalog.queries.occupations import find_occupation_by_code
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.errors import NotFound, Refusal, Refused
from marketplace.foundation.ids import new_code
from marketplace.foundation.text import tidy
from marketplace.institutions.operations.members import add_member
from marketplace.institutions.operations.registration import register_institution
from marketplace.institutions.queries import list_memberships_of_user, lock_institution
from marketplace.institutions.states import MemberRole
from marketplace.people.operations.documents import keep_file, read_kept_file
from marketplace.people.queries.users import list_role_grants
from marketplace.teaching.queries import list_site_names, list_sites
from marketplace.teaching.states import PlaceState


@dataclass(frozen=True, slots=True)
class LegalFacts:
    """Who the institution is by law; what is not known yet stays empty."""

    uscc: str
    legal_form: str
    representative: str
    contact: str
    address: str


def apply_with_new_institution(
    *, name: str, uscc: str, jurisdiction_id: int | None, user_id: int
) -> AccreditationApplication:
    """A person registers an institution, signs for it from now on, and begins its application.

    Refuses who works for an institution already, who decides about institutions, and what
    registration refuses (name, USCC, a code that is registered).
    """
    refusals: list[Refusal] = []
    if list_memberships_of_user(user_id):
        refusals.append(Refusal("already_staff"))
    if list_role_grants(user_id):
        refusals.append(Refusal("officer_cannot_apply"))
    if jurisdiction_id is None:
        refusals.append(Refusal("jurisdiction_missing", field="place"))
    if refusals:
        raise Refused(refusals)
    institution = register_institution(
        name=name, uscc=uscc, jurisdiction_id=jurisdiction_id, actor_id=user_id
    )
    add_member(institution.id, user_id=user_id, role=MemberRole.MANAGER, actor_id=user_id)
    return begin_application(institution.id, actor_id=user_id)


def begin_application(institution_id: int, *, actor_id: int) -> AccreditationApplication:
    """Open a dossier: for a new institution, or for a wider scope of an accredited one.

    What the register knows stands in it already. Refuses an institution out of standing, and a
    second application while one is open.
    """
    institution = lock_institution(institution_id)
    has_open = find_open_application(institution_id) is not None
    if refusals := refusals_for_beginning(institution.state, has_open=has_open):
        raise Refused(refusals)
    application = AccreditationApplication(
        code=new_code("AP"),
        institution_id=institution_id,
        state=ApplicationState.DRAFT,
        uscc=institution.uscc,
        address=institution.address,
        days_used=0,
        begun_by=actor_id,
        begun_at=clock.now(),
    )
    db.session.add(application)
    db.session.flush()
    note_event(application, EventKind.BEGUN, actor_id=actor_id)
    record_application("application.begun", application, actor_id=actor_id)
    return application


def save_legal_facts(
    application_id: int, facts: LegalFacts, *, actor_id: int
) -> AccreditationApplication:
    """Keep what is filled in so far; whether it suffices, the checklist says."""
    application = _lock_editable(application_id)
    application.uscc = tidy(facts.uscc).upper() or None
    application.legal_form = facts.legal_form or None
    application.representative = tidy(facts.representative) or None
    application.contact = tidy(facts.contact) or None
    application.address = tidy(facts.address) or None
    db.session.flush()
    record_application("application.legal_saved", application, actor_id=actor_id)
    return application


def add_scope(
    application_id: int,
    *,
    occupation_code: str,
    level: int | None,
    site_id: int | None,
    valid_from: date,
    valid_until: date,
    actor_id: int,
) -> ApplicationScope:
    """Ask for an occupation at a level (empty: any), at a site (empty: all), for a period."""
    application = _lock_editable(application_id)
    refusals: list[Refusal] = []
    occupation = find_occupation_by_code(occupation_code)
    if occupation is None:
        refusals.append(Refusal("occupation_not_found", field="occupation"))
    open_sites = [
        site.id
        for site in list_sites(application.institution_id)
        if site.state == PlaceState.IN_USE
    ]
    if site_id is not None and site_id not in open_sites:
        refusals.append(Refusal("site_not_found", field="site"))
    what = occupation.title if occupation else occupation_code
    wanted = WantedScope(what, occupation_code, level, site_id, valid_from, valid_until)
    present = [wanted_scope(line) for line in list_scope_lines(application_id)]
    refusals += refusals_for_scope(wanted, present)
    if refusals:
        raise Refused(refusals)
    scope = ApplicationScope(
        application_id=application_id,
        occupation_code=occupation_code,
        level=level,
        site_id=site_id,
        valid_from=valid_from,
        valid_until=valid_until,
    )
    db.session.add(scope)
    db.session.flush()
    details = {"occupation": occupation_code, "level": level}
    record_application("application.scope_added", application, actor_id=actor_id, details=details)
    return scope


def remove_scope(application_id: int, *, scope_id: int, actor_id: int) -> None:
    """Ask for less."""
    application = _lock_editable(application_id)
    scope = db.session.get(ApplicationScope, scope_id)
    if scope is None or scope.application_id != application_id:
        raise NotFound("application_scope")
    details = {"occupation": scope.occupation_code, "level": scope.level}
    db.session.delete(scope)
    db.session.flush()
    record_application("application.scope_removed", application, actor_id=actor_id, details=details)


def attach_document(
    application_id: int, *, kind: DocumentKind, file_name: str, content: bytes, actor_id: int
) -> ApplicationDocument:
    """Put a photo or PDF into the dossier, encrypted. Refuses other, empty and large files."""
    application = _lock_editable(application_id)
    if len(list_dossier_documents(application_id)) >= DOCUMENTS_MAX:
        raise Refused(Refusal("documents_too_many", {"limit": DOCUMENTS_MAX}))
    document = keep_file(file_name=file_name, content=content, worker_id=None, actor_id=actor_id)
    entry = ApplicationDocument(
        application_id=application_id, document_id=document.id, kind=DocumentKind(kind)
    )
    db.session.add(entry)
    db.session.flush()
    record_application(
        "application.document_added",
        application,
        actor_id=actor_id,
        details={"document": document.code, "kind": str(entry.kind)},
    )
    return entry


def detach_document(application_id: int, *, code: str, actor_id: int) -> None:
    """Take a file out of the dossier."""
    application = _lock_editable(application_id)
    found = find_dossier_document(code, application_id=application_id)
    if found is None:
        raise NotFound("document", code)
    found.entry.removed_at = clock.now()
    db.session.flush()
    record_application(
        "application.document_removed", application, actor_id=actor_id, details={"document": code}
    )


def open_application_document(application_id: int, *, code: str, actor_id: int) -> bytes:
    """The content of a file of the dossier; who looked at it stands in the trail."""
    application = lock_application(application_id)
    found = find_dossier_document(code, application_id=application_id)
    if found is None:
        raise NotFound("document", code)
    record_application(
        "application.document_opened", application, actor_id=actor_id, details={"document": code}
    )
    return read_kept_file(found.document.id)


def dossier_snapshot(application: AccreditationApplication) -> dict[str, object]:
    """What was handed in, for the history: codes and dates, nothing personal."""
    return {
        "scope": [
            {
                "occupation": line.scope.occupation_code,
                "level": line.scope.level,
                "site": line.site,
                "from": line.scope.valid_from.isoformat(),
                "until": line.scope.valid_until.isoformat(),
            }
            for line in list_scope_lines(application.id)
        ],
        "sites": sorted(
            list_site_names(site.id for site in list_sites(application.institution_id)).values()
        ),
        "documents": [one.document.code for one in list_dossier_documents(application.id)],
    }


def _lock_editable(application_id: int) -> AccreditationApplication:
    application = lock_application(application_id)
    if refusals := refusals_for_editing(application.state):
        raise Refused(refusals)
    return application
