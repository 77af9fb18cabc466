"""Payment in steps in plain sentences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marketplace.foundation.errors import N_
from marketplace.vouchers.rules.milestones import Milestones
from marketplace.vouchers.rules.settings import Setting
from marketplace.vouchers.states import Milestone

MILESTONE_LABELS: dict[Milestone, str] = {
    Milestone.START: N_("Start of the class"),
    Milestone.FINISH: N_("Training finished"),
    Milestone.CERTIFICATE: N_("Certificate issued"),
    Milestone.EMPLOYMENT: N_("Employment proven"),
}


def milestone_sentences(
    rule: Setting[Milestones] | None,
) -> list[tuple[str, Mapping[str, Any]]]:
    """What is paid when, step by step; nothing where all is due at once."""
    if rule is None:
        return []
    steps = rule.value
    sentences: list[tuple[str, Mapping[str, Any]]] = []
    if steps.start_percent:
        text = N_("%(percent)s %% is paid in advance when the class has begun.")
        sentences.append((text, {"percent": steps.start_percent}))
    text = N_("%(percent)s %% is due when the training is finished.")
    sentences.append((text, {"percent": steps.finish_percent}))
    for share in steps.held:
        params: dict[str, Any] = {"percent": share.percent, "days": share.within_days}
        if share.milestone is Milestone.CERTIFICATE:
            text = N_(
                "%(percent)s %% is withheld until the certificate is issued, within %(days)s days "
                "of the end of the training."
            )
        else:
            params["months"] = share.after_months
            text = N_(
                "%(percent)s %% is withheld until employment is proven %(months)s months after the "
                "training or later, within %(days)s days of its end."
            )
        sentences.append((text, params))
    return sentences
