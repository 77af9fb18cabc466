"""The smallest valid scheme and voucher. Use in write_transaction."""

from __future__ import annotations

from itertools import count
from typing import Any

import yaml

from marketplace.foundation.money import Money
from marketplace.funds.models import Fund
from marketplace.funds.queries import find_fund_by_code
from marketplace.vouchers.models import Scheme, SchemeVersion, Voucher
from marketplace.vouchers.operations.issue import claim_voucher, issue_voucher
from marketplace.vouchers.operations.schemes import load_scheme
from marketplace.vouchers.queries.schemes import get_scheme
from tests.factories.funds import make_fund, make_funded_allotment, make_place

_numbers = count(1)
CLAUSE = "测试〔2020〕1号"


def rule(value: Any, clause: str = CLAUSE) -> dict[str, Any]:
    """A rule of a pack."""
    return {"value": value, "clause": clause}


def make_pack(**changes: Any) -> dict[str, Any]:
    """The smallest pack: an entitlement at one rate, for everybody, for 90 days."""
    pack: dict[str, Any] = {
        "format": 1,
        "scheme": f"SCHEME-{next(_numbers)}",
        "title": {"zh": "技能培训券", "en": "Skills training voucher"},
        "fund": "FUND-TEST",
        "jurisdiction": "220800",
        "currency": "CNY",
        "valid_from": "2020-01-01",
        "kind": "entitlement",
        "ways_out": ["claimed", "issued"],
        "validity_days": rule(90),
        "eligibility": {},
        "limits": {},
        "payment": {"attendance_min_percent": rule(80)},
        "rates": [{"amount_fen": 80_000, "level": 5, "clause": CLAUSE}],
        "sources": [{"clause": CLAUSE}],
    }
    pack.update(changes)
    return {key: value for key, value in pack.items() if value is not None}


def face_value_pack(value_fen: int = 50_000, **changes: Any) -> dict[str, Any]:
    """A pack whose vouchers have a fixed amount."""
    return make_pack(kind="face_value", face_value_fen=value_fen, rates=None, **changes)


def sign_in_pack(**changes: Any) -> dict[str, Any]:
    """A pack whose vouchers pay nothing and record training."""
    return make_pack(kind="sign_in", rates=None, **changes)


def pack_text(pack: dict[str, Any]) -> str:
    """A pack as its file."""
    return yaml.safe_dump(pack, allow_unicode=True, sort_keys=False)


def make_version(
    pack: dict[str, Any] | None = None, *, amount: Money | None = None
) -> SchemeVersion:
    """A published version whose fund has money for the place (100,000 yuan unless told)."""
    pack = pack or make_pack()
    place = make_place(pack["jurisdiction"])
    fund: Fund | None = find_fund_by_code(pack["fund"])
    if fund is None:
        fund = make_fund(pack["fund"])
        if amount is None or amount.fen:
            make_funded_allotment(fund, place=place, amount=amount)
    return load_scheme(pack_text(pack), actor_id=None)


def make_scheme(pack: dict[str, Any] | None = None, *, amount: Money | None = None) -> Scheme:
    """A scheme in force with money."""
    return get_scheme(make_version(pack, amount=amount).scheme_id)


def make_voucher(worker_id: int, *, scheme: Scheme | None = None) -> Voucher:
    """An active voucher of a worker."""
    return claim_voucher(worker_id, scheme_id=(scheme or make_scheme()).id, actor_id=None)


def make_offered_voucher(worker_id: int, *, scheme: Scheme | None = None) -> Voucher:
    """A voucher that waits for its worker to accept it."""
    return issue_voucher(worker_id, scheme_id=(scheme or make_scheme()).id, actor_id=None)
