"""Refusals of reserving, redeeming, releasing and reversing."""

from marketplace.foundation.errors import N_, register_refusals
from marketplace.notices.states import register_notice_texts

register_refusals(
    {
        # Reserving
        "voucher_not_free": N_("This voucher cannot be used for a class now (%(state)s)."),
        "voucher_in_other_class": N_("This voucher is already tied to another class."),
        "withdraw_there_first": N_(
            "Withdraw from the other class first; the voucher is then free again."
        ),
        "voucher_not_yet_valid": N_("This voucher is valid from %(valid_from)s."),
        "voucher_past_validity": N_("This voucher was valid until %(expires_on)s."),
        "quote_not_genuine": N_("The price was not issued by us. Ask for it again."),
        "quote_past": N_("The price was held until %(valid_until)s. Ask for it again."),
        "quote_of_other_voucher": N_("The price was made for another voucher."),
        "price_changed": N_(
            "The price has changed: your share is now %(own_share)s. Look again and confirm."
        ),
        # Leaving and swapping
        "leaving_costs_voucher": N_(
            "Your voucher would be used up by leaving for this reason. Confirm that you know."
        ),
        "leaving_pays_part": N_(
            "Your voucher would pay the institution for the part you attended, and be used by it. "
            "Confirm that you know."
        ),
        "class_not_changed": N_("The institution has not changed this class since you enrolled."),
        "enrollment_unknown": N_("There is no enrollment with the code %(code)s."),
        "course_run_unknown": N_("There is no class with the code %(code)s."),
        "swap_paid_elsewhere": N_(
            "You pay for your class yourself, to its institution. This one is another."
        ),
        "swap_fee_differs": N_("You pay for your class yourself, and this one has another fee."),
        "leave_and_enroll": N_("Withdraw from this class and enroll in the other one."),
        "swap_same_class": N_("You are in this class already."),
        "swap_class_began": N_("Your class began on %(starts_on)s; a change is possible before."),
        "swap_training_began": N_(
            "You have attended lessons of your class; it is too late to change."
        ),
        "swaps_used_up": N_(
            "You have changed classes %(count)s times with this voucher; more is not possible."
        ),
        "swap_overlaps": N_("Its lesson of %(day)s is at the same time as your class “%(title)s”."),
        "stay_or_withdraw": N_("Stay in your class, or withdraw from it."),
        # Redeeming
        "voucher_not_reserved": N_("This voucher is not tied to a class (%(state)s)."),
        "redeemed_elsewhere": N_("This voucher was redeemed by another institution."),
        "other_institution": N_("This voucher is tied to a class of another institution."),
        "completion_missing": N_("The learner's result is not recorded yet."),
        "record_result_first": N_("Record the result on the completion sheet."),
        "attendance_too_low": N_(
            "Attendance is %(rate)s %%; this voucher asks for at least %(minimum)s %%."
        ),
        "attendance_below_part": N_(
            "Attendance is %(rate)s %%; this voucher pays from %(floor)s %% on, all of it from "
            "%(minimum)s %% on."
        ),
        "class_undecided": N_(
            "%(reached)s of %(began)s who began the class completed it as the scheme counts; it "
            "asks for %(percent)s %%. Without a result yet: %(open)s."
        ),
        "record_all_results": N_("Record the results of everybody who began the class."),
        "class_below_least": N_(
            "%(reached)s of %(began)s who began the class completed it as the scheme counts; it "
            "asks for at least %(percent)s %%."
        ),
        "officer_decides_class": N_(
            "The fund office is asked to look at the class and decides whether it is paid."
        ),
        "part_is_paid": N_(
            "At an attendance of %(rate)s %% the scheme pays %(percent)s %% of %(reserved)s: "
            "%(amount)s."
        ),
        "assessment_missing": N_("This voucher asks for a passed assessment; none was held."),
        "assessment_not_independent": N_(
            "The scheme asks for an assessment by another party than the trainer, and no result "
            "of a listed assessment body counts for this learner."
        ),
        "ask_a_body_to_assess": N_(
            "Ask a body of the directory to assess the class; its people enter the results."
        ),
        "assessment_failed": N_("This voucher asks for a passed assessment; it was failed."),
        "completed_late": N_(
            "Training ended on %(completed_on)s; the voucher held until %(complete_by)s."
        ),
        "disputes_open": N_(
            "The learner disputes %(count)s entries of attendance or online hours."
        ),
        "settle_dispute_first": N_(
            "Answer the dispute and let the learner accept, or ask the fund office to decide."
        ),
        "institution_not_in_standing": N_(
            "The institution may not redeem at present (%(state)s). Contact the fund office."
        ),
        "accreditation_lapsed": N_(
            "The institution was not accredited for this occupation, level and place on %(day)s."
        ),
        "institution_out_of_standing_then": N_(
            "On %(day)s, when training ended, the institution was %(state)s."
        ),
        "course_in_quarantine": N_("The course is held for review by an administrator."),
        # Releasing and reversing
        "already_redeemed": N_("This voucher was already redeemed for this class."),
        "redeem_instead": N_("The training is complete and the voucher can be redeemed."),
        "voucher_pays_nothing": N_(
            "This voucher only records the training. It pays nothing and is used up by itself "
            "once the result stands."
        ),
        "own_redemption": N_(
            "You redeemed this voucher yourself. Please leave the reversal to a colleague."
        ),
        "redemption_settled": N_(
            "This redemption is already part of a settlement. Corrections are made there."
        ),
        "redemption_claimed": N_(
            "This redemption stands in a claim under review. Return or reject its line there."
        ),
        # Looking up
        "voucher_code_unknown": N_("No learner of this class holds a voucher with this code."),
        "look_ups_locked": N_(
            "Too many unknown codes. Looking up is locked for this login; try again in an hour."
        ),
        "amount_differs_from_quote": N_(
            "The amount differs from the one this voucher is redeemed for."
        ),
    }
)

register_notice_texts(
    {
        "course_run.canceled": N_(
            "Your class “%(title)s” from %(day)s was canceled (%(reason)s). You owe the "
            "institution nothing for it. Similar classes are on the page of the class."
        ),
        "course_run.canceled_voucher_free": N_(
            "Your class “%(title)s” from %(day)s was canceled (%(reason)s). Your voucher "
            "%(voucher)s is free again and can be used until %(expires_on)s."
        ),
        "course_run.canceled_voucher_expired": N_(
            "Your class “%(title)s” from %(day)s was canceled (%(reason)s). Your voucher "
            "%(voucher)s was valid until %(expires_on)s and has expired. Ask the "
            "fund office about a new one."
        ),
        "withdrawal.voucher_consumed": N_(
            "Your voucher %(voucher)s was used up, because you did not take part in “%(title)s” "
            "(%(rule)s). If it was not your fault, tell the fund office with a document."
        ),
        "swap.learner": N_(
            "You changed from “%(from_title)s” to “%(title)s”, which begins on %(day)s. Your share "
            "is now %(own_share)s."
        ),
        "swap.self_paid_institution": N_(
            "A learner who pays alone changed from your class of %(from_day)s to “%(title)s” from "
            "%(day)s. The fee stays the same."
        ),
        "swap.left_institution": N_(
            "A learner of “%(title)s” from %(day)s changed to another class. The place is free, "
            "and was offered to the waiting list."
        ),
        "swap.new_institution": N_(
            "A learner changed to your class “%(title)s” from %(day)s with a voucher of %(amount)s."
        ),
        "swap.new_institution_unpaid": N_(
            "A learner changed to your class “%(title)s” from %(day)s with a sign-in voucher: the "
            "training is recorded, and nothing is paid for it."
        ),
        "redemption.reversed": N_(
            "The redemption of voucher %(voucher)s (%(amount)s) was reversed: %(reason)s "
            "The voucher is reserved for the class again."
        ),
        "redemption.reversed_for_learner": N_(
            "The payment of %(amount)s for your voucher %(voucher)s was taken back from the "
            "institution: %(reason)s Your voucher is reserved for the class again."
        ),
    }
)
