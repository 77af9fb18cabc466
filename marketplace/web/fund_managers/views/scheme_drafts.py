"""The next version of a scheme: written in a form or as text, and signed by two officers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.drafting.models import SchemeDraft
from marketplace.drafting.operations.drafts import (
    Officer,
    begin_draft,
    discard_draft,
    publish_draft,
    return_draft,
    save_draft,
    submit_draft,
    take_back_draft,
)
from marketplace.drafting.queries.drafts import find_draft_in_scope, list_drafts
from marketplace.drafting.rules.drafts import (
    DRAFT_STATE_LABELS,
    DRAFT_STATE_TONES,
    refusals_for_writing,
)
from marketplace.drafting.states import DraftState
from marketplace.edge.access import access, officer
from marketplace.edge.acting import act_or_tell
from marketplace.edge.answers import flash_refused
from marketplace.edge.formats import sentence
from marketplace.edge.officers import officer_paths
from marketplace.edge.paging import asked_page, page_url
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import NotFound, Refusal, Refused
from marketplace.foundation.paging import PageRequest
from marketplace.funds.queries import find_fund_by_code, list_funds
from marketplace.jurisdictions.models import Jurisdiction
from marketplace.jurisdictions.queries import find_jurisdiction_by_code
from marketplace.people.queries import list_user_names
from marketplace.vouchers import labels
from marketplace.vouchers.operations.schemes import check_pack
from marketplace.vouchers.rules.pack import pack_as_text
from marketplace.vouchers.rules.pack_contradictions import is_about_money
from marketplace.vouchers.states import VoucherKind
from marketplace.web.fund_managers.blueprint import blueprint
from marketplace.web.fund_managers.draft_form_data import empty_form_data, form_data
from marketplace.web.fund_managers.draft_packs import (
    TypedPack,
    pack_from_form,
    problem_sentence,
    show_pack_problems,
)
from marketplace.web.fund_managers.draft_page import draft_page
from marketplace.web.fund_managers.forms import scheme_rules as specs
from marketplace.web.fund_managers.forms.scheme_drafts import (
    DraftTextForm,
    ReturnDraftForm,
    SchemeDraftForm,
    fund_choices,
)
from marketplace.web.fund_managers.views.schemes import scheme_of

Answer = str | Response | tuple[str, int]
CURRENCY_UNKNOWN = "CNY"


@blueprint.get("/drafts")
@access(officer)
def list_scheme_drafts() -> str:
    """The open drafts of the officer's places, those that wait for a decision first."""
    page = list_drafts(officer_paths(), asked_page())
    return render_template(
        "fund_managers/list_scheme_drafts.html",
        page=page,
        page_url=page_url,
        names=list_user_names({draft.written_by for draft, _place in page.items}),
        state_labels=DRAFT_STATE_LABELS,
        state_tones=DRAFT_STATE_TONES,
    )


@blueprint.get("/drafts/new")
@access(officer)
def show_new_scheme_draft() -> str:
    """A new scheme, empty."""
    form = SchemeDraftForm(formdata=None, data=empty_form_data())
    return _form_page(_with_funds(form), None, {})


@blueprint.post("/drafts/new")
@access(officer)
def create_scheme_draft() -> Answer:
    """Keep the first version of a new scheme as a draft."""
    form = _with_funds(SchemeDraftForm())
    fund = find_fund_by_code(form.fund.data or "")
    origin = {
        "format": 1,
        "scheme": (form.scheme.data or "").strip().upper(),
        "fund": form.fund.data or "",
        "jurisdiction": (form.jurisdiction.data or "").strip(),
        "currency": fund.currency if fund else CURRENCY_UNKNOWN,
        "kind": form.kind.data or "",
    }
    return _save_form(form, None, origin)


@blueprint.post("/schemes/<code>/draft")
@access(officer)
def begin_scheme_draft(code: str) -> Response:
    """The next version of a scheme: as the one before, from today on."""
    scheme = scheme_of(code)
    try:
        with write_transaction():
            draft_code = begin_draft(scheme.code, officer=_writer()).code
    except Refused as refused:
        flash_refused(refused)
        return redirect(url_for("fund_managers.show_scheme", code=code), 303)
    return redirect(url_for("fund_managers.show_scheme_draft", code=draft_code), 303)


@blueprint.get("/drafts/<code>")
@access(officer)
def show_scheme_draft(code: str) -> str:
    """What it changes, what it would have done, who has signed."""
    draft, place = draft_here(code)
    return draft_page(draft, place, ReturnDraftForm())


@blueprint.get("/drafts/<code>/change")
@access(officer)
def show_scheme_draft_form(code: str) -> Answer:
    """The draft in its form."""
    draft, _place = draft_here(code)
    if refusals := refusals_for_writing(draft.state):
        return _back(draft, Refused(refusals))
    data = form_data(draft.pack) | {"base": draft.content_sha256}
    if max(len(data[name]) for name in specs.EMPTY_ROWS) > specs.ROWS_MAX:
        flash(_("This pack has longer tables than the form shows: change it as text."), "info")
        return redirect(url_for("fund_managers.show_scheme_draft_text", code=code), 303)
    form = SchemeDraftForm(formdata=None, data=data)
    form.keep_scheme()
    return _form_page(form, draft, draft.pack)


@blueprint.post("/drafts/<code>/change")
@access(officer)
def change_scheme_draft(code: str) -> Answer:
    """Keep what was typed, or show every problem beside its field."""
    draft, _place = draft_here(code)
    form = SchemeDraftForm()
    form.keep_scheme()
    return _save_form(form, draft, draft.pack)


@blueprint.get("/drafts/<code>/text")
@access(officer)
def show_scheme_draft_text(code: str) -> Answer:
    """The draft as its YAML text."""
    draft, _place = draft_here(code)
    if refusals := refusals_for_writing(draft.state):
        return _back(draft, Refused(refusals))
    data = {"base": draft.content_sha256, "text": draft.pack_text}
    return _text_page(DraftTextForm(formdata=None, data=data), draft)


@blueprint.post("/drafts/<code>/text")
@access(officer)
def write_scheme_draft(code: str) -> Answer:
    """Keep the text, or tell every problem with its place."""
    draft, _place = draft_here(code)
    form = DraftTextForm()
    if not form.validate_on_submit():
        return _text_page(form, draft), 422
    try:
        _refuse_stale(form, draft)
        with write_transaction():
            save_draft(form.text.data, draft_id=draft.id, officer=_writer())
    except Refused as refused:
        form.text.errors = [problem_sentence(refusal) for refusal in refused.refusals]
        return _text_page(form, draft), 422
    return _saved(draft.code)


@blueprint.post("/drafts/<code>/submit")
@access(officer)
def submit_scheme_draft(code: str) -> Response:
    """First signature."""
    return _act(code, submit_draft, _("The draft waits for another officer."))


@blueprint.post("/drafts/<code>/take-back")
@access(officer)
def take_back_scheme_draft(code: str) -> Response:
    """Change what was submitted."""
    return _act(code, take_back_draft, _("The draft is yours again."))


@blueprint.post("/drafts/<code>/publish")
@access(officer)
def publish_scheme_draft(code: str) -> Response:
    """Second signature: it becomes the next version."""
    return _act(code, publish_draft, _("The new version is published."))


@blueprint.post("/drafts/<code>/discard")
@access(officer)
def discard_scheme_draft(code: str) -> Response:
    """Nobody wants it any more."""
    return _act(code, discard_draft, _("The draft was discarded."))


@blueprint.post("/drafts/<code>/return")
@access(officer)
def return_scheme_draft(code: str) -> Answer:
    """Back to the one who wrote it, with a reason."""
    draft, place = draft_here(code)
    form = ReturnDraftForm()
    if not form.validate_on_submit():
        return draft_page(draft, place, form), 422

    def act(draft_id: int, *, actor_id: int) -> object:
        return return_draft(draft_id, reason=form.reason.data, actor_id=actor_id)

    return _act(code, act, _("The draft was returned."))


def draft_here(code: str) -> tuple[SchemeDraft, Jurisdiction]:
    """A draft of the reader's places, or 404."""
    found = find_draft_in_scope(code, officer_paths())
    if found is None:
        raise NotFound("draft", code)
    return found


def _writer() -> Officer:
    return Officer(current_user.user_id, officer_paths())


def _save_form(
    form: SchemeDraftForm, draft: SchemeDraft | None, origin: Mapping[str, Any]
) -> Answer:
    is_well_formed = form.validate_on_submit()
    typed = pack_from_form(form, origin)
    if not is_well_formed:
        return _form_page(form, draft, origin), 422
    try:
        _refuse_stale(form, draft)
        if typed.problems:
            raise Refused([*typed.problems, *_other_problems(typed)])
        with write_transaction():
            saved = save_draft(
                pack_as_text(typed.pack),
                draft_id=draft.id if draft else None,
                officer=_writer(),
            )
            code = saved.code
    except Refused as refused:
        show_pack_problems(form, refused, typed.fields)
        return _form_page(form, draft, origin), 422
    return _saved(code)


def _other_problems(typed: TypedPack) -> tuple[Refusal, ...]:
    """What else is wrong besides amounts that are none, so that all is told at once."""
    try:
        check_pack(pack_as_text(typed.pack))
    except Refused as refused:
        return refused.refusals
    return ()


def _refuse_stale(form: Any, draft: SchemeDraft | None) -> None:
    """Two officers at one draft: the second sees what the first wrote before writing over it."""
    if draft is not None and form.base.data != draft.content_sha256:
        raise Refused(Refusal("stale_state"))


def _saved(code: str) -> Response:
    flash(_("The draft is kept. Nothing is published yet."), "success")
    return redirect(url_for("fund_managers.show_scheme_draft", code=code), 303)


def _back(draft: SchemeDraft, refused: Refused) -> Response:
    flash_refused(refused)
    return redirect(url_for("fund_managers.show_scheme_draft", code=draft.code), 303)


def _act(code: str, act: Callable[..., object], done: str) -> Response:
    draft, _place = draft_here(code)
    act_or_tell(lambda: act(draft.id, actor_id=current_user.user_id), done=done)
    return redirect(url_for("fund_managers.show_scheme_draft", code=code), 303)


def _with_funds(form: SchemeDraftForm) -> SchemeDraftForm:
    funds = list_funds(PageRequest(size=200)).items
    form.fund.choices = fund_choices(
        [(row.fund.code, f"{row.fund.name} ({row.fund.code})") for row in funds]
    )
    return form


def _form_page(form: SchemeDraftForm, draft: SchemeDraft | None, origin: Mapping[str, Any]) -> str:
    return render_template(
        "fund_managers/edit_scheme_draft.html",
        form=form,
        draft=draft,
        origin=origin,
        specs=specs,
        is_about_money=is_about_money,
        fixed=_fixed_words(origin) if draft else (),
        row_note=_row_note,
        is_returned=draft is not None and draft.state is DraftState.RETURNED,
    )


def _text_page(form: DraftTextForm, draft: SchemeDraft) -> str:
    return render_template("fund_managers/edit_scheme_draft_text.html", form=form, draft=draft)


def _fixed_words(pack: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What a scheme keeps for ever, by name."""
    fund, place = (
        find_fund_by_code(pack["fund"]),
        find_jurisdiction_by_code(pack["jurisdiction"]),
    )
    return [
        (_("Code"), pack["scheme"]),
        (_("Fund"), f"{fund.name} ({fund.code})" if fund else pack["fund"]),
        (_("Place"), f"{place.name} ({place.code})" if place else pack["jurisdiction"]),
        (_("Kind of voucher"), sentence(labels.KIND_LABELS[VoucherKind(pack["kind"])])),
    ]


def _row_note(rows: list[dict[str, Any]] | None, origin: str | None) -> str | None:
    """What of a row the form does not show: amounts by the day, and for fewer hours."""
    number = int(origin) if origin and origin.isdigit() else -1
    row = rows[number] if rows and 0 <= number < len(rows) else {}
    if not {"per_day", "under_hours"} & row.keys():
        return None
    words: str = _(
        "This row is also paid by the day or for fewer hours; that part is changed as text."
    )
    return words
