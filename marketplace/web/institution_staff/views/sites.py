"""Where we teach: sites and their rooms."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.catalog.operations.closing_places import (
    close_room_without_classes,
    close_site_without_classes,
)
from marketplace.catalog.queries.filed_places import list_classes_at_site
from marketplace.edge.access import access, institution_manager, institution_staff
from marketplace.edge.places import Places
from marketplace.edge.reasons import show_reasons
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import NotFound, Refused
from marketplace.institutions.queries import get_institution
from marketplace.jurisdictions.models import Jurisdiction
from marketplace.jurisdictions.queries import get_jurisdiction, list_children
from marketplace.teaching import operations
from marketplace.teaching.models import TrainingSite
from marketplace.teaching.queries import (
    find_room_by_code,
    find_site_by_code,
    list_rooms,
    list_sites,
)
from marketplace.teaching.rules import PLACE_STATE_WORDS
from marketplace.web.institution_staff.blueprint import blueprint
from marketplace.web.institution_staff.forms.teaching import RoomForm, SiteForm

Answer = str | Response | tuple[str, int]


@blueprint.get("/sites")
@access(institution_staff)
def list_training_sites() -> str:
    """Our sites with their rooms and seats."""
    institution_id = current_user.institution_id
    rooms = [room for room in list_rooms(institution_id) if room.state == "in_use"]
    return render_template(
        "institution_staff/list_sites.html",
        sites=list_sites(institution_id),
        rooms=rooms,
        state_words=PLACE_STATE_WORDS,
    )


@blueprint.get("/sites/new")
@access(institution_manager)
def show_new_site() -> str:
    """An empty form for a site."""
    return _form_page(SiteForm(_counties()), None)


@blueprint.post("/sites")
@access(institution_manager)
def register_training_site() -> Answer:
    """Take a site onto the register."""
    form = SiteForm(_counties())
    if not form.validate_on_submit():
        return _form_page(form, None), 422
    try:
        with write_transaction():
            site = operations.register_site(
                current_user.institution_id,
                form.to_plan(),
                jurisdiction_id=form.place_id(),
                actor_id=current_user.user_id,
            )
            code = site.code
    except Refused as refused:
        show_reasons(form, refused)
        return _form_page(form, None), 409
    flash(_("The site is registered. Add its rooms."), "success")
    return redirect(url_for("institution_staff.show_training_site", code=code), 303)


@blueprint.get("/sites/<code>")
@access(institution_staff)
def show_training_site(code: str) -> str:
    """One site: address, access, rooms."""
    return _site_page(_own_site(code), RoomForm())


@blueprint.get("/sites/<code>/edit")
@access(institution_manager)
def show_site_edit(code: str) -> str:
    """The form filled with what the register says."""
    site = _own_site(code)
    form = SiteForm(_counties(), obj=site, place=str(site.jurisdiction_id or ""))
    return _form_page(form, site)


@blueprint.post("/sites/<code>")
@access(institution_manager)
def revise_training_site(code: str) -> Answer:
    """Describe the site anew."""
    site = _own_site(code)
    form = SiteForm(_counties())
    if not form.validate_on_submit():
        return _form_page(form, site), 422
    try:
        with write_transaction():
            operations.revise_site(
                site.id,
                form.to_plan(),
                jurisdiction_id=form.place_id(),
                actor_id=current_user.user_id,
            )
    except Refused as refused:
        show_reasons(form, refused)
        return _form_page(form, _own_site(code)), 409
    flash(_("The site is saved."), "success")
    return redirect(url_for("institution_staff.show_training_site", code=code), 303)


@blueprint.post("/sites/<code>/close")
@access(institution_manager)
def close_training_site(code: str) -> Answer:
    """No new class there; refused while classes are filed there."""
    return _act(
        code,
        lambda site: close_site_without_classes(site.id, actor_id=current_user.user_id),
        _("No new class can be filed at this site."),
    )


@blueprint.post("/sites/<code>/reopen")
@access(institution_manager)
def reopen_training_site(code: str) -> Answer:
    """Classes may be filed there again."""
    return _act(
        code,
        lambda site: operations.reopen_site(site.id, actor_id=current_user.user_id),
        _("Classes can be filed at this site again."),
    )


@blueprint.post("/sites/<code>/rooms")
@access(institution_manager)
def add_training_room(code: str) -> Answer:
    """Name a room of the site."""
    site = _own_site(code)
    form = RoomForm()
    if not form.validate_on_submit():
        return _site_page(site, form), 422
    try:
        with write_transaction():
            operations.add_room(
                site.id,
                name=form.name.data,
                capacity=form.capacity.data,
                step_free=form.step_free.data,
                actor_id=current_user.user_id,
            )
    except Refused as refused:
        show_reasons(form, refused)
        return _site_page(_own_site(code), form), 409
    flash(_("The room is added."), "success")
    return redirect(url_for("institution_staff.show_training_site", code=code), 303)


@blueprint.post("/sites/<code>/rooms/<room_code>/close")
@access(institution_manager)
def close_training_room(code: str, room_code: str) -> Answer:
    """No new class in the room; refused while lessons are to be held in it."""
    room = find_room_by_code(room_code, site_id=_own_site(code).id)
    if room is None:
        raise NotFound("training_room", room_code)
    room_id = room.id
    return _act(
        code,
        lambda site: close_room_without_classes(
            room_id, institution_id=site.institution_id, actor_id=current_user.user_id
        ),
        _("No new class can be filed in this room."),
    )


def _act(code: str, act: Callable[[TrainingSite], object], done: str) -> Answer:
    form = RoomForm()
    try:
        with write_transaction():
            act(_own_site(code))
    except Refused as refused:
        show_reasons(form, refused)
        return _site_page(_own_site(code), form), 409
    flash(done, "success")
    return redirect(url_for("institution_staff.show_training_site", code=code), 303)


def _own_site(code: str) -> TrainingSite:
    site = find_site_by_code(code, institution_id=current_user.institution_id)
    if site is None:
        raise NotFound("training_site", code)
    return site


def _counties() -> Sequence[Jurisdiction]:
    """The places beside the institution's own, which it may also teach in."""
    own_id = get_institution(current_user.institution_id).jurisdiction_id
    if own_id is None:
        return []
    own = get_jurisdiction(own_id)
    return list_children(own.parent_id) if own.parent_id else [own]


def _site_page(site: TrainingSite, form: RoomForm) -> str:
    return render_template(
        "institution_staff/show_site.html",
        site=site,
        rooms=[room for room in list_rooms(site.institution_id) if room.site_id == site.id],
        place=Places.name_of(site.jurisdiction_id) if site.jurisdiction_id else None,
        state_words=PLACE_STATE_WORDS,
        form=form,
        classes=list_classes_at_site(site.id),
    )


def _form_page(form: SiteForm, site: TrainingSite | None) -> str:
    return render_template("institution_staff/edit_site.html", form=form, site=site)
