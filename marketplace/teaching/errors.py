"""Refusals about sites, rooms and trainers."""

from marketplace.foundation.errors import N_, register_refusals

register_refusals(
    {
        "coordinates_both": N_("Give both latitude and longitude, or neither."),
        "latitude_range": N_("The latitude is a number from -90 to 90."),
        "longitude_range": N_("The longitude is a number from -180 to 180."),
        "site_taken": N_("A site with this name is registered already."),
        "room_taken": N_("A room with this name is registered at this site already."),
        "room_capacity": N_("A room has between 1 and 2,000 seats."),
        "site_is_closed": N_("The site %(name)s is closed."),
        "reopen_site": N_("Open the site again under Sites, or choose another."),
        "room_is_closed": N_("The room %(name)s is closed."),
        "choose_other_room": N_("Choose another room, or open this one again under Sites."),
        "room_elsewhere": N_("The room %(name)s is not at the site of this class."),
        "room_too_small": N_(
            "The room %(name)s has %(seats)s seats; the class has %(places)s places."
        ),
        "fewer_places": N_("Offer fewer places, or choose a larger room."),
        "trainer_taken": N_("This person is registered as a trainer here already."),
        "trainer_has_left": N_("The trainer %(name)s does not teach here any more."),
        "trainer_not_qualified": N_(
            "The trainer %(name)s has no qualification for this occupation that holds on %(day)s."
        ),
        "add_qualification": N_("Add the qualification under Trainers, or choose another trainer."),
        "qualification_dates": N_("The qualification ends before it begins."),
        "qualification_taken": N_("This qualification is registered already."),
        "room_booked": N_(
            "Lesson %(number)s: the room %(name)s is taken by lesson %(other)s of “%(title)s”, "
            "%(starts)s to %(ends)s."
        ),
        "trainer_booked": N_(
            "Lesson %(number)s: the trainer %(name)s teaches lesson %(other)s of “%(title)s”, "
            "%(starts)s to %(ends)s."
        ),
        "trainer_booked_elsewhere": N_(
            "Lesson %(number)s: the trainer %(name)s teaches at another institution, %(starts)s to "
            "%(ends)s."
        ),
        "move_lesson": N_("Choose another time, room or trainer for this lesson."),
        "more_clashes": N_("And %(count)s more lessons are double-booked."),
    }
)
