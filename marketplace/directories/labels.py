"""Directories, states and columns as people read them; translated at the edge."""

from __future__ import annotations

from collections.abc import Mapping

from marketplace.directories.states import DirectoryName
from marketplace.foundation.errors import N_

DIRECTORY_TITLES: Mapping[DirectoryName, str] = {
    DirectoryName.COURSES: N_("Directory of training courses"),
    DirectoryName.INSTITUTIONS: N_("Directory of training institutions"),
    DirectoryName.ASSESSORS: N_("Directory of assessment bodies"),
    DirectoryName.QUALIFICATIONS: N_("Directory of qualifications and skill levels"),
    DirectoryName.IN_DEMAND: N_("Occupations in demand"),
}
DIRECTORY_LEADS: Mapping[DirectoryName, str] = {
    DirectoryName.COURSES: N_(
        "Courses that vouchers can buy. What is listed is accredited and paid."
    ),
    DirectoryName.INSTITUTIONS: N_("Institutions that may train with public money, and what for."),
    DirectoryName.ASSESSORS: N_(
        "Bodies that may assess skills and issue certificates, apart from those who teach."
    ),
    DirectoryName.QUALIFICATIONS: N_(
        "Qualifications, skill levels, credentials and licences that training leads to."
    ),
    DirectoryName.IN_DEMAND: N_(
        "The region's list, the cities' own lists, and local exceptions to both."
    ),
}
STATE_LABELS: Mapping[str, str] = {
    "listed": N_("In the directory"),
    "paused": N_("Institution not in standing"),
    "delisted": N_("Taken off the directory"),
    "accredited": N_("Accredited"),
    "lapsed": N_("Accreditation has ended"),
    "suspended": N_("Suspended"),
    "barred": N_("Barred"),
    "withdrawn": N_("Withdrawn"),
    "coming": N_("Begins later"),
    "expired": N_("Period has ended"),
    "retired": N_("Retired"),
    "add": N_("In demand"),
    "except": N_("Not in demand here"),
}
STATE_TONES: Mapping[str, str] = {
    "listed": "done",
    "accredited": "done",
    "add": "done",
    "paused": "waiting",
    "lapsed": "waiting",
    "coming": "waiting",
    "suspended": "decision",
    "barred": "decision",
}
CHANGE_LABELS: Mapping[str, str] = {
    "added": N_("Added"),
    "removed": N_("Removed"),
    "changed": N_("Changed"),
}
CHANGE_TONES: Mapping[str, str] = {"added": "done", "removed": "decision", "changed": "waiting"}
EVENT_WORDS: Mapping[str, str] = {
    "shortage_edition.drafted": N_("Begun"),
    "shortage_edition.entries_added": N_("Entries added"),
    "shortage_edition.entry_removed": N_("Entry removed"),
    "shortage_edition.proposed": N_("Proposed"),
    "shortage_edition.returned": N_("Sent back"),
    "shortage_edition.published": N_("Published"),
    "shortage_edition.imported": N_("Taken in from a file"),
    "shortage_edition.discarded": N_("Discarded"),
}
