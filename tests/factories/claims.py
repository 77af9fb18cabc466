"""Claims of finished classes with redeemed vouchers. Use in write_transaction."""

from __future__ import annotations

from dataclasses import dataclass

from marketplace.claims.models import Claim
from marketplace.claims.operations.assemble import assemble_claim, submit_claim
from marketplace.claims.operations.policy import set_claim_policy
from marketplace.claims.queries.policy import get_claim_policy, get_last_claim_policy_number
from marketplace.claims.rules.policy import values_of
from marketplace.redemption.operations.redeem import redeem_course_run
from tests.factories.catalog import make_listed_course, make_open_course_run
from tests.factories.enrollment import attend, make_completion, make_staff, run_through
from tests.factories.institutions import make_accredited_institution
from tests.factories.redemption import make_case
from tests.factories.vouchers import make_scheme


@dataclass(frozen=True, slots=True)
class Taught:
    """A finished class whose vouchers are redeemed."""

    course_run_id: int
    institution_id: int
    staff_id: int


def make_taught_run(learners: int = 2, **institution: object) -> Taught:
    """A class that is over, every learner redeemed."""
    run = make_open_course_run(make_listed_course(make_accredited_institution(**institution)))
    staff = make_staff(run.institution_id)
    scheme = make_scheme()
    cases = [make_case(course_run=run, scheme=scheme, staff=staff) for _number in range(learners)]
    for case in cases:
        attend(case.enrollment, staff.id)
    run_through(run.id)
    for case in cases:
        make_completion(case.enrollment, staff.id)
    redeem_course_run(run.id, institution_id=run.institution_id, actor_id=staff.id)
    return Taught(run.id, run.institution_id, staff.id)


def make_submitted_claim(taught: Taught | None = None) -> Claim:
    """A claim that waits for its first officer."""
    taught = taught or make_taught_run()
    draft = assemble_claim(taught.course_run_id, actor_id=taught.staff_id)
    return submit_claim(draft.id, actor_id=taught.staff_id)


def set_policy(**changed: int) -> None:
    """Some settings from today on, the others as they are."""
    values = values_of(get_claim_policy()) | changed
    set_claim_policy(
        values, clause="测试〔2026〕1号", based_on=get_last_claim_policy_number(), actor_id=None
    )
