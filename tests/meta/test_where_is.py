"""The one-minute test: each question has its file, and the file has the function."""

from __future__ import annotations

import ast

import pytest

from tests.meta.sources import PACKAGE, ROOT, tree_of

QUESTIONS = (
    ("Where is redemption decided?", "redemption/rules.py", "refusals_for_redemption"),
    ("Does a code of the classroom screen count?", "enrollment/sign_in_rules.py",
     "refusals_for_sign_in"),
    ("Which online hours count?", "enrollment/online_rules.py", "count_online"),
    ("May the online hours of a day be disputed?", "enrollment/online_rules.py",
     "refusals_for_online_dispute"),
    ("What cannot be true of a class?", "evidence/rules/findings.py", "findings_of"),
    ("Was a learner entitled, as is known now?", "redemption/entitlement_rules.py",
     "find_untitled"),
    ("May a visit be submitted as stated?", "inspections/rules.py", "refusals_for_submission"),
    ("Which class should be visited first?", "evidence/risk_rules.py", "risk_of"),
    ("Who may assess a class?", "assessments/rules.py", "refusals_for_assignment"),
    ("When can a training be reviewed?", "reviews/rules.py", "refusals_for_review"),
    ("Who is offered a free seat?", "enrollment/operations/waiting.py", "offer_seats"),
    ("What does it do to the books?", "redemption/entries.py", "entry_for_redemption"),
    ("What happens at a redemption?", "redemption/operations/redeem.py", "redeem_voucher"),
    ("Who may have a voucher?", "vouchers/rules/claims.py", "refusals_for_claim"),
    ("Who of everybody may have one?", "vouchers/queries/eligibility.py", "build_eligibility"),
    ("What does a voucher pay?", "vouchers/rules/amounts.py", "quote_lines"),
    ("Which of several funds pays?", "funding/rules.py", "split_amount"),
    ("What is left of money with a last day?", "funds/lots/rules.py", "lots_after"),
    ("How are vouchers issued to many?", "vouchers/operations/batches.py", "issue_slice"),
    ("May an employer get a quota?", "quotas/rules.py", "refusals_for_grant"),
    ("What becomes of somebody an employer names?", "quotas/operations/naming.py",
     "name_employees"),
    ("How is money booked?", "ledger/operations.py", "post_entry"),
    ("How is a mistake undone?", "ledger/operations.py", "reverse_entry"),
    ("Which bytes of an entry are sealed?", "ledger/sealing/documents.py", "entry_document"),
    ("How are seals recomputed?", "ledger/sealing/verify.py", "verify_seals"),
    ("Who writes out what is verified?", "ledger/sealing/stretches.py", "read_stretch"),
    ("What must always be true of the books?", "ledger/checks.py", "entries_balance"),
    ("Who runs all checks?", "reporting/invariants.py", "check_books"),
    ("Who may see this page?", "edge/access.py", "guard_request"),
    ("Who is this request?", "edge/identity.py", "load_current_user"),
    ("Who calls the REST interface?", "edge/bearer.py", "bearer"),
    ("How does a reader see a refusal?", "edge/answers.py", "refusal_sentence"),
    (
        "What is an institution owed this month?",
        "settlement/operations/months.py",
        "prepare_settlement",
    ),
    (
        "Which settlement is opened before it is signed?",
        "settlement/rounds/rules.py",
        "reasons_to_look",
    ),
    ("Is a line of a claim in order?", "claims/rules/lines.py", "refusals_for_claim_line"),
    ("Which lines are looked at?", "claims/rules/sampling.py", "sampled_codes"),
    ("When is a claim paid?", "claims/rules/dates.py", "claim_dates"),
    ("What is kept back for an advance?", "settlement/rules/receivables.py", "plan_netting"),
    ("May a month close?", "closing/rules.py", "checklist"),
    ("Who may sign a settlement?", "settlement/rules/months.py", "refusals_for_approval"),
    ("When may a payout leave?", "payouts/rules.py", "refusals_for_sending"),
    ("What is a person owed beside the training?", "benefits/rules.py", "decide_benefit"),
    ("What of it may be taken back from a person?", "benefits/clawbacks/rules.py",
     "refusals_for_benefit_clawback"),
    ("What is kept back of a later benefit?", "benefits/clawbacks/rules.py",
     "plan_benefit_netting"),
    ("Which receipt for a fee counts?", "benefits/proofs/rules.py", "refusals_for_fee_proof"),
    ("May the last day of a withheld share move?", "retentions/rules.py",
     "refusals_for_deadline"),
    ("What follows when a certificate is voided?", "settlement/operations/voided.py",
     "propose_clawbacks"),
    ("What does a payout do to the books?", "payouts/entries.py", "entry_for_payout_sent"),
    ("Who may end a certificate?", "records/rules.py", "refusals_for_decision"),
    ("What does a credential say?", "records/credentials.py", "credential_document"),
    ("Which vacancies fit somebody?", "employers/rules.py", "find_fit"),
    ("What may the bank's answer do?", "payouts/answers/rules.py", "objection_to"),
    ("Which format is a statement?", "reconciliation/formats/detection.py", "parse_statement_file"),
    ("Is a bank line known already?", "reconciliation/rules/identity.py", "keys_of_lines"),
    (
        "May a bank statement be set aside?",
        "reconciliation/rules/setting_aside.py",
        "refusals_for_use",
    ),
    ("May a match be undone?", "reconciliation/rules/undoing.py", "refusals_for_match"),
    ("Why did a bank line not match?", "reconciliation/rules/matching.py", "verdict_for_line"),
    ("How are all lines matched at once?", "reconciliation/operations/finding.py", "find_matches"),
    ("How is what was found booked?", "reconciliation/operations/confirming.py", "confirm_found"),
    ("What may a line belong to?", "reconciliation/rules/suggestions.py", "suggest"),
    ("What is a bank line at Stripe?", "reconciliation/rules/stripe_lines.py", "stripe_line_for"),
    ("Which entry settles a difference?", "reconciliation/rules/proposals.py", "proposal_for"),
    ("What becomes of a withheld share?", "retentions/rules.py", "decide_retention"),
    ("Who owes whom between regions?", "clearing/rules.py", "net_positions"),
    ("May the public object to a claim?", "claims/rules/objections.py", "refusals_for_objection"),
    ("May a line of the account be disputed?", "settlement/rules/disputes.py",
     "refusals_for_filing"),
    ("What does a transfer at Stripe mean?", "payouts/transfers/rules.py", "verdict_for_transfer"),
    ("What comes back of a co-payment?", "copayments/rules.py", "settle_end"),
    ("What is a line of the Stripe balance?", "payouts/balance/rules.py", "verdict_for"),
    ("What does an entry come from?", "reporting/trail.py", "trail_of_entry"),
    ("Who pays what a voucher leaves over?", "employers/agreement_rules.py", "split_own_share"),
    ("How is a course found?", "catalog/queries/search.py", "search_courses"),
    ("How far away is a course?", "catalog/queries/search_distance.py", "distance_of_course"),
    ("How are the stars made?", "standing/rules/formula.py", "star_score"),
    ("What makes a grade?", "standing/rules/grades.py", "grade_score"),
    ("What is counted for the stars?", "ratings/queries.py", "count_results"),
    ("What was public on a day?", "catalog/history.py", "version_listed_on"),
    ("Which prices and texts are pointed out?", "catalog/offer_warnings.py", "warnings_for_offer"),
    ("What of a filed class may change?", "catalog/run_rules.py", "refusals_for_run_change"),
    ("How is a class canceled?", "redemption/operations/call_off.py", "call_off_course_run"),
    ("What does an application for accreditation lack?", "accreditation/rules.py", "checklist"),
    ("Where did an institution stand on a day?", "institutions/rules.py", "state_on"),
    ("What may it teach, and what is nearest?", "institutions/rules.py", "find_scope_gap"),
    ("Is a room or trainer booked twice?", "teaching/rules.py", "refusals_for_clashes"),
    ("What stood in a directory on a day?", "directories/queries/listings.py", "list_directory"),
    ("Is an occupation in demand here?", "directories/rules.py", "decide_demand"),
    ("In which order are courses suggested, and why?", "recommendation/rules.py", "suggest"),
    ("What does a low attendance pay?", "redemption/part_rules.py", "part_earned"),
    ("Did enough of a class complete?", "redemption/class_rules.py", "class_standing"),
    ("Who bears the cost of leaving a class?", "redemption/leaving_rules.py", "decide_leaving"),
    ("May somebody change to another class?", "redemption/swap_rules.py", "refusals_for_swap"),
    ("Who is drawn into a campaign?", "campaigns/rules.py", "arm_of"),
    ("Who is meant by a campaign?", "campaigns/queries/population.py", "is_meant"),
    ("May a draft be published?", "drafting/rules/drafts.py", "refusals_for_publication"),
    ("What would a past decision be now?", "drafting/rules/again.py", "decide_again"),
    ("How far did vouchers come?", "reporting/funnel.py", "get_funnel"),
    ("Who gets the next place in line?", "pledges/queries.py", "list_line"),
    ("How do small employers wait?", "pledges/group_operations.py", "join_employer_group"),
    ("Who commits?", "foundation/db.py", "write_transaction"),
    ("How are personal fields encrypted?", "foundation/crypto.py", "encrypt"),
    ("What time is it?", "foundation/clock.py", "now"),
    ("How is a retry of a POST answered?", "api/v1/idempotency.py", "once"),
)  # fmt: skip
HEAD = """# Where is it?

Made from `tests/meta/test_where_is.py`, which fails when an answer is no longer true.

| question | file | function |
|---|---|---|
"""


def rendered() -> str:
    """The page as it must be: `python -m tests.meta.test_where_is > docs/where-is.md`."""
    lines = [
        f"| {question} | `marketplace/{path}` | `{name}` |\n" for question, path, name in QUESTIONS
    ]
    return HEAD + "".join(lines)


@pytest.mark.parametrize(("question", "path", "name"), QUESTIONS, ids=[q[0] for q in QUESTIONS])
def test_the_answer_is_true(question, path, name):
    file = PACKAGE / path
    assert file.exists(), question
    defined = {node.name for node in ast.walk(tree_of(file)) if isinstance(node, ast.FunctionDef)}
    assert name in defined, question


def test_the_page_says_the_same():
    assert (ROOT / "docs" / "where-is.md").read_text("utf-8") == rendered()


if __name__ == "__main__":
    print(rendered(), end="")
