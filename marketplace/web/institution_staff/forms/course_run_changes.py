"""Changing and canceling a filed class."""

from __future__ import annotations

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import DateField, IntegerField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from marketplace.catalog.models import CourseRun
from marketplace.catalog.operations.course_runs import plan_of_lesson
from marketplace.catalog.rules import CourseRunPlan, LessonPlan
from marketplace.foundation.text import tidy
from marketplace.web.institution_staff.forms.course_runs import LESSONS_LENGTH_MAX, lesson_of
from marketplace.web.institution_staff.forms.courses import ReasonForm, trimmed


class ChangeCourseRunForm(FlaskForm):  # type: ignore[misc]
    """The class as it is to be: every lesson on its line."""

    starts_on = DateField(_("First day"), validators=[DataRequired(_("Give the first day."))])
    ends_on = DateField(_("Last day"), validators=[DataRequired(_("Give the last day."))])
    enrollment_opens_on = DateField(
        _("Enrollment opens on"), validators=[DataRequired(_("Say when enrollment opens."))]
    )
    enrollment_closes_on = DateField(
        _("Enrollment closes on"), validators=[DataRequired(_("Say when enrollment closes."))]
    )
    capacity = IntegerField(
        _("Places"), validators=[InputRequired(_("Say how many can take part."))]
    )
    site = StringField(
        _("Where it is held"),
        filters=[trimmed],
        validators=[DataRequired(_("Say where it is held.")), Length(max=200)],
    )
    lessons = TextAreaField(
        _("Exact lessons"),
        filters=[trimmed],
        validators=[DataRequired(_("List the lessons.")), Length(max=LESSONS_LENGTH_MAX)],
        render_kw={"rows": 8},
    )
    teacher = StringField(
        _("Another teacher for lessons to come"),
        filters=[trimmed],
        validators=[Optional(), Length(max=60)],
    )
    reason = TextAreaField(
        _("Reason"),
        filters=[trimmed],
        validators=[Optional(), Length(max=500)],
        render_kw={"rows": 2},
    )

    def to_plan(self, before: CourseRunPlan) -> CourseRunPlan | None:
        """The class as it is to be; none when a line cannot be read (said beside the field).

        Rooms and teachers are not on the lines: each lesson keeps those of its number.
        """
        lessons: list[LessonPlan] = []
        for number, line in enumerate(self.lessons.data.splitlines(), start=1):
            if not line.strip():
                continue
            lesson = lesson_of(line, None)
            if lesson is None:
                message = gettext(
                    "Line %(number)s cannot be read. Write date, begin and end, for example "
                    "2026-12-01 09:00-12:00, and the topic if you like.",
                    number=number,
                )
                self.lessons.errors = [*self.lessons.errors, message]
                return None
            lessons.append(plan_of_lesson(lesson))
        lessons.sort(key=lambda lesson: lesson.starts_at)
        return CourseRunPlan(
            starts_on=self.starts_on.data,
            ends_on=self.ends_on.data,
            enrollment_opens_on=self.enrollment_opens_on.data,
            enrollment_closes_on=self.enrollment_closes_on.data,
            capacity=self.capacity.data,
            site=tidy(self.site.data),
            lessons=tuple(
                _kept(lesson, number, before, self.teacher.data or None)
                for number, lesson in enumerate(lessons)
            ),
        )


class CancelCourseRunForm(ReasonForm):
    """Why, and the code of the class typed as confirmation."""

    confirmation = StringField(
        _("Code of the class"),
        filters=[trimmed],
        validators=[DataRequired(_("Type the code of the class.")), Length(max=40)],
        render_kw={"autocomplete": "off"},
    )


def change_form_of(course_run: CourseRun, before: CourseRunPlan) -> ChangeCourseRunForm:
    """The form filled with the class as it stands."""
    lines = [
        f"{lesson.starts_at:%Y-%m-%d %H:%M}-{lesson.ends_at:%H:%M} {lesson.topic or ''}".rstrip()
        for lesson in before.lessons
    ]
    return ChangeCourseRunForm(
        formdata=None,
        starts_on=course_run.starts_on,
        ends_on=course_run.ends_on,
        enrollment_opens_on=course_run.enrollment_opens_on,
        enrollment_closes_on=course_run.enrollment_closes_on,
        capacity=course_run.capacity,
        site=course_run.site,
        lessons="\n".join(lines),
    )


def _kept(
    lesson: LessonPlan, number: int, before: CourseRunPlan, teacher: str | None
) -> LessonPlan:
    """Lessons held keep their teacher; those to come get the new one, if there is one."""
    old = before.lessons[min(number, len(before.lessons) - 1)] if before.lessons else lesson
    return LessonPlan(
        starts_at=lesson.starts_at,
        ends_at=lesson.ends_at,
        starts_on=lesson.starts_on,
        ends_on=lesson.ends_on,
        room=old.room,
        teacher=teacher or old.teacher,
        topic=lesson.topic,
    )
