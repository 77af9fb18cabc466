"""Two of everything that belongs to somebody: the world in which every page is asked by everybody.

What belongs to worker 1, institution A and the officers of one city has a name in `objects`;
`people` holds its owners and the strangers. Use in write_transaction.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from marketplace.accreditation.queries import list_dossier_documents, list_scope_lines
from marketplace.assessments.models import Assessment
from marketplace.assessments.operations import add_assessor_member, propose_result_change
from marketplace.assessments.queries import list_learners_to_assess
from marketplace.assessments.rules import EnteredResult
from marketplace.assessments.states import AssessmentState, ResultKind
from marketplace.benefits.models import Benefit
from marketplace.catalog.models import CourseRun
from marketplace.catalog.operations.courses import submit_course
from marketplace.catalog.queries.courses import get_course
from marketplace.claims.models import Claim, ClaimLine, ClaimObjection, PublicObjection
from marketplace.claims.operations.objections import Said, file_public_objection
from marketplace.claims.states import ClaimLineState, ClaimState, ObjectionGrounds
from marketplace.clearing.models import ClearingRun
from marketplace.copayments.models import CopaymentHandover
from marketplace.copayments.operations.payments import record_counter_payment
from marketplace.copayments.queries import find_copayment
from marketplace.copayments.states import Party
from marketplace.directories.models import Assessor
from marketplace.directories.queries.kept import list_entries
from marketplace.enrollment.models import Attendance, WaitingPlace
from marketplace.enrollment.states import WaitingState
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.funds.models import Allotment, Fund
from marketplace.funds.operations import open_bank_account
from marketplace.imports.models import ImportRun
from marketplace.institutions.models import Institution
from marketplace.institutions.operations.payout_accounts import propose_payout_account
from marketplace.institutions.queries import find_institution_by_code
from marketplace.jobs.models import Job
from marketplace.ledger.entries import AccountName
from marketplace.ledger.models import JournalEntry
from marketplace.ledger.operations import post_entry
from marketplace.ledger.sealing.operations import seal_block
from marketplace.notices.models import Notice
from marketplace.notices.operations import send_notice
from marketplace.payouts.models import StripeMovement
from marketplace.payouts.operations import (
    approve_payout_batch,
    open_payout_file,
    prepare_payout_batch,
    send_payout_batch,
)
from marketplace.people.models import ApiToken, Passkey, User, Worker
from marketplace.people.operations.api_tokens import create_api_token
from marketplace.people.operations.calendar_feeds import create_calendar_feed
from marketplace.people.operations.categories import declare_category_with_evidence
from marketplace.people.queries import get_document
from marketplace.people.states import ApiScope, CalendarFeedKind, WorkerCategory
from marketplace.reconciliation.models import (
    BankStatement,
    ReconciliationBreak,
    StatementLine,
)
from marketplace.reconciliation.operations.matching import match_statement_lines
from marketplace.reconciliation.operations.proposals import Choice, propose_entry
from marketplace.reconciliation.operations.statements import import_bank_statement
from marketplace.reconciliation.states import ProposalKind
from marketplace.redemption.models import Redemption, Reservation
from marketplace.redemption.states import ReservationState
from marketplace.settlement.operations import prepare_settlement
from marketplace.settlement.operations.clawbacks import prepare_clawback
from marketplace.settlement.operations.disputes import Attached, DisputedLine, file_dispute
from marketplace.settlement.queries.disputes import list_dispute_messages
from marketplace.settlement.rounds.operations import start_signing
from marketplace.settlement.states import DisputeGrounds
from marketplace.standing.operations.appeals import appeal_rating
from marketplace.teaching.queries import list_rooms, list_sites, list_trainers
from marketplace.vouchers.models import Quote
from marketplace.vouchers.operations.batches import issue_slice, start_batch
from marketplace.vouchers.queries.schemes import find_scheme_by_code, get_scheme
from tests.factories import ledger as books
from tests.factories.accreditation import make_submitted_application
from tests.factories.bank import make_camt053, make_entry
from tests.factories.campaigns import make_running_campaign
from tests.factories.catalog import (
    make_draft_course,
    make_late_course_run,
    make_listed_course,
    make_occupation,
    make_open_course_run,
)
from tests.factories.directories import make_assessor, make_draft_edition
from tests.factories.drafting import make_draft, make_replay
from tests.factories.enrollment import attend, make_completion, make_staff, run_through
from tests.factories.evidence import make_hold
from tests.factories.funding import make_dated_money
from tests.factories.funds import make_place
from tests.factories.inspections import make_inspector, make_submitted_visit
from tests.factories.institutions import make_accredited_institution
from tests.factories.matrix_people_money import (
    make_clawback_objects,
    make_deadline_objects,
    make_fee_objects,
)
from tests.factories.offline import make_offline_objects
from tests.factories.online import make_settled_dispute
from tests.factories.people import (
    PNG,
    make_administrator,
    make_officer,
    make_user,
    make_worker,
    next_id_number,
    role_grants_of,
)
from tests.factories.pledges import make_employer_group, make_held_seat
from tests.factories.quotas import make_quota_objects
from tests.factories.records import make_proofs
from tests.factories.redemption import make_case
from tests.factories.rows import make_row
from tests.factories.settlement import Officers, make_approved_settlement, make_earning_institution
from tests.factories.standing import make_standing
from tests.factories.vouchers import face_value_pack, make_scheme, rule

PAYEE_NUMBER = "4200123498765431"


@dataclass(frozen=True)
class World:
    """Codes of what belongs to somebody, ids of the logins that ask, what must never be shown."""

    objects: dict[str, str]
    people: dict[str, int | None]
    secrets: dict[str, str]


def make_world() -> World:
    """Everything once for its owners, and strangers of each kind."""
    place = make_place()
    elsewhere = make_place("220100", "长春市")
    officer, checker = make_officer(place), make_officer(place)
    stranger = make_accredited_institution(jurisdiction_id=elsewhere.id)
    administrator = make_administrator()
    id_number, phone = next_id_number(), "19900001234"
    worker = make_worker(id_number=id_number, phone=phone, residence_id=place.id, name="欧阳测试甲")
    other = make_worker(residence_id=elsewhere.id)
    objects, staff_id = _make_training(worker, place.id)
    objects |= _make_file(objects["institution"], officer.id, staff_id)
    objects |= _make_directories(place.id)
    objects |= _make_money(Officers(officer.id, checker.id), place.id)
    inspector = make_inspector(place)
    objects |= make_clawback_objects(objects["benefit"], worker, Officers(officer.id, checker.id))
    objects |= make_fee_objects(objects["benefit"], worker, Officers(officer.id, checker.id))
    objects |= make_deadline_objects(objects["clawed settlement"], Officers(officer.id, checker.id))
    objects |= _make_inspection(objects["course run"], inspector)
    examiner, rival = make_user(), make_user()
    objects |= _make_assessment(objects, examiner.id, rival.id, officer.id)
    # Who enters results may act for an employer, too.
    objects |= make_quota_objects(
        objects["scheme"], officer.id, staff_id=examiner.id, rival_id=rival.id
    )
    objects |= _make_claim(objects["course run"])
    objects |= make_dated_money(objects["scheme"], Officers(officer.id, checker.id), place.id)
    objects |= _make_seals(objects["institution"])
    objects["employer group"] = make_employer_group().code
    objects["campaign"] = make_running_campaign(title="矩阵行动").code
    objects["voucher batch"] = _make_batch()
    objects |= _make_drafting(objects["scheme"], officer)
    objects |= _make_belongings(worker) | _make_administration(administrator.id)
    return World(
        objects,
        {
            "guest": None,
            "job seeker": worker.user_id,
            "another job seeker": other.user_id,
            "staff of A": staff_id,
            "staff of B": make_staff(stranger.id).id,
            "fund officer": officer.id,
            "officer of another city": make_officer(elsewhere).id,
            "inspector": inspector.id,
            "inspector of another city": make_inspector(elsewhere).id,
            "assessor": examiner.id,
            "assessor of another body": rival.id,
            "administrator": administrator.id,
        },
        {"ID number": id_number, "phone": phone, "payee account": PAYEE_NUMBER},
    )


def _make_training(worker: Worker, place_id: int) -> tuple[dict[str, str], int]:
    """A learner who finished, the class, the voucher; a course that waits; a payee account."""
    institution = make_accredited_institution(jurisdiction_id=place_id)
    run = make_open_course_run(make_listed_course(institution), jurisdiction_id=place_id)
    case = make_case(course_run=run, worker=worker)
    copayment = find_copayment(case.enrollment.id)
    assert copayment is not None
    paid = record_counter_payment(
        copayment,
        party=Party.WORKER,
        amount_fen=100,
        receipt_number="R-1",
        actor_id=case.staff.id,
    )
    attend(case.enrollment, case.staff.id)
    run_through(run.id)
    make_completion(case.enrollment, case.staff.id)
    submitted = make_draft_course(institution, title="电子商务")
    submit_course(submitted.id, actor_id=None)
    open_run = make_open_course_run(make_listed_course(institution, title="美容师"))
    late_run = make_late_course_run(make_listed_course(institution, title="月嫂"))
    proposed = propose_payout_account(
        institution.id,
        holder=institution.name,
        number=PAYEE_NUMBER,
        bank_name="演示商业银行",
        bank_code="102241000015",
        actor_id=case.staff.id,
    )
    assert case.worker.user_id
    dossier = _make_dossier(institution, case.staff.id)
    proofs = make_proofs(run.id, case.enrollment.id, case.staff.id)
    return dossier | proofs | {
        "voucher": case.voucher.code,
        "scheme": get_scheme(case.voucher.scheme_id).code,
        "course": get_course(run.course_id).code,
        "submitted course": submitted.code,
        "course run": run.code,
        "open course run": open_run.code,
        "late class": late_run.code,
        "enrollment": case.enrollment.code,
        "co-payment": copayment.code,
        "payment": paid.code,
        "institution": institution.code,
        "own import run": make_row(
            ImportRun, kind="own-courses", source="generic", institution_id=institution.id
        ).code,
        "payout account": proposed.code,
        "attendance": str(db.session.scalars(select(Attendance.id).limit(1)).one()),
        "online dispute": str(make_settled_dispute(case.enrollment).id),
        "waiting place": make_row(
            WaitingPlace,
            course_id=run.course_id,
            worker_id=worker.id,
            state=WaitingState.WAITING,
            course_run_id=None,
            offer_until=None,
            ended_at=None,
        ).code,
        "evidence hold": make_hold(run).code,
        **make_offline_objects(run, case.staff.id),
        "lesson number": "1",
        "version number": "1",
    }, case.staff.id


def _make_drafting(scheme_code: str, officer: User) -> dict[str, str]:
    """The next version of the scheme, and what it would have done."""
    scheme = find_scheme_by_code(scheme_code)
    assert scheme
    draft = make_draft(scheme, officer, validity_days=rule(60))
    return {"scheme draft": draft.code, "policy replay": make_replay(draft).code}


def _make_inspection(run_code: str, inspector: User) -> dict[str, str]:
    """A visit with a photo, and a hold that the inspector looks at."""
    run = db.session.scalars(select(CourseRun).where(CourseRun.code == run_code)).one()
    visit, photo = make_submitted_visit(run, inspector, heads=1)
    given = make_hold(run)
    given.owner_id = inspector.id
    return {"visit": visit.code, "visit photo": photo, "given hold": given.code}


def _make_assessment(
    objects: dict[str, str], examiner_id: int, rival_id: int, officer_id: int
) -> dict[str, str]:
    """Results that a body entered, and one that it wants to change."""
    run = db.session.scalars(select(CourseRun).where(CourseRun.code == objects["course run"])).one()
    body = db.session.scalars(select(Assessor).where(Assessor.code == objects["assessor"])).one()
    member = add_assessor_member(body.id, user_id=examiner_id, actor_id=officer_id)
    add_assessor_member(make_assessor().id, user_id=rival_id, actor_id=officer_id)
    assessment = make_row(
        Assessment,
        state=AssessmentState.SUBMITTED,
        course_run_id=run.id,
        institution_id=run.institution_id,
        assessor_id=body.id,
        assigned_by=officer_id,
        assessed_on=run.ends_on,
        submitted_by=examiner_id,
        cancel_reason=None,
    )
    change = propose_result_change(
        assessment.code,
        enrollment_id=list_learners_to_assess(run.id)[0].id,
        wanted=EnteredResult(ResultKind.VOID, None),
        reason="试卷编号有误",
        actor_id=examiner_id,
    )
    return {
        "assessment": assessment.code,
        "result change": change.code,
        "assessor member": str(member.id),
    }


def _make_claim(run_code: str) -> dict[str, str]:
    """A publicised claim with a line and an objection to it."""
    run = db.session.scalars(select(CourseRun).where(CourseRun.code == run_code)).one()
    claim = make_row(
        Claim,
        course_run_id=run.id,
        institution_id=run.institution_id,
        number=1,
        state=ClaimState.NOTICED,
        tier=None,
        amount_fen=100,
        checked_by=make_user().id,
        approved_by=None,
        notice_from=clock.today(),
        notice_until=clock.today(),
    )
    line = make_row(
        ClaimLine, claim_id=claim.id, amount_fen=100, state=ClaimLineState.STANDING,
        released_at=None,
        redemption_id=_make_redemption_with_evidence(),
    )  # fmt: skip
    objection = make_row(ClaimObjection, claim_id=claim.id, resolved_by=None, resolved_at=None)
    file_public_objection(
        claim.id, Said(ObjectionGrounds.NOT_HELD, "第三课没有上过，教室锁着", "黄证人", "A-1号信箱")
    )
    dispute = file_dispute(
        run.institution_id,
        DisputedLine(claim_line_id=line.id),
        grounds=DisputeGrounds.AMOUNT_WRONG,
        body="少算了五元",
        attached=Attached("证.png", PNG),
        actor_id=make_user().id,
    )
    return {
        "public objection": db.session.scalars(select(PublicObjection.code)).one(),
        "line dispute": dispute.code,
        "dispute document": str(list_dispute_messages(dispute.id)[0].document_code),
        "claim": claim.code,
        "claim line": str(line.id),
        "claim objection": str(objection.id),
    }


def _make_benefit(place_id: int) -> str:
    """A benefit from an allotment of the officers' place, decided as nothing due."""
    redemption = db.session.scalars(select(Redemption).limit(1)).one()
    allotment = make_row(Allotment, jurisdiction_id=place_id, parent_id=None)
    benefit = make_row(
        Benefit,
        kind="living",
        state="declined",
        redemption_id=redemption.id,
        enrollment_id=redemption.enrollment_id,
        allotment_id=allotment.id,
        amount_fen=0,
        currency="CNY",
        steps=[{"code": "no_hours", "amount_fen": 0, "rule": "§ 1", "params": {}}],
    )
    return str(benefit.code)


def _make_redemption_with_evidence() -> int:
    """A redemption under a real policy; its entry is one of those that fund the world."""
    reservation = make_row(
        Reservation,
        quote_id=db.session.scalars(select(Quote.id).limit(1)).one(),
        state=ReservationState.RELEASED,
    )
    funded = select(JournalEntry.id).where(JournalEntry.kind == "test.funded").limit(1)
    redemption = make_row(
        Redemption,
        reservation_id=reservation.id,
        entry_id=db.session.scalars(funded).one(),
    )
    return int(redemption.id)


def _make_batch() -> str:
    """A batch of the command line that has finished."""
    batch = start_batch(make_scheme(face_value_pack()).id, worker_ids=[], actor_id=None)
    issue_slice(batch.id)
    return batch.code


def _make_file(institution_code: str, officer_id: int, staff_id: int) -> dict[str, str]:
    """A fact in the institution's file, and an appeal against the rating it led to."""
    institution = find_institution_by_code(institution_code)
    assert institution
    record = make_standing(institution.id, actor_id=officer_id)
    appeal = appeal_rating(institution.id, reason="人数有误。", actor_id=staff_id)
    return {"standing record": record.code, "appeal": appeal.code}


def _make_dossier(institution: Institution, staff_id: int) -> dict[str, str]:
    """A site with a room, a trainer, an application under review with its documents."""
    application = make_submitted_application(institution, by=staff_id)
    (site,) = list_sites(institution.id)
    (document, *_others) = list_dossier_documents(application.id)
    return {
        "application": application.code,
        "dossier document": document.document.code,
        "scope line": str(list_scope_lines(application.id)[0].scope.id),
        "site": site.code,
        "room": list_rooms(institution.id)[0].code,
        "trainer": list_trainers(institution.id)[0].code,
    }


def _make_directories(place_id: int) -> dict[str, str]:
    """An assessment body and an edition in preparation of the officers' place."""
    edition = make_draft_edition(place_id, occupations=(make_occupation(),))
    return {
        "assessor": make_assessor(jurisdiction_id=place_id).code,
        "shortage edition": edition.code,
        "shortage entry": str(list_entries(edition.id)[0].entry.id),
    }


def _make_money(officers: Officers, place_id: int) -> dict[str, str]:
    """Earned, settled, sent, and a bank statement with something nobody knows."""
    earning = make_earning_institution(officers, jurisdiction_id=place_id)
    waiting = prepare_settlement(earning.id, period_code="2026-11", actor_id=officers.maker_id)
    settlement = make_approved_settlement(officers, jurisdiction_id=place_id)
    batch = prepare_payout_batch([settlement.id], rail="bank_file", actor_id=officers.maker_id)
    approve_payout_batch(batch.id, actor_id=officers.checker_id)
    send_payout_batch(batch.id, actor_id=officers.maker_id)
    assert open_payout_file(batch)
    import_bank_statement(
        make_camt053([make_entry("1.00", reference="NOBODY-1")], closing="999.00"),
        file_name="day.xml",
        bank_account="MAIN",
        actor_id=officers.maker_id,
    )
    open_bank_account("MAIN", jurisdiction_id=place_id, actor_id=officers.maker_id)
    match_statement_lines(actor_id=officers.maker_id)
    difference = db.session.scalars(select(ReconciliationBreak.code).limit(1)).one()
    choice = Choice(ProposalKind.BANK_FEE, "银行手续费")
    return {
        "break proposal": propose_entry(difference, choice, actor_id=officers.maker_id).code,
        "clearing": make_row(ClearingRun, period_code="2026-10", signed_by=None).code,
        "bank account": "MAIN",
        "stripe line": make_row(
            StripeMovement,
            movement_id="txn_1",
            kind="adjustment",
            amount_fen=-5,
            fee_fen=0,
            net_fen=-5,
            state="break",
            cause="unknown_kind",
            entry_id=None,
            owner_id=None,
        ).movement_id,
        "benefit": _make_benefit(place_id),
        "co-payment handover": make_row(
            CopaymentHandover,
            institution_id=settlement.institution_id,
            amount_fen=1,
            payment_count=1,
            state="prepared",
            decided_by=None,
            reference=None,
        ).code,
        "period": "2026-11",
        "clawed settlement": settlement.code,
        "clawback": prepare_clawback(
            settlement.id, amount_fen=1, instalments=1, reason="误", actor_id=officers.maker_id
        ).code,
        "settlement": waiting.code,
        "settlement round": start_signing(
            [waiting.code], period_code="2026-11", paths=("",), actor_id=officers.checker_id
        ).code,
        "payout batch": batch.code,
        "bank statement": db.session.scalars(select(BankStatement.code)).one(),
        "bank line": db.session.scalars(select(StatementLine.code)).one(),
        "break": difference,
        "redemption": db.session.scalars(select(Redemption.code).limit(1)).one(),
        "entry": str(db.session.scalars(select(Redemption.entry_id).limit(1)).one()),
        "ledger kind": "payable:institution",
        "ledger key": earning.code,
        "fund": db.session.scalars(select(Fund.code).order_by(Fund.id).limit(1)).one(),
    }


def _make_seals(institution_code: str) -> dict[str, str]:
    """An entry on what the institution is owed, and every entry sealed."""
    payable = AccountName("payable:institution", institution_code)
    own = post_entry(
        books.move("payout.returned", "PO-MATRIX", books.CLEARING, payable, 100), actor_id=None
    )
    seal_block(actor_id=None)
    return {"own entry": str(own)}


def _make_belongings(worker: Worker) -> dict[str, str]:
    """What a person keeps here: evidence, a token, a notice, a passkey."""
    assert worker.user_id
    pledge, offer = make_held_seat(worker)
    fact = declare_category_with_evidence(
        worker.id,
        category=WorkerCategory.VETERAN,
        valid_from=date(2026, 1, 1),
        valid_until=None,
        file_name="证.png",
        media_type="image/png",
        content=PNG,
        actor_id=worker.user_id,
    )
    create_api_token(
        worker.user_id,
        name="script",
        scopes=(ApiScope.READ,),
        days=30,
        actor_id=worker.user_id,
    )
    send_notice(worker.user_id, kind="login.password_changed", params={}, link=None)
    _feed, calendar_token = create_calendar_feed(
        worker.user_id, kind=CalendarFeedKind.MY_CLASSES, actor_id=worker.user_id
    )
    passkey = make_row(Passkey, user_id=worker.user_id, credential_id="Y3JlZGVudGlhbA")
    return {
        "pledge": pledge.code,
        "pledge offer": offer.code,
        "category": fact.code,
        "document": get_document(fact.document_id or 0).code,
        "api token": db.session.scalars(
            select(ApiToken.code).where(ApiToken.user_id == worker.user_id)
        ).one(),
        "notice": str(
            db.session.scalars(
                select(Notice.id).where(Notice.user_id == worker.user_id).limit(1)
            ).one()
        ),
        "passkey": str(passkey.id),
        "calendar token": calendar_token,
    }


def _make_administration(administrator_id: int) -> dict[str, str]:
    """What only the administrator sees."""
    user = make_user()
    officer = make_officer()
    held = make_listed_course(title="存疑课程")
    held.quarantine_reason = "price_odd"
    db.session.flush()
    return {
        "user": user.code,
        "role grant": str(role_grants_of(officer)[0].id),
        "held course": held.code,
        "import run": make_row(
            ImportRun, kind="catalog", source="generic", started_by=administrator_id
        ).code,
        "job": make_row(Job, kind="import", payload={}, result=None).code,
    }
