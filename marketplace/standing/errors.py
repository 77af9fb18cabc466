"""Refusals of the standing room, and what it tells people."""

from marketplace.foundation.errors import N_, register_refusals
from marketplace.notices.states import register_notice_texts

register_refusals(
    {
        "standing_own_institution": N_(
            "You work for this institution: somebody else decides about it."
        ),
        "standing_kind_by_decision": N_(
            "This kind of fact follows from a decision and is not recorded by hand."
        ),
        "standing_in_future": N_("The fact cannot be dated in the future (%(day)s)."),
        "standing_too_old": N_(
            "The fact is more than three years old (%(day)s) and is not recorded any more."
        ),
        "standing_withdrawal_stays": N_("A withdrawal cannot be withdrawn: record the fact again."),
        "standing_withdrawn_already": N_("This fact was withdrawn already."),
        "standing_own_record": N_(
            "You recorded this fact yourself: another officer decides about its withdrawal."
        ),
        "standing_appeal_open": N_("The institution has appealed against this fact."),
        "remedy_decide_appeal": N_("Decide the appeal; upholding it withdraws the fact."),
        "appeal_open_already": N_("An appeal about this is waiting for its decision."),
        "appeal_decided_before": N_("An appeal about this was decided before."),
        "appeal_without_effect": N_("This does not count any more: there is nothing to appeal."),
        "appeal_too_late": N_("An appeal was possible until %(day)s."),
        "appeal_is_decided": N_("This appeal was decided already."),
        "appeal_own_matter": N_(
            "You recorded the fact or filed the appeal: somebody else decides about it."
        ),
        "correction_empty": N_("Say by how much the counts change."),
        "correction_impossible": N_(
            "The corrected counts would be %(successes)s of %(trials)s, which cannot be."
        ),
        "correction_component_missing": N_("Choose the component whose counts were wrong."),
        "grade_bars_new_runs": N_(
            "The institution has grade %(grade)s. It may not file new course runs, and no voucher "
            "pays for enrolling there."
        ),
        "remedy_grade": N_(
            "The bar ends when its grade rises: facts lose their force after the repair period, "
            "or are withdrawn after an appeal."
        ),
        "rating_policy_too_large": N_("The policy file is larger than %(limit)s bytes."),
        "rating_policy_not_yaml": N_("The policy file is not plain YAML (line %(line)s)."),
        "rating_policy_setting": N_("%(path)s: allowed are %(wanted)s."),
        "rating_policy_begun": N_(
            "A version that begins on %(day)s or later is in force already; a new one begins later."
        ),
        "rating_in_future": N_("A rating cannot be computed for a day to come (%(day)s)."),
    }
)

register_notice_texts(
    {
        "standing.recorded": N_(
            "A fact was entered into your institution's file: %(kind)s, %(points)s points. You may "
            "appeal until %(day)s."
        ),
        "standing.withdrawn": N_(
            "A fact in your institution's file was withdrawn: %(kind)s. Reason: %(reason)s"
        ),
        "rating.grade_changed": N_(
            "The grade of your institution changed from %(before)s to %(after)s as of %(day)s."
        ),
        "appeal.filed": N_("The appeal %(appeal)s of your institution was filed."),
        "appeal.upheld": N_("The appeal %(appeal)s was upheld. Reason: %(reason)s"),
        "appeal.rejected": N_("The appeal %(appeal)s was rejected. Reason: %(reason)s"),
    }
)
