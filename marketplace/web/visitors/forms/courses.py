"""Looking for a course: every filter is in the address, nothing is required."""

from __future__ import annotations

from flask import request
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import BooleanField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length, Optional, Regexp

from marketplace.catalog.queries.search import CourseQuery, CourseSort
from marketplace.catalog.rules import LEVEL_WORDS, MODE_WORDS
from marketplace.catalog.states import CourseMode
from marketplace.edge.formats import sentence
from marketplace.foundation.money import fen_from_text
from marketplace.foundation.text import is_number, tidy
from marketplace.jurisdictions.models import Jurisdiction


def tidied(text: str | None) -> str:
    """What was typed, without what cannot be seen."""
    return tidy(text or "")


class SearchCoursesForm(FlaskForm):  # type: ignore[misc]
    """What, where, for how much, how, at which level, in which order."""

    class Meta:
        csrf = False

    q = StringField(
        _("What would you like to learn?"),
        filters=[tidied],
        validators=[Length(max=100)],
        render_kw={"type": "search", "maxlength": 100},
    )
    place = StringField(_("City or county"), filters=[tidied], validators=[Length(max=60)])
    fee_max = StringField(
        _("Highest fee"),
        filters=[tidied],
        validators=[
            Optional(),
            Regexp(r"^[0-9]{1,7}(\.[0-9]{1,2})?$", message=_("Write an amount such as 1500.")),
        ],
        render_kw={"inputmode": "decimal"},
    )
    mode = SelectField(_("How"), default="", validate_choice=False)
    level = SelectField(_("Level"), default="", validate_choice=False)
    open = BooleanField(_("Only with places free now"))
    sort = SelectField(
        _("Order"),
        choices=[
            SelectChoice(CourseSort.RELEVANCE.value, _("Best match first")),
            SelectChoice(CourseSort.SOONEST.value, _("Soonest start first")),
            SelectChoice(CourseSort.FEE.value, _("Lowest fee first")),
        ],
        validate_choice=False,
    )

    def to_query(self, place: Jurisdiction | None) -> CourseQuery:
        """The question; a filter that makes no sense is left out and said so beside its field."""
        self.validate()
        return CourseQuery(
            text="" if self.q.errors else self.q.data or "",
            jurisdiction_path=place.path if place else None,
            fee_fen_max=self._fee_fen_max(),
            mode=CourseMode(self.mode.data) if self.mode.data in list(CourseMode) else None,
            level=self._level(),
            has_open_course_run=self.open.data,
            sort=self._sort(),
        )

    def is_narrowed(self) -> bool:
        """Whether any filter beside the words is set."""
        filters = (self.place, self.fee_max, self.mode, self.level, self.open)
        return any(entry.data for entry in filters)

    def _fee_fen_max(self) -> int | None:
        if self.fee_max.errors or not self.fee_max.data:
            return None
        return fen_from_text(self.fee_max.data)

    def _level(self) -> int | None:
        text = self.level.data or ""
        return int(text) if is_number(text) and int(text) in LEVEL_WORDS else None

    def _sort(self) -> CourseSort:
        known = self.sort.data in list(CourseSort)
        return CourseSort(self.sort.data) if known else CourseSort.RELEVANCE


def read_search_form() -> SearchCoursesForm:
    """The form as the address states it."""
    form = SearchCoursesForm(request.args)
    modes = [SelectChoice(mode.value, sentence(text)) for mode, text in MODE_WORDS.items()]
    levels = [SelectChoice(str(level), sentence(text)) for level, text in LEVEL_WORDS.items()]
    form.mode.choices = [SelectChoice("", _("Any")), *modes]
    form.level.choices = [SelectChoice("", _("Any")), *levels]
    return form
