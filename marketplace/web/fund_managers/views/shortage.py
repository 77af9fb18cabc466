"""Editions of the lists of occupations in demand: prepared by one officer, published by another."""

from __future__ import annotations

from collections.abc import Callable

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.audit.queries import list_events_of
from marketplace.catalog.models import ShortageEdition
from marketplace.catalog.states import ShortageEntryKind
from marketplace.directories.labels import EVENT_WORDS
from marketplace.directories.operations import shortage as operations
from marketplace.directories.queries.kept import (
    find_edition_kept,
    list_editions_kept,
    list_entries,
)
from marketplace.directories.rules import EDITION_STATE_WORDS, ENTRY_KIND_WORDS, TIER_WORDS
from marketplace.edge.access import access, officer
from marketplace.edge.answers import flash_refused
from marketplace.edge.officers import officer_paths
from marketplace.edge.paging import asked_page, page_url
from marketplace.edge.reasons import show_reasons
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import NotFound, Refused
from marketplace.foundation.paging import PageRequest
from marketplace.jurisdictions.queries import get_jurisdiction
from marketplace.web.fund_managers.blueprint import blueprint
from marketplace.web.fund_managers.directory_places import read_place
from marketplace.web.fund_managers.forms.directories import (
    EditionReasonForm,
    InForceForm,
    ShortageEditionForm,
    ShortageEntriesForm,
)

Answer = str | Response | tuple[str, int]


@blueprint.get("/shortage")
@access(officer)
def list_shortage_editions() -> str:
    """Editions of the officer's places, what is being prepared first."""
    return _list_page(ShortageEditionForm())


@blueprint.post("/shortage")
@access(officer)
def draft_shortage_edition() -> Answer:
    """Begin the next edition of a place's list."""
    form = ShortageEditionForm()
    valid = form.validate_on_submit()
    allowed, place = read_place(form)
    if not (valid and allowed):
        return _list_page(form), 422
    try:
        with write_transaction():
            edition = operations.draft_shortage_edition(
                place.id if place else None,
                clause=form.clause.data,
                actor_id=current_user.user_id,
            )
            code = edition.code
    except Refused as refused:
        show_reasons(form, refused)
        return _list_page(form), 409
    return redirect(url_for("fund_managers.show_shortage_edition", code=code), 303)


@blueprint.get("/shortage/<code>")
@access(officer)
def show_shortage_edition(code: str) -> str:
    """One edition: what it says, what it changes, who has signed."""
    return _page(_edition_here(code))


@blueprint.post("/shortage/<code>/entries")
@access(officer)
def add_shortage_entries(code: str) -> Answer:
    """Put occupations on the edition."""
    edition = _edition_here(code)
    form = ShortageEntriesForm()
    valid = form.validate_on_submit()
    allowed, place = read_place(form) if form.place.data else (True, None)
    if not (valid and allowed):
        return _page(edition, entries_form=form), 422
    try:
        with write_transaction():
            count = operations.add_shortage_entries(
                edition.id,
                occupation_codes=form.codes.data.replace(",", "\n").splitlines(),
                kind=ShortageEntryKind(form.kind.data),
                jurisdiction_id=place.id if place else None,
                uplift_percent=form.uplift_percent.data,
                clause=form.clause.data,
                actor_id=current_user.user_id,
            )
    except Refused as refused:
        show_reasons(form, refused)
        return _page(_edition_here(code), entries_form=form), 409
    flash(_("Entries added: %(count)s", count=count), "success")
    return redirect(url_for("fund_managers.show_shortage_edition", code=code), 303)


@blueprint.post("/shortage/<code>/entries/<int:entry_id>/remove")
@access(officer)
def remove_shortage_entry(code: str, entry_id: int) -> Answer:
    """Take one entry off the edition."""
    edition = _edition_here(code)
    return _act(
        code,
        lambda: operations.remove_shortage_entry(
            edition.id, entry_id, actor_id=current_user.user_id
        ),
        _("The entry is off the edition."),
    )


@blueprint.post("/shortage/<code>/propose")
@access(officer)
def propose_shortage_edition(code: str) -> Answer:
    """First signature."""
    edition = _edition_here(code)
    form = InForceForm()
    if not form.validate_on_submit():
        return _page(edition, in_force_form=form), 422
    try:
        with write_transaction():
            operations.propose_shortage_edition(
                edition.id, in_force_from=form.in_force_from.data, actor_id=current_user.user_id
            )
    except Refused as refused:
        show_reasons(form, refused)
        return _page(_edition_here(code), in_force_form=form), 409
    flash(_("The edition waits for the second signature."), "success")
    return redirect(url_for("fund_managers.show_shortage_edition", code=code), 303)


@blueprint.post("/shortage/<code>/publish")
@access(officer)
def publish_shortage_edition(code: str) -> Answer:
    """Second signature, another person's."""
    edition = _edition_here(code)
    return _act(
        code,
        lambda: operations.publish_shortage_edition(edition.id, actor_id=current_user.user_id),
        _("The edition is published."),
    )


@blueprint.post("/shortage/<code>/return")
@access(officer)
def return_shortage_edition(code: str) -> Answer:
    """Send the edition back to be worked on."""
    return _with_reason(
        code, operations.return_shortage_edition, _("The edition is back in preparation.")
    )


@blueprint.post("/shortage/<code>/discard")
@access(officer)
def discard_shortage_edition(code: str) -> Answer:
    """Give the edition up."""
    return _with_reason(code, operations.discard_shortage_edition, _("The edition is given up."))


def _with_reason(code: str, operation: Callable[..., ShortageEdition], done: str) -> Answer:
    edition = _edition_here(code)
    form = EditionReasonForm()
    if not form.validate_on_submit():
        return _page(edition, reason_form=form), 422
    return _act(
        code,
        lambda: operation(edition.id, reason=form.reason.data, actor_id=current_user.user_id),
        done,
    )


def _act(code: str, act: Callable[[], object], done: str) -> Answer:
    try:
        with write_transaction():
            act()
    except Refused as refused:
        flash_refused(refused)
        return _page(_edition_here(code)), 409
    flash(done, "success")
    return redirect(url_for("fund_managers.show_shortage_edition", code=code), 303)


def _edition_here(code: str) -> ShortageEdition:
    edition = find_edition_kept(code, officer_paths())
    if edition is None:
        raise NotFound("shortage_edition")
    return edition


def _list_page(form: ShortageEditionForm) -> str:
    return render_template(
        "fund_managers/list_shortage_editions.html",
        page=list_editions_kept(officer_paths(), asked_page()),
        form=form,
        sees_everything="" in officer_paths(),
        state_words=EDITION_STATE_WORDS,
        tier_words=TIER_WORDS,
        page_url=page_url,
    )


def _page(
    edition: ShortageEdition,
    *,
    entries_form: ShortageEntriesForm | None = None,
    in_force_form: InForceForm | None = None,
    reason_form: EditionReasonForm | None = None,
) -> str:
    place = get_jurisdiction(edition.jurisdiction_id) if edition.jurisdiction_id else None
    before = operations.find_edition_before(edition)
    entries = list_entries(edition.id)
    known = [*(list_entries(before.id) if before else []), *entries]
    return render_template(
        "fund_managers/show_shortage_edition.html",
        edition=edition,
        place=place,
        entries=entries,
        occupations={item.occupation_code: item.occupation for item in known},
        places={item.place_code: item.place for item in known},
        difference=operations.difference_of(edition),
        before=before,
        entries_form=entries_form or ShortageEntriesForm(formdata=None),
        in_force_form=in_force_form or InForceForm(formdata=None),
        reason_form=reason_form or EditionReasonForm(formdata=None),
        is_own=edition.proposed_by == current_user.user_id,
        state_words=EDITION_STATE_WORDS,
        tier_words=TIER_WORDS,
        kind_words=ENTRY_KIND_WORDS,
        events=list_events_of("shortage_edition", edition.code, PageRequest(1, 30)),
        event_words=EVENT_WORDS,
    )
