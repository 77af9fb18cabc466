"""The rule of enterprise quotas in plain words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marketplace.foundation.errors import N_
from marketplace.vouchers.rules.policy import EnterpriseQuotaRule
from marketplace.vouchers.rules.settings import Setting
from marketplace.vouchers.states import EmployeeProof

PROOF_SENTENCES: dict[EmployeeProof, str] = {
    EmployeeProof.VERIFIED_CATEGORY: N_(
        "An employer names only people who are verified as employees of an enterprise."
    ),
    EmployeeProof.EMPLOYER_ON_RECORD: N_(
        "An employer names only people who are on record as its own employees."
    ),
}


def quota_sentences(
    setting: Setting[EnterpriseQuotaRule] | None,
) -> list[tuple[str, Mapping[str, Any]]]:
    """Each part of the rule as a sentence with its values; without the rule: none."""
    if setting is None:
        return []
    rule = setting.value
    most = N_("One employer gets at most %(count)s places of this voucher in a calendar year.")
    days = N_("Employers name their people within %(days)s days.")
    found: list[tuple[str, Mapping[str, Any]]] = [(most, {"count": rule.per_employer_year})]
    if rule.name_within_days is not None:
        found.append((days, {"days": rule.name_within_days}))
    return [*found, *((PROOF_SENTENCES[proof], {}) for proof in rule.proofs)]
