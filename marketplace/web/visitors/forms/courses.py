"""Looking for a course: every filter is in the address, nothing is required."""

from __future__ import annotations

from flask import request
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import BooleanField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length, Optional, Regexp

from marketplace.catalog.course_features import LANGUAGE_WORDS
from marketplace.catalog.distances import STEPS_KM, Origin
from marketplace.catalog.queries.search import CourseQuery, CourseSort
from marketplace.catalog.queries.search_facets import NEEDS
from marketplace.catalog.rules import LEVEL_WORDS
from marketplace.catalog.search_terms import STARS_LEAST
from marketplace.catalog.states import CourseMode
from marketplace.foundation.money import fen_from_text
from marketplace.foundation.text import day_from_text, is_number, tidy

AMOUNT = r"^[0-9]{1,7}(\.[0-9]{1,2})?$"


def tidied(text: str | None) -> str:
    """What was typed, without what cannot be seen."""
    return tidy(text or "")


def amount_field(label: str) -> StringField:
    """An amount in the deployment's currency; empty: no limit."""
    return StringField(
        label,
        filters=[tidied],
        validators=[Optional(), Regexp(AMOUNT, message=_("Write an amount such as 1500."))],
        render_kw={"inputmode": "decimal"},
    )


def day_field(label: str) -> StringField:
    """A day; empty or unreadable: no limit."""
    return StringField(
        label, filters=[tidied], validators=[Length(max=10)], render_kw={"type": "date"}
    )


class SearchCoursesForm(FlaskForm):  # type: ignore[misc]
    """What, where, for how much, when, how, at which level, in which order."""

    class Meta:
        csrf = False

    q = StringField(
        _("What would you like to learn?"),
        filters=[tidied],
        validators=[Length(max=100)],
        render_kw={"type": "search", "maxlength": 100},
    )
    place = StringField(_("City or county"), filters=[tidied], validators=[Length(max=60)])
    occupation = StringField(_("Occupation"), filters=[tidied], validators=[Length(max=20)])
    fee_max = amount_field(_("Highest fee"))
    own_max = amount_field(_("I pay at most"))
    first = day_field(_("Starts from"))
    last = day_field(_("Starts until"))
    mode = SelectField(_("How"), default="", validate_choice=False)
    level = SelectField(_("Level"), default="", validate_choice=False)
    stars = SelectField(_("Stars"), default="", validate_choice=False)
    language = SelectField(_("Language"), default="", validate_choice=False)
    near = StringField(_("Distances from"), filters=[tidied], validators=[Length(max=40)])
    km = SelectField(_("How far at most"), default="", validate_choice=False)
    open = BooleanField(_("Places free now"))
    evening = BooleanField(_("In the evening"))
    weekend = BooleanField(_("At weekends"))
    wheelchair = BooleanField(_("Accessible by wheelchair"))
    childcare = BooleanField(_("Childcare"))
    demand = BooleanField(_("In demand"))
    sort = SelectField(
        _("Order"),
        choices=[
            SelectChoice(CourseSort.RELEVANCE.value, _("Best match first")),
            SelectChoice(CourseSort.SOONEST.value, _("Soonest start first")),
            SelectChoice(CourseSort.FEE.value, _("Lowest fee first")),
            SelectChoice(CourseSort.OWN_PRICE.value, _("My lowest price first")),
            SelectChoice(CourseSort.STARS.value, _("Most stars first")),
            SelectChoice(CourseSort.DISTANCE.value, _("Nearest first")),
        ],
        validate_choice=False,
    )

    def to_query(
        self, place: str | None, *, near: Origin | None, with_own_price: bool
    ) -> CourseQuery:
        """The question; a filter that makes no sense is left out and said so beside its field.

        Only a signed-in worker has a price of their own; for others those filters are left out.
        """
        self.validate()
        first, last = day_from_text(self.first.data or ""), day_from_text(self.last.data or "")
        return CourseQuery(
            text="" if self.q.errors else self.q.data or "",
            place=place,
            occupation=(not self.occupation.errors and self.occupation.data) or None,
            fee_fen_max=_fen(self.fee_max),
            own_price_fen_max=_fen(self.own_max) if with_own_price else None,
            mode=CourseMode(self.mode.data) if self.mode.data in list(CourseMode) else None,
            level=self._level(),
            stars_least=next((n for n in STARS_LEAST if self.stars.data == str(n)), None),
            language=self.language.data if self.language.data in LANGUAGE_WORDS else None,
            near=near,
            km_max=next((km for km in STEPS_KM if near and self.km.data == str(km)), None),
            starts_from=first,
            starts_until=last,
            needs=frozenset(need for need in NEEDS if self[need].data),
            sort=self._sort(near, with_own_price=with_own_price),
        )

    def _level(self) -> int | None:
        text = self.level.data or ""
        return int(text) if is_number(text) and int(text) in LEVEL_WORDS else None

    def _sort(self, near: Origin | None, *, with_own_price: bool) -> CourseSort:
        known = self.sort.data in list(CourseSort)
        sort = CourseSort(self.sort.data) if known else CourseSort.RELEVANCE
        lacks_price = sort == CourseSort.OWN_PRICE and not with_own_price
        lacks_origin = sort == CourseSort.DISTANCE and near is None
        return CourseSort.RELEVANCE if lacks_price or lacks_origin else sort


def _fen(entry: StringField) -> int | None:
    return None if entry.errors or not entry.data else fen_from_text(entry.data)


def read_search_form() -> SearchCoursesForm:
    """The form as the address states it."""
    return SearchCoursesForm(request.args)
