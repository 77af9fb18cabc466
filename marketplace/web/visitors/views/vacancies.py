"""The board of vacancies, one vacancy, and the page of an employer: for everybody."""

from __future__ import annotations

from flask import render_template, request

from marketplace.catalog.rules import LEVEL_WORDS
from marketplace.edge.access import access, anyone
from marketplace.edge.paging import asked_page, page_url
from marketplace.employers.queries.vacancies import (
    get_employer,
    get_vacancy_item,
    is_vacancy_open,
    list_open_vacancies,
)
from marketplace.foundation import clock
from marketplace.foundation.text import tidy
from marketplace.web.visitors.blueprint import blueprint

TEXT_MAX = 60


@blueprint.get("/vacancies")
@access(anyone)
def list_vacancies() -> str:
    """What is open now, newest first; searched by words of title, employer or occupation."""
    text = tidy(request.args.get("q", ""))[:TEXT_MAX]
    return render_template(
        "visitors/list_vacancies.html",
        page=list_open_vacancies(asked_page(), on=clock.today(), text=text),
        text=text,
        level_words=LEVEL_WORDS,
        page_url=page_url,
    )


@blueprint.get("/vacancies/<code>")
@access(anyone)
def show_vacancy(code: str) -> str:
    """What is asked for and offered, and by whom."""
    item = get_vacancy_item(code)
    return render_template(
        "visitors/show_vacancy.html",
        item=item,
        is_open=is_vacancy_open(item.vacancy, on=clock.today()),
        level_words=LEVEL_WORDS,
    )


@blueprint.get("/employers/<code>")
@access(anyone)
def show_employer(code: str) -> str:
    """An employer with its open vacancies."""
    employer = get_employer(code)
    return render_template(
        "visitors/show_employer.html",
        employer=employer,
        page=list_open_vacancies(asked_page(), on=clock.today(), employer_id=employer.id),
        level_words=LEVEL_WORDS,
        page_url=page_url,
    )
