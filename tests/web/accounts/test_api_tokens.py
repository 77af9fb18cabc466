"""Making and ending personal tokens in the browser."""

from __future__ import annotations

import re

from marketplace.foundation.db import db, write_transaction
from marketplace.people.models import ApiToken
from tests.factories.people import make_user

FORM = {"name": "月报程序", "scopes": ["read"], "days": "30"}


def _signed_in(client):
    with write_transaction():
        login = make_user().login
    return client.sign_in(login)


def test_a_token_is_shown_once_and_can_be_revoked(client):
    _signed_in(client).get("/account/api-tokens")
    page = client.post("/account/api-tokens", FORM, expect=200).get_data(as_text=True)
    secret = re.search(r"tvm_[\w-]+", page).group(0)
    assert secret not in client.get("/account/api-tokens").get_data(as_text=True)
    code = db.session.query(ApiToken).one().code
    client.post(f"/account/api-tokens/{code}/revoke")
    db.session.expire_all()
    assert db.session.query(ApiToken).one().revoked_at is not None


def test_a_token_without_name_or_for_ever_is_explained(client):
    _signed_in(client)
    client.post("/account/api-tokens", FORM | {"name": ""}, expect=422)
    client.post("/account/api-tokens", FORM | {"days": "9999"}, expect=422)
    assert db.session.query(ApiToken).count() == 0


def test_somebody_elses_token_is_not_there(client):
    _signed_in(client).post("/account/api-tokens", FORM, expect=200)
    code = db.session.query(ApiToken).one().code
    client.post("/account/sign-out")
    _signed_in(client).post(f"/account/api-tokens/{code}/revoke", expect=404)
