"""What the audit trail says about enrollments and attendance."""

from marketplace.audit.events import register_codes, register_events
from marketplace.enrollment.labels import (
    ASSESSMENT_LABELS,
    ATTENDANCE_LABELS,
    ATTENDANCE_REASON_LABELS,
    EXIT_REASON_LABELS,
    METHOD_LABELS,
)
from marketplace.foundation.errors import N_

register_events(
    {
        "enrollment.confirmed": N_("Enrolled"),
        "enrollment.swapped": N_("Changed to another class"),
        "enrollment.withdrawn": N_("Withdrawn from the class"),
        "enrollment.no_show": N_("Recorded as never having come"),
        "enrollment.completed": N_("Course completed"),
        "enrollment.failed": N_("Course not passed"),
        "attendance.recorded": N_("Attendance recorded"),
        "waiting_list.joined": N_("Put on the waiting list"),
        "waiting_list.left": N_("Left the waiting list"),
        "waiting_list.offered": N_("Place offered from the waiting list"),
        "waiting_list.lapsed": N_("Offer not taken in time"),
        "waiting_list.enrolled": N_("Enrolled from the waiting list"),
        "waiting_list.returned": N_("Offer withdrawn, the class was canceled"),
        "attendance.entered": N_("Presence entered by hand, waiting for a second person"),
        "attendance.entry_refused": N_("Presence entered by hand refused by a second person"),
        "attendance.code_missed": N_("Typed a sign-in code that is none"),
        "lesson.sign_in_opened": N_("Signing in to the lesson opened"),
        "lesson.sign_in_closed": N_("Signing in to the lesson closed"),
        "offline.device_registered": N_("Device for lessons without network registered"),
        "offline.device_revoked": N_("Device for lessons without network revoked"),
        "offline.bundle_issued": N_("Lesson downloaded to a device without network"),
        "offline.file_taken_in": N_("Sign-ins of a device without network taken in"),
        "online.statements_taken_in": N_("Online hours of a learning platform taken in"),
        "online.disputed": N_("Online hours of a day disputed by the learner"),
        "online.dispute_answered": N_("Dispute about online hours answered by the institution"),
        "online.dispute_accepted": N_("Online hours accepted by the learner"),
        "online.dispute_decided": N_("Dispute about online hours decided"),
        "attendance.corrected": N_("Attendance corrected"),
        "attendance.disputed": N_("Attendance disputed by the learner"),
        "attendance.dispute_answered": N_("Dispute answered by the institution"),
        "attendance.dispute_accepted": N_("Answer accepted by the learner"),
        "attendance.dispute_decided": N_("Dispute decided"),
    },
    subjects={
        "enrollment": N_("Enrollment"),
        "waiting_place": N_("Waiting list"),
        "offline_device": N_("Device without network"),
    },
)
register_codes("enrollment.withdrawn", EXIT_REASON_LABELS)
register_codes("attendance.recorded", ATTENDANCE_REASON_LABELS)
register_codes("attendance.corrected", ATTENDANCE_REASON_LABELS)
register_codes("attendance.entered", ATTENDANCE_REASON_LABELS)
register_codes("attendance.entry_refused", ATTENDANCE_REASON_LABELS)
register_codes("assessment", ASSESSMENT_LABELS)
register_codes("state", ATTENDANCE_LABELS)
register_codes("method", METHOD_LABELS)
