"""PageClient: a test browser that checks every HTML page it fetches."""

from __future__ import annotations

import re
import secrets
from typing import Any, Self

from flask import Flask
from flask_login.utils import _create_identifier
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import select
from werkzeug.test import TestResponse

from marketplace.edge.identity import CurrentUser
from marketplace.edge.language import COOKIE, LOCALES
from marketplace.foundation.db import db
from marketplace.people.models import User
from marketplace.people.queries import list_second_factors
from marketplace.people.states import UserState
from tests.page_checks import check_page

PASSWORD = "a long enough test password"
"""What the people factory gives every login."""
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


class PageClient:
    """Wraps Flask's test client. `get` and `post` expect a status and inspect the page.

    Every request runs in its own application context, as in production: nothing kept on `g`
    (login, language, form token) leaks from one request into the next.
    """

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.browser = app.test_client()
        self._seen_token: str | None = None

    def speak(self, locale: str) -> Self:
        """Choose the language of the next pages: `en` or `zh_Hans_CN`."""
        assert locale in LOCALES
        self.browser.set_cookie(COOKIE, locale)
        return self

    def sign_in(self, user: Any) -> Self:
        """Be signed in; takes a user or a login.

        Whom the sign-in form would ask for more than the password goes through the form.
        """
        login = user if isinstance(user, str) else user.login
        db.session.rollback()
        known = db.session.scalars(select(User).where(User.login == login)).one()
        if (
            known.state != UserState.ACTIVE
            or known.must_change_password
            or list_second_factors(known)
        ):
            return self.sign_in_by_form(login)
        user_id = CurrentUser(known).get_id()
        db.session.rollback()
        with self.app.test_request_context(environ_base=self.browser.environ_base):
            browsing = _create_identifier()
        with self.browser.session_transaction() as session:
            session.clear()
            session.update(_user_id=user_id, _fresh=True, _id=browsing)
        self._seen_token = None
        return self

    def sign_in_by_form(self, user: Any, *, password: str = PASSWORD) -> Self:
        """As people do: the form token of a page, the login, the password."""
        self._request("GET", "/account/sign-in")
        assert self._seen_token, "the sign-in page has a form token"
        login = user if isinstance(user, str) else user.login
        answer = self.post("/account/sign-in", {"login": login, "password": password})
        assert answer.location, "the sign-in form leads on"
        return self

    def get(self, path: str, *, expect: int = 200, **kwargs: Any) -> TestResponse:
        return self._checked(self._request("GET", path, **kwargs), expect)

    def post(
        self, path: str, data: dict[str, Any] | None = None, *, expect: int = 303, **kwargs: Any
    ) -> TestResponse:
        """Post a form as a browser would: with the form token of the present browsing."""
        form = {"csrf_token": self.csrf_token(), **(data or {})}
        return self._checked(self._request("POST", path, data=form, **kwargs), expect)

    def csrf_token(self) -> str:
        """The token of the page before the browser, or what any page would give it now."""
        if self._seen_token is None:
            with self.browser.session_transaction() as session:
                known = session.setdefault("csrf_token", secrets.token_hex(20))
            signer = URLSafeTimedSerializer(str(self.app.secret_key), salt="wtf-csrf-token")
            self._seen_token = str(signer.dumps(known))
        return self._seen_token

    def _remember_token(self, answer: TestResponse) -> None:
        """What a browser would send next; an answer that leads on, as signing in, ends it."""
        html = answer.mimetype == "text/html"
        found = TOKEN.search(answer.get_data(as_text=True)) if html else None
        if found or answer.request.method == "POST":
            self._seen_token = found.group(1) if found else None

    def _request(self, method: str, path: str, **kwargs: Any) -> TestResponse:
        # The test's own database view ends here, so that it sees what the request saved.
        db.session.rollback()
        with self.app.app_context():
            answer = self.browser.open(path, method=method, buffered=True, **kwargs)
        answer.request.environ["wsgi.input"].close()  # a large upload is a temporary file
        self._remember_token(answer)
        return answer

    def _checked(self, response: TestResponse, expect: int) -> TestResponse:
        assert response.status_code == expect, (
            f"{response.request.path}: {response.status_code} instead of {expect}\n"
            + response.get_data(as_text=True)[:3000]
        )
        if response.mimetype == "text/html" and response.status_code not in (301, 302, 303):
            check_page(response.get_data(as_text=True), response.request.path)
        return response
