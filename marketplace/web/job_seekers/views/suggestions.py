"""For me: courses a voucher of mine pays for, each with its reasons; and turning that off."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response
from wtforms.fields.choices import SelectChoice

from marketplace.catalog.rules import MODE_WORDS
from marketplace.edge.access import access, job_seeker
from marketplace.foundation.db import write_transaction
from marketplace.recommendation.labels import REASON_NAMES, REASON_TEXTS
from marketplace.recommendation.operations import (
    change_suggestion_preference,
    note_suggestions_shown,
)
from marketplace.recommendation.queries.preferences import (
    find_suggestion_preference,
    list_occupations_taught,
)
from marketplace.recommendation.queries.suggestions import (
    SUGGESTIONS_MAX,
    Suggestions,
    get_suggestions,
    is_shown_today,
)
from marketplace.recommendation.rules import PER_INSTITUTION_MAX, WEIGHTS
from marketplace.recommendation.states import SuggestionState
from marketplace.web.job_seekers.blueprint import blueprint
from marketplace.web.job_seekers.forms.suggestions import SuggestionPreferenceForm

Answer = str | Response | tuple[str, int]


@blueprint.get("/suggestions")
@access(job_seeker)
def list_my_suggestions() -> str:
    """What a voucher of mine pays for, in the order of what speaks for it, and why."""
    return render_template(
        "job_seekers/suggestions.html",
        suggestions=suggestions_shown(SUGGESTIONS_MAX),
        reason_texts=REASON_TEXTS,
        reason_names=REASON_NAMES,
        weights=WEIGHTS,
        per_institution=PER_INSTITUTION_MAX,
        mode_words=MODE_WORDS,
    )


@blueprint.get("/suggestions/setting")
@access(job_seeker)
def show_suggestion_preference() -> str:
    """Ask whether I want suggestions, and for which work."""
    kept = find_suggestion_preference(current_user.worker_id)
    form = _form()
    form.state.data = (kept.state if kept else SuggestionState.ON).value
    form.occupation.data = str(kept.occupation_id or "") if kept else ""
    return render_template("job_seekers/suggestion_setting.html", form=form)


@blueprint.post("/suggestions/setting")
@access(job_seeker)
def change_my_suggestion_preference() -> Answer:
    """Note it; from now on it holds."""
    form = _form()
    if not form.validate_on_submit():
        return render_template("job_seekers/suggestion_setting.html", form=form), 422
    with write_transaction():
        change_suggestion_preference(
            current_user.worker_id,
            state=SuggestionState(form.state.data),
            occupation_id=int(form.occupation.data) if form.occupation.data else None,
            actor_id=current_user.user_id,
        )
    flash(_("Your setting was saved."), "success")
    return redirect(url_for("job_seekers.list_my_suggestions"), 303)


def suggestions_shown(limit: int) -> Suggestions:
    """The reader's suggestions, noted as shown: exposure is counted from what people really saw."""
    found = get_suggestions(current_user.worker_id, limit=limit)
    chosen = [item.suggestion for item in found.items]
    course_ids = [one.candidate.course_id for one in chosen]
    if chosen and not is_shown_today(current_user.worker_id, course_ids):
        with write_transaction():
            note_suggestions_shown(current_user.worker_id, chosen)
    return found


def _form() -> SuggestionPreferenceForm:
    form = SuggestionPreferenceForm()
    form.occupation.choices = [
        SelectChoice("", _("nothing in particular")),
        *(SelectChoice(str(number), title) for number, title in list_occupations_taught()),
    ]
    return form
