"""Words for jobs as people read them; translated at the edge."""

from __future__ import annotations

from collections.abc import Mapping

from marketplace.foundation.errors import N_
from marketplace.jobs.states import JobState

JOB_STATE_LABELS: Mapping[JobState, str] = {
    JobState.QUEUED: N_("Waiting for the runner"),
    JobState.RUNNING: N_("At work"),
    JobState.DONE: N_("Finished"),
    JobState.FAILED: N_("Failed"),
    JobState.CANCELED: N_("Canceled"),
}
JOB_STATE_TONES: Mapping[JobState, str] = {
    JobState.QUEUED: "waiting",
    JobState.RUNNING: "waiting",
    JobState.DONE: "done",
    JobState.FAILED: "decision",
    JobState.CANCELED: "neutral",
}
