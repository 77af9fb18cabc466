"""Why a redemption is held, what would clear it, and refusals of deciding about a hold."""

from marketplace.foundation.errors import N_, register_refusals
from marketplace.notices.states import register_notice_texts

register_refusals(
    {
        # Why it is held, one for each kind of finding
        "held_person_overlap": N_(
            "Held (%(hold)s): the learner is recorded at two lessons at the same time, %(when)s."
        ),
        "held_trainer_overlap": N_(
            "Held (%(hold)s): the trainer %(who)s is recorded at two lessons at the same time, "
            "%(when)s."
        ),
        "held_room_overlap": N_(
            "Held (%(hold)s): room %(who)s is recorded for two lessons at the same time, %(when)s."
        ),
        "held_long_day": N_(
            "Held (%(hold)s): the learner is recorded for %(hours)s hours on %(when)s; more than "
            "%(limit)s hours a day cannot be learned."
        ),
        "held_shared_device": N_(
            "Held (%(hold)s): one phone signed in %(people)s people, first on %(when)s."
        ),
        "held_even_intervals": N_(
            "Held (%(hold)s): %(people)s people signed in one after the other at equal intervals "
            "of %(seconds)s seconds, %(when)s."
        ),
        "held_same_second": N_(
            "Held (%(hold)s): the learner signed in at the same second of %(lessons)s lessons, "
            "first on %(when)s."
        ),
        "held_entered_late": N_(
            "Held (%(hold)s): %(lessons)s presences were entered by hand after the last day of "
            "the class, the last on %(when)s."
        ),
        "held_too_many": N_(
            "Held (%(hold)s): %(people)s people are recorded as present where there are "
            "%(limit)s places, %(when)s."
        ),
        "held_travel": N_(
            "Held (%(hold)s): between two lessons %(km)s km apart there were %(minutes)s minutes, "
            "%(when)s."
        ),
        "held_not_seen": N_(
            "Held (%(hold)s): the learner is recorded as present, but the inspector did not see "
            "the learner at visit %(visit)s, %(when)s."
        ),
        "held_head_count": N_(
            "Held (%(hold)s): %(people)s people are recorded as present, but the inspector counted "
            "%(heads)s at visit %(visit)s, %(when)s."
        ),
        "held_hours_short": N_(
            "Held (%(hold)s): %(taught)s of %(approved)s approved hours (of 45 minutes) were "
            "taught; at least %(limit)s percent are needed."
        ),
        "held_same_scores": N_(
            "Held (%(hold)s): %(people)s of %(all)s learners have the same score, %(score)s, in "
            "assessment %(assessment)s."
        ),
        "held_all_passed": N_(
            "Held (%(hold)s): the assessment body %(body)s passed all %(people)s learners whom it "
            "assessed within a year."
        ),
        "held_synced_late": N_(
            "Held (%(hold)s): %(lessons)s sign-ins of a device without network came in more than "
            "%(limit)s hours after the lesson, the last on %(when)s."
        ),
        "held_online_pattern": N_(
            "Held (%(hold)s): %(count)s different online activities took, or followed each other "
            "by, the same %(seconds)s seconds, first on %(when)s."
        ),
        "held_online_pace": N_(
            "Held (%(hold)s): %(count)s online activities were completed in less than %(limit)s "
            "percent of the middle time of the class."
        ),
        "held_not_entitled": N_(
            "Held (%(hold)s): by what is known now, the learner did not belong to those whom the "
            "scheme supports on %(day)s."
        ),
        "held_benefit_repeated": N_(
            "Held (%(hold)s): for the same certificate the learner got another subsidy, %(kind)s, "
            "on %(day)s."
        ),
        "held_burst": N_(
            "Held (%(hold)s): in the week until %(day)s the institution ended classes of "
            "%(people)s learners; its usual week has %(usual)s."
        ),
        "held_class_below": N_(
            "Held (%(hold)s): %(reached)s of %(began)s who began the class completed it as the "
            "scheme counts; it asks for at least %(percent)s percent (%(rule)s)."
        ),
        "hold_upheld": N_(
            "The fund office decided about hold %(hold)s that this is not paid: %(reason)s"
        ),
        # What would clear it
        "clear_by_correction": N_(
            "Correct the entry that is wrong, then write on the page of the hold what is true. "
            "The fund office decides."
        ),
        "clear_by_schedule": N_(
            "Show on the page of the hold who really taught or where, with the record of the "
            "change. The fund office decides."
        ),
        "clear_by_learners": N_(
            "Explain on the page of the hold why, for instance a family with one phone, and let "
            "the learners sign in by voucher next time. The fund office decides."
        ),
        "clear_by_evidence": N_(
            "Name on the page of the hold the sheet or other evidence that can be looked at. The "
            "fund office decides."
        ),
        "clear_by_visit": N_(
            "Say on the page of the hold where the learner was at that time and what shows it. "
            "Somebody else than the inspector of the visit decides."
        ),
        "clear_by_teaching": N_(
            "Show on the page of the hold which lessons were held besides, or that the course was "
            "approved for fewer hours. The fund office decides."
        ),
        "clear_by_papers": N_(
            "Name on the page of the hold where the papers of the assessment can be looked at. "
            "The fund office decides."
        ),
        "clear_by_platform": N_(
            "Name on the page of the hold the log of the learning platform that can be looked at, "
            "or say why the learner knew the material. The fund office decides."
        ),
        "clear_by_entitlement": N_(
            "The learner shows the fund office what proves it for that day. The fund office "
            "corrects the entry or decides on the hold."
        ),
        "clear_by_capacity": N_(
            "Show on the page of the hold the rooms, trainers and sign-ins with which so many were "
            "taught at once. The fund office decides."
        ),
        "clear_by_class": N_(
            "Say on the page of the hold why so many left or missed lessons, and what shows it. "
            "The fund office decides whether the class is paid."
        ),
        "ask_to_look_again": N_("New evidence? Ask the fund office to look at it again."),
        # Deciding
        "hold_is_decided": N_("This hold was already decided."),
        "hold_second_person": N_(
            "You saw this yourself at the visit: another inspector or an officer decides."
        ),
        "hold_inspector_elsewhere": N_("This person is no inspector of the institution's place."),
        "hold_needs_reason": N_("State the reason: both sides and the audit will read it."),
    }
)

register_notice_texts(
    {
        "evidence.hold_placed": N_(
            "The records of class %(run)s hold back its money: %(count)s findings. See each on "
            "the page of results, and what would clear it."
        ),
        "evidence.hold_assigned": N_(
            "Hold %(hold)s on class %(run)s was given to you to look at and decide."
        ),
        "evidence.hold_cleared": N_(
            "Hold %(hold)s on class %(run)s was cleared: %(reason)s The voucher can be redeemed."
        ),
        "evidence.hold_upheld": N_("Hold %(hold)s on class %(run)s was upheld: %(reason)s"),
    }
)
