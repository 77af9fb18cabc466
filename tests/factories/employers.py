"""Employers and vacancies. Use in write_transaction."""

from __future__ import annotations

from itertools import count
from typing import Any

from marketplace.employers.models import Employer, Vacancy
from marketplace.employers.states import VacancyState
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.ids import new_code

_numbers = count(1)


def make_employer(name: str = "鹤翔家政服务有限公司") -> Employer:
    """Somebody who looks for people."""
    employer = Employer(
        code=new_code("EMP"),
        source="generic",
        source_key=f"E-{next(_numbers)}",
        name=name,
        contact="人事部 0436-3200000",
        created_at=clock.now(),
    )
    db.session.add(employer)
    db.session.flush()
    return employer


def make_vacancy(employer: Employer | None = None, **changes: Any) -> Vacancy:
    """An open vacancy for anybody."""
    values: dict[str, Any] = {
        "title": "电工",
        "openings": 2,
        "state": VacancyState.OPEN,
        "wage_fen_min": 450_000,
        "wage_fen_max": 600_000,
        "content_sha256": "0" * 64,
        "as_of": clock.today(),
        **changes,
    }
    vacancy = Vacancy(
        code=new_code("VA"),
        employer_id=(employer or make_employer()).id,
        source="generic",
        source_key=f"V-{next(_numbers)}",
        created_at=clock.now(),
        **values,
    )
    db.session.add(vacancy)
    db.session.flush()
    return vacancy
