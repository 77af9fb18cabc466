"""Words for pledges as people read them; translated at the edge."""

from __future__ import annotations

from collections.abc import Mapping

from marketplace.foundation.errors import N_
from marketplace.notices.states import register_notice_texts
from marketplace.pledges.states import EmployerGroupState, PledgeHours, PledgeState

HOURS_LABELS: Mapping[PledgeHours, str] = {
    PledgeHours.ANY: N_("at any hour"),
    PledgeHours.WORK_HOURS: N_("in working hours"),
    PledgeHours.OUTSIDE_WORK_HOURS: N_("in the evening or at the weekend"),
}
PLEDGE_STATE_LABELS: Mapping[PledgeState, str] = {
    PledgeState.OPEN: N_("waiting for a class"),
    PledgeState.OFFERED: N_("a place is held for you"),
    PledgeState.CONVERTED: N_("you have enrolled"),
    PledgeState.WITHDRAWN: N_("withdrawn"),
    PledgeState.LAPSED: N_("ended without a class"),
}
PLEDGE_STATE_TONES: Mapping[PledgeState, str] = {
    PledgeState.OPEN: "waiting",
    PledgeState.OFFERED: "decision",
    PledgeState.CONVERTED: "done",
    PledgeState.WITHDRAWN: "neutral",
    PledgeState.LAPSED: "neutral",
}
GROUP_STATE_LABELS: Mapping[EmployerGroupState, str] = {
    EmployerGroupState.OPEN: N_("people may join"),
    EmployerGroupState.ENDED: N_("joining has ended"),
}
GROUP_STATE_TONES: Mapping[EmployerGroupState, str] = {
    EmployerGroupState.OPEN: "waiting",
    EmployerGroupState.ENDED: "neutral",
}
OFFERED, OFFER_OVER = "pledge.place_held", "pledge.place_over"
register_notice_texts(
    {
        OFFERED: N_(
            "A class you pledged for takes place: %(title)s, from %(starts_on)s. A place is held "
            "for you until %(until)s."
        ),
        OFFER_OVER: N_("The place held for you is free again: %(title)s."),
    }
)
