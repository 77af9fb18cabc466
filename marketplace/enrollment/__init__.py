"""Who learns in which course run: enrollments, attendance, completion. No money here.

报名、签到、结业（不涉及资金）。
Operations: enroll_worker, withdraw_enrollment, record_no_show, record_attendance,
record_attendance_sheet, correct_attendance, dispute_attendance, answer_dispute, accept_answer,
decide_dispute, complete_enrollment, open_sign_in, close_sign_in, sign_in_by_token,
sign_in_by_typed_code, enter_presence, confirm_presence, confirm_lesson_presences, refuse_presence,
take_in_statements, dispute_online_day, answer_online_dispute, accept_online_answer,
decide_online_dispute, enroll_or_wait, join_waiting_list, leave_waiting_list, offer_seats,
open_run_and_offer.
Uses catalog for the run, its lessons and its seats.
"""
