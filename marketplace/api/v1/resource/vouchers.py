"""`/api/v1/vouchers`: a worker's own, and redeeming one. By token only: cookies are ignored."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint

from marketplace.api.v1.idempotency import once
from marketplace.api.v1.schemas import (
    IdempotencyIn,
    PageIn,
    RedemptionIn,
    RedemptionOut,
    VouchersOut,
)
from marketplace.edge.access import access
from marketplace.edge.answers import refusal_sentence
from marketplace.edge.bearer import caller, token_of_institution_staff, token_of_job_seeker
from marketplace.edge.extensions import csrf
from marketplace.edge.formats import localized
from marketplace.enrollment.queries import get_enrollment
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import NotFound, Refusal, Refused
from marketplace.foundation.paging import PageRequest
from marketplace.redemption.models import Redemption
from marketplace.redemption.operations.check_class import check_class
from marketplace.redemption.operations.redeem import redeem_voucher
from marketplace.redemption.queries.redemptions import (
    find_part,
    find_redemption,
    list_part_reasons,
)
from marketplace.redemption.queries.reservations import find_enrollment_by_voucher_code
from marketplace.vouchers.models import Voucher
from marketplace.vouchers.queries.vouchers import find_voucher_by_code, list_vouchers_of_worker

blueprint = APIBlueprint("api_vouchers", __name__, url_prefix="/api/v1/vouchers", tag="vouchers")
csrf.exempt(blueprint)
SECURITY = "bearer"


@blueprint.get("")
@blueprint.input(PageIn, location="query", arg_name="asked")
@blueprint.output(VouchersOut)
@blueprint.doc(
    summary="My vouchers", operation_id="list_vouchers", security=SECURITY, responses=[401, 403]
)
@access(token_of_job_seeker)
def list_own(asked: dict[str, Any]) -> dict[str, Any]:
    """The caller's own vouchers, newest first."""
    worker_id = caller().worker_id
    assert worker_id is not None, "the access rule wants a job seeker"
    page = list_vouchers_of_worker(worker_id, PageRequest(asked["page"], asked["size"]))
    return {
        "total": page.total,
        "page": page.number,
        "pages": page.pages,
        "results": [
            {
                "code": voucher.code,
                "scheme": localized(version.title),
                "kind": voucher.kind.value,
                "state": voucher.state.value,
                "value_fen": voucher.value_fen,
                "valid_from": voucher.valid_from,
                "expires_on": voucher.expires_on,
            }
            for voucher, version in page.items
        ],
    }


@blueprint.post("/<code>/redemptions")
@blueprint.input(IdempotencyIn, location="headers", arg_name="retry")
@blueprint.input(RedemptionIn, arg_name="asked")
@blueprint.output(RedemptionOut, status_code=201)
@blueprint.doc(
    summary="Redeem a voucher",
    operation_id="redeem_voucher",
    security=SECURITY,
    responses=[401, 403, 404, 409],
)
@access(token_of_institution_staff)
def redeem(code: str, retry: dict[str, Any], asked: dict[str, Any]) -> Any:
    """Turn a reserved voucher into money owed to the caller's institution, once."""
    user = caller()
    institution_id = user.institution_id
    assert institution_id is not None, "the access rule wants institution staff"
    _look_at_records(code, institution_id, user.user_id)
    return once(
        retry["idempotency_key"],
        actor_id=user.user_id,
        operation="redeem_voucher",
        asked={"voucher": code, "institution": institution_id, **asked},
        act=lambda: _redeem(code, institution_id, user.user_id, asked["amount_fen"]),
    )


def _look_at_records(code: str, institution_id: int, actor_id: int) -> None:
    """Before money moves, and kept when it may not: what is found about the class."""
    enrollment_id = find_enrollment_by_voucher_code(code, institution_id=institution_id)
    if enrollment_id is not None:
        course_run_id = get_enrollment(enrollment_id).course_run_id
        with write_transaction():
            check_class(course_run_id, actor_id=actor_id)


def _redeem(
    code: str, institution_id: int, actor_id: int, expected_fen: int | None
) -> dict[str, Any]:
    voucher = find_voucher_by_code(code)
    # A voucher reserved elsewhere does not exist for this institution.
    if voucher is None or not _is_theirs(voucher, institution_id):
        raise NotFound("voucher")
    # A sign-in voucher is refused by its name: there is no redemption to answer with.
    redemption = redeem_voucher(voucher.id, institution_id=institution_id, actor_id=actor_id)
    if expected_fen is not None and redemption.amount_fen != expected_fen:
        differs = Refusal("amount_differs_from_quote", field="amount_fen")
        raise Refused((differs, *list_part_reasons([redemption]).values()))
    return {
        "code": redemption.code,
        "voucher": code,
        "amount_fen": redemption.amount_fen,
        "redeemed_on": redemption.redeemed_on.isoformat(),
        "part": _part(redemption),
    }


def _part(redemption: Redemption) -> dict[str, Any] | None:
    part = find_part(redemption)
    if part is None:
        return None
    reason = list_part_reasons([redemption])[redemption.id]
    return {
        "rate_percent": part.rate_percent,
        "percent": part.percent,
        "reserved_fen": reason.params["reserved"].fen,
        "message": refusal_sentence(reason),
        "rule": part.rule,
    }


def _is_theirs(voucher: Voucher, institution_id: int) -> bool:
    earlier = find_redemption(voucher.id)
    if earlier is not None:
        return earlier.institution_id == institution_id
    return find_enrollment_by_voucher_code(voucher.code, institution_id=institution_id) is not None
