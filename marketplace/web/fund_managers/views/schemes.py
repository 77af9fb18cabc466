"""Schemes and their versions: read, and a pack previewed and kept as a draft."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.drafting.models import SchemeDraft
from marketplace.drafting.operations.drafts import Officer, save_draft
from marketplace.drafting.queries.drafts import find_open_draft, list_drafts_of_scheme
from marketplace.drafting.rules.drafts import (
    DRAFT_STATE_LABELS,
    DRAFT_STATE_TONES,
    STANDING_LABELS,
    STANDING_TONES,
    VersionDates,
    standings_on,
)
from marketplace.edge.access import access, officer
from marketplace.edge.officers import officer_paths, sees
from marketplace.edge.paging import asked_page, page_url
from marketplace.foundation import clock
from marketplace.foundation.db import rehearsal, write_transaction
from marketplace.foundation.errors import NotFound, Refusal, Refused
from marketplace.foundation.text import day_from_text
from marketplace.jurisdictions.queries import get_jurisdiction
from marketplace.vouchers import labels
from marketplace.vouchers.models import Scheme, SchemeVersion
from marketplace.vouchers.operations.schemes import load_scheme
from marketplace.vouchers.pack_words import list_changes
from marketplace.vouchers.queries.schemes import (
    find_latest_version,
    find_scheme_by_code,
    get_policy,
    list_region_names,
    list_scheme_versions,
    list_schemes,
)
from marketplace.vouchers.queries.vouchers import list_voucher_counts
from marketplace.vouchers.rules.differences import list_differences
from marketplace.vouchers.rules.pack import PACK_BYTES_MAX, read_pack
from marketplace.web.fund_managers.blueprint import blueprint
from marketplace.web.fund_managers.forms.schemes import LoadSchemeForm, PublishSchemeForm


@blueprint.get("/schemes", endpoint="list_schemes")
@access(officer)
def show_schemes() -> str:
    """Every scheme with its latest version."""
    return render_template(
        "fund_managers/schemes.html",
        page=list_schemes(asked_page()),
        page_url=page_url,
        labels=labels,
    )


@blueprint.get("/schemes/<code>")
@access(officer)
def show_scheme(code: str) -> str:
    """A scheme: its latest version, its vouchers, its history."""
    scheme = scheme_of(code)
    version = find_latest_version(scheme.id)
    if version is None:
        raise NotFound("scheme version", code)
    return _version_page(scheme, version)


@blueprint.get("/schemes/<code>/versions/<int:number>")
@access(officer)
def show_scheme_version(code: str, number: int) -> str:
    """One version: rules in plain words, rates, sources, what it changed."""
    scheme = scheme_of(code)
    for version in list_scheme_versions(scheme.id):
        if version.number == number:
            return _version_page(scheme, version)
    raise NotFound("scheme version", number)


@blueprint.get("/schemes/new")
@access(officer)
def show_scheme_form() -> str:
    """Ask for a policy pack."""
    return render_template("fund_managers/load_scheme.html", form=LoadSchemeForm(), refusals=())


@blueprint.post("/schemes/preview")
@access(officer)
def preview_scheme() -> str | tuple[str, int]:
    """Check a pack and show what it would change; nothing is saved."""
    form = LoadSchemeForm()
    try:
        text = _pack_text(form)
        return _preview(text)
    except Refused as refused:
        return (
            render_template("fund_managers/load_scheme.html", form=form, refusals=refused.refusals),
            422,
        )


@blueprint.post("/schemes", endpoint="load_scheme")
@access(officer)
def keep_pack_as_draft() -> Response | tuple[str, int]:
    """Keep the previewed pack as a draft; a second officer publishes it."""
    form = PublishSchemeForm()
    if not form.validate_on_submit():
        return show_scheme_form(), 422
    try:
        with write_transaction():
            writer = Officer(current_user.user_id, officer_paths())
            draft = find_open_draft(read_pack(form.text.data)["scheme"])
            code = save_draft(
                form.text.data, draft_id=draft.id if draft else None, officer=writer
            ).code
    except Refused as refused:
        again = LoadSchemeForm(formdata=None, text=form.text.data)
        return (
            render_template(
                "fund_managers/load_scheme.html", form=again, refusals=refused.refusals
            ),
            409,
        )
    flash(_("The draft is kept. Nothing is published yet."), "success")
    return redirect(url_for("fund_managers.show_scheme_draft", code=code), 303)


def scheme_of(code: str) -> Scheme:
    """A scheme by its code, or 404."""
    scheme = find_scheme_by_code(code)
    if scheme is None:
        raise NotFound("scheme", code)
    return scheme


def _pack_text(form: LoadSchemeForm) -> str:
    upload = form.file.data
    if upload and upload.filename:
        try:
            content: bytes = upload.read(PACK_BYTES_MAX + 1)
            form.text.data = content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise Refused(Refusal("pack_not_utf8")) from error
    if not (form.text.data or "").strip():
        raise Refused(Refusal("pack_empty"))
    return str(form.text.data)


def _preview(text: str) -> str:
    pack = read_pack(text)
    scheme = find_scheme_by_code(pack["scheme"])
    latest = find_latest_version(scheme.id) if scheme else None
    before = latest.policy if latest else None
    # The act itself, undone: whatever would refuse publishing refuses the preview.
    with rehearsal():
        version = load_scheme(text, actor_id=current_user.user_id)
        policy, number = get_policy(version), version.number
        holds_from = version.valid_from
    return render_template(
        "fund_managers/preview_scheme.html",
        pack=pack,
        policy=policy,
        number=number,
        holds_from=holds_from,
        is_new=latest is None,
        is_same=latest is not None and latest.number == number,
        changes=list_changes(
            list_differences(before, pack) if before else (), currency=pack["currency"]
        ),
        sentences=labels.list_rule_sentences(policy, place_names=list_region_names([policy])),
        labels=labels,
        form=PublishSchemeForm(formdata=None, text=text),
    )


def _version_page(scheme: Scheme, version: SchemeVersion) -> str:
    versions = list_scheme_versions(scheme.id)
    earlier = next((item for item in versions if item.number == version.number - 1), None)
    policy = get_policy(version)
    context: dict[str, Any] = {
        "scheme": scheme,
        "version": version,
        "versions": versions,
        "policy": policy,
        "pack": version.policy,
        "sentences": labels.list_rule_sentences(policy, place_names=list_region_names([policy])),
        "labels": labels,
        "changes": list_changes(
            list_differences(earlier.policy, version.policy) if earlier else (),
            currency=policy.currency,
        ),
        "standings": standings_on([_dates(item) for item in versions], clock.today()),
        "standing_labels": STANDING_LABELS,
        "standing_tones": STANDING_TONES,
        "drafts": _drafts_of(scheme),
        "day_of": day_from_text,
        "state_labels": DRAFT_STATE_LABELS,
        "state_tones": DRAFT_STATE_TONES,
        "counts": list_voucher_counts(scheme.id),
    }
    return render_template("fund_managers/scheme.html", **context)


def _dates(version: SchemeVersion) -> VersionDates:
    return VersionDates(version.number, version.valid_from, version.valid_until)


def _drafts_of(scheme: Scheme) -> Sequence[SchemeDraft]:
    """The drafts of a scheme, for officers of its place; others see its versions only."""
    if not sees(get_jurisdiction(scheme.jurisdiction_id).path):
        return ()
    return list_drafts_of_scheme(scheme.code)
