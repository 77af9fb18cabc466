"""Decisions about people: pure, every reason at once."""

from __future__ import annotations

import hmac
import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pyotp

from marketplace.foundation.errors import Refusal
from marketplace.foundation.text import normal_form, tidy
from marketplace.people import errors as _errors  # noqa: F401  (registers the refusals)
from marketplace.people.labels import FACT_STATE_LABELS
from marketplace.people.states import CategoryFactState, Role, Sex, WorkerCategory

PRIVACY_NOTICE_VERSION = "2026-11"
"""The edition of the privacy notice people accept now."""
WORKING_AGE = 16
"""Labour Law of the PRC, article 15."""
AGE_MAX = 120
NAME_LENGTH_MAX = 60
PASSWORD_LENGTH_MIN = 10
PASSWORD_LENGTH_MAX = 128
FAILED_LOGINS_MAX = 10
LOCKOUT = timedelta(minutes=15)
REVEALS_PER_HOUR = 200
FILE_BYTES_MAX = 5 * 1024 * 1024
TOTP_SECONDS = 30
RECOVERY_CODES = 10
RECOVERY_CODES_FEW = 2
"""From here on the person is urged to make new ones."""
RECOVERY_CODE_GROUPS = 3
RECOVERY_CODE_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without the letters and figures that are taken for one another."""

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_CHARACTERS = "10X98765432"
_LOGIN = re.compile(r"^[a-z0-9\u4e00-\u9fff][a-z0-9\u4e00-\u9fff._@-]{2,39}$")
_PERSONAL_LOGIN = re.compile(r"^(\d{11}|\d{15}|\d{17}[\dx])$")
_PHONE = re.compile(r"^(1[3-9]\d{9}|0\d{9,11}|\+(?!86)\d{8,15})$", re.ASCII)
_COMMON = frozenset(
    """1234567890 12345678910 0123456789 0987654321 9876543210 1q2w3e4r5t 1qaz2wsx3edc qwertyuiop
    qwerty12345 qwerty123456 password12 password123 password1234 passw0rd123 asdfghjkl1 zxcvbnm123
    iloveyou123 woaini1314 woaini520 woaini5201314 abc1234567 abcd123456 a123456789 aa12345678
    aa123456789 admin12345 admin123456 administrator welcome123 letmein123 5201314520
    1314520520 1111111111 qq123456789 abcdefghij changeme123 password!1 zhongguo123""".split()
)
_MAGIC = {
    "application/pdf": b"%PDF-",
    "image/jpeg": b"\xff\xd8\xff",
    "image/png": b"\x89PNG\r\n\x1a\n",
}
EXTENSIONS = {"application/pdf": ".pdf", "image/jpeg": ".jpg", "image/png": ".png"}

DOCUMENT_NEEDED = frozenset(WorkerCategory) - {
    WorkerCategory.RURAL_MIGRANT,
    WorkerCategory.ENTERPRISE_EMPLOYEE,
}
"""Categories a person proves with a document; for the others a declaration is enough."""


@dataclass(frozen=True, slots=True)
class IdNumber:
    """A resident ID number that is well formed (GB 11643), and what it says."""

    number: str
    born_on: date
    sex: Sex

    @property
    def area_code(self) -> str:
        """County of first registration. An unknown one is no fault: counties come and go."""
        return self.number[:6]


def normal_id_number(text: str) -> str:
    """Full-width characters, spaces and a small x brought to form; 15 digits brought to 18."""
    number = re.sub(r"[\s\-·.]", "", unicodedata.normalize("NFKC", tidy(text))).upper()
    if re.fullmatch(r"[0-9]{15}", number):
        body = f"{number[:6]}19{number[6:]}"
        return body + check_character(body)
    return number


def check_character(body: str) -> str:
    """The last character of an ID number: ISO 7064 MOD 11-2 over the 17 digits before it."""
    total = sum(int(digit) * weight for digit, weight in zip(body, _WEIGHTS, strict=True))
    return _CHECK_CHARACTERS[total % 11]


def read_id_number(text: str, *, on: date) -> IdNumber | tuple[Refusal, ...]:
    """Read an ID number, or say what is wrong with it. Never decides by the county code:
    codes of counties that were renamed or dissolved remain valid on the cards."""
    number = normal_id_number(text)
    if len(number) != 18:
        return (Refusal("id_number_length", field="id_number"),)
    if not re.fullmatch(r"[0-9]{17}[0-9X]", number):
        return (Refusal("id_number_characters", field="id_number"),)
    born_on = _date_of(number[6:14])
    reasons = []
    if born_on is None:
        reasons.append(Refusal("id_number_date", field="id_number"))
    elif born_on > on or age_on(born_on, on) > AGE_MAX:
        reasons.append(Refusal("id_number_future", field="id_number"))
    if check_character(number[:17]) != number[17]:
        reasons.append(Refusal("id_number_check", field="id_number"))
    if reasons or born_on is None:
        return tuple(reasons)
    return IdNumber(number, born_on, Sex.MALE if int(number[16]) % 2 else Sex.FEMALE)


def _date_of(digits: str) -> date | None:
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return None


def age_on(born_on: date, on: date) -> int:
    """Completed years of life on a day; who is born on 29 February has birthday on 1 March."""
    return on.year - born_on.year - ((on.month, on.day) < (born_on.month, born_on.day))


def normal_phone(text: str) -> str:
    """Separators and the prefix of China removed."""
    phone = re.sub(r"[\s\-()]", "", unicodedata.normalize("NFKC", tidy(text)))
    return re.sub(r"^(\+86|0086)(?=1[3-9]\d{9}$|0\d{9,11}$)", "", phone)


def refusals_for_name(name: str) -> tuple[Refusal, ...]:
    """A name as on the card: 1 to 60 characters, no digits; dots and spaces belong to many."""
    if not name or len(name) > NAME_LENGTH_MAX:
        return (Refusal("name_needed", field="name"),)
    if any(character.isdigit() for character in name):
        return (Refusal("name_characters", field="name"),)
    return ()


def refusals_for_phone(phone: str) -> tuple[Refusal, ...]:
    """Mobile and landline numbers of China, or an international number with its prefix."""
    return () if _PHONE.match(phone) else (Refusal("phone_form", field="phone"),)


def normal_login(text: str) -> str:
    """Logins are compared without regard to width and case."""
    return normal_form(text)


def refusals_for_login(login: str) -> tuple[Refusal, ...]:
    """What a login may look like. ID and telephone numbers are no logins: they are guessable
    and would put personal data in plain sight."""
    if _PERSONAL_LOGIN.match(login):
        return (Refusal("login_is_personal", field="login"),)
    return () if _LOGIN.match(login) else (Refusal("login_form", field="login"),)


def refusals_for_password(password: str, *, login: str) -> tuple[Refusal, ...]:
    """Length and a short list of what is always tried first; no rules about kinds of characters
    (NIST SP 800-63B)."""
    reasons = []
    if len(password) < PASSWORD_LENGTH_MIN:
        reasons.append(Refusal("password_short", {"length": PASSWORD_LENGTH_MIN}, field="password"))
    if len(password) > PASSWORD_LENGTH_MAX:
        reasons.append(Refusal("password_long", {"length": PASSWORD_LENGTH_MAX}, field="password"))
    plain = normal_form(password)
    if login and len(login) >= 4 and login in plain:
        reasons.append(Refusal("password_is_login", field="password"))
    if plain in _COMMON or len(set(plain)) <= 2:
        reasons.append(Refusal("password_common", field="password"))
    return tuple(reasons)


def media_type_of(content: bytes) -> str | None:
    """What a file really is, by its first bytes; none when it is not accepted."""
    return next((kind for kind, magic in _MAGIC.items() if content.startswith(magic)), None)


def refusals_for_file(content: bytes) -> tuple[Refusal, ...]:
    """Evidence is a PDF or a photo of at most 5 MB, whatever its name says."""
    if not content:
        return (Refusal("file_empty", field="document"),)
    if len(content) > FILE_BYTES_MAX:
        limit = FILE_BYTES_MAX // 1024 // 1024
        return (Refusal("file_too_large", {"limit": limit}, field="document"),)
    return () if media_type_of(content) else (Refusal("file_kind", field="document"),)


def safe_file_name(name: str, *, media_type: str) -> str:
    """The name without folders and odd characters, with the ending its content deserves."""
    last = re.split(r"[/\\]", tidy(name))[-1]
    stem = re.sub(r"[^\w\- ()（）]", "_", last.rpartition(".")[0] or last).strip(" ._")[:80]
    return (stem or "document") + EXTENSIONS[media_type]


@dataclass(frozen=True, slots=True)
class DeclarationFacts:
    """What is known when a person declares a category."""

    category: WorkerCategory
    valid_from: date
    valid_until: date | None
    born_on: date
    on: date
    by_worker: bool
    with_document: bool
    open_periods: tuple[tuple[date, date | None], ...]
    """Dates of the same category's facts that are declared or verified."""


def refusals_for_declaration(facts: DeclarationFacts) -> tuple[Refusal, ...]:
    """Dates must be possible, evidence present, and the category not already open then."""
    reasons = []
    if facts.valid_until is not None and facts.valid_until < facts.valid_from:
        reasons.append(Refusal("date_order", field="valid_until"))
    if facts.valid_from > facts.on:
        reasons.append(Refusal("begins_in_future", field="valid_from"))
    if facts.valid_from < facts.born_on:
        reasons.append(Refusal("before_birth", field="valid_from"))
    if facts.by_worker and not facts.with_document and facts.category in DOCUMENT_NEEDED:
        reasons.append(Refusal("evidence_needed", field="document"))
    if any(
        _overlap(facts.valid_from, facts.valid_until, start, end)
        for start, end in facts.open_periods
    ):
        reasons.append(Refusal("category_open", field="category"))
    return tuple(reasons)


def _overlap(start: date, end: date | None, other_start: date, other_end: date | None) -> bool:
    return start <= (other_end or date.max) and other_start <= (end or date.max)


@dataclass(frozen=True, slots=True)
class DecisionFacts:
    """What is known when an officer decides about a category fact."""

    state: CategoryFactState
    decided_on: date | None
    valid_from: date
    valid_until: date | None
    actor_is_worker: bool


def refusals_for_decision(facts: DecisionFacts) -> tuple[Refusal, ...]:
    """Decided once, by somebody else than the person it is about."""
    reasons = []
    if facts.state is not CategoryFactState.DECLARED:
        params = {"state": FACT_STATE_LABELS[facts.state], "day": facts.decided_on or "–"}
        reasons.append(Refusal("fact_decided", params))
    if facts.actor_is_worker:
        reasons.append(Refusal("own_matter"))
    if facts.valid_until is not None and facts.valid_until < facts.valid_from:
        reasons.append(Refusal("date_order", field="valid_until"))
    return tuple(reasons)


def refusals_for_grant(role: Role, *, has_place: bool) -> tuple[Refusal, ...]:
    """Who decides about money or inspects does so for a place; only administrators everywhere."""
    if has_place or role is Role.ADMINISTRATOR:
        return ()
    return (Refusal("role_needs_place", field="place"),)


def totp_step(secret: str, code: str, *, at: datetime, last_step: int | None) -> int | None:
    """The time step a code belongs to (RFC 6238, one step of drift); none when the code is
    wrong or its step was used: a code seen over a shoulder opens nothing."""
    digits = re.sub(r"\s", "", unicodedata.normalize("NFKC", code))
    present = int(at.timestamp()) // TOTP_SECONDS
    generator = pyotp.TOTP(secret)
    for step in (present - 1, present, present + 1):
        fresh = last_step is None or step > last_step
        right = hmac.compare_digest(generator.generate_otp(step).encode(), digits.encode())
        if fresh and right:
            return step
    return None


def normal_recovery_code(code: str) -> str:
    """A recovery code however it was typed: capitals, spaces and dashes do not count."""
    plain = unicodedata.normalize("NFKC", code).lower()
    return "".join(letter for letter in plain if letter in RECOVERY_CODE_ALPHABET)
