"""The template environment of the pages."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

from flask.templating import Environment


class PageEnvironment(Environment):
    """Flask's, where a template that brings no globals of its own uses those of all.

    Jinja gives each template a chain of its own names and everybody's. No page has own ones, and
    asking the chain forty names at each import of a component was a twentieth of a page's time.
    """

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        return super().make_globals(d) if d else self.globals
