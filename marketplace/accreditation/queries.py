"""Reading applications, their dossiers, the limit and the calendar."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, func, select
from sqlalchemy.orm import defer

from marketplace.accreditation.models import (
    AccreditationApplication,
    ApplicationDocument,
    ApplicationEvent,
    ApplicationScope,
    CalendarDay,
    ReviewLimit,
)
from marketplace.accreditation.rules import (
    DOCUMENTS_MAX,
    REVIEW_CLAUSE,
    REVIEW_DAYS,
    SCOPES_MAX,
    DossierFacts,
    ReviewClock,
    WantedScope,
    WorkingDays,
    review_clock,
)
from marketplace.accreditation.states import OPEN_STATES, ApplicationState
from marketplace.catalog.queries.occupations import list_occupation_titles
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.errors import NotFound
from marketplace.foundation.paging import Page, PageRequest
from marketplace.institutions.models import Institution
from marketplace.institutions.queries import find_institution_by_uscc, get_institution, in_subtrees
from marketplace.jurisdictions.models import Jurisdiction
from marketplace.people.models import Document
from marketplace.teaching.queries import (
    list_qualifications_of,
    list_rooms,
    list_site_names,
    list_sites,
    list_trainers,
)
from marketplace.teaching.rules import QualificationPeriod
from marketplace.teaching.states import PlaceState, TrainerState


@dataclass(frozen=True, slots=True)
class ScopeLine:
    """A line of what is applied for, with the words people read."""

    scope: ApplicationScope
    occupation: str
    site: str | None


@dataclass(frozen=True, slots=True)
class DossierDocument:
    """A file of the dossier; its content is opened by an operation that records it."""

    entry: ApplicationDocument
    document: Document


@dataclass(frozen=True, slots=True)
class ApplicationItem:
    """An application in a list."""

    application: AccreditationApplication
    institution_code: str
    institution_name: str
    clock: ReviewClock


def get_application(application_id: int) -> AccreditationApplication:
    """One application, or 404."""
    application = db.session.get(AccreditationApplication, application_id)
    if application is None:
        raise NotFound("application")
    return application


def lock_application(application_id: int) -> AccreditationApplication:
    """One application, held until the unit of work ends, as it is now."""
    application = db.session.scalar(
        select(AccreditationApplication)
        .where(AccreditationApplication.id == application_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if application is None:
        raise NotFound("application")
    return application


def find_application_by_code(code: str, *, institution_id: int) -> AccreditationApplication | None:
    """An application of an institution by its public code."""
    return db.session.scalar(
        select(AccreditationApplication).where(
            AccreditationApplication.code == code,
            AccreditationApplication.institution_id == institution_id,
        )
    )


def find_application_in(code: str, paths: Sequence[str]) -> AccreditationApplication | None:
    """An application for officers of these jurisdictions: from the day it was handed in."""
    return db.session.scalar(
        select(AccreditationApplication)
        .join(Institution, Institution.id == AccreditationApplication.institution_id)
        .outerjoin(Jurisdiction, Jurisdiction.id == Institution.jurisdiction_id)
        .where(
            AccreditationApplication.code == code,
            AccreditationApplication.counting_from.is_not(None),
            in_subtrees(paths),
        )
    )


def find_open_application(institution_id: int) -> AccreditationApplication | None:
    """The one application of an institution that is not decided yet."""
    return db.session.scalar(
        select(AccreditationApplication).where(
            AccreditationApplication.institution_id == institution_id,
            AccreditationApplication.state.in_(OPEN_STATES),
        )
    )


def list_applications_of(institution_id: int, page: PageRequest) -> Page[ApplicationItem]:
    """An institution's applications, newest first."""
    wanted = _items().where(AccreditationApplication.institution_id == institution_id)
    total = db.session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
    return _page(wanted.order_by(AccreditationApplication.id.desc()), total, page)


def list_applications_in(
    paths: Sequence[str], page: PageRequest, *, state: ApplicationState
) -> Page[ApplicationItem]:
    """Applications in a state for officers of these jurisdictions, the most urgent first."""
    wanted = (
        _items()
        .outerjoin(Jurisdiction, Jurisdiction.id == Institution.jurisdiction_id)
        .where(
            AccreditationApplication.state == state,
            AccreditationApplication.counting_from.is_not(None),
            in_subtrees(paths),
        )
    )
    total = db.session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
    ordered = wanted.order_by(
        AccreditationApplication.due_on,
        AccreditationApplication.counting_from,
        AccreditationApplication.id,
    )
    return _page(ordered, total, page)


def list_scope_lines(application_id: int) -> list[ScopeLine]:
    """What an application asks for, in the order it was written down."""
    rows = db.session.scalars(
        select(ApplicationScope)
        .where(ApplicationScope.application_id == application_id)
        .order_by(ApplicationScope.id)
        .limit(SCOPES_MAX)
    ).all()
    titles = list_occupation_titles(row.occupation_code for row in rows)
    sites = list_site_names(row.site_id for row in rows)
    return [
        ScopeLine(
            row,
            titles.get(row.occupation_code, row.occupation_code),
            sites.get(row.site_id, "–") if row.site_id is not None else None,
        )
        for row in rows
    ]


def list_dossier_documents(application_id: int) -> list[DossierDocument]:
    """The files of the dossier as it stands, without their content."""
    rows = db.session.execute(
        select(ApplicationDocument, Document)
        .join(Document, Document.id == ApplicationDocument.document_id)
        .options(defer(Document.content_sealed))
        .where(
            ApplicationDocument.application_id == application_id,
            ApplicationDocument.removed_at.is_(None),
        )
        .order_by(ApplicationDocument.id)
        .limit(DOCUMENTS_MAX)
    )
    return [DossierDocument(*row) for row in rows]


def find_dossier_document(code: str, *, application_id: int) -> DossierDocument | None:
    """A file of an application's dossier by its code."""
    return next(
        (one for one in list_dossier_documents(application_id) if one.document.code == code), None
    )


def list_application_events(application_id: int) -> Sequence[ApplicationEvent]:
    """What happened to an application, newest first."""
    return db.session.scalars(
        select(ApplicationEvent)
        .where(ApplicationEvent.application_id == application_id)
        .order_by(ApplicationEvent.id.desc())
        .limit(200)
    ).all()


def get_dossier_facts(application: AccreditationApplication, *, is_declared: bool) -> DossierFacts:
    """Everything the checklist asks about."""
    institution_id = application.institution_id
    sites = {
        site.id: site.name for site in list_sites(institution_id) if site.state == PlaceState.IN_USE
    }
    rooms: dict[int, int] = {}
    for room in list_rooms(institution_id):
        rooms[room.site_id] = rooms.get(room.site_id, 0) + (room.state == PlaceState.IN_USE)
    trainers = [
        one.id for one in list_trainers(institution_id) if one.state == TrainerState.TEACHES
    ]
    holder = find_institution_by_uscc(application.uscc) if application.uscc else None
    return DossierFacts(
        today=clock.today(),
        uscc=application.uscc,
        uscc_is_taken=holder is not None and holder.id != institution_id,
        legal_form=application.legal_form,
        has_representative=bool(application.representative_sealed),
        has_contact=bool(application.contact_sealed),
        address=application.address,
        sites=sites,
        rooms=rooms,
        trainers=len(trainers),
        qualifications=tuple(
            QualificationPeriod(row.occupation_code, row.valid_from, row.valid_until)
            for rows in list_qualifications_of(trainers).values()
            for row in rows
        ),
        scope=tuple(wanted_scope(line) for line in list_scope_lines(application.id)),
        documents=frozenset(one.entry.kind for one in list_dossier_documents(application.id)),
        is_declared=is_declared,
    )


def wanted_scope(line: ScopeLine) -> WantedScope:
    """A line as the rules read it."""
    row = line.scope
    days = (row.valid_from, row.valid_until)
    return WantedScope(line.occupation, row.occupation_code, row.level, row.site_id, *days)


def get_review_limit(on: date) -> tuple[int, str]:
    """Working days for a decision and their clause, in force on a day."""
    limit = db.session.scalar(
        select(ReviewLimit)
        .where(ReviewLimit.valid_from <= on)
        .order_by(ReviewLimit.valid_from.desc())
        .limit(1)
    )
    return (limit.working_days, limit.clause) if limit else (REVIEW_DAYS, REVIEW_CLAUSE)


def list_review_limits() -> Sequence[ReviewLimit]:
    """Every limit there was, the newest first."""
    return db.session.scalars(
        select(ReviewLimit).order_by(ReviewLimit.valid_from.desc()).limit(100)
    ).all()


def list_calendar_days(year: int) -> Sequence[CalendarDay]:
    """The days of a year that are not what their weekday says, in order."""
    return db.session.scalars(
        select(CalendarDay)
        .where(CalendarDay.day.between(date(year, 1, 1), date(year, 12, 31)))
        .order_by(CalendarDay.day)
        .limit(366)
    ).all()


def get_calendar_years() -> range:
    """From the first to the last year of which any day is named."""
    first, last = db.session.execute(
        select(func.min(CalendarDay.day), func.max(CalendarDay.day))
    ).one()
    return range(first.year, last.year + 1) if first else range(0)


def get_calendar() -> WorkingDays:
    """The deployment's working days."""
    rows = db.session.execute(
        select(CalendarDay.day, CalendarDay.is_working).order_by(CalendarDay.day).limit(5_000)
    )
    return WorkingDays({row.day: row.is_working for row in rows})


def get_review_clock(application: AccreditationApplication) -> ReviewClock:
    """What is left for the decision, as both sides see it today."""
    return review_clock(application.due_on, today=clock.today(), calendar=get_calendar())


def get_institution_of(application: AccreditationApplication) -> Institution:
    """Whose application it is."""
    return get_institution(application.institution_id)


def _items() -> Select[AccreditationApplication, str, str]:
    return select(AccreditationApplication, Institution.code, Institution.name).join(
        Institution, Institution.id == AccreditationApplication.institution_id
    )


def _page(
    wanted: Select[AccreditationApplication, str, str], total: int, page: PageRequest
) -> Page[ApplicationItem]:
    calendar, today = get_calendar(), clock.today()
    rows = db.session.execute(wanted.offset(page.offset).limit(page.limit))
    items = [
        ApplicationItem(
            application,
            code,
            name,
            review_clock(application.due_on, today=today, calendar=calendar),
        )
        for application, code, name in rows
    ]
    return Page(items, total, page.number, page.limit)
