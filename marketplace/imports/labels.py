"""Words for runs, kinds and problems as people read them; translated at the edge."""

from __future__ import annotations

from collections.abc import Mapping

from marketplace.foundation.errors import N_
from marketplace.imports.states import ImportRunState, PreviewDecision, ProblemSeverity, Verdict

KIND_LABELS: Mapping[str, str] = {
    "jurisdictions": N_("Administrative divisions"),
    "occupations": N_("Occupations"),
    "institutions": N_("Institutions"),
    "catalog": N_("Courses"),
    "outcomes": N_("Outcomes of training"),
    "assessors": N_("Assessment bodies"),
    "qualifications": N_("Qualifications"),
    "shortage": N_("Occupations in demand"),
    "vacancies": N_("Vacancies"),
    "own-courses": N_("An institution's own courses"),
}
SOURCE_LABELS: Mapping[str, str] = {
    "cn-regions": N_("Places of China (provinces, cities, areas, streets)"),
    "cn-2022": N_("China's classification of occupations 2022"),
    "soc-2018": N_("US classification of occupations SOC 2018"),
    "us-nj-providers": N_("New Jersey's list of institutions"),
    "us-nj-outcomes": N_("New Jersey's outcomes by institution and field"),
    "us-nj-etpl": N_("New Jersey's list of eligible programs"),
    "moe-hei": N_("Ministry of Education's list of colleges"),
    "us-nj-credentials": N_("New Jersey's industry credentials"),
    "us-nj-licenses": N_("New Jersey's licences"),
    "us-nj-degrees": N_("New Jersey's degrees"),
    "us-nj-socs": N_("New Jersey's occupations in demand"),
    "us-nj-local-exceptions": N_("New Jersey's local exceptions"),
    "generic": N_("Our own format"),
}
RUN_STATE_LABELS: Mapping[ImportRunState, str] = {
    ImportRunState.RUNNING: N_("Running"),
    ImportRunState.DONE: N_("Done"),
    ImportRunState.FAILED: N_("Failed"),
}
RUN_STATE_TONES: Mapping[ImportRunState, str] = {
    ImportRunState.RUNNING: "waiting",
    ImportRunState.DONE: "done",
    ImportRunState.FAILED: "decision",
}
DECISION_LABELS: Mapping[str, str] = {
    PreviewDecision.APPLIED: N_("Applied"),
    PreviewDecision.DISCARDED: N_("Preview discarded"),
}
VERDICT_LABELS: Mapping[str, str] = {
    Verdict.ADDED: N_("Added"),
    Verdict.CHANGED: N_("Changed"),
    Verdict.WITHDRAWN: N_("Taken off the list"),
}
VERDICT_TONES: Mapping[str, str] = {
    Verdict.ADDED: "done",
    Verdict.CHANGED: "waiting",
    Verdict.WITHDRAWN: "decision",
}
FIELD_LABELS: Mapping[str, str] = {
    "title": N_("Title"),
    "description": N_("Description"),
    "hours": N_("Hours"),
    "mode": N_("How it is taught"),
    "fee_fen": N_("Fee"),
    "fee_parts": N_("Parts of the fee"),
    "certificate": N_("Certificate"),
    "prerequisites": N_("What learners need"),
    "attributes": N_("Further facts of the source"),
    "state": N_("State"),
    "level": N_("Skill level"),
    "quarantine_reason": N_("Held back"),
    "institution": N_("Institution"),
    "occupation": N_("Occupation"),
    "name": N_("Institution name"),
    "uscc": N_("Unified social credit code"),
    "kind": N_("Kind"),
    "address": N_("Address"),
    "city": N_("City"),
    "county": N_("County"),
    "postal_code": N_("Postal code"),
    "website": N_("Website"),
    "jurisdiction_id": N_("Place"),
}
SEVERITY_LABELS: Mapping[ProblemSeverity, str] = {
    ProblemSeverity.REJECTED: N_("Left out"),
    ProblemSeverity.QUARANTINED: N_("Held back"),
    ProblemSeverity.WARNING: N_("Warning"),
    ProblemSeverity.REPAIRED: N_("Mended"),
    ProblemSeverity.NOTED: N_("For information"),
}
SEVERITY_TONES: Mapping[ProblemSeverity, str] = {
    ProblemSeverity.REJECTED: "decision",
    ProblemSeverity.QUARANTINED: "decision",
    ProblemSeverity.WARNING: "waiting",
    ProblemSeverity.REPAIRED: "done",
    ProblemSeverity.NOTED: "neutral",
}
COUNT_LABELS: Mapping[str, str] = {
    "rows": N_("Rows read"),
    "added": N_("Added"),
    "changed": N_("Changed"),
    "unchanged": N_("Unchanged"),
    "retired": N_("Retired"),
    "quarantined": N_("Held back for a decision"),
    "suppressed": N_("Figures the source does not publish"),
    "courses.added": N_("Courses added"),
    "courses.changed": N_("Courses changed"),
    "courses.unchanged": N_("Courses unchanged"),
    "courses.withdrawn": N_("Courses withdrawn"),
    "courses.quarantined": N_("Courses held back for a decision"),
    "institutions.added": N_("Institutions added"),
    "institutions.changed": N_("Institutions changed"),
    "institutions.unchanged": N_("Institutions unchanged"),
    "institutions.quarantined": N_("Institutions held back for a decision"),
}
