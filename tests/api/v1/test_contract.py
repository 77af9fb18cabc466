"""The REST interface keeps its contract: tokens, problems, idempotency, openapi."""

from __future__ import annotations

from datetime import timedelta

import pytest
from openapi_spec_validator import validate
from sqlalchemy import func, select

from marketplace.audit.models import KeptAnswer
from marketplace.foundation import clock
from marketplace.foundation.db import db, write_transaction
from marketplace.foundation.errors import Refused
from marketplace.institutions.queries import get_institution
from marketplace.people.models import ApiToken
from marketplace.people.operations.api_tokens import create_api_token, revoke_api_token
from marketplace.people.states import ApiScope
from marketplace.redemption.models import Redemption
from marketplace.redemption.operations.redeem import redeem_voucher
from tests.conftest import NOW
from tests.factories.catalog import make_listed_course
from tests.factories.people import make_user
from tests.factories.redemption import make_ready_case
from tests.kept import kept

BOTH = (ApiScope.READ, ApiScope.REDEEM)


def _token(user_id, *scopes):
    return create_api_token(
        user_id, name="script", scopes=scopes or BOTH, days=30, actor_id=user_id
    )[1]


@pytest.fixture
@kept
def case(app, now):
    with write_transaction():
        return make_ready_case()


@pytest.fixture
def api(app, now):
    """Calls with a token, as a program would; answers are JSON."""

    def call(method, path, *, token=None, key=None, **kwargs):
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        if key:
            headers["Idempotency-Key"] = key
        db.session.rollback()
        with app.app_context():  # a request of its own, as in production
            answer = app.test_client().open(path, method=method, headers=headers, **kwargs)
        db.session.rollback()
        return answer

    return call


def _redeem(api, case, token, *, key="retry-0001", body=None):
    path = f"/api/v1/vouchers/{case.voucher.code}/redemptions"
    return api("POST", path, token=token, key=key, json=body or {})


def test_the_description_is_valid_openapi_31(api):
    document = api("GET", "/api/v1/openapi.json").get_json()
    assert document["openapi"].startswith("3.1")
    validate(document)
    assert {"/api/v1/courses", "/api/v1/vouchers/{code}/redemptions"} <= set(document["paths"])


def test_courses_are_found_and_read_without_a_token(api):
    with write_transaction():
        course = make_listed_course(title="低压电工")
        code, institution_id = course.code, course.institution_id
        institution_code = get_institution(institution_id).code
    found = api("GET", "/api/v1/courses?q=电工").get_json()
    assert [result["code"] for result in found["results"]] == [code]
    assert isinstance(found["results"][0]["fee_fen"], int)
    assert api("GET", f"/api/v1/courses/{code}").get_json()["title"] == "低压电工"
    assert api("GET", f"/api/v1/institutions/{institution_code}").status_code == 200


@pytest.mark.parametrize("path", ["/api/v1/courses/none", "/api/v1/institutions/none", "/api/v1/x"])
def test_what_is_not_there_is_a_problem_404(api, path):
    answer = api("GET", path)
    assert answer.status_code == 404
    assert answer.mimetype == "application/problem+json"
    assert answer.get_json()["status"] == 404


def test_a_request_that_does_not_fit_is_a_problem_422_naming_the_field(api):
    answer = api("GET", "/api/v1/courses?page=minus&size=1000")
    assert answer.status_code == 422
    assert answer.mimetype == "application/problem+json"
    assert set(answer.get_json()["errors"]["query"]) == {"page", "size"}


def test_without_a_token_nobody_comes_in(api, case):
    assert api("GET", "/api/v1/vouchers").status_code == 401
    assert api("GET", "/api/v1/vouchers", token="tvm_wrong").status_code == 401
    assert _redeem(api, case, None).status_code == 401


def test_a_worker_sees_their_own_vouchers_only(api, case):
    with write_transaction():
        worker_token = _token(case.worker.user_id or _login_for(case.worker).id, ApiScope.READ)
        other = _token(case.staff.id, ApiScope.READ)
    found = api("GET", "/api/v1/vouchers", token=worker_token).get_json()
    assert [result["code"] for result in found["results"]] == [case.voucher.code]
    assert api("GET", "/api/v1/vouchers", token=other).status_code == 403


def _login_for(worker):
    user = make_user()
    db.session.merge(worker).user_id = user.id
    db.session.flush()
    return user


def test_staff_redeem_once_and_a_retry_gets_the_same_answer(api, case):
    with write_transaction():
        token = _token(case.staff.id)
    first = _redeem(api, case, token)
    assert first.status_code == 201, first.get_json()
    again = _redeem(api, case, token)
    assert (again.status_code, again.get_json()) == (201, first.get_json())
    assert again.headers["Idempotent-Replayed"] == "true"
    assert db.session.scalar(select(func.count()).select_from(Redemption)) == 1
    assert _redeem(api, case, token, key="retry-0002").get_json() == first.get_json()


def test_the_same_key_with_another_body_is_refused(api, case):
    with write_transaction():
        token = _token(case.staff.id)
    amount = _redeem(api, case, token).get_json()["amount_fen"]
    answer = _redeem(api, case, token, body={"amount_fen": amount + 1})
    assert answer.status_code == 422
    assert answer.mimetype == "application/problem+json"


def test_a_redemption_of_another_amount_is_refused_and_books_nothing(api, case):
    with write_transaction():
        token = _token(case.staff.id)
    answer = _redeem(api, case, token, body={"amount_fen": 1})
    assert answer.status_code == 409
    (reason,) = answer.get_json()["reasons"]
    assert (reason["code"], reason["field"]) == ("amount_differs_from_quote", "amount_fen")
    assert db.session.scalar(select(func.count()).select_from(Redemption)) == 0
    assert db.session.scalar(select(func.count()).select_from(KeptAnswer)) == 0


@pytest.mark.parametrize("amount", ["1", 1.5, True, 0, -1, 10**14])
def test_an_amount_that_is_no_whole_positive_number_is_422(api, case, amount):
    with write_transaction():
        token = _token(case.staff.id)
    assert _redeem(api, case, token, body={"amount_fen": amount}).status_code == 422


def test_money_is_not_moved_without_a_key(api, case):
    with write_transaction():
        token = _token(case.staff.id)
    assert _redeem(api, case, token, key=None).status_code == 422


def test_a_strangers_voucher_does_not_exist(api, case):
    with write_transaction():
        other = make_ready_case()
        token = _token(other.staff.id)
    assert _redeem(api, case, token).status_code == 404


def test_a_token_without_the_scope_may_not_redeem(api, case):
    with write_transaction():
        token = _token(case.staff.id, ApiScope.READ)
    assert _redeem(api, case, token).status_code == 403


def test_cookies_open_nothing_here(app, client, case):
    client.sign_in(case.staff)
    path = f"/api/v1/vouchers/{case.voucher.code}/redemptions"
    answer = client.browser.post(path, json={}, headers={"Idempotency-Key": "retry-0001"})
    assert answer.status_code == 401


def test_a_token_ends_when_revoked_or_old(api, case):
    with write_transaction():
        user_id = case.staff.id
        token = _token(user_id)
    with clock.frozen(NOW + timedelta(days=31)):
        assert _redeem(api, case, token).status_code == 401
    with write_transaction():
        code = db.session.scalars(select(ApiToken.code)).one()
        revoke_api_token(code, user_id=user_id, actor_id=user_id)
    assert _redeem(api, case, token).status_code == 401


def test_only_the_hash_of_a_token_is_kept(app, now):
    with write_transaction():
        secret = _token(make_user().id)
    row = db.session.scalars(select(ApiToken)).one()
    kept = " ".join(str(value) for value in vars(row).values())
    assert secret not in kept
    assert len(secret) > 43


@pytest.mark.parametrize(("name", "days"), [("", 30), ("x" * 81, 30), ("x", 0), ("x", 366)])
def test_a_token_that_is_nameless_or_lives_for_ever_is_refused(app, now, name, days):
    with pytest.raises(Refused), write_transaction():
        user = make_user()
        create_api_token(user.id, name=name, scopes=BOTH, days=days, actor_id=user.id)


def test_an_institution_reads_its_own_statement_and_no_other(api, case):
    with write_transaction():
        redeem_voucher(case.voucher.id, institution_id=case.institution.id, actor_id=case.staff.id)
        other = make_ready_case()
        own, stranger = _token(case.staff.id), _token(other.staff.id)
        redeem_only = _token(case.staff.id, ApiScope.REDEEM)
        learner = _token(case.worker.user_id)
        code, voucher = case.institution.code, case.voucher.code
    path = "/api/v1/institution/statement"
    answer = api("GET", path, token=own).get_json()
    (line,) = answer["results"]
    assert (answer["institution"], line["key"]) == (code, voucher)
    assert line["earned_fen"] == line["balance_fen"] == answer["closing_fen"] > 0
    assert (
        answer["opening_fen"] + answer["earned_fen"] - answer["paid_out_fen"]
        == (answer["closing_fen"])
    )
    theirs = api("GET", path, token=stranger).get_json()
    assert (theirs["results"], theirs["closing_fen"]) == ([], 0)
    before = api("GET", f"{path}?to_on=2020-01-01", token=own).get_json()
    assert (before["results"], before["closing_fen"]) == ([], 0)
    assert api("GET", f"{path}?from_on=2026-02-30", token=own).status_code == 422
    assert api("GET", path).status_code == 401
    assert api("GET", path, token=redeem_only).status_code == 403
    assert api("GET", path, token=learner).status_code == 403
