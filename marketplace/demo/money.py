"""The demo's money: a fund, its allotments, a settled and paid month."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, timedelta

from marketplace.demo.cast import Cast
from marketplace.demo.history import at
from marketplace.demo.places import COUNTIES
from marketplace.foundation.db import write_transaction
from marketplace.foundation.money import Money
from marketplace.foundation.text import mask_bank_account
from marketplace.funds.operations import (
    allot_fund,
    appropriate_fund,
    create_fund,
    open_bank_account,
)
from marketplace.jurisdictions.queries import find_jurisdiction_by_code
from marketplace.payouts.operations import (
    approve_payout_batch,
    open_payout_file,
    prepare_payout_batch,
    send_payout_batch,
)
from marketplace.payouts.rails.demo_bank import answer_batch_file
from marketplace.payouts.rails.payer import DEMO_PAYER, find_payer, use_payer
from marketplace.payouts.rails.protocol import Payer
from marketplace.reconciliation.operations.matching import match_statement_lines
from marketplace.reconciliation.operations.statements import import_bank_statement
from marketplace.reconciliation.queries.statements import find_balance_before
from marketplace.settlement.operations import approve_settlement, prepare_settlement

FUND_CODE = "BC-SKILL"
BANK_ACCOUNT = "MAIN"
APPROPRIATED_FEN = 3_000_000_00
PREFECTURE_FEN = 2_000_000_00
COUNTY_FEN = 200_000_00


def endow(cast_users: dict[str, int], prefecture_id: int, *, years: tuple[int, ...]) -> int:
    """Appropriate the fund and allot it to the prefecture and its counties; returns the fund."""
    admin_id = cast_users["admin"]
    with write_transaction():
        fund = create_fund(
            code=FUND_CODE,
            name="白城市职业技能提升专项资金",
            purpose="职业培训补贴（专款专用）",
            currency="CNY",
            actor_id=admin_id,
        )
        fund_id = fund.id
    for year in years:
        with write_transaction():
            appropriate_fund(
                fund_id,
                amount=Money(APPROPRIATED_FEN, "CNY"),
                key=f"demo-{year}",
                actor_id=admin_id,
            )
            parent = allot_fund(
                fund_id,
                jurisdiction_id=prefecture_id,
                fiscal_year=year,
                amount=Money(PREFECTURE_FEN, "CNY"),
                key=f"demo-{year}-prefecture",
                actor_id=admin_id,
            )
            for code, _name in COUNTIES:
                county = find_jurisdiction_by_code(code)
                assert county is not None, "the demo places come first"
                allot_fund(
                    fund_id,
                    jurisdiction_id=county.id,
                    fiscal_year=year,
                    amount=Money(COUNTY_FEN, "CNY"),
                    key=f"demo-{year}-{code}",
                    actor_id=admin_id,
                    parent_id=parent.id,
                )
    return fund_id


def settle_month(cast: Cast, institution_ids: list[int], *, month: date, on: date) -> list[int]:
    """Prepare by one officer, approve by another; returns the settlements."""
    settlement_ids = []
    for institution_id in institution_ids:
        with at(on), write_transaction():
            settlement = prepare_settlement(
                institution_id, period_code=f"{month:%Y-%m}", actor_id=cast.users["maker"]
            )
        with at(on, 11), write_transaction():
            approve_settlement(settlement.id, actor_id=cast.users["checker"])
        settlement_ids.append(settlement.id)
    return settlement_ids


@contextmanager
def a_payer() -> Iterator[Payer]:
    """The deployment's payer; the demo's own where none is set, so that the story can be told."""
    named = find_payer()
    payer = named or DEMO_PAYER
    use_payer(payer)
    try:
        yield payer
    finally:
        use_payer(named)


def pay(cast: Cast, settlement_ids: list[int], *, on: date) -> None:
    """One batch, two signatures, the bank's file, its answer the next day, reconciled."""
    with at(on, 12), write_transaction():
        batch = prepare_payout_batch(settlement_ids, rail="bank_file", actor_id=cast.users["maker"])
    carry_out(cast, batch.id, on=on)


def carry_out(
    cast: Cast, batch_id: int, *, on: date, returned: Mapping[str, str] | None = None
) -> None:
    """The second signature under a batch, the bank's file, its answer the next day, reconciled.

    `returned` names payments that come back: our reference to the bank's reason code.
    """
    maker_id, checker_id = cast.users["maker"], cast.users["checker"]
    with at(on, 13), write_transaction():
        approve_payout_batch(batch_id, actor_id=checker_id)
    with a_payer() as payer, at(on, 14), write_transaction():
        sent = send_payout_batch(batch_id, actor_id=maker_id)
        file = open_payout_file(sent)
    with at(on + timedelta(days=1), 9), write_transaction():
        opening = find_balance_before((), number_masked=mask_bank_account(payer.number))
        import_bank_statement(
            answer_batch_file(file.content, returned=returned, opening_fen=opening),
            file_name=f"{sent.code}-camt053.xml",
            bank_account=BANK_ACCOUNT,
            actor_id=maker_id,
        )
        open_bank_account(BANK_ACCOUNT, jurisdiction_id=cast.prefecture_id, actor_id=maker_id)
        match_statement_lines(actor_id=maker_id)
