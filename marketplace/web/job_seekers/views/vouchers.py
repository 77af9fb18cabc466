"""My vouchers: what I have, what I can get, and why not."""

from __future__ import annotations

from dataclasses import dataclass

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.campaigns.operations.sightings import is_voucher_seen, note_voucher_seen
from marketplace.edge.access import access, job_seeker
from marketplace.edge.answers import flash_refused
from marketplace.edge.paging import asked_page, page_url
from marketplace.edge.qr import qr_drawing
from marketplace.foundation import clock
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import NotFound, Refused
from marketplace.redemption.queries.redemptions import find_redemption, list_part_reasons
from marketplace.vouchers import labels
from marketplace.vouchers.models import Voucher
from marketplace.vouchers.operations import expiries
from marketplace.vouchers.operations.issue import (
    accept_voucher,
    claim_voucher,
    decline_voucher,
)
from marketplace.vouchers.queries.declarations import find_declaration
from marketplace.vouchers.queries.expiries import find_expiry_notice
from marketplace.vouchers.queries.facts import list_claim_answers
from marketplace.vouchers.queries.quotas import find_quota_origin
from marketplace.vouchers.queries.schemes import (
    find_scheme_by_code,
    find_scheme_in_force,
    get_policy,
    list_region_names,
)
from marketplace.vouchers.queries.vouchers import (
    get_scheme_of,
    get_voucher,
    get_voucher_of_worker,
    list_vouchers_of_worker,
)
from marketplace.vouchers.states import VoucherState
from marketplace.web.job_seekers.blueprint import blueprint


@blueprint.get("/vouchers")
@access(job_seeker)
def list_my_vouchers() -> str:
    """Every voucher I have or had."""
    page = list_vouchers_of_worker(current_user.worker_id, asked_page())
    return render_template(
        "job_seekers/vouchers.html", page=page, page_url=page_url, labels=labels, left=days_left
    )


@blueprint.get("/vouchers/claim")
@access(job_seeker)
def choose_scheme() -> str:
    """Which vouchers there are for me: yes, or no with all reasons."""
    answers = list_claim_answers(current_user.worker_id, on=clock.today())
    return render_template(
        "job_seekers/choose_scheme.html",
        answers=answers,
        labels=labels,
        place_names=list_region_names(answer.offer.policy for answer in answers),
    )


@blueprint.post("/vouchers/claim/<scheme_code>")
@access(job_seeker)
def claim_my_voucher(scheme_code: str) -> Response | tuple[str, int]:
    """Take a voucher, or read why not."""
    scheme = find_scheme_by_code(scheme_code)
    if scheme is None:
        raise NotFound("scheme", scheme_code)
    try:
        with write_transaction():
            voucher = claim_voucher(
                current_user.worker_id, scheme_id=scheme.id, actor_id=current_user.user_id
            )
            code = voucher.code
    except Refused as refused:
        offer = find_scheme_in_force(scheme.id, on=clock.today())
        page = render_template(
            "job_seekers/refused_claim.html",
            refusals=refused.refusals,
            title=offer.version.title if offer else None,
        )
        return page, 409
    flash(_("The voucher is yours."), "success")
    return redirect(url_for("job_seekers.show_my_voucher", code=code), 303)


@blueprint.get("/vouchers/<code>")
@access(job_seeker)
def show_my_voucher(code: str) -> str:
    """The voucher to show, to print, and what to do next."""
    voucher_id = get_voucher_of_worker(code, worker_id=current_user.worker_id).id
    if not is_voucher_seen(voucher_id):
        with write_transaction():
            note_voucher_seen(voucher_id)
    voucher = get_voucher(voucher_id)
    scheme, version = get_scheme_of(voucher)
    policy = get_policy(version)
    paid = find_redemption(voucher.id)
    return render_template(
        "job_seekers/voucher.html",
        voucher=voucher,
        scheme=scheme,
        version=version,
        policy=policy,
        sentences=labels.list_rule_sentences(policy, place_names=list_region_names([policy])),
        labels=labels,
        left=days_left(voucher),
        # The code alone: no address, no name, nothing to follow.
        qr=qr_drawing(voucher.code) if voucher.state in SHOWN else None,
        highest=policy.cost_fen_max if policy.rates else None,
        promise=find_declaration(voucher.id),
        expiry=find_expiry_notice(voucher.id),
        part_reason=list_part_reasons([paid]).get(paid.id) if paid else None,
        quota_origin=find_quota_origin(voucher.quota_id),
    )


@blueprint.post("/vouchers/<code>/accept")
@access(job_seeker)
def accept_my_voucher(code: str) -> Response:
    """Take what was offered."""
    voucher = get_voucher_of_worker(code, worker_id=current_user.worker_id)
    with write_transaction():
        accept_voucher(voucher.id, worker_id=current_user.worker_id, actor_id=current_user.user_id)
    flash(_("The voucher is yours."), "success")
    return redirect(url_for("job_seekers.show_my_voucher", code=code), 303)


@blueprint.post("/vouchers/<code>/decline")
@access(job_seeker)
def decline_my_voucher(code: str) -> Response:
    """I do not want what was offered; nobody asks why."""
    voucher = get_voucher_of_worker(code, worker_id=current_user.worker_id)
    try:
        with write_transaction():
            decline_voucher(
                voucher.id, worker_id=current_user.worker_id, actor_id=current_user.user_id
            )
        flash(_("You refused the voucher. It can no longer be used."), "success")
    except Refused as refused:
        flash_refused(refused)
    return redirect(url_for("job_seekers.show_my_voucher", code=code), 303)


@blueprint.post("/vouchers/<code>/acknowledge-expiry")
@access(job_seeker)
def acknowledge_expiry(code: str) -> Response:
    """I know when it ends."""
    voucher = get_voucher_of_worker(code, worker_id=current_user.worker_id)
    with write_transaction():
        expiries.acknowledge_expiry(
            voucher.id, worker_id=current_user.worker_id, actor_id=current_user.user_id
        )
    flash(_("Noted. The voucher stays yours until its last day."), "success")
    return redirect(url_for("job_seekers.show_my_voucher", code=code), 303)


SHOWN = (VoucherState.ACTIVE, VoucherState.RESERVED)
"""States in which there is something to show to an institution."""


@dataclass(frozen=True)
class DaysLeft:
    """How long a voucher can still be used, today included."""

    days: int

    @property
    def is_short(self) -> bool:
        return 0 < self.days <= 14


def days_left(voucher: Voucher) -> DaysLeft:
    """Whole days, today included; 0 when over."""
    return DaysLeft(max((voucher.expires_on - clock.today()).days + 1, 0))
