"""What is under version control holds for every machine and gives nothing away."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.meta.sources import ROOT, short, tracked_files

TEXT = {".py", ".md", ".html", ".txt", ".in", ".cfg", ".toml", ".yaml", ".yml", ".css", ".js",
        ".po", ".json", ".ini", ".mako", ""}  # fmt: skip
MACHINE_PATH = re.compile(r"(?<![\w.$}])/(work|root|home)/\w+|/tmp/[a-z]")
REGISTRY = re.compile(
    r"https?://[\w.-]*(pypi|pythonhosted|npmjs|registry|artifactory|nexus|mirror)[\w.-]*", re.I
)
SECRET = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY|AKIA[0-9A-Z]{16}|ghp_[A-Za-z0-9]{30}")
ID_NUMBER = re.compile(
    r"(?<!\d)([1-8]\d{5})(19|20)\d{2}(0[1-9]|1[0-2])([0-2]\d|3[01])\d{3}[\dX](?!\d)"
)
OURSELVES = Path("tests/meta/test_repository.py")


def _texts():
    for path in tracked_files():
        if path.suffix in TEXT and path.relative_to(ROOT) != OURSELVES:
            try:
                yield path, path.read_text("utf-8")
            except UnicodeDecodeError:
                pytest.fail(f"{short(path)} is not UTF-8")


@pytest.mark.parametrize("pattern", [MACHINE_PATH, REGISTRY, SECRET], ids=["path", "host", "key"])
def test_no_machine_is_named(pattern):
    found = [
        f"{short(path)}: {hit.group(0)}"
        for path, text in _texts()
        for hit in pattern.finditer(text)
    ]
    assert not found


def test_no_real_person_can_be_meant():
    """Examples of ID numbers use an area that was never assigned (99....), or cannot be valid."""
    found = [
        f"{short(path)}: {hit.group(1)}…"
        for path, text in _texts()
        if not path.name.endswith((".lock",)) and path.parent.name != "requirements"
        for hit in ID_NUMBER.finditer(text)
    ]
    assert not found, f"use an area prefix such as 990101: {found}"


def test_requirements_are_pinned_with_hashes():
    for name in ("run", "dev"):
        text = (ROOT / "requirements" / f"{name}.txt").read_text("utf-8")
        pins = re.findall(r"^([A-Za-z0-9_.\[\]-]+)==", text, re.M)
        assert len(pins) > 10
        assert text.count("--hash=sha256:") >= len(pins)


def test_import_contracts_are_kept():
    done = subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:]


def test_every_sentence_is_translated():
    done = subprocess.run(
        [sys.executable, "tools/translations.py", "check"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:]


def test_nothing_ignored_is_tracked():
    """A linked environment once went in; a checkout then overwrote the real one."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--ignored", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert not listed.stdout, f"git rm --cached {listed.stdout}"
