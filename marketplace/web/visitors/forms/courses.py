"""Looking for a course: every filter is in the address, nothing is required."""

from __future__ import annotations

from flask import request
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import SelectField, StringField
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

OCCUPATION_LENGTH_MAX = 20
UNTICKED = ("", "false")
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
    """What is typed into boxes: what, where, for how much, when. The choices of the panel are links
    and are read from the address, where a form would only look at them once more."""

    class Meta:
        csrf = False

    q = StringField(
        _("What would you like to learn?"),
        filters=[tidied],
        validators=[Length(max=100)],
        render_kw={"type": "search", "maxlength": 100},
    )
    place = StringField(_("City or county"), filters=[tidied], validators=[Length(max=60)])
    fee_max = amount_field(_("Highest fee"))
    own_max = amount_field(_("I pay at most"))
    first = day_field(_("Starts from"))
    last = day_field(_("Starts until"))
    near = StringField(_("Distances from"), filters=[tidied], validators=[Length(max=40)])
    km = SelectField(_("How far at most"), default="", validate_choice=False)

    def to_query(
        self, place: str | None, *, near: Origin | None, with_own_price: bool
    ) -> CourseQuery:
        """The question; a filter that makes no sense is left out and said so beside its field.

        Only a signed-in worker has a price of their own; for others those filters are left out.
        """
        self.validate()
        first, last = day_from_text(self.first.data or ""), day_from_text(self.last.data or "")
        chosen = request.args.get
        mode, language = chosen("mode"), chosen("language")
        return CourseQuery(
            text="" if self.q.errors else self.q.data or "",
            place=place,
            occupation=_code(chosen("occupation", "")),
            fee_fen_max=_fen(self.fee_max),
            own_price_fen_max=_fen(self.own_max) if with_own_price else None,
            mode=CourseMode(mode) if mode in list(CourseMode) else None,
            level=_level(chosen("level", "")),
            stars_least=next((n for n in STARS_LEAST if chosen("stars") == str(n)), None),
            language=language if language in LANGUAGE_WORDS else None,
            near=near,
            km_max=next((km for km in STEPS_KM if near and self.km.data == str(km)), None),
            starts_from=first,
            starts_until=last,
            needs=frozenset(need for need in NEEDS if chosen(need, "") not in UNTICKED),
            sort=_sort(chosen("sort"), near, with_own_price=with_own_price),
        )


def _code(text: str) -> str | None:
    """The code of an occupation; what is too long for one filters nothing."""
    code = tidied(text)
    return code if 0 < len(code) <= OCCUPATION_LENGTH_MAX else None


def _level(text: str) -> int | None:
    return int(text) if is_number(text) and int(text) in LEVEL_WORDS else None


def _sort(asked: str | None, near: Origin | None, *, with_own_price: bool) -> CourseSort:
    sort = CourseSort(asked) if asked in list(CourseSort) else CourseSort.RELEVANCE
    lacks_price = sort == CourseSort.OWN_PRICE and not with_own_price
    lacks_origin = sort == CourseSort.DISTANCE and near is None
    return CourseSort.RELEVANCE if lacks_price or lacks_origin else sort


def _fen(entry: StringField) -> int | None:
    return None if entry.errors or not entry.data else fen_from_text(entry.data)


def read_search_form() -> SearchCoursesForm:
    """The form as the address states it."""
    return SearchCoursesForm(request.args)
