"""Refusals of enrollment, attendance and completion."""

from marketplace.foundation.errors import N_, register_refusals
from marketplace.notices.states import register_notice_texts

register_refusals(
    {
        "class_not_open": N_("This class does not take enrollments now."),
        "class_full": N_("This class is full: all %(capacity)s seats are taken."),
        "class_window_ahead": N_("Enrollment opens on %(opens_on)s."),
        "class_window_over": N_("Enrollment closed on %(closes_on)s."),
        "course_not_offered": N_("This course is not offered at present."),
        "already_enrolled": N_("You are already enrolled in this class."),
        "choose_another_run": N_("Choose another class of this course."),
        "come_back_then": N_("Come back on that day."),
        "enrollment_ended": N_("This enrollment has already ended."),
        "say_why": N_("State a reason."),
        "training_began": N_("The learner has attended, so this is a withdrawal, not a no-show."),
        "run_not_started": N_("The class has not started yet."),
        "lesson_not_of_run": N_("This lesson does not belong to the learner's class."),
        "lesson_not_started": N_("Attendance opens when the lesson starts: %(starts_at)s."),
        "scan_only_on_the_day": N_(
            "A voucher is scanned on the day of the lesson. Afterwards staff enter it by hand "
            "with a reason."
        ),
        "attendance_reason_required": N_("Presence entered by hand needs a reason from the list."),
        "late_evidence_required": N_(
            "The class ended on %(ends_on)s. Attendance entered after %(until)s needs the reason "
            "“evidence came late”."
        ),
        "attendance_recorded": N_(
            "This lesson was already recorded otherwise. Correct the entry and state why."
        ),
        "completion_recorded": N_(
            "The result of this learner is already recorded; attendance is final."
        ),
        "dispute_open": N_("A dispute about this lesson is already open."),
        "no_open_dispute": N_("No dispute about this lesson is open."),
        "lessons_not_over": N_("The last lesson ends on %(ends_at)s. Results are recorded then."),
        "never_attended": N_("The learner attended no lesson. Record a no-show instead."),
        "result_differs": N_("Another result is already recorded for this learner."),
    }
)

register_notice_texts(
    {
        "course_run.place_changed": N_(
            "Your class “%(title)s” now takes place here: %(site)s. Reason: %(reason)s"
        ),
        "course_run.times_changed": N_(
            "Lessons of your class “%(title)s” have new times (%(count)s): %(times)s. "
            "Reason: %(reason)s"
        ),
        "course_run.teacher_changed": N_(
            "Your class “%(title)s” has another teacher. Reason: %(reason)s"
        ),
        "dispute.present": N_(
            "The dispute about lesson %(number)s of class %(run)s was decided: present. "
            "Reason: %(reason)s"
        ),
        "dispute.absent": N_(
            "The dispute about lesson %(number)s of class %(run)s was decided: absent. "
            "Reason: %(reason)s"
        ),
    }
)
