"""Employers an office deals with itself, and the logins that act for them."""

from __future__ import annotations

from marketplace.audit.operations import record_event
from marketplace.employers import errors as _errors  # noqa: F401  (registers the refusals)
from marketplace.employers.models import Employer, EmployerMember
from marketplace.employers.queries.employers import find_employer_by_uscc, find_member
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.errors import Refusal, Refused
from marketplace.foundation.ids import new_code
from marketplace.foundation.text import tidy
from marketplace.institutions.rules import is_valid_uscc
from marketplace.notices.operations import send_notice
from marketplace.people.queries import find_user_by_login, list_role_scopes, lock_user
from marketplace.people.rules import normal_login

OFFICE = "office"
"""The source of employers that an office recorded."""


def record_employer(*, uscc: str, name: str, actor_id: int | None) -> Employer:
    """The employer with this credit code (GB 32100); recorded when nobody knows it yet.

    Known already: the name is not asked. Refuses `uscc_invalid`, `employer_name_needed`.
    """
    number = tidy(uscc).upper()
    if not is_valid_uscc(number):
        raise Refused(Refusal("uscc_invalid", rule="GB 32100-2015", field="uscc"))
    if known := find_employer_by_uscc(number):
        return known
    if not tidy(name):
        raise Refused(Refusal("employer_name_needed", field="name"))
    employer = Employer(
        code=new_code("EMP"),
        source=OFFICE,
        source_key=number,
        name=tidy(name)[:200],
        uscc=number,
        created_at=clock.now(),
    )
    db.session.add(employer)
    db.session.flush()
    _record("employer.recorded", employer, actor_id)
    return employer


def record_member(
    employer: Employer, *, login: str, document_number: str, actor_id: int
) -> EmployerMember:
    """A login acts for an employer from now on; the same again changes nothing.

    Refuses `employer_document_needed`, `employer_login_unknown`, and `employer_login_taken` for
    who acts for another employer or holds an office: nobody grants and names at once.
    """
    if not tidy(document_number):
        raise Refused(Refusal("employer_document_needed", field="document_number"))
    user = find_user_by_login(normal_login(login))
    if user is None:
        unknown = Refusal("employer_login_unknown", {"login": tidy(login)[:60]}, field="login")
        raise Refused(unknown)
    lock_user(user.id)
    member = find_member(user.id)
    if member is not None and member.employer_id == employer.id:
        return member
    if member is not None or list_role_scopes(user.id):
        raise Refused(Refusal("employer_login_taken", field="login"))
    member = EmployerMember(
        employer_id=employer.id,
        user_id=user.id,
        document_number=tidy(document_number)[:100],
        recorded_by=actor_id,
        recorded_at=clock.now(),
    )
    db.session.add(member)
    db.session.flush()
    _record("employer.member_recorded", employer, actor_id, user=user.code)
    params = {"employer": employer.name}
    send_notice(user.id, kind="employer.member_recorded", params=params, link="/employer/")
    return member


def end_member(member: EmployerMember, *, actor_id: int) -> None:
    """The login acts no longer for the employer; again changes nothing."""
    if member.ended_at is not None:
        return
    member.ended_at = clock.now()
    db.session.flush()
    employer = db.session.get_one(Employer, member.employer_id)
    _record("employer.member_ended", employer, actor_id)


def _record(
    event: str, employer: Employer, actor_id: int | None, *, user: str | None = None
) -> None:
    record_event(
        event,
        subject_kind="employer",
        subject_code=employer.code,
        actor_id=actor_id,
        details={"user": user} if user else {},
    )
