"""Hostile and clumsy input on every route and every form: never a 500, nothing half stored."""

from __future__ import annotations

import io
import json
import random
import re
import time
from collections.abc import Iterator
from itertools import zip_longest
from urllib.parse import quote

import pytest
from werkzeug.routing import Rule

from marketplace.edge.input_guard import UNREADABLE
from marketplace.foundation.db import db, dialect_name, write_transaction
from marketplace.people.models import User
from marketplace.reporting.invariants import check_books
from tests.conftest import laid_out
from tests.factories.matrix import World, make_world
from tests.factories.people import make_user
from tests.hostile import SEED, FoundForm, forms_of, generated, texts
from tests.matrix import ask, browser_of, leave_out_pdf, owner_of, path_of, routes
from tests.meta.sources import ROOT
from tests.page_checks import check_page
from tests.row_counts import row_counts

CPU_SECONDS_MAX = 1.0
"""Per engine and walk; what is left of the corpus when it is over is for the other walks."""
WALKERS = (
    "guest", "job seeker", "staff of A", "fund officer", "inspector", "assessor", "administrator",
)  # fmt: skip
LEFT_OUT = ("/account/sign-out",)
"""Forms that would end the walk."""
WRITE_BY_REFUSING = ("/account/sign-in", "/institution/look-up", "/me/sign-in")
STATION = "/station"
"""Failed attempts are counted there, on purpose, and at the station of every lesson."""

_checked: set[tuple[str, int]] = set()
"""Pages of a refusal are looked at once per form: what was typed changes little in them."""


@pytest.fixture
def world(app, now, monkeypatch) -> World:
    leave_out_pdf(monkeypatch)
    app.config["WTF_CSRF_ENABLED"] = False
    yield laid_out(make_world)
    app.config["WTF_CSRF_ENABLED"] = True


@pytest.fixture
def clock_of_work():
    """Runs from the first time it is asked: finding the forms is not yet work on them."""
    began: list[float] = []

    def has_time() -> bool:
        if not began:
            began.append(time.process_time())
        return time.process_time() - began[0] < CPU_SECONDS_MAX

    return has_time


def _books() -> set[str]:
    """What the checks of the books complain about; the rows of some factories are not booked."""
    db.session.rollback()
    return {violation.invariant for violation in check_books().violations}


def _complaint(answer, what: str) -> list[str]:
    if answer.status_code >= 500:
        return [f"{what}: {answer.status_code} {answer.get_data()[:160]!r}"]
    seen = (what.split("{")[0], answer.status_code)
    if answer.status_code >= 400 and answer.mimetype == "text/html" and seen not in _checked:
        _checked.add(seen)
        try:
            check_page(answer.get_data(as_text=True), what)
        except AssertionError as problem:
            return [str(problem)[:300]]
    return []


def _sendable(form: FoundForm, values: dict, content: bytes = b"") -> dict:
    files = {name: (io.BytesIO(content), values.get("", "x.png")) for name in form.files}
    kind = {"content_type": "multipart/form-data"} if form.multipart or files else {}
    return {"data": {**values, **files}, **kind}


_pages_with_forms: dict[str, list[str]] = {}
"""Who -> the pages on which that person met a form of a new shape: on the other engine, in the
same world, no other page is asked for."""


def _forms(app, world: World, who: str) -> list[FoundForm]:
    """Every form this person meets, each shape once."""
    browser = browser_of(app, world.people[who])
    found: dict[str, FoundForm] = {}
    rules = [rule for rule in routes(app, "GET") if _meets(who, rule)]
    if who in _pages_with_forms:
        rules = [rule for rule in rules if rule.endpoint in _pages_with_forms[who]]
    fruitful = []
    for rule in rules:
        path = path_of(app, rule, world)
        answer = ask(app, browser, path)
        if answer.status_code == 200 and answer.mimetype == "text/html":
            before = len(found)
            for form in forms_of(answer.get_data(as_text=True), path):
                found.setdefault(f"{form.method} {form.shape}", form)
            fruitful += [rule.endpoint] * (len(found) > before)
    _pages_with_forms[who] = fruitful
    return [form for form in found.values() if not form.path.startswith(LEFT_OUT)]


def _meets(who: str, rule: Rule) -> bool:
    own_login = rule.rule.startswith("/account/") and who == "job seeker"
    return owner_of(rule) in (who, "guest") or own_login


@pytest.mark.parametrize("who", WALKERS)
def test_forms_refuse_whatever_is_typed(app, world, who, clock_of_work):
    """Each form with all its fields at once, whatever the clock says; then field by field."""
    rng = random.Random(f"{SEED} {who}")
    pieces = [*texts(), *generated(40)]
    rng.shuffle(pieces)
    wrong: list[str] = []
    browser = browser_of(app, world.people[who])
    forms, books = _forms(app, world, who), _books()
    assert forms
    for turn, (form, name) in enumerate(_sendings(forms), 1):
        if name and not clock_of_work():
            break
        piece = pieces[turn % len(pieces)]
        values = (
            {**form.values, name: piece}
            if name
            else {one: pieces[(turn + n) % len(pieces)] for n, one in enumerate(form.values)}
        )
        wrong += _send(app, browser, form, values, piece)
    assert not wrong, "\n".join(sorted(set(wrong))[:40])
    assert _books() == books


def _sendings(forms: list[FoundForm]) -> Iterator[tuple[FoundForm, str]]:
    """What is filled in, in turn: all of a form (""), then one field of each and the next one."""
    for _round in range(50):
        yield from ((form, "") for form in forms)
        fields = zip_longest(*(form.values for form in forms))
        yield from (
            (form, name)
            for names in fields
            for form, name in zip(forms, names, strict=True)
            if name
        )


def test_what_is_stored_after_all_is_noticed(world):
    """The control of the walks: an unchanged count is remembered, a changed one is not."""
    before = row_counts()
    assert row_counts() == before
    with write_transaction():
        make_user("one-more")
    assert dict(row_counts())[User.__tablename__] == dict(before)[User.__tablename__] + 1


def _send(app, browser, form: FoundForm, values: dict, piece: str) -> list[str]:
    what = f"{form.method} {form.path} {str({k: v[:40] for k, v in values.items()})[:300]}"
    if form.method == "GET":
        return _complaint(ask(app, browser, form.path, query_string=values), what)
    before = row_counts()
    sendable = _sendable(form, values, piece.encode("utf-8", "surrogatepass"))
    answer = ask(app, browser, form.path, "POST", **sendable)
    wrong = _complaint(answer, what)
    counted = form.path.startswith(WRITE_BY_REFUSING) or form.path.endswith(STATION)
    refused = answer.status_code >= 400 and not counted
    if refused and row_counts() != before:
        wrong.append(f"{what}: {answer.status_code}, yet something was stored")
    return wrong


@pytest.mark.sqlite  # once is enough: what each route refuses does not hang on the engine
def test_every_route_that_writes_refuses_whatever_is_sent(app, world):
    """Also those whose button no page of the world shows: every field the product reads anywhere,
    filled from the corpus, and nothing at all. A new route is asked without being listed."""
    names = sorted(_field_names())
    assert len(names) > 60
    # What the guard at the door turns away has its own tests; this is what gets in.
    pieces = [piece for piece in texts() if len(piece) < 2_000 and not UNREADABLE.search(piece)]
    wrong: list[str] = []
    for turn, rule in enumerate(routes(app, "POST")):
        path = path_of(app, rule, world)
        values = {name: pieces[(turn * 31 + n) % len(pieces)] for n, name in enumerate(names)}
        # Each as a fresh sign-in: some of these acts end the browser's.
        browser = browser_of(app, world.people[owner_of(rule)])
        wrong += _complaint(ask(app, browser, path, "POST", data={}), f"POST {path} empty")
        answer = ask(app, browser, path, "POST", data=values)
        wrong += _complaint(answer, f"POST {path}")
        if answer.status_code == 400 and not rule.rule.startswith("/api/"):
            wrong.append(f"POST {path}: turned away at the door")
    assert not wrong, "\n".join(sorted(set(wrong))[:40])


def _field_names() -> set[str]:
    """What any view reads from a form: fields of form classes, and names asked for directly."""
    found: set[str] = set()
    for path in sorted((ROOT / "marketplace" / "web").rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        found |= set(re.findall(r"request\.(?:form|files)\.get(?:list)?\(\s*\"(\w+)\"", text))
        found |= set(re.findall(r"^    (\w+) = \w+Field\(", text, flags=re.MULTILINE))
    return found


def test_addresses_and_filters_take_anything(app, world, clock_of_work):
    """Every parameter of every address, and the usual filters of lists."""
    wrong: list[str] = []
    browsers = {who: browser_of(app, world.people[who]) for who in WALKERS}
    pieces = [piece for piece in texts() if len(piece) < 20_000]
    names = ("page", "q", "state", "kind", "from", "to", "sort", "level", "year", "place", "next")
    rules = routes(app, "GET")
    middle = len(rules) // 2 if dialect_name() == "postgresql" else 0  # time ends before the list
    turn = 0
    for _round in range(20):
        for rule in [*rules[middle:], *rules[:middle]]:
            if not clock_of_work():
                break
            turn += 1
            query = {
                name: pieces[(turn + n * 7) % len(pieces)][:1500] for n, name in enumerate(names)
            }
            path = path_of(app, rule, world)
            browser = browsers[owner_of(rule)]
            wrong += _complaint(
                ask(app, browser, path, query_string=query), f"{path} {query}"[:400]
            )
            one = {names[turn % len(names)]: pieces[turn % len(pieces)][:1500]}
            wrong += _complaint(ask(app, browser, path, query_string=one), f"{path} {one}"[:400])
            if rule.arguments:
                hostile = _quoted(pieces[(turn * 3) % len(pieces)][:2000])
                broken = path.rsplit("/", 1)[0] + "/" + hostile
                wrong += _complaint(ask(app, browser, broken), broken[:300])
    assert turn
    assert not wrong, "\n".join(sorted(set(wrong))[:40])


def _quoted(piece: str) -> str:
    return quote(piece.encode("utf-8", "surrogatepass"), safe="")


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/courses/%00", 404),
        ("/courses?q=%00", 400),
        ("/courses?%00=1", 400),
        ("/courses?q=" + "x" * 3000, 400),
        ("/courses/" + "x" * 2000, 404),
        ("/courses?q=%ED%A0%80", 200),
        ("/courses?page=-1", 200),
        ("/courses?page=99999999999999999999", 200),
        ("/institutions?page=%C2%B2", 200),
        ("/api/v1/courses?q=%00", 400),
        ("/account/sign-in?next=%0D%0ASet-Cookie:x", 200),
    ],
)
def test_unreadable_addresses_get_a_page(client, path, expected):
    client.get(path, expect=expected)


def test_unreadable_forms_get_a_page(client):
    client.post("/account/sign-in", {"login": "a\0b", "password": "x"}, expect=400)
    client.post("/account/sign-in", {f"f{n}": "1" for n in range(10_000)}, expect=413)


@pytest.mark.parametrize(
    "path",
    ["/courses", "/institution/statement-of-account", "/fund/settlements", "/admin/audit"],
)
def test_filters_choose_no_scheme_and_no_host(app, world, path):
    """What is typed into an address does not steer `url_for`."""
    starts = {"/institution": "staff of A", "/admin": "administrator"}
    who = next((who for start, who in starts.items() if path.startswith(start)), "fund officer")
    query = {
        "_scheme": "javascript",
        "_external": "1",
        "endpoint": "x",
        "_anchor": "y",
        "kind": "z",
    }
    answer = ask(app, browser_of(app, world.people[who]), path, query_string=query)
    assert answer.status_code == 200
    assert "javascript:" not in answer.get_data(as_text=True)


@pytest.mark.parametrize("length", [8 * 1024 * 1024 + 1, 100 * 1024 * 1024])
def test_a_body_above_the_limit_is_not_read(app, now, length):
    answer = ask(
        app,
        app.test_client(),
        "/account/sign-in",
        "POST",
        input_stream=io.BytesIO(b"a=b"),
        content_type="application/x-www-form-urlencoded",
        environ_overrides={"CONTENT_LENGTH": str(length)},
    )
    assert answer.status_code == 413
    check_page(answer.get_data(as_text=True))


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", "[" * 100_000),
        ("application/json", json.dumps({"amount_fen": "\0"})),
        ("application/json", '{"amount_fen": "\\ud800"}'),
        ("application/json", "9" * 10_000),
        ("application/json", "{"),
        ("text/plain", "{}"),
        ("multipart/form-data", "no boundary"),
        ("multipart/form-data; boundary=x", "--x\r\n\r\n"),
        ("application/x-www-form-urlencoded", "&&&=%"),
        ("\x7f/€", "x"),
    ],
)
def test_bodies_of_the_wrong_kind_are_refused(app, world, content_type, body):
    paths = [
        f"/api/v1/vouchers/{world.objects['voucher']}/redemptions",
        "/account/sign-in",
        "/account/second-factor/passkey",
        "/account/second-factor/passkey/options",
        "/account/passkeys",
        "/account/passkeys/options",
    ]
    wrong = []
    browser = browser_of(app, world.people["job seeker"])
    for path in paths:
        sent = {"data": body, "headers": {"Content-Type": content_type, "Accept": "image/x;q=x"}}
        answer = ask(app, browser, path, "POST", **sent)
        wrong += _complaint(answer, f"{path} {content_type} {body[:20]}")
        if answer.status_code < 400 and path.startswith("/api"):
            wrong.append(f"{path} took {body[:20]}")
    assert not wrong, "\n".join(wrong)
