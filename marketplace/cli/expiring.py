"""The end of unused vouchers: told ahead, told again, ended. For the command and the runner."""

from __future__ import annotations

from collections.abc import Callable

import click

from marketplace.foundation import clock
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import Refused
from marketplace.vouchers.operations.expiries import announce_expiries, repeat_announcements
from marketplace.vouchers.operations.lifecycle import expire_voucher
from marketplace.vouchers.queries.vouchers import list_due_voucher_ids

Step = Callable[[], None]
"""Called inside each unit of work: a runner holds its lease there."""


def announce_all(step: Step) -> tuple[int, int]:
    """Tell every holder whose voucher ends soon; how many for the first time, how many again."""
    return _repeat(announce_expiries, step), _repeat(repeat_announcements, step)


def expire_all(step: Step) -> int:
    """One unit of work per voucher: one that cannot be ended does not hold up the others."""
    count = 0
    refused_ids: set[int] = set()
    while due := [
        voucher_id
        for voucher_id in list_due_voucher_ids(on=clock.today())
        if voucher_id not in refused_ids
    ]:
        for voucher_id in due:
            try:
                with write_transaction():
                    step()
                    expire_voucher(voucher_id, actor_id=None)
                count += 1
            except Refused as refused:
                refused_ids.add(voucher_id)
                click.echo(f"voucher {voucher_id}: {', '.join(refused.codes)}", err=True)
        click.echo(f"{count} vouchers ended", err=True)
    return count


def _repeat(act: Callable[[], int], step: Step) -> int:
    total = 0
    while True:
        with write_transaction():
            step()
            done = act()
        total += done
        if not done:
            return total
