"""States and kinds of the campaigns room."""

from enum import StrEnum


class CampaignState(StrEnum):
    DRAFT = "draft"
    PROPOSED = "proposed"
    """Waits for the second officer."""
    RUNNING = "running"
    ENDED = "ended"
    """No more messages; vouchers stay with their holders."""
    WITHDRAWN = "withdrawn"
    """Unused vouchers are or are being revoked."""
    DISCARDED = "discarded"


CAMPAIGN_TRANSITIONS: dict[CampaignState, frozenset[CampaignState]] = {
    CampaignState.DRAFT: frozenset({CampaignState.PROPOSED, CampaignState.DISCARDED}),
    CampaignState.PROPOSED: frozenset({CampaignState.DRAFT, CampaignState.RUNNING}),
    CampaignState.RUNNING: frozenset({CampaignState.ENDED, CampaignState.WITHDRAWN}),
    CampaignState.ENDED: frozenset({CampaignState.WITHDRAWN}),
    CampaignState.WITHDRAWN: frozenset(),
    CampaignState.DISCARDED: frozenset(),
}


class Arm(StrEnum):
    """Drawn once per person and campaign, the same whenever it is drawn."""

    TREATED = "treated"
    HELD_OUT = "held_out"
    """Gets nothing from the campaign; everything else is open to them as to anybody."""


class MemberOutcome(StrEnum):
    WAITING = "waiting"
    ISSUED = "issued"
    HELD_ALREADY = "held_already"
    """Had a live voucher of the scheme when their turn came."""
    REFUSED = "refused"
    """The rules of the scheme said no."""
    HELD_OUT = "held_out"


class CampaignChannel(StrEnum):
    IN_APP = "in_app"
    IN_APP_AND_TEXT = "in_app_and_text"
    """Also a text message, handed to the gateway of the deployment."""


class MessageKind(StrEnum):
    INVITATION = "invitation"
    REMINDER = "reminder"


class MessageState(StrEnum):
    QUEUED = "queued"
    """A text message that the gateway has not been given yet."""
    SENT = "sent"


class StuckStep(StrEnum):
    """Where a voucher waits for its holder, and a reminder may help."""

    NOT_SEEN = "not_seen"
    NOT_CLAIMED = "not_claimed"
    NOT_RESERVED = "not_reserved"
