"""The product's own source, read once: what the house rules are checked against."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from functools import cache, lru_cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "marketplace"
EDGES = ("web", "api", "cli", "edge")
Function = ast.FunctionDef | ast.AsyncFunctionDef


def short(path: Path) -> str:
    """A path as people name it."""
    return str(path.relative_to(ROOT))


def room_of(path: Path) -> str:
    """The room a file of the package lies in."""
    return path.relative_to(PACKAGE).parts[0]


@lru_cache(maxsize=1)
def product_files() -> tuple[Path, ...]:
    """Every Python file of the product."""
    return tuple(sorted(PACKAGE.rglob("*.py")))


@lru_cache(maxsize=1)
def tracked_files() -> tuple[Path, ...]:
    """Every file under version control; outside a checkout, every file that is not generated."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode == 0 and listed.stdout:
        names = [name for name in listed.stdout.split("\0") if name]
        return tuple(path for name in names if (path := ROOT / name).is_file())
    skipped = {".venv", "var", "__pycache__", ".git"}
    return tuple(
        path for path in ROOT.rglob("*") if path.is_file() and not skipped & set(path.parts)
    )


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def functions_of(path: Path) -> Iterator[Function]:
    for node in ast.walk(tree_of(path)):
        if isinstance(node, Function):
            yield node


def calls_of(node: ast.AST) -> Iterator[ast.Call]:
    for inner in ast.walk(node):
        if isinstance(inner, ast.Call):
            yield inner


def name_called(call: ast.Call) -> str:
    """`post_entry` for both `post_entry(...)` and `operations.post_entry(...)`."""
    if isinstance(call.func, ast.Name):
        return call.func.id
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""
