"""Every command with hostile arguments and files: exit 1 or 2 and a sentence, never a traceback.

Commands and their parameters are read off the program itself, so a new one is tried unlisted.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from marketplace.foundation.db import db
from tests.meta.sources import ROOT

FOREIGN = {"db", "routes", "run", "shell", "spec"}
"""Groups of the libraries, not ours."""
LONG = {("demo", "load"), ("demo", "story"), ("jobs", "run")}
"""Right arguments would make a world or run for ever: tried are those their types refuse."""
TEXTS = (
    "", " ", "-1", "９", "99999999999999999999999", "1e9", "2026-13-45", "0001-01-01",
    "9999-12-31", "'; DROP TABLE worker; --", "%s%n{{7*7}}", "x" * 5_000, "\u202e😀", "\udcff",
    "\x07\x1b[31m\n",
)  # fmt: skip
FILES = {
    "empty": b"",
    "blank": b"\n\n \n",
    "nul": b"\0" * 4_000,
    "binary": bytes(range(256)) * 20,
    "half utf-16": "编号,名称".encode("utf-16")[:-1],
    "latin": "naïve;Größe\n1;2\n".encode("latin-1"),
    "gb18030": "编号,名称\n1,甲\n".encode("gb18030"),
    "header only": b"code,name\n",
    "open quote": b'code,name\n1,"never closed\n' + b"x" * 20_000,
    "ragged": b"code,name\n1\n1,2,3,4\n,,,,,,\n",
    "one long line": b"a," * 50_000,
    "xml bomb": b'<!DOCTYPE a [<!ENTITY b "cc"><!ENTITY d "&b;&b;">]><a>&d;</a>',
    "xml with a file": b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
    "broken xml": b"<Document><BkToCstmrStmt>",
    "yaml bomb": b"a: &a [x,x]\nb: &b [*a,*a]\nc: [*b,*b,*b]\n",
    "yaml object": b"!!python/object/apply:os.system ['true']\n",
    "deep json": b"[" * 50_000,
    "zip": b"PK\x03\x04" + b"\0" * 500,
    "pdf": b"%PDF-1.7\n%\xff\xff\n",
}


def _commands(app) -> Iterator[tuple[tuple[str, str], click.Command]]:
    for group_name, group in sorted(app.cli.commands.items()):
        if group_name in FOREIGN or not isinstance(group, click.Group):
            continue
        for name, command in sorted(group.commands.items()):
            yield (group_name, name), command


def _reads(param: click.Parameter) -> bool:
    return isinstance(param.type, click.Path) and param.type.exists


def _writes(param: click.Parameter) -> bool:
    return isinstance(param.type, click.Path) and not param.type.exists


def _takes(param: click.Parameter, text: str) -> bool:
    try:
        param.type.convert(text, param, None)
    except click.ClickException:
        return False
    return True


def _plain(param: click.Parameter, folder: Path) -> str:
    """A value that the parameter's own type takes, and that names nothing there is."""
    if isinstance(param.type, click.Choice):
        return str(next(iter(param.type.choices)))
    if isinstance(param.type, click.Path):
        if not param.type.file_okay:
            return str(folder)
        file = folder / "plain.csv"
        file.write_bytes(b"code,name\n1,x\n")
        return str(file)
    return {"date": "2026-01-01", "integer": "1", "integer range": "1", "float": "1"}.get(
        param.type.name, "NOTHING-1"
    )


def _line(command: click.Command, folder: Path, odd: str, value: str) -> list[str]:
    """The command line with one parameter (`odd`) given a value; the rest is plain."""
    words, arguments = [], []
    for param in command.params:
        given = value if param.name == odd else _plain(param, folder)
        if isinstance(param, click.Argument):
            arguments.append(given)
        elif not getattr(param, "is_flag", False) and (param.name == odd or param.required):
            words.append(f"{param.opts[0]}={given}")
    return [*words, "--", *arguments]


class Runner:
    """Runs commands in this process and writes down what nobody should ever see."""

    def __init__(self, app) -> None:
        self.runner = app.test_cli_runner()
        self.wrong: list[str] = []
        self.tried = 0

    def run(self, name: tuple[str, str], words: list[str], what: str) -> int:
        self.tried += 1
        result = self.runner.invoke(args=[*name, *words], input="")
        shown = f"{' '.join(name)} {what}"
        bug = result.exception
        if bug is not None and not isinstance(bug, SystemExit):
            self.wrong.append(f"{shown}: {type(bug).__name__} {bug}"[:300])
        elif result.exit_code not in (0, 1, 2):
            self.wrong.append(f"{shown}: exit {result.exit_code}")
        elif result.exit_code and not result.output.strip():
            self.wrong.append(f"{shown}: exit {result.exit_code} without a word")
        db.session.rollback()
        return result.exit_code


@pytest.fixture
def runner(app, now) -> Runner:
    return Runner(app)


def test_odd_words_are_refused_in_words(app, runner, tmp_path):
    """One odd value in each parameter of each command, the others plain."""
    for name, command in _commands(app):
        for param in command.params:
            if getattr(param, "is_flag", False) or isinstance(param.type, click.Path):
                continue
            for text in TEXTS:
                if name in LONG and _takes(param, text):
                    continue
                line = _line(command, tmp_path, str(param.name), text)
                runner.run(name, line, f"{param.name}={ascii(text[:40])}")
    assert runner.tried > 200
    assert not runner.wrong, "\n".join(runner.wrong[:40])


@pytest.mark.sqlite  # files are read before the database is asked
def test_unreadable_files_are_refused_in_words(app, runner, tmp_path):
    taken = []
    for name, command in _commands(app):
        for param in filter(_reads, command.params):
            for what, content in FILES.items():
                place = _place(tmp_path, param, what, content)
                line = _line(command, tmp_path, str(param.name), str(place))
                if runner.run(name, line, f"{param.name}: {what}") == 0:
                    taken.append(f"{' '.join(name)}: {what}")
            if param.type.file_okay:  # type: ignore[attr-defined]
                odd = tmp_path / "\udcff\udcfe.csv"  # a name written in another encoding
                odd.write_bytes(b"code,name\n1,x\n")
                runner.run(name, _line(command, tmp_path, str(param.name), str(odd)), "odd name")
            for what, path in (("missing", tmp_path / "no"), ("wrong", _wrong(tmp_path, param))):
                line = _line(command, tmp_path, str(param.name), str(path))
                assert runner.run(name, line, what) == 2
    assert runner.tried > 100
    assert not runner.wrong, "\n".join(runner.wrong[:40])
    assert not taken, "\n".join(taken)


def test_places_that_cannot_be_written_are_refused_in_words(app, runner, tmp_path):
    (tmp_path / "file").write_text("x")
    for name, command in _commands(app):
        for param in filter(_writes, command.params):
            for path in (tmp_path, tmp_path / "file" / "below", tmp_path / "no" / "folder"):
                line = _line(command, tmp_path, str(param.name), str(path))
                runner.run(name, line, f"{param.name} {path.name}")
    assert runner.tried
    assert not runner.wrong, "\n".join(runner.wrong[:40])


def _place(folder: Path, param: click.Parameter, what: str, content: bytes) -> Path:
    """The content as a file; where a folder is asked for, as each of the files in it."""
    place = folder / what.replace(" ", "-")
    if param.type.file_okay:  # type: ignore[attr-defined]
        place = place.with_suffix(".csv")
        place.write_bytes(content)
        return place
    place.mkdir()
    for name in ("provinces.csv", "cities.csv", "areas.csv", "streets.csv"):
        (place / name).write_bytes(content)
    return place


def _wrong(folder: Path, param: click.Parameter) -> Path:
    """A folder for a file, a file for a folder."""
    if param.type.file_okay:  # type: ignore[attr-defined]
        return folder
    (folder / "file").write_text("x")
    return folder / "file"


def test_a_database_that_does_not_answer_is_said_in_one_line(tmp_path):
    environment = {**os.environ, "DATABASE_URL": f"sqlite:///{tmp_path / 'no' / 'books.db'}"}
    result = subprocess.run(
        [sys.executable, "-m", "flask", "--app", "wsgi", "ledger", "check"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1
    assert "the database does not answer" in result.stderr
    assert "Traceback" not in result.stderr
