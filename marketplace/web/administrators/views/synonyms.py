"""Everyday words that lead to official occupations: see, write, retire, take in, hand out."""

from __future__ import annotations

from flask import Response as FlaskResponse
from flask import flash, redirect, render_template, request, stream_with_context, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.catalog.operations.synonyms import (
    COLUMNS,
    import_synonyms,
    retire_synonym,
    save_synonym,
)
from marketplace.catalog.queries.synonyms import (
    find_synonym,
    list_synonym_items,
    read_all_synonyms,
)
from marketplace.catalog.sources.synonyms import split_targets
from marketplace.edge.access import access, administrator
from marketplace.edge.paging import asked_page, page_url
from marketplace.edge.reasons import show_reasons
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import Refused
from marketplace.foundation.files import csv_text
from marketplace.foundation.text import tidy
from marketplace.web.administrators.blueprint import blueprint
from marketplace.web.administrators.forms.synonyms import SynonymFileForm, SynonymForm

Answer = str | Response | tuple[str, int]


@blueprint.get("/synonyms")
@access(administrator)
def list_synonyms() -> str:
    """The shipped words and our own, with a search."""
    return _list_page(SynonymFileForm())


@blueprint.get("/synonyms/word")
@access(administrator)
def show_synonym_form() -> str:
    """Write a new word, or change the one the address names."""
    form = SynonymForm()
    known = find_synonym(request.args.get("word", ""))
    if known:
        form.word.data, form.targets.data = known.word, "\n".join(known.targets)
    return render_template("administrators/synonym.html", form=form, known=known)


@blueprint.post("/synonyms/word", endpoint="save_synonym")
@access(administrator)
def submit_synonym() -> Answer:
    """Search for these words too from now on."""
    form = SynonymForm()
    if not form.validate_on_submit():
        return _form_page(form), 422
    try:
        with write_transaction():
            save_synonym(
                tidy(form.word.data),
                targets=split_targets(form.targets.data),
                actor_id=current_user.user_id,
            )
    except Refused as refused:
        show_reasons(form, refused)
        return _form_page(form), 409
    flash(_("Saved. The search knows the word from now on."), "success")
    return redirect(url_for("administrators.list_synonyms"), 303)


@blueprint.post("/synonyms/retire", endpoint="retire_synonym")
@access(administrator)
def submit_synonym_end() -> Response:
    """Search for the word as it stands only."""
    with write_transaction():
        retire_synonym(tidy(request.form.get("word", "")), actor_id=current_user.user_id)
    flash(_("Retired. The word is searched for as it stands."), "success")
    return redirect(url_for("administrators.list_synonyms"), 303)


@blueprint.post("/synonyms/import", endpoint="import_synonyms")
@access(administrator)
def submit_synonym_file() -> Answer:
    """Take in a file of words: all of it or nothing."""
    form = SynonymFileForm()
    if not form.validate_on_submit():
        return _list_page(form), 422
    try:
        with write_transaction():
            counts = import_synonyms(
                form.file.data.read(),
                name=tidy(form.file.data.filename or "")[:100],
                actor_id=current_user.user_id,
            )
    except Refused as refused:
        show_reasons(form, refused)
        return _list_page(form), 422
    flash(
        _(
            "%(rows)s words read: %(saved)s saved, %(retired)s retired, %(same)s as before.",
            rows=counts.rows,
            saved=counts.saved,
            retired=counts.retired,
            same=counts.unchanged,
        ),
        "success",
    )
    return redirect(url_for("administrators.list_synonyms"), 303)


@blueprint.get("/synonyms.csv")
@access(administrator)
def download_synonyms() -> FlaskResponse:
    """All words as a file that can be changed and taken in again."""
    rows = ((item.word, "; ".join(item.targets), item.state.value) for item in read_all_synonyms())
    answer = FlaskResponse(stream_with_context(csv_text(COLUMNS, rows)), mimetype="text/csv")
    answer.headers["Content-Disposition"] = "attachment; filename=synonyms.csv"
    return answer


def _form_page(form: SynonymForm) -> str:
    return render_template(
        "administrators/synonym.html", form=form, known=find_synonym(form.word.data or "")
    )


def _list_page(form: SynonymFileForm) -> str:
    asked = tidy(request.args.get("q", ""))[:60]
    return render_template(
        "administrators/synonyms.html",
        page=list_synonym_items(asked_page(size=50), asked=asked),
        page_url=page_url,
        asked=asked,
        form=form,
    )
