"""Filing a course run with its lessons."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import (
    DateField,
    IntegerField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    TimeField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from marketplace.catalog.operations.course_runs import LessonTimes
from marketplace.foundation import clock
from marketplace.foundation.text import tidy
from marketplace.web.institution_staff.forms.courses import trimmed
from marketplace.web.institution_staff.forms.places import PlacesForm

_LINE = re.compile(
    r"^(\d{4}-\d{1,2}-\d{1,2}) (\d{1,2}:\d{2}) ?[-–~] ?(\d{1,2}:\d{2})(?: (.+))?$", re.ASCII
)
LESSONS_LENGTH_MAX = 40_000


class MultiCheckboxField(SelectMultipleField):  # type: ignore[misc]
    """Several choices as boxes."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class FileCourseRunForm(PlacesForm):
    """Dates, places and lessons: a weekly pattern, or an exact list."""

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
        validators=[Length(max=200)],
    )
    weekdays = MultiCheckboxField(_("Lessons every week on"))
    lesson_from = TimeField(_("Lessons begin at"), validators=[Optional()])
    lesson_to = TimeField(_("Lessons end at"), validators=[Optional()])
    teacher = StringField(_("Teacher"), filters=[trimmed], validators=[Optional(), Length(max=60)])
    lessons = TextAreaField(
        _("Exact lessons"),
        filters=[trimmed],
        validators=[Optional(), Length(max=LESSONS_LENGTH_MAX)],
        render_kw={"rows": 5, "placeholder": "2026-12-01 09:00-12:00"},
    )
    late_reason = TextAreaField(
        _("Why it is filed late"),
        filters=[trimmed],
        validators=[Optional(), Length(max=500)],
        render_kw={"rows": 2},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = (
            gettext("Monday"),
            gettext("Tuesday"),
            gettext("Wednesday"),
            gettext("Thursday"),
            gettext("Friday"),
            gettext("Saturday"),
            gettext("Sunday"),
        )
        self.weekdays.choices = [SelectChoice(str(i), name) for i, name in enumerate(names)]

    def to_lessons(self) -> list[LessonTimes] | None:
        """The lessons as filed, or None when the list cannot be read (said beside the field)."""
        if not self.lessons.data:
            return list(self._weekly())
        lessons: list[LessonTimes] = []
        for number, line in enumerate(self.lessons.data.splitlines(), start=1):
            if not line.strip():
                continue
            lesson = lesson_of(line, self.teacher.data or None)
            if lesson is None:
                message = gettext(
                    "Line %(number)s cannot be read. Write date, begin and end, for example "
                    "2026-12-01 09:00-12:00, and the topic if you like.",
                    number=number,
                )
                self.lessons.errors = [*self.lessons.errors, message]
                return None
            lessons.append(lesson)
        return lessons

    def _weekly(self) -> Iterator[LessonTimes]:
        begin, end, days = self.lesson_from.data, self.lesson_to.data, self.weekdays.data or []
        if begin is None or end is None:
            return
        length = min((self.ends_on.data - self.starts_on.data).days, 800)
        for offset in range(length + 1):
            on = self.starts_on.data + timedelta(days=offset)
            if str(on.weekday()) in days:
                yield _at(on, begin, end, self.teacher.data or None, None)


def lesson_of(line: str, teacher: str | None) -> LessonTimes | None:
    """One line of an exact list; none when it cannot be read."""
    found = _LINE.match(tidy(unicodedata.normalize("NFKC", line)).replace("/", "-"))
    if found is None:
        return None
    try:
        on = date(*(int(part) for part in found[1].split("-")))
        begin, end = (time.fromisoformat(text.zfill(5)) for text in (found[2], found[3]))
    except ValueError:
        return None
    return _at(on, begin, end, teacher, found[4][:200] if found[4] else None)


def _at(on: date, begin: time, end: time, teacher: str | None, topic: str | None) -> LessonTimes:
    zone = clock.zone()
    return LessonTimes(
        datetime.combine(on, begin, tzinfo=zone),
        datetime.combine(on, end, tzinfo=zone),
        teacher=teacher,
        topic=topic,
    )
