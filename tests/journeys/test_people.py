"""A person shows who they are, declares a category; an officer decides; a passkey signs in."""

from __future__ import annotations

import pytest

from marketplace.foundation.db import write_transaction
from marketplace.people.operations import store_document
from marketplace.people.states import WorkerCategory
from tests.browser import Site, assert_accessible, screenshot, sign_in
from tests.factories.people import (
    DOT,
    make_category_fact,
    make_jurisdiction,
    make_officer,
    make_worker,
    next_id_number,
)

pytestmark = pytest.mark.journey
LOOKS = [("zh_Hans_CN", 360), ("en", 1280)]


def _places():
    province = make_jurisdiction("990000", name="测试省")
    city = make_jurisdiction("990100", name="测试市", parent=province)
    return province, city, make_jurisdiction("990101", name="平安区", parent=city)


def _look(page, name: str, locale: str, width: int) -> None:
    assert_accessible(page)
    screenshot(page, f"people-{name}-{locale[:2]}-{width}")


@pytest.mark.parametrize(("locale", "width"), LOOKS)
def test_a_person_registers_one_question_at_a_time(site: Site, locale: str, width: int):
    with write_transaction():
        _places()
    page = site.visitor(locale=locale, width=width)
    send = "main form.stack button[type=submit]"
    page.goto("/account/sign-up")
    _look(page, "sign-up", locale, width)
    page.click(send)
    _look(page, "sign-up-empty", locale, width)
    page.fill("#login", "xiao-hua")
    page.fill("#password", "four quiet words here")
    page.fill("#name", "李小花")
    page.check("#privacy_notice")
    page.click(send)
    _look(page, "number", locale, width)
    page.fill("#id_number", "990101199005170011")
    page.click(send)
    _look(page, "number-wrong", locale, width)
    page.fill("#id_number", next_id_number())
    page.click(send)
    page.click(send)
    page.fill("#phone", "138 0013 8000")
    page.click(send)
    for name in ("测试省", "测试市", "平安区"):
        _look(page, f"place-{name}", locale, width)
        page.click(f"main ul.todo a:has-text('{name}')")
    _look(page, "place-chosen", locale, width)
    page.locator("main form button[type=submit].btn-primary").click()
    _look(page, "check", locale, width)
    page.click(send)
    page.wait_for_url("**/me/")
    _look(page, "start", locale, width)


@pytest.mark.parametrize(("locale", "width"), LOOKS)
def test_an_officer_empties_the_worklist(site: Site, locale: str, width: int):
    with write_transaction():
        province, _city, county = _places()
        worker = make_worker(residence_id=county.id)
        document = store_document(
            worker_id=worker.id, file_name="证.png", media_type="", content=DOT, actor_id=None
        )
        make_category_fact(worker, category=WorkerCategory.VETERAN, document_id=document.id)
        make_category_fact(make_worker(residence_id=county.id))
        make_officer(province, login="officer")
    page = site.visitor(locale=locale, width=width)
    page.goto("/account/sign-in")
    _look(page, "sign-in", locale, width)
    sign_in(page, "officer")
    _look(page, "fund-start", locale, width)
    page.goto("/fund/categories")
    _look(page, "worklist", locale, width)
    page.locator("main tbody a").first.click()
    _look(page, "decide", locale, width)
    page.locator("main form[action$='/verify'] button").click()
    page.locator("main form[action$='/refuse'] button").click()
    _look(page, "decide-no-reason", locale, width)
    page.locator("main input[name=reason_code]").first.check()
    page.locator("main form[action$='/refuse'] button").click()
    page.wait_for_url("**/fund/categories")
    _look(page, "worklist-empty", locale, width)


def test_a_passkey_opens_the_login_in_a_real_browser(site: Site):
    with write_transaction():
        make_officer(login="officer")
    # A passkey belongs to a host name; an address such as 127.0.0.1 is none.
    port = site.url.rsplit(":", 1)[1]
    page = site.visitor(locale="en", width=1280)
    here = f"http://localhost:{port}"
    device = page.context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    device.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )

    def show_password() -> None:
        page.goto(f"{here}/account/sign-in")
        page.fill("#login", "officer")
        page.fill("#password", "a long enough test password")
        page.locator("main form button[type=submit]").first.click()

    show_password()
    page.wait_for_url("**/fund/")
    page.goto(f"{here}/account/security")
    page.locator("form[data-passkey] button[type=submit]").click()
    page.wait_for_load_state()
    page.locator(".flash-success").wait_for()
    page.context.clear_cookies()
    show_password()
    page.wait_for_url("**/account/second-factor")
    page.locator("form[data-passkey] button[type=submit]").click()
    page.wait_for_url("**/fund/")
