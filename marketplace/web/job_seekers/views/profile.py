"""Me: my data, masked; who looked at it."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.edge.access import access, job_seeker
from marketplace.edge.extensions import limiter
from marketplace.edge.paging import asked_page
from marketplace.edge.places import Places, find_places
from marketplace.edge.reasons import show_reasons
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import Refused
from marketplace.foundation.text import is_number, mask_name
from marketplace.notices.queries import count_unread_notices
from marketplace.people.labels import SEX_LABELS
from marketplace.people.operations import change_phone, change_place
from marketplace.people.queries import (
    get_masks,
    get_worker,
    list_category_facts,
    list_user_names,
    list_views_of_worker,
)
from marketplace.web.job_seekers.blueprint import blueprint
from marketplace.web.job_seekers.forms.profile import PhoneForm

Answer = str | Response | tuple[str, int]
PLACES = ("residence", "workplace")


@blueprint.get("/profile")
@access(job_seeker)
def show_profile() -> str:
    """What is kept about me."""
    worker = get_worker(current_user.worker_id)
    views = list_views_of_worker(worker.code, asked_page(size=1))
    return render_template(
        "job_seekers/profile.html",
        worker=worker,
        masks=get_masks(worker),
        sex=SEX_LABELS[worker.sex],
        residence=Places.name_of(worker.residence_id) if worker.residence_id else None,
        workplace=Places.name_of(worker.workplace_id) if worker.workplace_id else None,
        categories_count=len(list_category_facts(worker.id)),
        views_count=views.total,
        unread=count_unread_notices(current_user.user_id),
    )


@blueprint.get("/profile/phone")
@access(job_seeker)
def show_phone() -> str:
    """Ask for a new telephone number."""
    return render_template("job_seekers/phone.html", form=PhoneForm())


@blueprint.post("/profile/phone")
@access(job_seeker)
@limiter.limit("10 per hour")
def submit_phone() -> Answer:
    """Note a new telephone number."""
    form = PhoneForm()
    if not form.validate_on_submit():
        return render_template("job_seekers/phone.html", form=form), 422
    try:
        with write_transaction():
            change_phone(
                current_user.worker_id, phone=form.phone.data, actor_id=current_user.user_id
            )
    except Refused as refused:
        show_reasons(form, refused)
        return render_template("job_seekers/phone.html", form=form), 422
    flash(_("Your telephone number was changed."), "success")
    return redirect(url_for("job_seekers.show_profile"), 303)


@blueprint.get("/profile/place/<any(residence, workplace):kind>")
@access(job_seeker)
def show_place(kind: str) -> str:
    """Ask where I live or work."""
    return render_template("job_seekers/place.html", places=find_places(request.args), kind=kind)


@blueprint.post("/profile/place/<any(residence, workplace):kind>")
@access(job_seeker)
def submit_place(kind: str) -> Response:
    """Note where I live or work."""
    place = request.form.get("place", "")
    with write_transaction():
        change_place(
            current_user.worker_id,
            kind=kind,
            jurisdiction_id=int(place) if is_number(place) else None,
            actor_id=current_user.user_id,
        )
    flash(_("Your place was changed."), "success")
    return redirect(url_for("job_seekers.show_profile"), 303)


@blueprint.get("/profile/views")
@access(job_seeker)
def list_who_looked() -> str:
    """Who opened my ID number or documents, when and for what purpose."""
    worker = get_worker(current_user.worker_id)
    page = list_views_of_worker(worker.code, asked_page())
    names = list_user_names({event.actor_id for event in page.items if event.actor_id})
    return render_template(
        "job_seekers/who_looked.html",
        page=page,
        names={user_id: mask_name(name) for user_id, name in names.items()},
    )
