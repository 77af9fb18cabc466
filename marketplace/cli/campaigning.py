"""Text messages of campaigns: in each person's language, handed to the deployment's gateway."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from flask import current_app
from flask_babel import force_locale
from sqlalchemy import select

from marketplace.campaigns.channels.null import NullChannel
from marketplace.campaigns.channels.outbox import OutboxChannel
from marketplace.campaigns.channels.protocol import TextChannel, TextMessage
from marketplace.campaigns.labels import notice_kind
from marketplace.campaigns.models import OutreachMessage
from marketplace.campaigns.operations.messages import mark_messages_sent, message_params
from marketplace.campaigns.queries.campaigns import list_queued_messages
from marketplace.cli.runner import RunningJob
from marketplace.edge.formats import sentence
from marketplace.foundation.db import db, write_transaction
from marketplace.notices.states import NOTICE_TEXTS
from marketplace.people.models import User, Worker
from marketplace.people.queries.workers import list_phones
from marketplace.vouchers.queries.vouchers import get_voucher

HANDED_OVER_AT_ONCE = 200
LOCALE_WITHOUT_LOGIN = "zh_Hans_CN"


def channel_of(name: str, folder: Path) -> TextChannel:
    """The channel of a deployment: `outbox` writes files for a gateway, `null` sends nothing."""
    channels: dict[str, TextChannel] = {"outbox": OutboxChannel(folder), "null": NullChannel()}
    if name not in channels:
        raise RuntimeError(f"MESSAGE_CHANNEL is outbox or null, not {name!r}")
    return channels[name]


def hand_over_messages(job: RunningJob, batch: str, *, owner_code: str) -> int:
    """Give the queued text messages of a batch to the gateway, file by file; returns how many.

    A file carries the numbers of its first message. Killed between file and commit, the next
    attempt writes the same file again.
    """
    name = os.environ.get("MESSAGE_CHANNEL", "outbox")
    channel = channel_of(name, current_app.extensions["settings"].outbox_dir)
    count = 0
    while True:
        with write_transaction():
            job.hold(message=owner_code)
            queued = list_queued_messages(batch, limit=HANDED_OVER_AT_ONCE)
            if queued:
                texts = _texts(queued)
                if texts:
                    channel.hand_over(f"{batch}-{queued[0].id}", texts)
                mark_messages_sent(queued, owner_code=owner_code)
                count += len(texts)
        if not queued:
            return count
        job.checkpoint()


def _texts(messages: Sequence[OutreachMessage]) -> list[TextMessage]:
    """Those who gave a telephone number, each in the language of their login."""
    worker_ids = [message.worker_id for message in messages]
    phones = list_phones(worker_ids)
    rows = db.session.execute(
        select(Worker.id, User.locale)
        .join(User, User.id == Worker.user_id)
        .where(Worker.id.in_(worker_ids))
        .order_by(Worker.id)
        .limit(len(worker_ids))
    )
    locales = {row.id: row.locale for row in rows}
    texts = []
    for message in messages:
        if message.worker_id not in phones:
            continue
        locale = locales.get(message.worker_id, LOCALE_WITHOUT_LOGIN)
        text = NOTICE_TEXTS[notice_kind(message.kind, message.step)]
        with force_locale(locale):
            words = sentence(text, _params(message.voucher_id, locale))
        texts.append(TextMessage(f"{message.batch}-{message.id}", phones[message.worker_id], words))
    return texts


def _params(voucher_id: int, locale: str) -> dict[str, object]:
    """What the sentence names, the title in the language of the person and not of a request."""
    params = message_params(get_voucher(voucher_id))
    title = params["title"]
    assert isinstance(title, dict), "titles are in both languages"
    wanted = "zh" if locale.startswith("zh") else "en"
    return params | {"title": title.get(wanted) or next(iter(title.values()))}
