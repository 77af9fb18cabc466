"""What the version pages of institutions and officers show: the history, and two versions.

Both audiences read the same facts; which course a reader may open is decided by their views.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import request

from marketplace.catalog import labels
from marketplace.catalog.differences import FieldDifference, version_differences
from marketplace.catalog.models import Course, CourseVersion
from marketplace.catalog.queries.course_history import (
    CourseHistory,
    content_of,
    get_course_history,
)
from marketplace.catalog.states import CourseDecisionKind
from marketplace.foundation.text import is_number


@dataclass(frozen=True, slots=True)
class VersionComparison:
    """Two versions side by side."""

    before: CourseVersion
    after: CourseVersion
    differences: tuple[FieldDifference, ...]


@dataclass(frozen=True, slots=True)
class VersionPages:
    """All that the templates of `components/versions.html` need."""

    course: Course
    history: CourseHistory
    comparison: VersionComparison | None
    decision_labels = labels.DECISION_LABELS
    decision_tones = labels.DECISION_TONES
    side_labels = labels.SIDE_LABELS


def read_version_pages(course: Course) -> VersionPages:
    """The history, and the two versions the address names (`before`, `after`), else the newest."""
    history = get_course_history(course)
    after = _asked(history, "after") or next(iter(history.versions), None)
    before = _asked(history, "before") or (_earlier(history, after) if after else None)
    comparison = compare_versions(before, after) if before and after else None
    return VersionPages(course, history, comparison)


def comparison_for_review(course: Course, version: CourseVersion) -> VersionComparison | None:
    """The version under review beside what the public reads, else beside what was sent back."""
    history = get_course_history(course)
    before = _public_before(history, version) or _returned_before(history, version)
    return compare_versions(before, version) if before else None


def compare_versions(before: CourseVersion, after: CourseVersion) -> VersionComparison:
    """Field by field, long texts word by word."""
    return VersionComparison(
        before, after, version_differences(content_of(before), content_of(after))
    )


def _asked(history: CourseHistory, name: str) -> CourseVersion | None:
    text = request.args.get(name, "")
    return history.version(int(text)) if is_number(text, digits_max=6) else None


def _earlier(history: CourseHistory, after: CourseVersion) -> CourseVersion | None:
    return next((one for one in history.versions if one.number < after.number), None)


def _public_before(history: CourseHistory, version: CourseVersion) -> CourseVersion | None:
    numbers = [
        period.version_number
        for period in history.periods
        if period.version_number != version.number
    ]
    return history.version(numbers[-1]) if numbers else None


def _returned_before(history: CourseHistory, version: CourseVersion) -> CourseVersion | None:
    return next(
        (
            history.version(item.version_number)
            for item in history.decisions
            if item.decision.kind is CourseDecisionKind.RETURNED
            and item.version_number < version.number
        ),
        None,
    )
