"""Who teaches for us, and what they may teach."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.catalog.queries.occupations import list_occupation_titles
from marketplace.edge.access import access, institution_manager, institution_staff
from marketplace.edge.reasons import show_reasons
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import NotFound, Refused
from marketplace.teaching import operations
from marketplace.teaching.models import Trainer
from marketplace.teaching.queries import (
    find_trainer_by_code,
    list_qualifications_of,
    list_trainers,
)
from marketplace.teaching.rules import TRAINER_STATE_WORDS
from marketplace.web.institution_staff.blueprint import blueprint
from marketplace.web.institution_staff.forms.applications import occupation_of
from marketplace.web.institution_staff.forms.teaching import QualificationForm, TrainerForm

Answer = str | Response | tuple[str, int]


@blueprint.get("/trainers")
@access(institution_staff)
def list_own_trainers() -> str:
    """Our trainers with what they may teach."""
    return _list_page(TrainerForm())


@blueprint.post("/trainers")
@access(institution_manager)
def add_own_trainer() -> Answer:
    """Name a trainer; of the ID number a fingerprint is kept."""
    form = TrainerForm()
    if not form.validate_on_submit():
        return _list_page(form), 422
    try:
        with write_transaction():
            trainer = operations.add_trainer(
                current_user.institution_id,
                name=form.name.data,
                id_number=form.id_number.data or None,
                actor_id=current_user.user_id,
            )
            code = trainer.code
    except Refused as refused:
        show_reasons(form, refused)
        return _list_page(form), 409
    flash(_("The trainer is added. Say what they may teach."), "success")
    return redirect(url_for("institution_staff.show_trainer", code=code), 303)


@blueprint.get("/trainers/<code>")
@access(institution_staff)
def show_trainer(code: str) -> str:
    """One trainer and their qualifications."""
    return _trainer_page(_own_trainer(code), QualificationForm())


@blueprint.post("/trainers/<code>/qualifications")
@access(institution_manager)
def add_trainer_qualification(code: str) -> Answer:
    """Say what the trainer may teach, from when to when."""
    trainer = _own_trainer(code)
    form = QualificationForm()
    valid = form.validate_on_submit()
    occupation = occupation_of(form.occupation)
    if not valid or form.occupation.errors:
        return _trainer_page(trainer, form), 422
    try:
        with write_transaction():
            operations.add_qualification(
                trainer.id,
                title=form.title.data,
                occupation_code=occupation.code if occupation else None,
                valid_from=form.valid_from.data,
                valid_until=form.valid_until.data,
                actor_id=current_user.user_id,
            )
    except Refused as refused:
        show_reasons(form, refused)
        return _trainer_page(_own_trainer(code), form), 409
    flash(_("The qualification is added."), "success")
    return redirect(url_for("institution_staff.show_trainer", code=code), 303)


@blueprint.post("/trainers/<code>/end")
@access(institution_manager)
def end_own_trainer(code: str) -> Response:
    """The trainer has left."""
    trainer_id = _own_trainer(code).id
    with write_transaction():
        operations.end_trainer(trainer_id, actor_id=current_user.user_id)
    flash(_("No new class can be filed with this trainer."), "success")
    return redirect(url_for("institution_staff.show_trainer", code=code), 303)


def _own_trainer(code: str) -> Trainer:
    trainer = find_trainer_by_code(code, institution_id=current_user.institution_id)
    if trainer is None:
        raise NotFound("trainer", code)
    return trainer


def _list_page(form: TrainerForm) -> str:
    trainers = list_trainers(current_user.institution_id)
    qualifications = list_qualifications_of(trainer.id for trainer in trainers)
    codes = [row.occupation_code for rows in qualifications.values() for row in rows]
    return render_template(
        "institution_staff/list_trainers.html",
        trainers=trainers,
        qualifications=qualifications,
        occupation_titles=list_occupation_titles(codes),
        state_words=TRAINER_STATE_WORDS,
        form=form,
    )


def _trainer_page(trainer: Trainer, form: QualificationForm) -> str:
    rows = list_qualifications_of([trainer.id]).get(trainer.id, [])
    return render_template(
        "institution_staff/show_trainer.html",
        trainer=trainer,
        qualifications=rows,
        occupation_titles=list_occupation_titles(row.occupation_code for row in rows),
        state_words=TRAINER_STATE_WORDS,
        form=form,
    )
