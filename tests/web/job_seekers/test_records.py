"""My record: taken along, proved, shared, and who looked; each page in both languages."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import logging
import re
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from openbadgeslib.ob3 import OB3VerificationError, OB3Verifier
from sqlalchemy import select

from marketplace.edge import pdf
from marketplace.foundation import clock
from marketplace.foundation.db import db, write_transaction
from marketplace.records.models import RecordLook
from marketplace.records.operations.changes import approve_change
from marketplace.records.states import ShareDetail
from marketplace.redemption.operations.redeem import redeem_voucher
from tests.factories.people import make_administrator, make_officer
from tests.factories.records import make_holder, make_proposal, make_share
from tests.kept import kept
from tests.pages import PageClient


@pytest.fixture
@kept
def held(app, now):
    with write_transaction():
        case, certificate, holder = make_holder("欧阳测试")
        redeem_voucher(case.voucher.id, institution_id=case.institution.id, actor_id=None)
    return case, certificate, holder


@pytest.fixture
def visitor(app, now) -> PageClient:
    return PageClient(app)


ZH = "zh_Hans_CN"
ONCE = pytest.mark.sqlite
"""The queries behind these are asked on both engines elsewhere."""


def kinds_of_looks() -> list[str]:
    return [
        kind.value for kind in db.session.scalars(select(RecordLook.kind).order_by(RecordLook.id))
    ]


def unpacked_streams(pdf_file: bytes) -> Iterator[bytes]:
    """What the compressed parts of a PDF say."""
    for packed in re.findall(rb"stream\r?\n(.*?)endstream", pdf_file, re.DOTALL):
        with contextlib.suppress(zlib.error):
            yield zlib.decompress(packed)


@ONCE
class TestTakingItAlong:
    def test_csv_is_safe_for_spreadsheets_and_json_names_every_field(self, client, held):
        case, certificate, holder = held
        client.speak("zh_Hans_CN").sign_in(holder)
        table = client.get("/me/record/export.csv")
        header, row = csv.reader(io.StringIO(table.get_data(as_text=True).lstrip("\ufeff")))
        cells = dict(zip(header, row, strict=True))
        assert cells["证书编号"] == certificate.code
        assert cells["培训券支付"] == "800.00"
        assert cells["查验地址"] == f"https://vouchers.test/certificates/{certificate.token}"
        document = json.loads(client.get("/me/record/export.json").get_data())
        (training,) = document["trainings"]
        assert (training["redeemed_fen"], document["currency"]) == (80_000, "CNY")
        assert training["certificate"]["number"] == certificate.code
        assert document["holder"]["name"] == "欧阳测试"
        assert case.worker.id_number not in json.dumps(document)

    def test_the_pdf_is_chinese_and_carries_the_code(self, client, held):
        _case, _certificate, holder = held
        answer = client.speak("zh_Hans_CN").sign_in(holder).get("/me/record/export.pdf")
        assert answer.data.startswith(b"%PDF-")
        inside = b"".join(unpacked_streams(answer.data))
        assert b"/FontFile" in inside  # embedded: it reads the same on every machine
        assert b"/StructTreeRoot" in inside  # tagged: it can be read aloud
        assert f"{ord('欧'):04x}".encode() in inside.lower()  # its text can be copied
        assert "欧阳" not in answer.headers["Content-Disposition"]

    def test_without_a_chinese_font_it_says_so_and_makes_none(self, client, held, monkeypatch):
        monkeypatch.setattr(pdf, "chinese_fonts", tuple)
        client.speak("en").sign_in(held[2])
        answer = client.get("/me/record/export.pdf", expect=303)
        assert "no font with Chinese characters" in client.get(answer.location).text

    def test_another_format_does_not_exist(self, client, held):
        client.sign_in(held[2]).get("/me/record/export.exe", expect=404)


class TestProving:
    def test_from_the_printed_code_to_the_public_page(self, client, visitor, held):
        case, certificate, holder = held
        mine = client.speak(ZH).sign_in(holder).get(f"/me/certificates/{certificate.code}")
        (address,) = set(
            re.findall(r'href="https://vouchers\.test(/certificates/[^"]+)"', mine.text)
        )
        page = visitor.speak("en").get(address)
        assert "genuine and valid" in page.text
        assert case.run.code not in page.text
        assert "欧***" in page.text
        assert "欧阳测试" not in page.text
        assert page.headers["X-Robots-Tag"] == "noindex, nofollow"
        client.get(address)  # my own look is none
        visitor.browser.head(address)
        assert kinds_of_looks() == ["certificate"]
        looks = client.get("/me/record/looks").text
        assert certificate.code in looks
        missing = visitor.get(address[:-1] + ("A" if address[-1] != "A" else "B"), expect=404)
        assert "no such certificate" in missing.text

    def test_an_outside_verifier_accepts_the_file_until_two_people_make_it_void(
        self, client, visitor, held
    ):
        case, certificate, holder = held
        real = datetime.now(UTC)  # verifiers go by their own clock
        with clock.frozen(real), write_transaction():
            change = make_proposal(certificate, case.staff.id)
            officer, code = make_officer(), change.code
        client.sign_in(holder)
        token = client.get(f"/me/certificates/{certificate.code}/credential.jwt").text

        def download(url: str) -> bytes:
            with clock.frozen(real):
                return visitor.browser.get(url.removeprefix("https://vouchers.test")).data

        verifier = OB3Verifier.for_issuer_did("did:web:vouchers.test", download=download)

        def verify():
            return verifier.verify(
                token, check_status=True, verify_status_list=True, download=download
            )

        if real < certificate.issued_at:
            pytest.skip("the clock of this machine is before the day of the tests")
        assert verify().achievement.name == certificate.title
        assert "欧阳测试" not in token
        with write_transaction():
            approve_change(certificate.id, code=code, answer="", actor_id=officer.id)
        with pytest.raises(OB3VerificationError, match="revocation"):
            verify()
        page = visitor.speak("en").get(f"/certificates/{certificate.token}").text
        assert "This certificate is void" in page

    @ONCE
    def test_what_verifiers_fetch_is_open_and_names_nobody(self, visitor, held):
        answer = visitor.browser.get("/credentials/status/0")
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert answer.mimetype == "application/vc+jwt"
        assert visitor.browser.get("/.well-known/did.json").json["id"] == "did:web:vouchers.test"
        visitor.get("/credentials/status/1", expect=404)


class TestSharing:
    def test_made_opened_seen_and_ended(self, client, visitor, held):
        case, _certificate, holder = held
        client.speak(ZH).sign_in(holder)
        page = client.get("/me/record/links")
        assert case.enrollment.code in page.text
        wrong = client.post("/me/record/links", {"label": "", "days": "7"}, expect=422)
        assert "请说明链接给谁" in wrong.text
        answer = client.post(
            "/me/record/links",
            {
                "label": "鹤城家政公司",
                "trainings": case.enrollment.code,
                "details": ["attendance", "amount"],
                "days": "7",
            },
            expect=200,
        )
        (address,) = set(re.findall(r"https://vouchers\.test(/records/[\w-]+)", answer.text))
        assert address not in client.get("/me/record/links").text  # shown once
        shown = visitor.speak("en").get(address).text
        assert "800.00" in shown
        assert "100" in shown
        assert "欧阳测试" not in shown
        assert _certificate.code not in shown
        assert "鹤城家政公司" not in shown
        assert "鹤城家政公司" in client.get("/me/record/looks").text
        (code,) = re.findall(
            r"/me/record/links/([A-Z0-9-]+)/end", client.get("/me/record/links").text
        )
        client.post(f"/me/record/links/{code}/end")
        over = visitor.get(address, expect=410).text
        assert "ended by its owner" in over
        assert kinds_of_looks() == ["link"]

    @ONCE
    def test_it_ends_by_itself_and_an_unknown_one_helps(self, client, visitor, held, now):
        case, certificate, _holder = held
        with write_transaction():
            _code, secret = make_share(
                case.worker, case.enrollment.code, details=tuple(ShareDetail), days=1
            )
        page = visitor.speak("en").get(f"/records/{secret}").text
        assert "欧阳测试" in page
        assert certificate.code in page
        with clock.frozen(now + timedelta(days=1, seconds=1)):
            assert "This link is over" in visitor.get(f"/records/{secret}", expect=410).text
        assert "no such link" in visitor.get("/records/unknown", expect=404).text

    @ONCE
    def test_an_institution_that_looks_is_named(self, client, visitor, held):
        case, _certificate, holder = held
        with write_transaction():
            _code, secret = make_share(case.worker, case.enrollment.code)
        visitor.speak("en").sign_in(case.staff).get(f"/records/{secret}")
        assert case.institution.name in client.sign_in(holder).get("/me/record/looks").text

    @ONCE
    def test_no_secret_and_no_name_reaches_the_log(self, visitor, held, caplog):
        case, certificate, _holder = held
        with write_transaction():
            _code, secret = make_share(case.worker, case.enrollment.code)
        with caplog.at_level(logging.INFO):
            for path in (f"/records/{secret}", f"/certificates/{certificate.token}"):
                visitor.get(path)
        assert "/records/<token>" in caplog.text
        for secret_text in (secret, certificate.token, "欧阳测试"):
            assert secret_text not in caplog.text


def test_certificates_at_work_are_proposed_decided_and_seen(client, visitor, held):
    case, certificate, holder = held
    with write_transaction():
        office_user = make_administrator()
    staff = client.speak(ZH).sign_in(case.staff)
    assert certificate.code in staff.get("/institution/certificates").text
    url = f"/institution/certificates/{certificate.code}"
    assert "欧阳测试" not in staff.get(url).text
    bad = {"kind": "void", "reason": "name_corrected", "note": "课时不足"}
    assert staff.post(f"{url}/changes", bad, expect=409)
    staff.post(f"{url}/changes", {**bad, "reason": "not_earned"})
    office = PageClient(client.app).speak(ZH).sign_in(office_user)
    waiting = office.get("/fund/certificates").text
    assert waiting.count(f'/fund/certificates/{certificate.code}"') == 2  # waits, and stands below
    assert certificate.code not in office.get("/fund/certificates?q=CT-NONE").text
    assert certificate.code in staff.get(f"/institution/certificates?q={certificate.code}").text
    page = office.get(f"/fund/certificates/{certificate.code}").text
    (code,) = re.findall(r"/changes/([A-Z0-9-]+)/approve", page)
    act = f"/fund/certificates/{certificate.code}/changes/{code}"
    assert office.post(f"{act}/reject", {"answer": ""}, expect=409)
    office.post(f"{act}/approve", {"answer": "同意"})
    assert certificate.code in office.get("/fund/certificates").text
    assert office.post(f"/fund/certificates/{certificate.code}/record", {"purpose": ""}, expect=422)
    record = office.post(
        f"/fund/certificates/{certificate.code}/record", {"purpose": "核查补贴"}, expect=200
    )
    assert "欧***" in record.text
    assert kinds_of_looks() == ["staff", "staff", "officer"]
    looks = visitor.speak("en").sign_in(holder).get("/me/record/looks").text
    assert "核查补贴" in looks
    visitor.get(f"/me/certificates/{certificate.code}")
