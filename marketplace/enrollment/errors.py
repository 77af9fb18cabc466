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
        "entries_waiting": N_(
            "%(count)s presences entered by hand wait for a second person to confirm them."
        ),
        "confirm_entries_first": N_(
            "Let a colleague confirm or refuse them on the sheet of the lesson, or the learner on "
            "the page of the class."
        ),
        "entry_is_decided": N_("Another person has already decided about this entry."),
        "no_entry_waits": N_("No presence entered by hand waits here."),
        "second_person_needed": N_(
            "Presence entered by hand needs a second person: a colleague of yours, or the learner."
        ),
        "seats_are_free": N_("A class of this course has free places. Enroll there now."),
        "join_waiting_list": N_(
            "Put yourself on the waiting list: whoever waits longest is offered the next free "
            "place, also in the next class."
        ),
        "not_waiting": N_("You are not on this waiting list any more."),
        # Signing in by the code on the screen
        "sign_in_not_open": N_("Signing in to this lesson is not open. Ask your teacher."),
        "sign_in_opens_later": N_(
            "Signing in can be opened %(minutes)s minutes before the lesson starts (%(starts_at)s)."
        ),
        "sign_in_over": N_("The lesson ended at %(ends_at)s; signing in ended with it."),
        "enter_with_reason": N_(
            "Staff can enter the presence by hand with a reason; a second person confirms it."
        ),
        "sign_in_code_unknown": N_("This is no code of a lesson you can sign in to now."),
        "sign_in_code_past": N_(
            "This code is no longer valid: each code is on the screen for %(seconds)s seconds, and "
            "this one was replaced at %(until)s."
        ),
        "scan_code_on_screen": N_("Scan or type the code that is on the screen now."),
        "not_your_class": N_(
            "This code belongs to a class in which you are not enrolled. Nothing was recorded."
        ),
        "sign_in_codes_locked": N_(
            "Too many wrong codes. Typing codes is locked for this login; try again in an hour, "
            "scan the square, or show your voucher."
        ),
        # Online hours
        "xapi_empty": N_("There is no statement."),
        "xapi_too_many": N_(
            "%(count)s statements at once are too many: send at most %(limit)s, in parts."
        ),
        "xapi_id": N_("Statement %(number)s: the id is no UUID."),
        "xapi_twice": N_("Statement %(number)s: an earlier one has the same id."),
        "xapi_home_page": N_(
            "Statement %(number)s: the actor needs an account whose homePage is the web address "
            "of your learning platform."
        ),
        "xapi_account": N_(
            "Statement %(number)s: the account of the actor needs as its name the code of the "
            "enrollment."
        ),
        "xapi_verb": N_("Statement %(number)s: this verb is none that says for how long."),
        "xapi_activity": N_("Statement %(number)s: the object is no activity with an address."),
        "xapi_duration": N_(
            "Statement %(number)s: the duration of the result is no time between a second and a "
            "day (ISO 8601, for instance PT45M)."
        ),
        "xapi_timestamp": N_(
            "Statement %(number)s: the timestamp is no instant with its zone (ISO 8601)."
        ),
        "xapi_future": N_("Statement %(number)s: the timestamp lies in the future."),
        "xapi_enrollment": N_(
            "Statement %(number)s: %(enrollment)s is no enrollment in a class of your institution."
        ),
        "xapi_ended": N_("Statement %(number)s: this enrollment has already ended."),
        "xapi_not_online": N_(
            "Statement %(number)s: nothing of this class is online. Its course is on site, or "
            "its lessons make up all its hours."
        ),
        "xapi_conflict": N_(
            "Statement %(number)s: a statement with this id but another content is stored already."
        ),
        # Lessons without network
        "offline_key_invalid": N_(
            "This is no public key of a device. Copy the whole line the station printed."
        ),
        "offline_key_known": N_("A device with this key is registered already."),
        "offline_device_revoked": N_(
            "The device %(device)s was revoked; its files are not taken in any more."
        ),
        "offline_too_early": N_(
            "A lesson is downloaded at most %(days)s days before it starts (%(starts_at)s)."
        ),
        "offline_file_unreadable": N_(
            "This is no file of a sign-in station, or it is damaged. Nothing was taken in."
        ),
        "offline_row_unreadable": N_(
            "Row %(row)s of the file cannot be read. Nothing was taken in."
        ),
        "offline_bundle_unknown": N_(
            "This file belongs to no lesson your institution downloaded. Nothing was taken in."
        ),
        "offline_seal_wrong": N_(
            "The signatures of the file do not fit: it was changed after the device closed it, or "
            "another device made it. Nothing was taken in."
        ),
        "offline_history_differs": N_(
            "An earlier file of this lesson has other rows. Rows are added to, never changed."
        ),
        "offline_closed_ahead": N_(
            "The clock of the device is ahead: it closed the file at %(closed_at)s."
        ),
        "offline_sync_late": N_(
            "Files of this lesson were taken in until %(until)s, %(hours)s hours after it ended."
        ),
        "offline_time_goes_back": N_("The clock of the device went back before this row."),
        "offline_before_bundle": N_(
            "This time lies before the lesson was downloaded to the device."
        ),
        "offline_outside_lesson": N_("This time lies outside the lesson."),
        "offline_after_close": N_("This time lies after the file was closed."),
        "offline_code_unknown": N_("This is no voucher and no code of a learner of this class."),
        "set_device_clock": N_("Set the clock of the device and close the file again."),
        "dispute_open": N_("A dispute about this lesson is already open."),
        "no_open_dispute": N_("No dispute about this lesson is open."),
        "online_not_counted": N_(
            "Online hours are not counted in this class, so there is nothing to dispute."
        ),
        "online_day_outside": N_(
            "Choose a day from %(first)s, when your class or your place in it began, to %(last)s."
        ),
        "online_day_ahead": N_("This day is still to come."),
        "online_day_agrees": N_("%(minutes)s minutes are counted on this day already."),
        "online_minutes_range": N_("On one day 0 to %(minutes)s minutes can count."),
        "online_minutes_elsewhere": N_(
            "On one day 0 to %(minutes)s minutes can count, and %(elsewhere)s count in other "
            "classes of this learner."
        ),
        "online_dispute_open": N_("A dispute about this day is already open."),
        "no_open_online_dispute": N_("No dispute about this day is open."),
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
        "waiting_list.offered": N_(
            "A place in “%(title)s” from %(day)s is kept for you until %(until)s. Enroll now, or "
            "it goes to the next person."
        ),
        "waiting_list.lapsed": N_(
            "The place in “%(title)s” that was kept for you has gone to the next person. You can "
            "put yourself on the waiting list again."
        ),
        "waiting_list.run_canceled": N_(
            "The class “%(title)s” in which a place was kept for you was canceled. You keep your "
            "place on the waiting list."
        ),
        "attendance.signed_in_for_you": N_(
            "You were signed in to lesson %(number)s of “%(title)s” by your voucher. Was it not "
            "you? Say so on the page of the class."
        ),
        "attendance.synced_for_you": N_(
            "A device without network recorded you at lesson %(number)s of “%(title)s”. Was it "
            "not you? Say so on the page of the class."
        ),
        "attendance.entered_for_you": N_(
            "Staff entered that you were at lesson %(number)s of “%(title)s”. Please say whether "
            "that is right."
        ),
        "dispute.present": N_(
            "The dispute about lesson %(number)s of class %(run)s was decided: present. "
            "Reason: %(reason)s"
        ),
        "online_dispute.answered": N_(
            "The institution answered your dispute about the online hours of %(day)s in class "
            "%(run)s: %(reason)s"
        ),
        "online_dispute.decided": N_(
            "The dispute about the online hours of %(day)s in class %(run)s was decided: "
            "%(minutes)s minutes count. Reason: %(reason)s"
        ),
        "dispute.absent": N_(
            "The dispute about lesson %(number)s of class %(run)s was decided: absent. "
            "Reason: %(reason)s"
        ),
    }
)
