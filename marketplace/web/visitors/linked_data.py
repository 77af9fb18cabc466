"""What search engines read: schema.org in JSON-LD, only of what is offered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import url_for

from marketplace.catalog.models import CourseRun
from marketplace.catalog.queries.courses import PublicCourse
from marketplace.catalog.states import CourseMode
from marketplace.foundation.money import Money

_MODES = {CourseMode.ONSITE: "Onsite", CourseMode.ONLINE: "Online", CourseMode.BLENDED: "Blended"}


def course_linked_data(found: PublicCourse, runs: Sequence[CourseRun]) -> dict[str, Any]:
    """A `Course` with its provider, its offer and its dated instances."""
    version = found.version
    price = Money(version.fee_fen, version.currency).decimal_text()
    return {
        "@context": "https://schema.org",
        "@type": "Course",
        "courseCode": found.course.code,
        "name": version.title,
        "description": version.description[:500] or version.title,
        "url": url_for("visitors.show_course", code=found.course.code, _external=True),
        "provider": {
            "@type": "Organization",
            "name": found.institution.name,
            "url": url_for(
                "visitors.show_institution", code=found.institution.code, _external=True
            ),
        },
        "offers": {
            "@type": "Offer",
            "category": "Paid" if version.fee_fen else "Free",
            "price": price,
            "priceCurrency": version.currency,
        },
        "hasCourseInstance": [_instance(run, found) for run in runs],
    }


def _instance(run: CourseRun, found: PublicCourse) -> dict[str, Any]:
    instance: dict[str, Any] = {
        "@type": "CourseInstance",
        "courseMode": _MODES[found.version.mode],
        "startDate": run.starts_on.isoformat(),
        "endDate": run.ends_on.isoformat(),
        "location": {"@type": "Place", "name": run.site, "address": found.place or run.site},
    }
    if found.version.hours:
        instance["courseWorkload"] = f"PT{found.version.hours}H"
    return instance
