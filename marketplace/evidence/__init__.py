"""Does what is recorded of a class hold together? Rules of plausibility, and holds on its money.

证据核验：出勤记录是否可信，存疑即暂缓核销，由经办人裁定。
A finding never refuses silently: it puts a hold, a dated row with owner, reason and evidence, on
the redemption, and an officer clears or upholds it; what is upheld stands in the institution's
file. Operations: check_course_run, complete_and_check, submit_visit_and_check, take_hold,
assign_hold, answer_hold, clear_hold, uphold_hold. Uses enrollment, inspections, catalog, teaching
and standing; knows no money and no voucher.
"""
