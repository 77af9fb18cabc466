"""PageClient: a test browser that checks every HTML page it fetches."""

from __future__ import annotations

import re
from typing import Any

import html5lib
from flask import Flask
from werkzeug.test import TestResponse

NAMESPACE = "{http://www.w3.org/1999/xhtml}"


class PageClient:
    """Wraps Flask's test client. `get` and `post` expect a status and inspect the page."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.browser = app.test_client()

    def get(self, path: str, *, expect: int = 200, **kwargs: Any) -> TestResponse:
        return self._checked(self.browser.get(path, **kwargs), expect)

    def post(
        self, path: str, data: dict[str, Any] | None = None, *, expect: int = 303, **kwargs: Any
    ) -> TestResponse:
        """Post a form as a browser would: with the CSRF token of the present browsing."""
        form = {"csrf_token": self.csrf_token(), **(data or {})}
        return self._checked(self.browser.post(path, data=form, **kwargs), expect)

    def csrf_token(self) -> str:
        page = self.browser.get("/account/sign-in?token=1").get_data(as_text=True)
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
        return found.group(1) if found else ""

    def _checked(self, response: TestResponse, expect: int) -> TestResponse:
        assert response.status_code == expect, (
            f"{response.request.path}: {response.status_code} instead of {expect}\n"
            + response.get_data(as_text=True)[:3000]
        )
        if response.mimetype == "text/html" and response.status_code not in (301, 302, 303):
            check_page(response.get_data(as_text=True), response.request.path)
        return response


def check_page(html: str, where: str = "") -> None:
    """Parses strictly, one h1, title contains it, unique ids, labelled inputs, tokens in forms."""
    parser = html5lib.HTMLParser(strict=False)
    document = parser.parse(html)
    problems = [
        str(error)
        for error in parser.errors
        if error[1] != "non-void-element-with-trailing-solidus"
    ]
    assert not problems, f"{where}: HTML errors {problems[:5]}"
    tags = list(document.iter())
    _check_headings(tags, where)
    ids = [tag.get("id") for tag in tags if isinstance(tag.tag, str) and tag.get("id")]
    assert len(ids) == len(set(ids)), (
        f"{where}: duplicated ids {sorted({i for i in ids if ids.count(i) > 1})}"
    )
    _check_forms(document, where)
    root = document if document.tag == f"{NAMESPACE}html" else document.find(f"{NAMESPACE}html")
    assert root is not None and root.get("lang") in ("zh-CN", "en"), f"{where}: lang"


def _text(tag: Any) -> str:
    return " ".join("".join(tag.itertext()).split())


def _check_headings(tags: list[Any], where: str) -> None:
    headings = [tag for tag in tags if tag.tag == f"{NAMESPACE}h1"]
    assert len(headings) == 1, f"{where}: {len(headings)} h1"
    title = next(tag for tag in tags if tag.tag == f"{NAMESPACE}title")
    assert _text(headings[0]) in _text(title), (
        f"{where}: title {_text(title)!r} lacks the h1 {_text(headings[0])!r}"
    )


def _check_forms(document: Any, where: str) -> None:
    labels = {tag.get("for") for tag in document.iter(f"{NAMESPACE}label")}
    wrapped = {id(field) for label in document.iter(f"{NAMESPACE}label") for field in label.iter()}
    for form in document.iter(f"{NAMESPACE}form"):
        names = {field.get("name") for field in form.iter(f"{NAMESPACE}input")}
        if (form.get("method") or "get").lower() == "post":
            assert "csrf_token" in names, f"{where}: a POST form has no csrf_token"
    for kind in ("input", "select", "textarea"):
        for field in document.iter(f"{NAMESPACE}{kind}"):
            if field.get("type") in ("hidden", "submit", "button"):
                continue
            labelled = field.get("id") in labels or field.get("aria-label") or id(field) in wrapped
            assert labelled, f"{where}: {kind} {field.get('name')!r} has no label"
