"""Resident ID numbers, telephones, names, passwords, declarations: pure decisions."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pyotp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace.foundation.errors import Refusal
from marketplace.people import rules
from marketplace.people.rules import (
    DecisionFacts,
    DeclarationFacts,
    IdNumber,
    age_on,
    check_character,
    normal_id_number,
    normal_phone,
    read_id_number,
    refusals_for_decision,
    refusals_for_declaration,
    refusals_for_file,
    refusals_for_login,
    refusals_for_name,
    refusals_for_password,
    refusals_for_phone,
    safe_file_name,
    totp_step,
)
from marketplace.people.states import CategoryFactState, Sex, WorkerCategory

ON = date(2026, 11, 20)
births = st.dates(date(1910, 1, 1), date(2026, 11, 20))
areas = st.integers(100000, 999999).map(str)
serials = st.integers(0, 999)


def number_of(area: str, born_on: date, serial: int) -> str:
    body = f"{area}{born_on:%Y%m%d}{serial:03d}"
    return body + check_character(body)


def codes(answer: IdNumber | tuple[Refusal, ...]) -> list[str]:
    assert isinstance(answer, tuple)
    return [refusal.code for refusal in answer]


class TestIdNumbers:
    @settings(max_examples=300, deadline=None)
    @given(areas, births, serials)
    def test_every_well_formed_number_is_read_whatever_its_county(self, area, born_on, serial):
        found = read_id_number(number_of(area, born_on, serial), on=ON)
        assert isinstance(found, IdNumber)
        assert (found.born_on, found.area_code) == (born_on, area)
        assert found.sex is (Sex.MALE if serial % 2 else Sex.FEMALE)

    @settings(max_examples=300, deadline=None)
    @given(areas, births, serials, st.integers(0, 16), st.integers(1, 9))
    def test_one_wrong_digit_is_always_found(self, area, born_on, serial, place, step):
        number = number_of(area, born_on, serial)
        digit = str((int(number[place]) + step) % 10)
        assert isinstance(
            read_id_number(number[:place] + digit + number[place + 1 :], on=ON), tuple
        )

    @settings(max_examples=300, deadline=None)
    @given(areas, births, serials, st.integers(0, 15))
    def test_two_swapped_neighbours_are_always_found(self, area, born_on, serial, place):
        number = number_of(area, born_on, serial)
        a, b = number[place], number[place + 1]
        swapped = number[:place] + b + a + number[place + 2 :]
        if a != b:
            assert isinstance(read_id_number(swapped, on=ON), tuple)

    @settings(max_examples=300, deadline=None)
    @given(st.text(max_size=40))
    def test_any_text_gets_an_answer(self, text):
        found = read_id_number(text, on=ON)
        assert isinstance(found, IdNumber) or found

    def test_the_published_check_character(self):
        assert check_character("9901011949" + "1231002") == check_character("99010119491231002")
        assert check_character("11010519491231002") == "X"  # the example in the standard

    def test_width_spaces_and_small_x_do_not_matter(self):
        number = next(n for s in range(99) if (n := _number(s)).endswith("X"))
        wide = "".join(chr(ord(c) + 0xFEE0) for c in number)
        spaced = f"{number[:6]} {number[6:14]} {number[14:]}"
        for text in (number.lower(), wide, wide.lower(), spaced, f"\u3000{number}\t"):
            found = read_id_number(text, on=ON)
            assert isinstance(found, IdNumber)
            assert found.number == number

    def test_an_old_number_of_fifteen_digits_is_the_same_person(self):
        number = number_of("990101", date(1958, 3, 9), 123)
        old = number[:6] + number[8:17]
        assert normal_id_number(old) == number

    @pytest.mark.parametrize(
        ("text", "code"),
        [
            ("", "id_number_length"),
            ("99010119900517001", "id_number_length"),
            ("99010119900517A010", "id_number_characters"),
            ("X90101199005170010", "id_number_characters"),
            ("990101199005170011", "id_number_check"),
            ("990101199002300010", "id_number_date"),
            ("990101199013010010", "id_number_date"),
        ],
    )
    def test_what_is_wrong_is_said(self, text, code):
        assert code in codes(read_id_number(text, on=ON))

    def test_a_birth_in_the_future_or_in_1850_is_refused(self):
        for born_on in (date(2026, 11, 21), date(1850, 1, 1)):
            number = number_of("990101", born_on, 1)
            assert codes(read_id_number(number, on=ON)) == ["id_number_future"]

    def test_all_reasons_come_at_once(self):
        assert set(codes(read_id_number("990101199002300011", on=ON))) == {
            "id_number_date",
            "id_number_check",
        }


def _number(serial: int) -> str:
    return number_of("990101", date(1990, 5, 17), serial)


class TestAge:
    @pytest.mark.parametrize(
        ("born_on", "on", "age"),
        [
            (date(2010, 11, 20), date(2026, 11, 20), 16),
            (date(2010, 11, 21), date(2026, 11, 20), 15),
            (date(2008, 2, 29), date(2026, 2, 28), 17),
            (date(2008, 2, 29), date(2026, 3, 1), 18),
        ],
    )
    def test_years_are_completed_on_the_birthday(self, born_on, on, age):
        assert age_on(born_on, on) == age


class TestContact:
    @pytest.mark.parametrize(
        ("text", "normal"),
        [
            ("138 0013 8000", "13800138000"),
            ("+86 138-0013-8000", "13800138000"),
            ("００８６１３８００１３８０００", "13800138000"),
            ("0436-3245678", "04363245678"),
            ("+852 9123 4567", "+85291234567"),
        ],
    )
    def test_numbers_that_reach_somebody(self, text, normal):
        assert normal_phone(text) == normal
        assert not refusals_for_phone(normal)

    @pytest.mark.parametrize("text", ["", "12345", "1380013800", "138001380000", "phone", "+861"])
    def test_numbers_that_reach_nobody(self, text):
        assert refusals_for_phone(normal_phone(text))

    @pytest.mark.parametrize("name", ["王伟", "阿不都热依木·买买提", "Ann Lee", "㐄", "𠮷田"])
    def test_real_names_pass(self, name):
        assert not refusals_for_name(name)

    @pytest.mark.parametrize("name", ["", "王2", "x" * 61])
    def test_other_names_do_not(self, name):
        assert refusals_for_name(name)


class TestLogins:
    @pytest.mark.parametrize("login", ["abc", "王伟2", "a.b-c_d", "officer@baicheng", "1a2"])
    def test_good_logins(self, login):
        assert not refusals_for_login(login)

    @pytest.mark.parametrize(
        "login", ["", "ab", "-ab", "a b", "x" * 41, "13800138000", "9" * 15, "9" * 17 + "x"]
    )
    def test_bad_logins(self, login):
        assert refusals_for_login(login)

    @pytest.mark.parametrize(
        ("password", "code"),
        [
            ("short", "password_short"),
            ("x" * 129, "password_long"),
            ("my-somebody-x", "password_is_login"),
            ("1234567890", "password_common"),
            ("QWERTYUIOP", "password_common"),
            ("abababababab", "password_common"),
        ],
    )
    def test_passwords_that_are_refused(self, password, code):
        found = [refusal.code for refusal in refusals_for_password(password, login="somebody")]
        assert code in found

    def test_a_phrase_is_enough(self):
        assert not refusals_for_password("三个很长的词语组成短语", login="somebody")
        assert not refusals_for_password("correct horse battery", login="somebody")


class TestFiles:
    def test_kind_and_size(self):
        assert not refusals_for_file(b"%PDF-1.4 ...")
        assert not refusals_for_file(b"\xff\xd8\xff\xe0 ...")
        for content in (
            b"",
            b"<svg",
            b"PK\x03\x04",
            b" %PDF-",
            b"%PDF-" + bytes(rules.FILE_BYTES_MAX),
        ):
            assert refusals_for_file(content)

    @pytest.mark.parametrize(
        ("given", "kept"),
        [
            ("../../etc/passwd", "passwd.pdf"),
            ("C:\\temp\\证明.docx", "证明.pdf"),
            ("a\r\nSet-Cookie: x.pdf", "a Set-Cookie_ x.pdf"),
            ("", "document.pdf"),
            ("....", "document.pdf"),
            ("\u202efdp.exe", "fdp.pdf"),
        ],
    )
    def test_names_are_made_harmless(self, given, kept):
        assert safe_file_name(given, media_type="application/pdf") == kept


def _declaration(**changes):
    facts = {
        "category": WorkerCategory.VETERAN,
        "valid_from": date(2026, 1, 1),
        "valid_until": None,
        "born_on": date(1990, 1, 1),
        "on": ON,
        "by_worker": True,
        "with_document": True,
        "open_periods": (),
    }
    return [r.code for r in refusals_for_declaration(DeclarationFacts(**{**facts, **changes}))]


class TestDeclarations:
    def test_possible_dates_and_evidence_pass(self):
        assert not _declaration()
        assert not _declaration(open_periods=((date(2024, 1, 1), date(2025, 12, 31)),))

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"valid_until": date(2025, 1, 1)}, "date_order"),
            ({"valid_from": date(2026, 11, 21)}, "begins_in_future"),
            ({"valid_from": date(1989, 1, 1)}, "before_birth"),
            ({"with_document": False}, "evidence_needed"),
            ({"open_periods": ((date(2020, 1, 1), None),)}, "category_open"),
            ({"open_periods": ((date(2020, 1, 1), date(2026, 1, 1)),)}, "category_open"),
        ],
    )
    def test_each_refusal(self, changes, code):
        assert code in _declaration(**changes)

    def test_a_declaration_alone_is_enough_for_some(self):
        assert not _declaration(category=WorkerCategory.RURAL_MIGRANT, with_document=False)
        assert not _declaration(by_worker=False, with_document=False)

    @pytest.mark.parametrize("state", [s for s in CategoryFactState if s != "declared"])
    def test_only_a_waiting_declaration_is_decided(self, state):
        facts = DecisionFacts(state, ON, date(2026, 1, 1), None, actor_is_worker=False)
        assert [r.code for r in refusals_for_decision(facts)] == ["fact_decided"]

    def test_nobody_decides_about_themselves(self):
        facts = DecisionFacts(
            CategoryFactState.DECLARED, None, date(2026, 1, 1), None, actor_is_worker=True
        )
        assert [r.code for r in refusals_for_decision(facts)] == ["own_matter"]


class TestTotp:
    AT = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)

    def test_the_vector_of_rfc_6238(self):
        secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
        at = datetime.fromtimestamp(1111111109, UTC)
        assert totp_step(secret, "081804", at=at, last_step=None) == 37037036

    def test_one_step_of_drift_and_no_more(self):
        secret = pyotp.random_base32()
        for seconds, opens in ((-60, False), (-30, True), (0, True), (30, True), (60, False)):
            code = pyotp.TOTP(secret).at(self.AT + timedelta(seconds=seconds))
            found = totp_step(secret, code, at=self.AT, last_step=None)
            assert (found is not None) is opens

    def test_a_used_step_opens_nothing(self):
        secret = pyotp.random_base32()
        code = pyotp.TOTP(secret).at(self.AT)
        step = totp_step(secret, code, at=self.AT, last_step=None)
        assert totp_step(secret, code, at=self.AT, last_step=step) is None

    @pytest.mark.parametrize("code", ["", "abc", "12345", "1234567", "１２３", "é" * 6])
    def test_odd_codes_are_simply_wrong(self, code):
        assert totp_step(pyotp.random_base32(), code, at=self.AT, last_step=None) is None
