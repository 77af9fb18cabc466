"""Which tests belong on one worker, because they share what a process makes once.

The demo world, a browser with what it has judged, the product that is killed, the forms of a
walker, the parsed source: made on each worker they cost as much again. Groups are told by name:
pytest-xdist passes its own mark on in an attribute that pytest, since release 9.2, no longer reads,
so that each test went alone.
"""

from __future__ import annotations

import re

from xdist.scheduler.loadgroup import LoadGroupScheduling

GROUPS = {
    "journeys": re.compile(r"tests/(journeys|integration/demo)/"),
    "killed": re.compile(r"tests/integration/imports/test_killed"),
    "house rules": re.compile(r"tests/meta/"),
    "forms": re.compile(r"tests/web/test_hostile_input\.py::test_forms_refuse\w+\[(.*)\]"),
}
ENGINE = re.compile(r"(postgresql|sqlite)")


def group_of(nodeid: str) -> str:
    """Tests with the same answer run on one worker; most answer their own name."""
    for name, members in GROUPS.items():
        if found := members.match(nodeid):
            who = ENGINE.sub("", found[1]) if name == "forms" else ""
            return f"{name} {who}".strip(" -")
    return nodeid


class GroupScheduling(LoadGroupScheduling):
    """Work is handed out test by test, a group as a whole; the largest first."""

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)
