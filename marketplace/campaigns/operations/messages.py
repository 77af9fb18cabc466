"""Inviting, reminding, handing text messages over; every message is counted for the cap."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from marketplace.audit.operations import record_event
from marketplace.campaigns.labels import notice_kind
from marketplace.campaigns.models import Campaign, OutreachMessage
from marketplace.campaigns.queries.campaigns import get_campaign
from marketplace.campaigns.queries.population import list_message_times
from marketplace.campaigns.queries.stuck import Holders, list_stuck_vouchers
from marketplace.campaigns.rules import may_be_reminded
from marketplace.campaigns.states import (
    CampaignChannel,
    CampaignState,
    MessageKind,
    MessageState,
    StuckStep,
)
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.errors import Refusal, Refused
from marketplace.jobs.operations import enqueue_job
from marketplace.notices.operations import send_notice
from marketplace.people.queries import lock_worker
from marketplace.people.queries.workers import list_user_ids_of_workers
from marketplace.vouchers.models import Voucher
from marketplace.vouchers.queries.schemes import get_scheme, get_scheme_version

REMINDER_JOB_KIND = "voucher_reminder"
REMINDED_AT_ONCE = 100


def write_messages(
    vouchers: Sequence[Voucher],
    *,
    batch: str,
    kind: MessageKind,
    step: StuckStep | None,
    channel: CampaignChannel,
    campaign_id: int | None,
) -> int:
    """Leave each holder a notice and count it; queue a text message where the channel has one.

    Somebody without a login is reached by text alone, and not at all without it. Written twice
    under one batch, a message exists once.
    """
    users = list_user_ids_of_workers([voucher.worker_id for voucher in vouchers])
    known = _list_written(batch, [voucher.id for voucher in vouchers])
    by_text = channel is CampaignChannel.IN_APP_AND_TEXT
    written = 0
    for voucher in vouchers:
        user_id = users.get(voucher.worker_id)
        if voucher.id in known or (user_id is None and not by_text):
            continue
        if user_id is not None:
            send_notice(
                user_id,
                kind=notice_kind(kind, step),
                params=message_params(voucher),
                link=f"/me/vouchers/{voucher.code}",
            )
        db.session.add(
            OutreachMessage(
                batch=batch,
                worker_id=voucher.worker_id,
                voucher_id=voucher.id,
                campaign_id=campaign_id,
                kind=kind,
                step=step,
                channel=channel,
                state=MessageState.QUEUED if by_text else MessageState.SENT,
                created_at=clock.now(),
                sent_at=None if by_text else clock.now(),
            )
        )
        written += 1
    db.session.flush()
    return written


def message_params(voucher: Voucher) -> dict[str, object]:
    """What the sentence of a message names."""
    title = get_scheme_version(voucher.scheme_version_id).title
    return {"title": title, "expires_on": voucher.expires_on}


def ask_for_reminder(
    holders: Holders, step: StuckStep, *, actor_id: int, channel: CampaignChannel
) -> None:
    """Remind everybody who waits at a step; the runner does it. Once a day for the same step.

    Refuses a campaign that is not running.
    """
    campaign = get_campaign(holders.campaign_id) if holders.campaign_id is not None else None
    if campaign is not None and campaign.state is not CampaignState.RUNNING:
        raise Refused(Refusal("campaign_not_running"))
    scheme = get_scheme(holders.scheme_id)
    owner = campaign.code if campaign else f"{scheme.code}-{'-'.join(_places(holders.paths))}"
    batch = f"{owner}-{step.value}-{clock.today():%Y%m%d}"
    enqueue_job(
        REMINDER_JOB_KIND,
        payload={
            "scheme_id": holders.scheme_id,
            "campaign_id": holders.campaign_id,
            "paths": list(holders.paths),
            "step": step.value,
            "channel": channel.value,
            "batch": batch,
        },
        requested_by=actor_id,
        dedupe_key=f"{REMINDER_JOB_KIND}:{batch}",
    )
    _record_asking(campaign, scheme.code, step, actor_id)


def _record_asking(
    campaign: Campaign | None, scheme_code: str, step: StuckStep, actor_id: int
) -> None:
    if campaign is not None:
        record_event(
            "campaign.reminder_asked",
            subject_kind="campaign",
            subject_code=campaign.code,
            actor_id=actor_id,
            details={"step": step.value},
        )
        return
    record_event(
        "scheme.reminder_asked",
        subject_kind="scheme",
        subject_code=scheme_code,
        actor_id=actor_id,
        details={"step": step.value},
    )


def _places(paths: Sequence[str]) -> list[str]:
    return [path.strip("/").rpartition("/")[2] or "all" for path in sorted(paths)]


def remind_holders(
    holders: Holders,
    step: StuckStep,
    *,
    batch: str,
    channel: CampaignChannel,
    after_id: int,
) -> tuple[int | None, int]:
    """Remind the next holders; (the last voucher looked at or none, how many were reminded).

    Whoever got a message within a week, or as many as anybody may in a month, is left in peace.
    """
    vouchers = list_stuck_vouchers(
        holders, step, on=clock.today(), after_id=after_id, limit=REMINDED_AT_ONCE
    )
    if not vouchers:
        return None, 0
    last_id = vouchers[-1].id
    for worker_id in sorted({voucher.worker_id for voucher in vouchers}):
        # Two reminders at once would each believe themselves within the cap.
        lock_worker(worker_id)
    sent = list_message_times([voucher.worker_id for voucher in vouchers])
    chosen: dict[int, Voucher] = {}
    for voucher in vouchers:
        if may_be_reminded(sent.get(voucher.worker_id, []), now=clock.now()):
            chosen.setdefault(voucher.worker_id, voucher)
    written = write_messages(
        list(chosen.values()),
        batch=batch,
        kind=MessageKind.REMINDER,
        step=step,
        channel=channel,
        campaign_id=holders.campaign_id,
    )
    return last_id, written


def mark_messages_sent(messages: Sequence[OutreachMessage], *, owner_code: str) -> None:
    """The gateway has them. Telephone numbers were opened for it, so the trail says so."""
    for message in messages:
        message.state, message.sent_at = MessageState.SENT, clock.now()
    db.session.flush()
    record_event(
        "campaign.text_messages_handed_over",
        subject_kind="campaign",
        subject_code=owner_code,
        actor_id=None,
        details={"messages": len(messages)},
    )


def _list_written(batch: str, voucher_ids: Sequence[int]) -> set[int]:
    return set(
        db.session.scalars(
            select(OutreachMessage.voucher_id)
            .where(OutreachMessage.batch == batch, OutreachMessage.voucher_id.in_(voucher_ids))
            .order_by(OutreachMessage.voucher_id)
        )
    )
