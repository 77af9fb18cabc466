"""The five directories by name."""

from __future__ import annotations

from collections.abc import Mapping

from marketplace.directories.queries.courses import COURSES
from marketplace.directories.queries.demand import IN_DEMAND
from marketplace.directories.queries.institutions import INSTITUTIONS
from marketplace.directories.queries.listings import Directory
from marketplace.directories.queries.registers import ASSESSORS, QUALIFICATIONS
from marketplace.directories.states import DirectoryName
from marketplace.foundation.errors import NotFound

DIRECTORIES: Mapping[DirectoryName, Directory] = {
    DirectoryName.COURSES: COURSES,
    DirectoryName.INSTITUTIONS: INSTITUTIONS,
    DirectoryName.ASSESSORS: ASSESSORS,
    DirectoryName.QUALIFICATIONS: QUALIFICATIONS,
    DirectoryName.IN_DEMAND: IN_DEMAND,
}


def get_directory(name: str) -> tuple[DirectoryName, Directory]:
    """A directory by its public name, or 404."""
    if name not in set(DirectoryName):
        raise NotFound("directory", name)
    found = DirectoryName(name)
    return found, DIRECTORIES[found]
