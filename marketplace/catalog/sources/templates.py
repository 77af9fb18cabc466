"""The templates of our own format: header, an example, and what each column means. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from marketplace.catalog.sources import generic
from marketplace.foundation.errors import N_
from marketplace.institutions.sources import generic as generic_institutions

COURSES, INSTITUTIONS = "courses", "institutions"


@dataclass(frozen=True, slots=True)
class Template:
    """One kind of file: its columns with their Chinese names, which are needed, an example."""

    columns: Mapping[str, str]
    required: tuple[str, ...]
    meanings: Mapping[str, str]
    example: Mapping[str, str]
    example_zh: Mapping[str, str]

    def header(self, language: str) -> list[str]:
        """Column names in a language; files may use either."""
        return list(self.columns.values() if language == "zh" else self.columns)

    def example_row(self, language: str) -> list[str]:
        """A row that shows the form of each value; it is passed over when left in a file."""
        example = self.example_zh if language == "zh" else self.example
        return [example.get(column, "") for column in self.columns]


_COURSE_MEANINGS = {
    "course_key": N_("Your own number of the course; the same number is the same course."),
    "institution_key": N_("The number of the institution that teaches it."),
    "institution_name": N_("Lets an institution be entered that no other file names."),
    "title": N_("What the course is called, at most 200 characters."),
    "fee": N_("The whole price, with at most two decimals, such as 1200.00."),
    "fee_tuition": N_("A part of the price: teaching."),
    "fee_materials": N_("A part of the price: material."),
    "fee_assessment": N_("A part of the price: assessment."),
    "fee_fees": N_("A part of the price: registration and examination."),
    "fee_books": N_("A part of the price: books."),
    "fee_supplies": N_("A part of the price: tools and supplies."),
    "fee_other": N_("A part of the price: everything else. All parts add up to the price."),
    "hours": N_("Whole hours, from 1 to 5000."),
    "mode": N_("onsite, online or blended."),
    "level": N_("Skill level from 5 (beginner) to 1 (senior technician); empty if none."),
    "occupation_code": N_("The code of an occupation of the classification."),
    "certificate": N_("What learners receive."),
    "prerequisites": N_("What learners need before they begin."),
    "description": N_("What one learns, and for which work."),
    "languages": N_("The languages it is taught in, such as zh, en or Chinese, English."),
    "evening": N_("yes if it is taught in the evening, no if not; empty if nothing is known."),
    "weekend": N_("yes if it is taught at weekends, no if not; empty if nothing is known."),
    "wheelchair": N_("yes if a wheelchair gets in, no if not; empty if nothing is known."),
    "childcare": N_("yes if children are looked after, no if not; empty if nothing is known."),
    "status": N_("approved, pending or withdrawn; approved if the column is absent."),
}
_INSTITUTION_MEANINGS = {
    "institution_key": N_(
        "Your own number of the institution; the same number is the same institution."
    ),
    "name": N_("What the institution is called, at most 200 characters."),
    "status": N_("approved or pending; anything else ends the approval."),
    "uscc": N_("The unified social credit code of 18 characters."),
    "jurisdiction_code": N_("The code of its place: six digits, or nine for a township."),
    "approved_from": N_("The first day of the approval, such as 2026-03-12."),
    "approved_until": N_("The last day of the approval; empty if it has no end."),
    "kind": N_("The kind of institution, in your own words."),
    "address": N_("Street and number."),
    "city": N_("City."),
    "county": N_("County or district."),
    "postal_code": N_("Postal code, with its leading zeros."),
    "website": N_("Address of its website."),
}
TEMPLATES: Mapping[str, Template] = {
    COURSES: Template(
        generic.COLUMNS,
        generic.REQUIRED,
        _COURSE_MEANINGS,
        {
            "course_key": "EXAMPLE-1", "institution_key": "A-001",
            "institution_name": "South Town School", "title": "Low-voltage electrician",
            "fee": "1200.00", "fee_tuition": "1000.00", "fee_materials": "200.00", "hours": "40",
            "mode": "onsite", "level": "5", "certificate": "Certificate of completion",
            "description": "Wiring, safety and first aid.", "languages": "zh, en",
            "evening": "yes", "wheelchair": "no", "status": "approved",
        },
        {
            "course_key": "示例-1", "institution_key": "A-001", "institution_name": "城南学校",
            "title": "低压电工", "fee": "1200.00", "fee_tuition": "1000.00",
            "fee_materials": "200.00", "hours": "40", "mode": "线下", "level": "5",
            "certificate": "结业证书", "description": "布线、安全用电、急救。",
            "languages": "汉语、英语", "evening": "是", "wheelchair": "否", "status": "有效",
        },
    ),
    INSTITUTIONS: Template(
        generic_institutions.COLUMNS,
        generic_institutions.REQUIRED,
        _INSTITUTION_MEANINGS,
        {
            "institution_key": "EXAMPLE-1", "name": "South Town School", "status": "approved",
            "approved_from": "2026-01-01", "approved_until": "2028-12-31",
            "city": "South Town", "postal_code": "000000",
        },
        {
            "institution_key": "示例-1", "name": "城南职业培训学校", "status": "有效",
            "approved_from": "2026-01-01", "approved_until": "2028-12-31", "city": "城南市",
            "postal_code": "000000",
        },
    ),
}  # fmt: skip
