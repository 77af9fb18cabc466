"""Words for campaigns as people read them; translated at the edge."""

from __future__ import annotations

from collections.abc import Mapping

from marketplace.campaigns.states import (
    Arm,
    CampaignChannel,
    CampaignState,
    MemberOutcome,
    MessageKind,
    StuckStep,
)
from marketplace.foundation.errors import N_
from marketplace.notices.states import register_notice_texts

CAMPAIGN_STATE_LABELS: Mapping[CampaignState, str] = {
    CampaignState.DRAFT: N_("being prepared"),
    CampaignState.PROPOSED: N_("waiting for the second signature"),
    CampaignState.RUNNING: N_("under way"),
    CampaignState.ENDED: N_("ended"),
    CampaignState.WITHDRAWN: N_("withdrawn"),
    CampaignState.DISCARDED: N_("discarded"),
}
CAMPAIGN_STATE_TONES: Mapping[CampaignState, str] = {
    CampaignState.DRAFT: "waiting",
    CampaignState.PROPOSED: "decision",
    CampaignState.RUNNING: "done",
    CampaignState.ENDED: "neutral",
    CampaignState.WITHDRAWN: "neutral",
    CampaignState.DISCARDED: "neutral",
}
ARM_LABELS: Mapping[Arm, str] = {
    Arm.TREATED: N_("invited"),
    Arm.HELD_OUT: N_("held out for comparison"),
}
OUTCOME_LABELS: Mapping[MemberOutcome, str] = {
    MemberOutcome.WAITING: N_("not reached yet"),
    MemberOutcome.ISSUED: N_("voucher issued"),
    MemberOutcome.HELD_ALREADY: N_("held one already"),
    MemberOutcome.REFUSED: N_("not eligible under the scheme"),
    MemberOutcome.HELD_OUT: N_("held out for comparison"),
}
CHANNEL_LABELS: Mapping[CampaignChannel, str] = {
    CampaignChannel.IN_APP: N_("Message in the product only"),
    CampaignChannel.IN_APP_AND_TEXT: N_("Message in the product and a text message"),
}
STUCK_LABELS: Mapping[StuckStep, str] = {
    StuckStep.NOT_SEEN: N_("Remind those who have not looked at it"),
    StuckStep.NOT_CLAIMED: N_("Remind those who saw it and did not accept it"),
    StuckStep.NOT_RESERVED: N_("Remind those who hold it and have not enrolled"),
}
REFUSAL_WORDS: Mapping[str, str] = {
    "scheme_not_in_force": N_("the scheme is not in force"),
    "scheme_not_targeted": N_("the scheme's vouchers are not issued"),
    "below_lower_age": N_("too young for the scheme"),
    "above_upper_age": N_("too old for the scheme"),
    "place_outside": N_("neither lives nor works where the scheme holds"),
    "place_outside_residence": N_("does not live where the scheme holds"),
    "place_outside_workplace": N_("does not work where the scheme holds"),
    "category_not_verified": N_("no category of the scheme is verified"),
    "year_limit_reached": N_("has had as many vouchers as a year allows"),
    "other_voucher_live": N_("holds a voucher of another scheme"),
    "no_allotment": N_("no money was allotted for the place"),
    "balance_too_low": N_("the allotment is used up"),
}
"""First reasons, said of people one does not name: without the values of a single person."""
OTHER_REFUSAL = N_("another rule of the scheme")


def refusal_words(code: str) -> str:
    """A first reason in words."""
    return REFUSAL_WORDS.get(code, OTHER_REFUSAL)


INVITATION = "campaign.invited"
REMINDERS: Mapping[StuckStep, str] = {
    StuckStep.NOT_SEEN: "campaign.reminded_not_seen",
    StuckStep.NOT_CLAIMED: "campaign.reminded_not_claimed",
    StuckStep.NOT_RESERVED: "campaign.reminded_not_reserved",
}
register_notice_texts(
    {
        INVITATION: N_(
            "A training voucher is waiting for you: %(title)s. Have a look and accept it; it is "
            "valid until %(expires_on)s."
        ),
        REMINDERS[StuckStep.NOT_SEEN]: N_(
            "You have a training voucher that you have not looked at yet: %(title)s. It is valid "
            "until %(expires_on)s."
        ),
        REMINDERS[StuckStep.NOT_CLAIMED]: N_(
            "Your training voucher still waits for you to accept it: %(title)s. It is valid "
            "until %(expires_on)s."
        ),
        REMINDERS[StuckStep.NOT_RESERVED]: N_(
            "Choose a course for your training voucher: %(title)s. It ends on %(expires_on)s."
        ),
    }
)


def notice_kind(kind: MessageKind, step: StuckStep | None) -> str:
    """Which sentence a message carries."""
    return INVITATION if kind is MessageKind.INVITATION or step is None else REMINDERS[step]
