"""Where a fund officer begins."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from flask import render_template, url_for
from flask_babel import gettext
from flask_login import current_user

from marketplace.accreditation.queries import list_applications_in
from marketplace.accreditation.states import ApplicationState
from marketplace.assessments.queries import list_changes_in
from marketplace.benefits.clawbacks.queries.listing import count_clawbacks_to_work_on
from marketplace.benefits.proofs.queries import count_fee_proofs_to_check
from marketplace.campaigns.queries.campaigns import count_campaigns_to_sign
from marketplace.catalog.queries.courses import list_courses_in_review
from marketplace.catalog.queries.late_filings import count_waiting_late_filings
from marketplace.claims.queries.claims import count_claims_to_decide
from marketplace.claims.queries.objections import count_open_public_objections
from marketplace.clearing.queries import count_runs_to_sign
from marketplace.copayments.handovers.queries import count_handovers
from marketplace.copayments.states import HandoverState
from marketplace.drafting.queries.drafts import count_drafts_to_decide
from marketplace.edge.access import access, fund_officer
from marketplace.edge.officers import officer_paths
from marketplace.enrollment.dispute_queries import list_open_disputes
from marketplace.evidence.queries import count_open_holds
from marketplace.foundation import clock
from marketplace.foundation.errors import N_
from marketplace.foundation.paging import PageRequest
from marketplace.funds.lots.queries import count_lots_to_look_at
from marketplace.funds.queries import count_allotments_used_up
from marketplace.institutions.queries import list_proposed_payout_accounts
from marketplace.payouts.balance.queries import count_movements
from marketplace.payouts.persons.queries import count_benefits_to_pay
from marketplace.payouts.queries import count_batches, list_settlements_to_pay
from marketplace.payouts.states import MovementState, PayoutBatchState
from marketplace.people.queries import (
    count_waiting_category_facts,
    get_user,
    list_second_factors,
)
from marketplace.people.states import Role
from marketplace.quotas.queries.quotas import count_steps_to_sign
from marketplace.reconciliation.queries.overview import count_open_breaks
from marketplace.reconciliation.queries.proposals import count_waiting_proposals
from marketplace.reconciliation.queries.setting_aside import count_waiting_set_asides
from marketplace.reconciliation.queries.undoing import count_waiting_undoings
from marketplace.reporting.periods import count_periods_to_close
from marketplace.reporting.worklist import NO_AGE, Age, get_ages
from marketplace.retentions.queries.deadlines import count_waiting_deadlines
from marketplace.retentions.queries.listing import count_due_soon
from marketplace.settlement.queries import count_settlements_to_approve
from marketplace.settlement.queries.disputes import count_open_disputes
from marketplace.settlement.queries.kept_back import count_clawbacks_to_approve
from marketplace.settlement.queries.proposals import count_advances_due
from marketplace.settlement.queries.voided import count_proposed_clawbacks
from marketplace.standing.queries.records import count_open_appeals
from marketplace.web.fund_managers.blueprint import blueprint

NEVER = 10**6
"""Days until something that has no day is due."""


MATTERS: tuple[tuple[str, str, str, str], ...] = (
    ("categories", "list_categories", "people",
     N_("Declared categories waiting for you: %(count)s")),
    ("courses", "list_submitted_courses", "list", N_("Courses waiting for review: %(count)s")),
    ("late_filings", "list_late_filings", "calendar", N_("Late filings: %(count)s")),
    ("applications", "list_applications", "seal",
     N_("Applications for accreditation to decide: %(count)s")),
    ("payee_accounts", "list_payout_accounts", "bank",
     N_("Payee accounts waiting for the second signature: %(count)s")),
    ("disputes", "list_disputes", "alert",
     N_("Disputes about attendance and online hours: %(count)s")),
    ("holds", "list_evidence_holds", "alert", N_("Redemptions held for evidence: %(count)s")),
    ("result_changes", "list_result_changes", "record", N_("Results to change: %(count)s")),
    ("appeals", "list_appeals", "scale", N_("Appeals waiting: %(count)s")),
    ("drafts", "list_scheme_drafts", "seal",
     N_("Drafts of schemes waiting for your signature: %(count)s")),
    ("objections", "list_public_objections", "alert", N_("Objections from the public: %(count)s")),
    ("disputed_lines", "list_statement_disputes", "scale",
     N_("Lines disputed by institutions: %(count)s")),
    ("campaigns", "list_campaigns", "seal",
     N_("Campaigns waiting for the second signature: %(count)s")),
    ("issue_batches", "list_batches", "list",
     N_("Batches of vouchers waiting for the second signature: %(count)s")),
    ("quotas", "list_quotas?proposed", "building",
     N_("Enterprise quotas waiting for the second signature: %(count)s")),
    ("claims", "list_claims", "record", N_("Claims to check or approve: %(count)s")),
    ("advances", "list_advances", "money",
     N_("Advances due because a class has begun: %(count)s")),
    ("withheld", "list_retentions?due_soon", "clock",
     N_("Withheld shares that go back within 30 days: %(count)s")),
    ("deadlines", "list_retention_deadlines", "seal",
     N_("Last days of withheld shares to sign: %(count)s")),
    ("proposed_clawbacks", "list_clawbacks", "arrows",
     N_("Clawbacks proposed because a certificate was voided: %(count)s")),
    ("settlements", "list_settlements?prepared", "seal", N_("Settlements to approve: %(count)s")),
    ("clawbacks", "list_clawbacks?prepared", "seal",
     N_("Clawbacks waiting for the second signature: %(count)s")),
    ("to_pay", "list_payout_batches", "money", N_("Settlements ready to pay: %(count)s")),
    ("benefits", "list_benefits", "person", N_("Benefits to people to pay: %(count)s")),
    ("fee_proofs", "list_fee_proofs", "upload",
     N_("Receipts for assessment fees to check: %(count)s")),
    ("person_clawbacks", "list_benefit_clawbacks", "person",
     N_("Benefits to take back from people, signatures and disputes: %(count)s")),
    ("batches", "list_payout_batches?prepared", "seal", N_("Batches to sign: %(count)s")),
    ("batches_to_send", "list_payout_batches?approved", "bank", N_("Batches to send: %(count)s")),
    ("differences", "show_reconciliation", "scale", N_("Open differences: %(count)s")),
    ("entries", "list_break_proposals", "seal", N_("Entries to sign: %(count)s")),
    ("statements", "list_bank_statements?to_sign", "seal",
     N_("Statements to set aside: %(count)s")),
    ("match_undoings", "list_line_undoings", "seal", N_("Matches to undo: %(count)s")),
    ("clearings", "list_clearings", "arrows", N_("Clearings to sign: %(count)s")),
    ("months", "list_periods", "calendar",
     N_("Months waiting for the second signature: %(count)s")),
    ("lots", "list_fund_lots", "clock",
     N_("Lots of money that expire soon or are frozen: %(count)s")),
    ("alarms", "list_funds", "chart",
     N_("Allotments of which 80 percent or more is used: %(count)s")),
    ("handovers", "list_copayment_handovers?prepared", "seal",
     N_("Handovers of co-payments to sign: %(count)s")),
    ("handovers_to_pay", "list_copayment_handovers?approved", "bank",
     N_("Handovers of co-payments to transfer: %(count)s")),
    ("stripe", "show_stripe_balance", "scale",
     N_("Differences on the Stripe balance: %(count)s")),
)  # fmt: skip
"""What may wait: its name, where it is done (and the state shown there), icon, words; in the order
in which a training and its money come along."""


@dataclass(frozen=True, slots=True)
class WorkItem:
    """One matter: where it is done, its words with the number, and its age."""

    url: str
    icon: str
    words: str
    count: int
    age: Age = NO_AGE

    @property
    def order(self) -> tuple[int, int, int]:
        """Overdue first, then what is due next, then what waits longest."""
        today = clock.today()
        due = (self.age.due_on - today).days if self.age.due_on else NEVER
        return (-self.age.days_overdue(today), due, -self.age.days_waiting(today))


@blueprint.get("/")
@access(fund_officer)
def show_start() -> str:
    """What waits for a decision, the most urgent first; what does not wait is folded away."""
    items = list(_items())
    return render_template(
        "fund_managers/start.html",
        work=sorted((item for item in items if item.count), key=lambda item: item.order),
        nothing=[item for item in items if not item.count],
        today=clock.today(),
        has_second_factor=bool(list_second_factors(get_user(current_user.user_id))),
    )


def _items() -> Iterator[WorkItem]:
    paths = current_user.paths_of(Role.FUND_OFFICER)
    counts = _training_counts(paths) | _money_counts(paths)
    ages = get_ages(officer_paths())
    for name, where, icon, words in MATTERS:
        page, _mark, state = where.partition("?")
        url = url_for(f"fund_managers.{page}", state=state or None)
        count = counts[name]
        yield WorkItem(url, icon, gettext(words, count=count), count, ages.get(name, NO_AGE))


def _training_counts(paths: Sequence[str]) -> dict[str, int]:
    """Matters of people, courses, institutions and policy."""
    wide, one = officer_paths(), PageRequest(1, 1)
    submitted = ApplicationState.SUBMITTED
    return {
        "categories": count_waiting_category_facts(paths),
        "courses": list_courses_in_review(wide, one).total,
        "late_filings": count_waiting_late_filings(wide),
        "applications": list_applications_in(wide, one, state=submitted).total,
        "payee_accounts": list_proposed_payout_accounts(wide, one).total,
        "disputes": list_open_disputes(wide, one).total,
        "holds": count_open_holds(wide),
        "result_changes": list_changes_in(wide, one).total,
        "appeals": count_open_appeals(wide),
        "drafts": count_drafts_to_decide(wide, user_id=current_user.user_id),
        "objections": count_open_public_objections(wide),
        "disputed_lines": count_open_disputes(wide),
        "campaigns": count_campaigns_to_sign(wide, invites=True),
        "issue_batches": count_campaigns_to_sign(wide, invites=False),
        "quotas": count_steps_to_sign(wide),
    }


def _money_counts(paths: Sequence[str]) -> dict[str, int]:
    """Matters of money."""
    wide = officer_paths()
    open_at_stripe = (MovementState.BREAK, MovementState.PROPOSED)
    return {
        "claims": count_claims_to_decide(paths),
        "advances": count_advances_due(paths),
        "withheld": count_due_soon(wide),
        "deadlines": count_waiting_deadlines(wide),
        "proposed_clawbacks": count_proposed_clawbacks(wide),
        "settlements": count_settlements_to_approve(paths),
        "clawbacks": count_clawbacks_to_approve(paths),
        "clearings": count_runs_to_sign(),
        "months": count_periods_to_close(user_id=current_user.user_id),
        "to_pay": len(list_settlements_to_pay(paths)),
        "benefits": count_benefits_to_pay(paths),
        "fee_proofs": count_fee_proofs_to_check(wide),
        "person_clawbacks": count_clawbacks_to_work_on(wide),
        "batches": count_batches(PayoutBatchState.PREPARED, paths=paths),
        "batches_to_send": count_batches(PayoutBatchState.APPROVED, paths=paths),
        "differences": count_open_breaks(paths=wide),
        "entries": count_waiting_proposals(paths=wide),
        "statements": count_waiting_set_asides(paths=wide),
        "match_undoings": count_waiting_undoings(paths=wide),
        "lots": count_lots_to_look_at(wide),
        "alarms": count_allotments_used_up(wide),
        "handovers": count_handovers(HandoverState.PREPARED, paths=paths),
        "handovers_to_pay": count_handovers(HandoverState.APPROVED, paths=paths),
        "stripe": sum(count_movements(state) for state in open_at_stripe),
    }
