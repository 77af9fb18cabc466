"""What search engines read: schema.org in JSON-LD, only of what is offered.

A `Course` with provider and offers, and one `CourseInstance` per class with mode, workload,
schedule, dates, place and offer. Teachers' names are not public and are left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from flask import url_for

from marketplace.catalog.models import CourseRun
from marketplace.catalog.queries.calendar import LessonTime
from marketplace.catalog.queries.courses import PublicCourse
from marketplace.catalog.states import CourseMode, CourseRunState
from marketplace.edge.language import html_lang
from marketplace.foundation import clock
from marketplace.foundation.money import Money

_MODES = {CourseMode.ONSITE: "Onsite", CourseMode.ONLINE: "Online", CourseMode.BLENDED: "Blended"}
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
DESCRIPTION_LENGTH = 500

RunWithLessons = tuple[CourseRun, Sequence[LessonTime]]


def course_linked_data(
    found: PublicCourse, runs: Sequence[RunWithLessons], *, address: str
) -> dict[str, Any]:
    """A `Course` with its address, its provider, its offer and its dated instances."""
    version = found.version
    data: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Course",
        "courseCode": found.course.code,
        "name": version.title,
        "description": version.description[:DESCRIPTION_LENGTH] or version.title,
        "url": address,
        "inLanguage": html_lang(),
        "provider": _institution(found),
        "offers": [_offer(found, address)],
        "hasCourseInstance": [_instance(run, lessons, found, address) for run, lessons in runs],
    }
    if version.certificate:
        data["educationalCredentialAwarded"] = {
            "@type": "EducationalOccupationalCredential",
            "name": version.certificate,
        }
    if version.prerequisites:
        data["coursePrerequisites"] = version.prerequisites[:DESCRIPTION_LENGTH]
    if found.occupation_title:
        data["about"] = {"@type": "Occupation", "name": found.occupation_title}
    return data


def _institution(found: PublicCourse) -> dict[str, Any]:
    return {
        "@type": "EducationalOrganization",
        "name": found.institution.name,
        "url": url_for("visitors.show_institution", code=found.institution.code, _external=True),
    }


def _offer(found: PublicCourse, address: str, run: CourseRun | None = None) -> dict[str, Any]:
    version = found.version
    offer: dict[str, Any] = {
        "@type": "Offer",
        "category": "Paid" if version.fee_fen else "Free",
        "price": Money(version.fee_fen, version.currency).decimal_text(),
        "priceCurrency": version.currency,
        "url": address,
    }
    if run is not None:
        is_open = run.state is CourseRunState.OPEN
        offer["availability"] = f"https://schema.org/{'InStock' if is_open else 'SoldOut'}"
        offer["validFrom"] = run.enrollment_opens_on.isoformat()
        offer["validThrough"] = run.enrollment_closes_on.isoformat()
    return offer


def _instance(
    run: CourseRun, lessons: Sequence[LessonTime], found: PublicCourse, address: str
) -> dict[str, Any]:
    version = found.version
    instance: dict[str, Any] = {
        "@type": "CourseInstance",
        "name": version.title,
        "courseMode": _MODES[version.mode],
        "startDate": run.starts_on.isoformat(),
        "endDate": run.ends_on.isoformat(),
        "location": _location(run, found, address),
        "offers": _offer(found, address, run),
        "maximumAttendeeCapacity": run.capacity,
        "remainingAttendeeCapacity": max(run.capacity - run.seats_taken, 0),
    }
    if version.hours:
        instance["courseWorkload"] = f"PT{version.hours}H"
    if lessons:
        instance["courseSchedule"] = _schedule(run, lessons)
    return instance


def _location(run: CourseRun, found: PublicCourse, address: str) -> dict[str, Any]:
    if found.version.mode is CourseMode.ONLINE:
        return {"@type": "VirtualLocation", "name": run.site, "url": address}
    return {
        "@type": "Place",
        "name": run.site,
        "address": {
            "@type": "PostalAddress",
            "streetAddress": run.site,
            "addressLocality": found.place or run.site,
        },
    }


def _schedule(run: CourseRun, lessons: Sequence[LessonTime]) -> dict[str, Any]:
    """How often and how long; the exact lessons are on the page and in the calendar file."""
    zone = clock.zone()
    days = sorted({clock.local_date(lesson.starts_at) for lesson in lessons})
    is_daily = (days[-1] - days[0]).days < len(days)
    weeks = {day.isocalendar()[:2] for day in days}
    mean = sum((one.ends_at - one.starts_at for one in lessons), timedelta()) / len(lessons)
    first = lessons[0]
    return {
        "@type": "Schedule",
        "duration": f"PT{max(round(mean.total_seconds() / 60), 1)}M",
        "repeatFrequency": "Daily" if is_daily else "Weekly",
        "repeatCount": len(days) if is_daily else len(weeks),
        "byDay": [f"https://schema.org/{name}" for name in _names(days)],
        "startDate": run.starts_on.isoformat(),
        "endDate": run.ends_on.isoformat(),
        "startTime": f"{first.starts_at.astimezone(zone):%H:%M}",
        "endTime": f"{first.ends_at.astimezone(zone):%H:%M}",
        "scheduleTimezone": str(zone),
    }


def _names(days: Sequence[Any]) -> list[str]:
    return [_DAYS[number] for number in sorted({day.weekday() for day in days})]
