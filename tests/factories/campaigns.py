"""The smallest valid campaign. Use in write_transaction."""

from __future__ import annotations

from typing import Any

from marketplace.campaigns.models import Campaign
from marketplace.campaigns.operations.drafts import (
    CampaignContent,
    launch_campaign,
    propose_campaign,
    save_campaign_draft,
)
from marketplace.campaigns.rules import PopulationRule
from marketplace.campaigns.states import CampaignChannel
from marketplace.vouchers.models import Scheme
from tests.factories.funds import make_place
from tests.factories.people import make_officer
from tests.factories.vouchers import face_value_pack, make_scheme


def make_campaign(scheme: Scheme | None = None, **changes: Any) -> Campaign:
    """A draft for everybody of the test city, nobody held out."""
    content: dict[str, Any] = {
        "title": "冬季技能行动",
        "scheme_id": (scheme or make_scheme(face_value_pack())).id,
        "jurisdiction_id": make_place().id,
        "population": PopulationRule(),
        "holdout_percent": 0,
        "channel": CampaignChannel.IN_APP,
        **changes,
    }
    return save_campaign_draft(CampaignContent(**content), campaign_id=None, actor_id=None)


def make_proposed_campaign(scheme: Scheme | None = None, **changes: Any) -> Campaign:
    """Signed by a first officer."""
    campaign = make_campaign(scheme, **changes)
    return propose_campaign(campaign.id, actor_id=make_officer(make_place()).id)


def make_running_campaign(scheme: Scheme | None = None, **changes: Any) -> Campaign:
    """Signed by two; the runner has not begun."""
    campaign = make_proposed_campaign(scheme, **changes)
    return launch_campaign(campaign.id, actor_id=make_officer(make_place()).id)
