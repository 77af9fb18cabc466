"""Documents point at what exists."""

from __future__ import annotations

import re

from tests.meta.sources import ROOT, short

LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)")


def test_every_link_between_documents_leads_somewhere():
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    broken = [
        f"{short(page)}: {target}"
        for page in pages
        for target in LINK.findall(page.read_text("utf-8"))
        if not (page.parent / target).exists() and target not in NOT_WRITTEN_YET
    ]
    assert not broken


NOT_WRITTEN_YET = {"docs/import-formats.md", "docs/policy-packs.md"}


def test_every_decision_is_in_the_index():
    folder = ROOT / "docs" / "decisions"
    index = (folder / "README.md").read_text("utf-8")
    absent = [path.name for path in folder.glob("[0-9]*.md") if path.name not in index]
    assert not absent, f"add to docs/decisions/README.md: {absent}"
