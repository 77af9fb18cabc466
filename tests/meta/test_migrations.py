"""Migrations: numbered, in one line, standing alone, at the recorded head."""

from __future__ import annotations

import ast
import re

from tests.meta.sources import ROOT, short, tree_of

VERSIONS = ROOT / "migrations" / "versions"
NAME = re.compile(r"^(\d{4})_[a-z0-9_]+$")


def _files():
    return sorted(VERSIONS.glob("*.py"))


def _constant(path, name: str):
    for node in tree_of(path).body:
        targets = node.targets if isinstance(node, ast.Assign) else []
        if isinstance(node, ast.AnnAssign):
            targets = [node.target]
        if any(isinstance(target, ast.Name) and target.id == name for target in targets):
            return ast.literal_eval(node.value)
    raise AssertionError(f"{short(path)} has no {name}")


def test_migrations_are_numbered_in_one_line():
    before = None
    for number, path in enumerate(_files(), start=1):
        found = NAME.match(path.stem)
        assert found, f"{path.name}: NNNN_what_it_does.py"
        assert int(found.group(1)) == number, f"{path.name} leaves a gap or comes twice"
        assert _constant(path, "revision") == found.group(1)
        assert _constant(path, "down_revision") == before
        before = found.group(1)


def test_the_recorded_head_is_the_last_migration():
    """Two people adding a migration at once conflict here, in git, and not in production."""
    recorded = (ROOT / "migrations" / ".current-head").read_text("ascii").strip()
    assert recorded == _files()[-1].stem, "write the new name into migrations/.current-head"


def test_migrations_import_nothing_of_ours():
    for path in _files():
        for node in ast.walk(tree_of(path)):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            assert not any(name.split(".")[0] == "marketplace" for name in names), short(path)
