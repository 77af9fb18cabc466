"""Words for where a source of money stands; translated at the edge."""

from __future__ import annotations

from collections.abc import Mapping

from marketplace.foundation.errors import N_
from marketplace.funding.states import SourceState

SOURCE_STATE_LABELS: Mapping[SourceState, tuple[str, str]] = {
    SourceState.PROPOSED: (N_("waits for the second signature"), "decision"),
    SourceState.IN_FORCE: (N_("in force"), "done"),
    SourceState.REJECTED: (N_("not put in force"), "neutral"),
    SourceState.ENDED: (N_("no longer in force"), "neutral"),
}
"""Word and tone."""
