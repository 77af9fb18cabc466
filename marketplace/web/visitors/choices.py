"""Links of the search page: one choice each, drawn without a detour.

A page of results shows some eighty of them beside eighteen cards, and drawn by macros they took
longer than finding the courses (docs/decisions/0094). Every value is escaped here as a template
would do it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from markupsafe import Markup, escape

from marketplace.web.visitors.blueprint import blueprint


@dataclass(frozen=True, slots=True)
class Choice:
    """One link of the panel."""

    label: str
    url: str
    count: int | None = None
    is_chosen: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Choices of one kind under one heading. `above`: the way up from what is chosen."""

    title: str
    choices: tuple[Choice, ...]
    above: tuple[Choice, ...] = ()


_HERE = ' aria-current="true"'


@blueprint.app_template_global()
def choice_links(choices: Iterable[Choice]) -> Markup:
    """A list of links, each with what it leaves; the chosen ones are marked for screen readers."""
    lines = "\n".join(map(_line_of, choices))
    return Markup(f'<ul class="facet-choices">\n{lines}\n</ul>')  # noqa: S704  (escaped below)


def _line_of(choice: Choice) -> str:
    label, here = escape(choice.label), _HERE if choice.is_chosen else ""
    count = ""
    if choice.count is not None:
        count = f' <span class="facet-count">{choice.count}</span>'
    return f'<li><a href="{escape(choice.url)}"{here}><span>{label}</span>{count}</a></li>'
