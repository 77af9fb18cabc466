"""When voucher value becomes money owed: reserve, redeem, release, reverse.

占用、核销、释放、冲正。
Is it decided here whether a voucher may be redeemed? Yes: rules.py; what a low attendance earns:
part_rules.py; whether enough of a class completed: class_rules.py. What it does to the books:
entries.py. Operations: enroll_with_voucher, reserve_voucher, release_reservation,
leave_course_run, swap_enrollment, call_off_course_run, redeem_voucher, redeem_course_run,
reverse_redemption, look_up_voucher, sign_in_by_voucher, check_class.
"""
