"""Settling how courses are reviewed and classes filed."""

from __future__ import annotations

from collections.abc import Mapping

from marketplace.audit.operations import record_event
from marketplace.catalog.course_policy import POLICY_FIELDS, values_of
from marketplace.catalog.models import CatalogPolicyRow
from marketplace.catalog.queries.course_policy import get_catalog_policy, get_last_policy_number
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.errors import Refusal, Refused
from marketplace.foundation.office_settings import refusals_for_settings
from marketplace.foundation.text import tidy


def set_catalog_policy(
    values: Mapping[str, int], *, clause: str, based_on: int, actor_id: int | None
) -> CatalogPolicyRow | None:
    """Set the settings from today on; earlier decisions keep those of their day.

    Refuses a setting out of its range, a missing clause, and `stale_state` when somebody else set
    them since (`based_on` is the number the page showed). The same settings by the same clause
    change nothing (none).
    """
    clause = tidy(clause)
    refusals = refusals_for_settings(values, clause, POLICY_FIELDS)
    number = get_last_policy_number()
    if based_on != number:
        refusals += (Refusal("stale_state"),)
    if refusals:
        raise Refused(refusals)
    before = get_catalog_policy()
    if values_of(before) == dict(values) and before.clause == clause:
        return None
    row = CatalogPolicyRow(
        number=number + 1,
        settings=dict(values),
        clause=clause,
        valid_from=clock.today(),
        set_by=actor_id,
        set_at=clock.now(),
    )
    db.session.add(row)
    db.session.flush()
    record_event(
        "catalog_policy.set",
        subject_kind="catalog_policy",
        subject_code=str(row.number),
        actor_id=actor_id,
        reason=clause,
        details={"before": values_of(before), "after": dict(values)},
    )
    return row
