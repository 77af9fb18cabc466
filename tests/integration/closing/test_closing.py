"""A month closes through the pages with two signatures, and nothing gets into it afterwards."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from datetime import UTC, date, datetime

import jwt
import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from marketplace.closing.models import PeriodCheck, PeriodPack
from marketplace.closing.operations import pack_is_intact, sign_close, sign_closing
from marketplace.edge import period_packs
from marketplace.foundation import clock
from marketplace.foundation.db import db, write_transaction
from marketplace.foundation.errors import Refused
from marketplace.ledger.entries import AccountName
from marketplace.ledger.models import Period
from marketplace.ledger.operations import post_entry
from marketplace.people.models import User
from marketplace.reconciliation.models import BankStatement
from marketplace.records.issuer import get_issuer
from marketplace.reporting.invariants import check_books
from tests.factories.bank import make_camt053, make_entry
from tests.factories.funds import make_funded_allotment, make_place
from tests.factories.people import make_officer
from tests.factories.rows import make_row
from tests.kept import kept
from tests.pages import PageClient

DECEMBER = datetime(2026, 12, 3, 2, tzinfo=UTC)
WHOLE = ("",)
pytestmark = pytest.mark.usefixtures("app", "now")


@pytest.fixture
@kept
def officers(app, now):
    """Two officers, money in the books, and a bank statement to the end of the month."""
    with write_transaction():
        make_funded_allotment()
        make_row(
            BankStatement,
            bank_account="MAIN",
            from_on=date(2026, 11, 1),
            to_on=date(2026, 11, 30),
            opening_fen=5,
            closing_fen=5,
            incoming_fen=0,
            outgoing_fen=0,
            imported_by=None,
        )
        return [make_officer(make_place()).id for _number in range(2)]


def _codes(act, *args, **values) -> tuple[str, ...]:
    with pytest.raises(Refused) as no, write_transaction():
        act(*args, **values)
    db.session.rollback()
    return no.value.codes


def test_two_officers_close_the_month_in_the_browser(app, officers, monkeypatch):
    # Laying out takes seconds of a processor; what is laid out is looked at instead.
    monkeypatch.setattr(period_packs, "pdf_of", lambda html: b"%PDF-" + html.encode())
    with clock.frozen(DECEMBER):
        maker, checker = (
            PageClient(app).sign_in(db.session.get_one(User, one).login) for one in officers
        )
        assert "2026-11" in maker.get("/fund/periods").get_data(as_text=True)
        maker.get("/fund/periods/2026-11")
        maker.post("/fund/periods/2026-11/check")
        maker.get("/fund/periods/2026-11")
        maker.post("/fund/periods/2026-11/sign")
        maker.get("/fund/periods/2026-11")
        maker.get("/fund/periods/2026-11/pack.zip", expect=404)
        maker.post("/fund/periods/2026-11/close")
        assert "refusal" in maker.get("/fund/periods/2026-11").get_data(as_text=True)
        checker.get("/fund/periods/2026-11")
        checker.post("/fund/periods/2026-11/close")
        checker.get("/fund/periods/2026-11")
        books = checker.get("/fund/periods/2026-11/books").get_data(as_text=True)
        assert "/fund/periods/2026-11/books?kind=allotment:available" in books
        one_kind = checker.get("/fund/periods/2026-11/books?kind=allotment:available")
        assert "/fund/books/allotment:available/" in one_kind.get_data(as_text=True)
        first = checker.get("/fund/periods/2026-11/pack.zip").get_data()
        archive = zipfile.ZipFile(io.BytesIO(first))
        manifest = json.loads(archive.read("manifest.json"))
        for name, expected in manifest["sha256"].items():
            assert hashlib.sha256(archive.read(name)).hexdigest() == expected
        signed = archive.read("manifest.jwt").decode()
        assert jwt.decode(signed, options={"verify_signature": False}) == manifest
        with pytest.raises(jwt.InvalidSignatureError):
            jwt.decode(signed[:-8] + "AAAAAAAA", _public_key(), algorithms=["EdDSA"])
        assert jwt.decode(signed, _public_key(), algorithms=["EdDSA"]) == manifest
        page = archive.read("period.pdf").decode()
        assert page.startswith("%PDF-")
        for told in (manifest["seal"]["head"], *manifest["sha256"].values()):
            assert told in page
        assert manifest["debits"] == manifest["credits"] > 0
        assert len(manifest["seal"]["head"]) == 64
        assert len(set(manifest["signatures"])) == 2
        assert pack_is_intact(db.session.scalars(select(PeriodPack)).one())
        assert check_books().ok
    assert len(db.session.scalars(select(PeriodCheck.id)).all()) == 2


def _public_key():
    issuer = get_issuer()
    return issuer.keys[issuer.current_key_id].public_key()


def test_what_is_missing_keeps_the_month_open_with_all_reasons(app, officers):
    sign = {"actor_id": officers[0], "paths": WHOLE}
    assert _codes(sign_closing, "2026-11", **sign) == ("month_not_over",)
    with write_transaction():
        db.session.execute(update(BankStatement).values(to_on=date(2026, 11, 29)))
    with clock.frozen(DECEMBER):
        assert _codes(sign_closing, "2026-11", **sign) == ("statements_missing",)
        outside = {"actor_id": officers[0], "paths": ("/999999/",)}
        assert _codes(sign_closing, "2026-11", **outside) == ("books_of_others",)


def test_the_database_closes_only_after_two_signatures_and_keeps_the_pack(app, officers):
    with pytest.raises(IntegrityError, match="first signature"), write_transaction():
        db.session.execute(
            update(Period).values(state="closed", closed_by=officers[0], closed_at=clock.now())
        )
    with clock.frozen(DECEMBER):
        with write_transaction():
            sign_closing("2026-11", actor_id=officers[0], paths=WHOLE)
        with write_transaction():
            pack = sign_close("2026-11", actor_id=officers[1], paths=WHOLE)
        with write_transaction():
            assert sign_close("2026-11", actor_id=officers[1], paths=WHOLE).id == pack.id
        with write_transaction(), pytest.raises(Refused, match="period_closed"):
            post_entry(_late(), actor_id=None)
    for statement in ("UPDATE period_pack SET manifest = '{}'", "DELETE FROM period_pack"):
        with pytest.raises(DBAPIError, match="stays as it is"), write_transaction():
            db.session.execute(text(statement))


def _late():
    from tests.factories import ledger as books

    return books.move(
        "fund.appropriated",
        "late",
        AccountName("fund:appropriated", "F"),
        AccountName("fund:unallotted", "F"),
        1,
    )


def test_an_imported_difference_keeps_the_month_open(app, officers):
    from marketplace.reconciliation.operations.matching import match_statement_lines
    from marketplace.reconciliation.operations.statements import import_bank_statement

    with write_transaction():
        import_bank_statement(
            make_camt053([make_entry("1.00", reference="NOBODY-1")], closing="999.00"),
            file_name="day.xml",
            bank_account="OTHER",
            actor_id=None,
        )
        match_statement_lines(actor_id=None)
    with clock.frozen(DECEMBER):
        found = _codes(sign_closing, "2026-11", actor_id=officers[0], paths=WHOLE)
    assert "differences_open" in found
