"""Which route shows whose object: the table behind the page matrix and the hostile input test.

Every route with a parameter is in OBJECTS_OF, and a test says so. `!` marks a choice of ours (a
kind, an act), everything else names what `tests.factories.matrix.make_world` made.
"""

from __future__ import annotations

from typing import Any

from flask import Flask
from werkzeug.routing import IntegerConverter, Rule
from werkzeug.test import Client
from werkzeug.wrappers import Response

from marketplace.edge.identity import CurrentUser
from marketplace.foundation.db import db
from marketplace.people.models import User
from marketplace.people.queries import get_user
from tests.factories.matrix import World

COURSE_RUN = {"code": "course run"}
LEARNER = {"code": "course run", "enrollment_code": "enrollment"}
LESSON = {"code": "course run", "number": "lesson number"}
COPAYMENT = {"code": "co-payment"}
COURSE = {"code": "course"}
MY_CLASS = {"code": "enrollment"}
MY_LESSON = {"code": "enrollment", "number": "lesson number"}
CATEGORY = {"code": "category"}
REVIEW = {"code": "submitted course"}
FUND = {"code": "fund"}
LATE = {"code": "late class"}
INSTITUTION = {"code": "institution"}
STANDING = {"code": "institution", "record_code": "standing record"}
APPEAL = {"code": "appeal"}
PAYOUT_ACCOUNT = {"code": "payout account"}
APPLICATION = {"code": "application"}
DOSSIER_DOCUMENT = {"code": "application", "document_code": "dossier document"}
SITE = {"code": "site"}
TRAINER = {"code": "trainer"}
BATCH = {"code": "payout batch"}
BREAK = {"code": "break"}
SCHEME = {"code": "scheme"}
DRAFT = {"code": "scheme draft"}
REPLAY = {"code": "policy replay"}
SETTLEMENT = {"code": "settlement"}
VOUCHER = {"code": "voucher"}
ASSESSOR = {"register": "!assessors", "code": "assessor"}
EDITION = {"code": "shortage edition"}
BOOKS = {"kind": "ledger kind", "key": "ledger key"}
USER = {"code": "user"}
JOB = {"code": "job"}
CAMPAIGN = {"code": "campaign"}
PLEDGE = {"code": "pledge"}
PLEDGE_OFFER = {"code": "pledge offer"}
CERTIFICATE = {"code": "certificate"}
CERTIFICATE_CHANGE = {"code": "certificate", "change_code": "certificate change"}
HOLD = {"code": "evidence hold"}
CLAIM = {"code": "claim"}
CLAIM_LINE = {"code": "claim", "line_id": "claim line"}
PUBLIC_OBJECTION = {"code": "public objection"}
LINE_DISPUTE = {"code": "line dispute"}
DISPUTE_DOCUMENT = {"code": "line dispute", "document_code": "dispute document"}
CLEARING = {"code": "clearing"}
PERIOD = {"code": "period"}
CLAWBACK = {"code": "clawback"}
SOURCE = {"code": "funding source"}
LOT = {"code": "fund lot"}
LOT_RETURN = {"code": "lot return"}
VISIT = {"code": "visit"}
VISIT_PHOTO = {"code": "visit", "document_code": "visit photo"}
GIVEN_HOLD = {"code": "given hold"}
ASSESSMENT = {"code": "assessment"}
ASSESSED = {"code": "assessment", "enrollment_code": "enrollment"}
RESULT_CHANGE = {"code": "result change"}
BODY = {"code": "assessor"}
HELD = {"kind": "!course", "code": "held course"}

OBJECTS_OF: dict[str, dict[str, str]] = {
    "assessors.show_assessment": ASSESSMENT,
    "assessors.submit_assessment_results": ASSESSMENT,
    "assessors.show_result_change": ASSESSED,
    "assessors.propose_result_change": ASSESSED,
    "institution_staff.assign_class_assessment": COURSE_RUN,
    "institution_staff.cancel_class_assessment": COURSE_RUN,
    "fund_managers.show_result_change": RESULT_CHANGE,
    "fund_managers.accept_result_change": RESULT_CHANGE,
    "fund_managers.reject_result_change": RESULT_CHANGE,
    "fund_managers.list_assessor_people": BODY,
    "fund_managers.add_assessor_person": BODY,
    "fund_managers.remove_assessor_person": {"code": "assessor", "member_id": "assessor member"},
    "job_seekers.show_review": MY_CLASS,
    "job_seekers.submit_review": MY_CLASS,
    "inspectors.show_class": COURSE_RUN,
    "inspectors.plan_class_visit": COURSE_RUN,
    "inspectors.visit_lesson_now": LESSON,
    "inspectors.show_visit": VISIT,
    "inspectors.begin_visit": VISIT,
    "inspectors.cancel_visit": VISIT,
    "inspectors.add_visit_document": VISIT,
    "inspectors.download_visit_document": VISIT_PHOTO,
    "inspectors.submit_visit": VISIT,
    "inspectors.show_evidence_hold": GIVEN_HOLD,
    "inspectors.clear_evidence_hold": GIVEN_HOLD,
    "inspectors.uphold_evidence_hold": GIVEN_HOLD,
    "institution_staff.show_visit": VISIT,
    "institution_staff.answer_inspection": VISIT,
    "institution_staff.download_visit_document": VISIT_PHOTO,
    "fund_managers.show_visit": VISIT,
    "fund_managers.assign_evidence_hold": HOLD,
    "visitors.show_vacancy": {"code": "vacancy"},
    "visitors.show_employer": {"code": "employer"},
    "job_seekers.show_referral_form": {"code": "vacancy"},
    "job_seekers.create_referral": {"code": "vacancy"},
    "job_seekers.withdraw_referral": {"code": "referral"},
    "job_seekers.declare_employment": {"code": "referral"},
    "fund_managers.show_referral": {"code": "referral"},
    "fund_managers.record_referral_employment": {"code": "referral"},
    "fund_managers.end_referral": {"code": "referral"},
    "job_seekers.export_my_record": {"file_format": "!json"},
    "job_seekers.show_my_certificate": CERTIFICATE,
    "job_seekers.download_my_credential": CERTIFICATE,
    "job_seekers.end_record_share": {"code": "record link"},
    "institution_staff.show_certificate": CERTIFICATE,
    "institution_staff.propose_certificate_change": CERTIFICATE,
    "fund_managers.show_certificate": CERTIFICATE,
    "fund_managers.propose_certificate_change": CERTIFICATE,
    "fund_managers.approve_certificate_change": CERTIFICATE_CHANGE,
    "fund_managers.reject_certificate_change": CERTIFICATE_CHANGE,
    "fund_managers.open_worker_record": CERTIFICATE,
    "visitors.show_certificate": {"token": "certificate token"},
    "visitors.show_shared_record": {"token": "record link secret"},
    "visitors.show_status_list": {"number": "!0"},
    "accounts.submit_api_token_end": {"code": "api token"},
    "accounts.open_notice": {"notice_id": "notice"},
    "accounts.show_passkey_removal": {"passkey_id": "passkey"},
    "accounts.submit_passkey_removal": {"passkey_id": "passkey"},
    "administrators.show_fund": FUND,
    "administrators.show_allotment_form": FUND,
    "administrators.allot_fund": FUND,
    "administrators.show_appropriation_form": FUND,
    "administrators.appropriate_fund": FUND,
    "administrators.place_bank_account": {"code": "bank account"},
    "administrators.show_import": {"code": "import run"},
    "administrators.download_import_problems": {"code": "import run"},
    "administrators.download_import_corrections": {"code": "import run", "file_format": "!csv"},
    "administrators.apply_import": {"code": "import run"},
    "administrators.discard_import": {"code": "import run"},
    "administrators.download_import_template": {"kind": "!courses", "file_format": "!csv"},
    "administrators.download_export": {"kind": "!courses", "file_format": "!csv"},
    "administrators.show_job": JOB,
    "administrators.stop_job": JOB,
    "administrators.repeat_job": JOB,
    "administrators.remove_working_day": {"day": "!2026-10-01"},
    "administrators.show_held": HELD,
    "administrators.decide_held": {**HELD, "act": "!release"},
    "administrators.show_user": USER,
    "administrators.change_user_state": {**USER, "act": "!lock"},
    "administrators.reset_user_password": USER,
    "administrators.grant_user_role": USER,
    "administrators.revoke_user_role": {**USER, "grant_id": "role grant"},
    "administrators.remove_user_second_factors": USER,
    "api_courses.show": COURSE,
    "api_directories.show": {"name": "!institutions"},
    "api_directories.list_changes": {"name": "!in-demand"},
    "visitors.show_directory": {"name": "!assessors"},
    "visitors.show_directory_changes": {"name": "!qualifications"},
    "visitors.export_directory": {"name": "!courses", "form": "!csv"},
    "fund_managers.show_campaign": CAMPAIGN,
    "fund_managers.download_campaign_people": CAMPAIGN,
    "fund_managers.show_batch": {"code": "voucher batch"},
    "fund_managers.download_batch": {"code": "voucher batch"},
    "fund_managers.revoke_batch": {"code": "voucher batch"},
    "fund_managers.show_campaign_change": CAMPAIGN,
    "fund_managers.change_campaign": CAMPAIGN,
    "fund_managers.propose_campaign": CAMPAIGN,
    "fund_managers.return_campaign": CAMPAIGN,
    "fund_managers.launch_campaign": CAMPAIGN,
    "fund_managers.discard_campaign": CAMPAIGN,
    "fund_managers.remind_campaign": CAMPAIGN,
    "fund_managers.end_campaign": CAMPAIGN,
    "fund_managers.withdraw_campaign": CAMPAIGN,
    "fund_managers.list_register": {"register": "!assessors"},
    "fund_managers.show_new_register_entry": {"register": "!qualifications"},
    "fund_managers.add_register_entry": {"register": "!qualifications"},
    "fund_managers.show_register_entry": ASSESSOR,
    "fund_managers.change_register_entry": ASSESSOR,
    "fund_managers.retire_register_entry": ASSESSOR,
    "fund_managers.show_shortage_edition": EDITION,
    "fund_managers.add_shortage_entries": EDITION,
    "fund_managers.remove_shortage_entry": {**EDITION, "entry_id": "shortage entry"},
    "fund_managers.propose_shortage_edition": EDITION,
    "fund_managers.publish_shortage_edition": EDITION,
    "fund_managers.return_shortage_edition": EDITION,
    "fund_managers.discard_shortage_edition": EDITION,
    "api_institutions.show": INSTITUTION,
    "api_vouchers.redeem": VOUCHER,
    "visitors.show_course": COURSE,
    "visitors.show_course_versions": COURSE,
    "visitors.show_course_qr": COURSE,
    "visitors.show_run_calendar": {"code": "course", "run_code": "course run"},
    "visitors.show_private_calendar": {"token": "calendar token"},
    "visitors.show_courses_sitemap": {"number": "!1"},
    "accounts.create_calendar": {"kind": "!my_classes"},
    "accounts.revoke_calendar": {"kind": "!my_classes"},
    "visitors.show_institution": INSTITUTION,
    "fund_managers.show_bank_statement": {"code": "bank statement"},
    "fund_managers.show_ledger_statement": BOOKS,
    "fund_managers.download_ledger_statement": BOOKS,
    "fund_managers.show_category": CATEGORY,
    "fund_managers.open_category_evidence": CATEGORY,
    "fund_managers.reveal_worker_id_number": CATEGORY,
    "fund_managers.refuse_category": CATEGORY,
    "fund_managers.verify_category": CATEGORY,
    "fund_managers.review_course": REVIEW,
    "fund_managers.list_course": REVIEW,
    "fund_managers.return_course": REVIEW,
    "fund_managers.show_course_versions": REVIEW,
    "fund_managers.delist_course": REVIEW,
    "fund_managers.relist_course": REVIEW,
    "fund_managers.show_late_filing": LATE,
    "fund_managers.grant_late_filing": LATE,
    "fund_managers.refuse_late_filing": LATE,
    "fund_managers.show_entry": {"entry_id": "entry"},
    "fund_managers.download_entry_proof": {"entry_id": "entry"},
    "fund_managers.show_fund": FUND,
    "fund_managers.show_institution": INSTITUTION,
    "fund_managers.accredit_institution": INSTITUTION,
    "fund_managers.bar_institution": INSTITUTION,
    "fund_managers.reinstate_institution": INSTITUTION,
    "fund_managers.suspend_institution": INSTITUTION,
    "fund_managers.show_standing": INSTITUTION,
    "fund_managers.record_standing": INSTITUTION,
    "fund_managers.show_standing_record": STANDING,
    "fund_managers.withdraw_standing": STANDING,
    "fund_managers.show_appeal": APPEAL,
    "fund_managers.uphold_appeal": APPEAL,
    "fund_managers.reject_appeal": APPEAL,
    "fund_managers.withdraw_institution": INSTITUTION,
    "fund_managers.show_institution_state": INSTITUTION,
    "fund_managers.review_application": APPLICATION,
    "fund_managers.return_application": APPLICATION,
    "fund_managers.grant_application": APPLICATION,
    "fund_managers.reject_application": APPLICATION,
    "fund_managers.open_dossier_document": DOSSIER_DOCUMENT,
    "fund_managers.review_payout_account": PAYOUT_ACCOUNT,
    "fund_managers.refuse_payout_account": PAYOUT_ACCOUNT,
    "fund_managers.verify_payout_account": PAYOUT_ACCOUNT,
    "fund_managers.show_payout_batch": BATCH,
    "fund_managers.approve_payout_batch": BATCH,
    "fund_managers.show_demo_bank": BATCH,
    "fund_managers.download_demo_statement": BATCH,
    "fund_managers.download_payout_file": BATCH,
    "fund_managers.reject_payout_batch": BATCH,
    "fund_managers.send_payout_batch": BATCH,
    "fund_managers.ask_stripe": BATCH,
    "fund_managers.show_break": BREAK,
    "fund_managers.propose_break_entry": BREAK,
    "fund_managers.return_break_proposal": {"code": "break proposal"},
    "fund_managers.withdraw_break_proposal": {"code": "break proposal"},
    "fund_managers.reverse_break_proposal": {"code": "break proposal"},
    "fund_managers.take_break": BREAK,
    "fund_managers.decide_dispute": {"attendance_id": "attendance"},
    "fund_managers.show_dispute": {"attendance_id": "attendance"},
    "fund_managers.show_evidence_hold": HOLD,
    "fund_managers.take_evidence_hold": HOLD,
    "fund_managers.clear_evidence_hold": HOLD,
    "fund_managers.uphold_evidence_hold": HOLD,
    "institution_staff.show_evidence_hold": HOLD,
    "institution_staff.answer_evidence_hold": HOLD,
    "fund_managers.show_redemption": {"code": "redemption"},
    "fund_managers.reverse_redemption": {"code": "redemption"},
    "fund_managers.list_funding_sources": SCHEME,
    "fund_managers.show_new_funding_source": SCHEME,
    "fund_managers.propose_funding_source": SCHEME,
    "fund_managers.show_funding_source": SOURCE,
    "fund_managers.approve_funding_source": SOURCE,
    "fund_managers.reject_funding_source": SOURCE,
    "fund_managers.end_funding_source": SOURCE,
    "fund_managers.show_fund_lot": LOT,
    "fund_managers.prepare_lot_return": LOT,
    "fund_managers.approve_lot_return": LOT_RETURN,
    "fund_managers.reject_lot_return": LOT_RETURN,
    "fund_managers.show_scheme": SCHEME,
    "fund_managers.begin_scheme_draft": SCHEME,
    "fund_managers.show_scheme_draft": DRAFT,
    "fund_managers.show_scheme_draft_form": DRAFT,
    "fund_managers.change_scheme_draft": DRAFT,
    "fund_managers.show_scheme_draft_text": DRAFT,
    "fund_managers.write_scheme_draft": DRAFT,
    "fund_managers.submit_scheme_draft": DRAFT,
    "fund_managers.take_back_scheme_draft": DRAFT,
    "fund_managers.publish_scheme_draft": DRAFT,
    "fund_managers.return_scheme_draft": DRAFT,
    "fund_managers.discard_scheme_draft": DRAFT,
    "fund_managers.replay_scheme_draft": DRAFT,
    "fund_managers.show_policy_replay": REPLAY,
    "fund_managers.download_replay_lines": REPLAY,
    "fund_managers.download_replay_costs": REPLAY,
    "fund_managers.show_issue_form": SCHEME,
    "fund_managers.issue_voucher": SCHEME,
    "fund_managers.show_scheme_version": {**SCHEME, "number": "version number"},
    "fund_managers.list_scheme_vouchers": SCHEME,
    "fund_managers.show_claim": CLAIM,
    "fund_managers.download_claim_pack": CLAIM,
    "institution_staff.download_claim_pack": CLAIM,
    "fund_managers.check_claim": CLAIM,
    "fund_managers.approve_claim": CLAIM,
    "fund_managers.return_claim_line": CLAIM_LINE,
    "fund_managers.reject_claim_line": CLAIM_LINE,
    "fund_managers.record_objection": CLAIM,
    "fund_managers.resolve_objection": {"code": "claim", "objection_id": "claim objection"},
    "fund_managers.show_period": PERIOD,
    "fund_managers.check_period": PERIOD,
    "fund_managers.sign_closing": PERIOD,
    "fund_managers.sign_close": PERIOD,
    "fund_managers.download_period_pack": PERIOD,
    "fund_managers.show_clawback": CLAWBACK,
    "fund_managers.approve_clawback": CLAWBACK,
    "fund_managers.reject_clawback": CLAWBACK,
    "fund_managers.prepare_clawback": SETTLEMENT,
    "fund_managers.show_settlement": SETTLEMENT,
    "fund_managers.approve_settlement": SETTLEMENT,
    "fund_managers.reject_settlement": SETTLEMENT,
    "fund_managers.show_voucher": VOUCHER,
    "fund_managers.revoke_voucher": VOUCHER,
    "fund_managers.forgive_voucher": VOUCHER,
    "institution_staff.download_entry_proof": {"entry_id": "own entry"},
    "institution_staff.show_record_appeal": {"code": "standing record"},
    "institution_staff.appeal_record": {"code": "standing record"},
    "institution_staff.show_claim": CLAIM,
    "institution_staff.submit_claim": CLAIM,
    "visitors.show_claim_notice": CLAIM,
    "visitors.show_objection_form": CLAIM,
    "visitors.file_objection": CLAIM,
    "fund_managers.show_clearing": CLEARING,
    "fund_managers.download_clearing": CLEARING,
    "fund_managers.sign_clearing": CLEARING,
    "fund_managers.approve_clearing": CLEARING,
    "fund_managers.reject_clearing": CLEARING,
    "fund_managers.show_public_objection": PUBLIC_OBJECTION,
    "fund_managers.take_public_objection": PUBLIC_OBJECTION,
    "fund_managers.decide_public_objection": PUBLIC_OBJECTION,
    "fund_managers.open_objector": PUBLIC_OBJECTION,
    "fund_managers.show_statement_dispute": LINE_DISPUTE,
    "fund_managers.take_statement_dispute": LINE_DISPUTE,
    "fund_managers.write_statement_dispute": LINE_DISPUTE,
    "fund_managers.decide_statement_dispute": LINE_DISPUTE,
    "fund_managers.download_statement_dispute_document": DISPUTE_DOCUMENT,
    "institution_staff.show_line_dispute": LINE_DISPUTE,
    "institution_staff.write_line_dispute": LINE_DISPUTE,
    "institution_staff.withdraw_line_dispute": LINE_DISPUTE,
    "institution_staff.download_line_dispute_document": DISPUTE_DOCUMENT,
    "institution_staff.show_claim_line_dispute": CLAIM_LINE,
    "institution_staff.dispute_claim_line": CLAIM_LINE,
    "institution_staff.show_entry_dispute": {"entry_id": "own entry"},
    "institution_staff.dispute_entry": {"entry_id": "own entry"},
    "institution_staff.show_class": COURSE_RUN,
    "institution_staff.record_no_show": LEARNER,
    "institution_staff.show_copayment": COPAYMENT,
    "institution_staff.record_copayment": COPAYMENT,
    "institution_staff.hand_back_copayment": {**COPAYMENT, "payment_code": "payment"},
    "institution_staff.record_employer_agreement": COPAYMENT,
    "institution_staff.end_employer_agreement": COPAYMENT,
    "job_seekers.show_my_copayment": MY_CLASS,
    "job_seekers.pay_copayment": MY_CLASS,
    "job_seekers.check_copayment": MY_CLASS,
    "institution_staff.redeem_voucher": LEARNER,
    "institution_staff.release_reservation": LEARNER,
    "institution_staff.show_attendance_sheet": LESSON,
    "institution_staff.record_attendance_sheet": LESSON,
    "institution_staff.show_attendance": {**LEARNER, **LESSON},
    "institution_staff.answer_dispute": {**LEARNER, **LESSON},
    "institution_staff.correct_attendance": {**LEARNER, **LESSON},
    "institution_staff.sign_in_by_voucher": LESSON,
    "institution_staff.show_sign_in_screen": LESSON,
    "institution_staff.open_sign_in": LESSON,
    "institution_staff.close_sign_in": LESSON,
    "institution_staff.show_station": LESSON,
    "institution_staff.sign_in_at_station": LESSON,
    "institution_staff.confirm_presences": LESSON,
    "institution_staff.refuse_presence_entry": {**LEARNER, **LESSON},
    "institution_staff.redeem_course_run": COURSE_RUN,
    "institution_staff.show_results": COURSE_RUN,
    "institution_staff.complete_course_run": COURSE_RUN,
    "institution_staff.show_course_run": COURSE_RUN,
    "institution_staff.cancel_course_run": COURSE_RUN,
    "institution_staff.show_cancel_course_run": COURSE_RUN,
    "institution_staff.change_course_run": COURSE_RUN,
    "institution_staff.show_change_course_run": COURSE_RUN,
    "institution_staff.relist_course": COURSE,
    "institution_staff.show_course_versions": COURSE,
    "institution_staff.finish_course_run": COURSE_RUN,
    "institution_staff.open_course_run": COURSE_RUN,
    "institution_staff.start_course_run": COURSE_RUN,
    "institution_staff.show_own_import": {"code": "own import run"},
    "institution_staff.apply_own_import": {"code": "own import run"},
    "institution_staff.discard_own_import": {"code": "own import run"},
    "institution_staff.download_own_corrections": {
        "code": "own import run",
        "file_format": "!csv",
    },
    "institution_staff.download_course_template": {"file_format": "!csv"},
    "institution_staff.export_own_courses": {"file_format": "!csv"},
    "institution_staff.show_course": COURSE,
    "institution_staff.file_course_run": COURSE,
    "institution_staff.show_file_course_run": COURSE,
    "institution_staff.delist_course": COURSE,
    "institution_staff.show_revise_course": COURSE,
    "institution_staff.revise_course": COURSE,
    "institution_staff.submit_course": COURSE,
    "institution_staff.show_training_site": SITE,
    "institution_staff.show_site_edit": SITE,
    "institution_staff.revise_training_site": SITE,
    "institution_staff.close_training_site": SITE,
    "institution_staff.reopen_training_site": SITE,
    "institution_staff.add_training_room": SITE,
    "institution_staff.close_training_room": {**SITE, "room_code": "room"},
    "institution_staff.show_trainer": TRAINER,
    "institution_staff.add_trainer_qualification": TRAINER,
    "institution_staff.end_own_trainer": TRAINER,
    "institution_staff.show_application": APPLICATION,
    "institution_staff.submit_application": APPLICATION,
    "institution_staff.withdraw_application": APPLICATION,
    "institution_staff.show_application_legal": APPLICATION,
    "institution_staff.save_application_legal": APPLICATION,
    "institution_staff.show_application_scope": APPLICATION,
    "institution_staff.add_application_scope": APPLICATION,
    "institution_staff.remove_application_scope": {**APPLICATION, "scope_id": "scope line"},
    "institution_staff.show_application_documents": APPLICATION,
    "institution_staff.add_application_document": APPLICATION,
    "institution_staff.download_application_document": DOSSIER_DOCUMENT,
    "institution_staff.remove_application_document": DOSSIER_DOCUMENT,
    "job_seekers.show_category_end": CATEGORY,
    "job_seekers.end_category": CATEGORY,
    "job_seekers.withdraw_category": CATEGORY,
    "job_seekers.show_declaration": {"category": "!disabled"},
    "job_seekers.declare_category": {"category": "!disabled"},
    "institution_staff.revoke_offline_device": {"code": "offline device"},
    "institution_staff.show_offline_upload": {"code": "offline upload"},
    "institution_staff.show_online_hours": COURSE_RUN,
    "institution_staff.show_offline_lesson": LESSON,
    "institution_staff.download_offline_bundle": LESSON,
    "job_seekers.show_my_class": MY_CLASS,
    "job_seekers.show_calendar": MY_CLASS,
    "job_seekers.accept_answer": MY_LESSON,
    "job_seekers.dispute_attendance": MY_LESSON,
    "job_seekers.answer_presence": MY_LESSON,
    "job_seekers.show_lesson_sign_in": {"token": "!SI-NOBODY"},
    "job_seekers.sign_in_to_lesson": {"token": "!SI-NOBODY"},
    "job_seekers.show_welcome": MY_CLASS,
    "job_seekers.show_withdrawal": MY_CLASS,
    "job_seekers.withdraw_enrollment": MY_CLASS,
    "job_seekers.acknowledge_expiry": VOUCHER,
    "job_seekers.show_swap_choices": MY_CLASS,
    "job_seekers.show_swap": {"code": "enrollment", "run_code": "open course run"},
    "job_seekers.swap_class": {"code": "enrollment", "run_code": "open course run"},
    "job_seekers.download_my_document": {"code": "document"},
    "job_seekers.enroll_worker": {"code": "open course run"},
    "job_seekers.confirm_enrollment": {"code": "open course run"},
    "job_seekers.join_waiting_list": {"code": "open course run"},
    "job_seekers.leave_waiting_list": {"code": "waiting place"},
    "job_seekers.enroll_without_voucher": {"code": "open course run"},
    "job_seekers.show_place": {"kind": "!residence"},
    "job_seekers.submit_place": {"kind": "!residence"},
    "job_seekers.withdraw_pledge": PLEDGE,
    "job_seekers.show_pledge_offer": PLEDGE_OFFER,
    "job_seekers.take_pledge_offer": PLEDGE_OFFER,
    "job_seekers.decline_pledge_offer": PLEDGE_OFFER,
    "institution_staff.offer_run_to_pledges": COURSE_RUN,
    "institution_staff.withdraw_pledge_offers": COURSE_RUN,
    "job_seekers.show_my_voucher": VOUCHER,
    "job_seekers.accept_my_voucher": VOUCHER,
    "job_seekers.claim_my_voucher": {"scheme_code": "scheme"},
}

PUBLIC_OBJECTS = {
    "scheme", "version number", "open course run", "fund", "lesson number", "vacancy", "period",
    "funding source",
    "clearing",
}  # fmt: skip
"""Policies, funds, months and classes everybody of the audience may read."""
OWNERS = {
    "/me/": ("job seeker", "another job seeker"),
    "/institution/": ("staff of A", "staff of B"),
    "/fund/": ("fund officer", "officer of another city"),
    "/inspection/": ("inspector", "inspector of another city"),
    "/assessment/": ("assessor", "assessor of another body"),
    "/admin/": ("administrator", None),
    "/account/": ("job seeker", "another job seeker"),
}
"""Audience -> who its objects belong to, and who is of the same kind but a stranger."""

RULES_OF = {
    "guest": {"anyone"},
    "job seeker": {"anyone", "signed_in", "job_seeker"},
    "another job seeker": {"anyone", "signed_in", "job_seeker"},
    "staff of A": {"anyone", "signed_in", "institution_staff", "institution_manager"},
    "staff of B": {"anyone", "signed_in", "institution_staff", "institution_manager"},
    "fund officer": {"anyone", "signed_in", "fund_officer", "officer"},
    "officer of another city": {"anyone", "signed_in", "fund_officer", "officer"},
    "inspector": {"anyone", "signed_in", "inspector"},
    "inspector of another city": {"anyone", "signed_in", "inspector"},
    "assessor": {"anyone", "signed_in", "assessor"},
    "assessor of another body": {"anyone", "signed_in", "assessor"},
    "administrator": {"anyone", "signed_in", "administrator", "officer"},
}
"""The access rules each kind of person fulfils; every other route is closed to them."""


def routes(app: Flask, method: str) -> list[Rule]:
    """All routes of a method besides files and the description of the interface."""
    return sorted(
        (
            rule
            for rule in app.url_map.iter_rules()
            if method in (rule.methods or ())
            and not rule.endpoint.endswith("static")
            and not rule.endpoint.startswith("openapi.")
        ),
        key=lambda rule: rule.rule,
    )


def path_of(app: Flask, rule: Rule, world: World) -> str:
    """The address of the route with the objects of the world."""
    values: dict[str, Any] = {
        name: named[1:] if named.startswith("!") else world.objects[named]
        for name, named in OBJECTS_OF.get(rule.endpoint, {}).items()
    }
    for name, converter in rule._converters.items():
        if isinstance(converter, IntegerConverter):
            values[name] = int(values[name])
    return app.url_map.bind("localhost").build(rule.endpoint, values)


def may_enter(app: Flask, rule: Rule, who: str) -> bool:
    """Whether the access rule of the route is of this kind of person."""
    name = app.view_functions[rule.endpoint].access_rule.__name__  # type: ignore[attr-defined]
    return name in RULES_OF[who]


def owner_of(rule: Rule) -> str:
    """Who may open the route; the public pages, anybody."""
    owners = (owner for start, (owner, _) in OWNERS.items() if rule.rule.startswith(start))
    return next(owners, "guest")


def stranger_to(rule: Rule) -> str | None:
    """Somebody of the same kind to whom the object of the route does not belong."""
    named = set(OBJECTS_OF.get(rule.endpoint, {}).values())
    if all(name in PUBLIC_OBJECTS or name.startswith("!") for name in named):
        return None
    strangers = (other for start, (_, other) in OWNERS.items() if rule.rule.startswith(start))
    return next(strangers, None)


def browser_of(app: Flask, user_id: int | None) -> Client:
    """A browser in which this login is signed in."""
    browser = app.test_client()
    if user_id is not None:
        user: User = get_user(user_id)
        with browser.session_transaction() as kept:
            kept["_user_id"] = CurrentUser(user).get_id()
            kept["_fresh"] = True
    return browser


def ask(app: Flask, browser: Client, path: str, method: str = "GET", **sent: Any) -> Any:
    """One request of its own, as in production; a bug is a 500 that says what it was."""
    db.session.rollback()
    try:
        with app.app_context():
            answer = browser.open(path, method=method, buffered=True, **sent)
    except Exception as bug:
        db.session.rollback()
        return Response(f"{type(bug).__name__}: {bug}", 500)
    answer.request.environ["wsgi.input"].close()
    return answer
