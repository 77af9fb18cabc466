"""House style that a machine can see: sizes, names, docstrings, queries."""

from __future__ import annotations

import ast
import re

import pytest

from tests.meta.sources import (
    PACKAGE,
    ROOT,
    calls_of,
    functions_of,
    name_called,
    product_files,
    room_of,
    short,
    tracked_files,
    tree_of,
)

FILE_LINES_MAX = 400
TEST_FILE_LINES_MAX = 600
FUNCTION_LINES_MAX = 50
TEMPLATE_LINES_MAX = 150
BANNED_FILES = {"utils", "helpers", "common", "misc", "base", "manager", "service", "handlers"}


def _lines(path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def test_files_stay_small():
    allowed = {"tests": TEST_FILE_LINES_MAX}
    long = [
        f"{short(path)}: {_lines(path)}"
        for path in tracked_files()
        if path.suffix == ".py"
        and path.relative_to(ROOT).parts[0] in ("marketplace", "tools", "tests", "benchmarks")
        and _lines(path) > allowed.get(path.relative_to(ROOT).parts[0], FILE_LINES_MAX)
    ]
    assert not long, f"make a package of the same name: {long}"


def test_functions_stay_small():
    long = [
        f"{short(path)}::{node.name}: {length}"
        for path in product_files()
        for node in functions_of(path)
        if (length := (node.end_lineno or 0) - node.lineno + 1) > FUNCTION_LINES_MAX
    ]
    assert not long, f"functions over {FUNCTION_LINES_MAX} lines: {long}"


def test_templates_stay_small():
    long = [
        f"{short(path)}: {_lines(path)}"
        for path in (ROOT / "templates").rglob("*.html")
        if _lines(path) > TEMPLATE_LINES_MAX
    ]
    assert not long, f"templates over {TEMPLATE_LINES_MAX} lines: {long}"


def test_file_names_say_what_is_inside():
    vague = [short(path) for path in tracked_files() if path.stem in BANNED_FILES]
    # `layouts/base.html` is what every Flask reader looks for.
    vague = [path for path in vague if path != "templates/layouts/base.html"]
    assert not vague, f"names that say nothing: {vague}"


DRAWERS = {"models", "operations", "queries", "rules", "entries"}


def test_every_package_file_holds_only_its_purpose():
    """A drawer that grew into a package also names what it holds, so that import paths stay."""
    for path in PACKAGE.rglob("__init__.py"):
        tree = tree_of(path)
        assert ast.get_docstring(tree), f"{short(path)} has no docstring"
        code = tree.body[1:]
        if path.parent.name in DRAWERS:
            code = [
                node
                for node in code
                if not isinstance(node, ast.ImportFrom) and not _names_exports(node)
            ]
        assert not code, f"{short(path)} holds code"


def _names_exports(node: ast.stmt) -> bool:
    return isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"


def test_every_room_states_its_purpose_in_both_languages():
    silent = [
        short(room / "__init__.py")
        for room in sorted(PACKAGE.iterdir())
        if (room / "__init__.py").exists()
        and not re.search("[\u4e00-\u9fff]", ast.get_docstring(tree_of(room / "__init__.py")) or "")
    ]
    assert not silent, f"no Chinese purpose: {silent}"


def test_every_module_and_operation_is_explained():
    silent = [short(path) for path in product_files() if not ast.get_docstring(tree_of(path))]
    silent += [
        f"{short(path)}::{node.name}"
        for path in product_files()
        if path.stem == "operations" or path.parent.name == "operations"
        for node in tree_of(path).body
        if isinstance(node, ast.FunctionDef)
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
    ]
    assert not silent, f"no docstring: {silent}"


def _query_functions():
    for path in product_files():
        if path.stem == "queries" or path.parent.name == "queries" or path.stem == "search":
            for node in tree_of(path).body:
                if isinstance(node, ast.FunctionDef) and node.name.startswith("list_"):
                    yield path, node


def _called_in(path, node: ast.FunctionDef) -> set[str | None]:
    """What a query calls, and what built the statements of its module that it runs."""
    named = {name.id for name in ast.walk(node) if isinstance(name, ast.Name)}
    built = [
        statement
        for statement in tree_of(path).body
        if isinstance(statement, ast.Assign)
        and any(isinstance(to, ast.Name) and to.id in named for to in statement.targets)
    ]
    return {name_called(call) for part in (node, *built) for call in calls_of(part)}


def _is_bounded(path, node: ast.FunctionDef) -> bool:
    called = _called_in(path, node)
    takes_page = any("PageRequest" in ast.unparse(arg.annotation or arg) for arg in _args(node))
    delegates = any(name.startswith("list_") for name in called)
    answers_ids = node.returns is not None and ast.unparse(node.returns).startswith("dict")
    return (
        takes_page
        or delegates
        or {"order_by", "limit"} <= called
        or (answers_ids and "in_" in called)
    )


def _args(node: ast.FunctionDef):
    return [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]


def test_every_list_is_ordered_and_bounded():
    loose = [
        f"{short(path)}::{node.name}"
        for path, node in _query_functions()
        if not _is_bounded(path, node)
    ]
    assert not loose, f"order_by and limit, or a PageRequest: {loose}"


@pytest.mark.parametrize("word", ["TODO", "FIXME", "XXX", "HACK"])
def test_nothing_is_left_for_later_in_comments(word):
    pattern = re.compile(rf"#.*\b{word}\b")
    left = [short(path) for path in product_files() if pattern.search(path.read_text("utf-8"))]
    assert not left, f"{word} in {left}"


def test_rooms_do_not_print():
    """Only the command line writes to the screen, and there through click."""
    loud = [
        f"{short(path)}:{call.lineno}"
        for path in product_files()
        for call in calls_of(tree_of(path))
        if isinstance(call.func, ast.Name) and call.func.id == "print" and room_of(path) != "cli"
    ]
    assert not loud, f"print() in {loud}"
