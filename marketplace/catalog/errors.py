"""Refusals of the catalog."""

from marketplace.foundation.errors import N_, register_refusals
from marketplace.notices.states import register_notice_texts

register_refusals(
    {
        "course_state_forbids": N_("This is not possible: the course is %(state)s at present."),
        "course_not_listed": N_("The course is not in the published list."),
        "course_quarantined": N_("The course is held back until an administrator decides."),
        "course_hours": N_("The hours are a whole number from 1 to 5,000."),
        "course_fee": N_("The fee is between 0 and 1,000,000.00."),
        "course_fee_parts": N_("The parts of the fee do not add up to the fee."),
        "course_unchanged": N_("Nothing was changed."),
        "occupation_unknown": N_("This occupation is not in the classification."),
        "institution_out_of_standing": N_("The institution is %(state)s at present."),
        "institution_stops": N_(
            "From %(day)s on the institution is %(state)s: it may not teach then."
        ),
        "end_before_stop": N_(
            "Choose days before %(day)s, or wait until the institution may teach again."
        ),
        "accreditation_missing": N_(
            "The accreditation does not cover this occupation and level for the whole period "
            "from %(first)s to %(last)s."
        ),
        "course_run_state_forbids": N_("This is not possible: the class is %(state)s at present."),
        "course_run_ends_before_start": N_("The class ends before it starts."),
        "course_run_starts_in_past": N_("A class is filed before it starts; %(day)s is past."),
        "course_run_too_long": N_("A class lasts two years at most."),
        "enrollment_window": N_("Enrollment closes before it opens."),
        "enrollment_closes_late": N_("Enrollment closes on the first day of the class at latest."),
        "enrollment_closed": N_("Enrollment closed on %(day)s."),
        "enrollment_not_open_yet": N_("Enrollment is not open yet; it is planned from %(day)s."),
        "capacity_range": N_("A class has between 1 and 1,000 places."),
        "lessons_missing": N_("A class needs at least one lesson: attendance is taken by lesson."),
        "lessons_too_many": N_("A class has 500 lessons at most."),
        "lesson_times": N_("Lesson %(number)s ends before it starts."),
        "lesson_too_long": N_("Lesson %(number)s is longer than 10 hours."),
        "lesson_outside": N_("Lesson %(number)s is not between the first and last day."),
        "lessons_overlap": N_("Lessons %(first)s and %(second)s overlap."),
        "course_run_not_begun": N_("The class begins on %(day)s."),
        "course_run_not_over": N_("The class ends on %(day)s."),
        "course_run_full": N_("All places of this course run are taken."),
        "course_run_not_open": N_("This course run does not take enrollments now."),
        "course_run_has_learners": N_(
            "%(count)s places of this class are taken: release them before you cancel it."
        ),
        "course_delisted_by_office": N_(
            "The fund office took the course out of the list; only the office can list it again."
        ),
        "course_delisted_by_source": N_(
            "The course left the list because its source withdrew it; ask the fund office."
        ),
        "warnings_changed": N_(
            "The warnings have changed since you opened the page. Look at them again and decide."
        ),
        "course_run_filed_late": N_(
            "A class is filed %(days)s days before it starts, by %(until)s at latest. File it for "
            "a later day, or say why it is late and wait for the officer's consent."
        ),
        "late_filing_waits": N_(
            "The class was filed late. It can open when an officer has consented."
        ),
        "late_filing_refused": N_("The officer did not consent to the late filing: %(answer)s"),
        "late_filing_decided": N_("The late filing is already decided."),
        "run_dates_fixed": N_(
            "Learners are enrolled on these dates: the first and the last day stay. Cancel the "
            "class and file a new one if it has to move."
        ),
        "capacity_below_taken": N_("%(count)s places are taken; the class cannot have fewer."),
        "lesson_begun": N_("Lesson %(number)s has begun: it stays as it is."),
        "lesson_in_past": N_("Lesson %(number)s would begin in the past."),
        "confirmation_differs": N_("Type the code of the class, %(code)s, to confirm."),
        "course_run_has_results": N_(
            "Results of %(count)s learners are recorded: a class that was held is finished, not "
            "canceled."
        ),
        "synonym_word": N_("A word has letters or signs, and %(limit)s of them at most."),
        "synonym_targets": N_(
            "Name one to %(limit)s other words to search for, each different from the word itself."
        ),
        "synonym_word_in_row": N_(
            "Row %(row)s: a word has letters or signs, and %(limit)s of them at most."
        ),
        "synonym_targets_in_row": N_(
            "Row %(row)s: name one to %(limit)s other words, separated by semicolons, each "
            "different from the word itself."
        ),
        "synonym_state_in_row": N_("Row %(row)s: the state is active or retired."),
        "synonyms_too_many": N_("A file holds %(limit)s words at most."),
        "place_has_class": N_(
            "“%(title)s” (%(code)s, %(first)s to %(last)s) is filed here and not over."
        ),
        "move_or_cancel_classes": N_(
            "Move these classes to another place, or cancel them, and close this one then."
        ),
        "no_seat_taken": N_("No place of this class is taken."),
    }
)

register_notice_texts(
    {
        "late_filing.granted": N_(
            "The officer consented to the late filing of class %(code)s from %(day)s. %(answer)s"
        ),
        "late_filing.refused": N_(
            "The officer did not consent to the late filing of class %(code)s from %(day)s: "
            "%(answer)s"
        ),
    }
)
