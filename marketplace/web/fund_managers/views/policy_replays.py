"""Replays: a past period decided again under a draft, as page and as CSV."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from flask import Response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response as Redirect

from marketplace.drafting import labels
from marketplace.drafting.models import PolicyReplay
from marketplace.drafting.operations.replays import job_key, run_replay, start_replay
from marketplace.drafting.queries.drafts import get_draft
from marketplace.drafting.queries.replays import (
    each_replay_line,
    find_replay_in_scope,
    list_place_names,
    list_replay_lines,
)
from marketplace.drafting.rules.charts import month_chart
from marketplace.drafting.rules.totals import (
    Figures,
    changed_outcomes,
    figures_from,
    rows_by_both,
    rows_by_month,
    rows_by_place,
)
from marketplace.drafting.states import Outcome
from marketplace.edge.access import access, officer
from marketplace.edge.downloads import attachment
from marketplace.edge.formats import sentence
from marketplace.edge.officers import officer_paths
from marketplace.edge.paging import asked_page, page_url
from marketplace.edge.reasons import show_reasons
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import NotFound, Refusal, Refused
from marketplace.foundation.files import csv_text
from marketplace.foundation.money import Money
from marketplace.foundation.text import day_from_text
from marketplace.jobs.labels import JOB_STATE_LABELS, JOB_STATE_TONES
from marketplace.jobs.queries import find_job_by_dedupe_key
from marketplace.vouchers.queries.schemes import get_scheme_version
from marketplace.web.fund_managers.blueprint import blueprint
from marketplace.web.fund_managers.draft_page import draft_page
from marketplace.web.fund_managers.forms.scheme_drafts import ReplayForm, ReturnDraftForm
from marketplace.web.fund_managers.views.scheme_drafts import draft_here


@blueprint.post("/drafts/<code>/replays")
@access(officer)
def replay_scheme_draft(code: str) -> Redirect | tuple[str, int]:
    """Replay a past period under the draft: small ones at once, large ones by the runner."""
    draft, place = draft_here(code)
    form = ReplayForm()
    days = _days_of(form) if form.validate_on_submit() else None
    if days is None:
        return draft_page(draft, place, ReturnDraftForm(), form), 422
    try:
        with write_transaction():
            replay = start_replay(
                draft.pack_text,
                from_on=days[0],
                until_on=days[1],
                actor_id=current_user.user_id,
                draft=draft,
            )
            run_replay(replay, actor_id=current_user.user_id)
            replay_code = replay.code
    except Refused as refused:
        show_reasons(form, refused)
        return draft_page(draft, place, ReturnDraftForm(), form), 422
    return redirect(url_for("fund_managers.show_policy_replay", code=replay_code), 303)


@blueprint.get("/replays/<code>")
@access(officer)
def show_policy_replay(code: str) -> str:
    """Who gains, who loses and why; what it costs by place and month; how long money lasts."""
    replay = _replay_here(code)
    figures = figures_from(replay.figures)
    for row in figures.outlook:
        row |= {key: _day(row[key]) for key in ("dry_before", "dry_after")}
    places = list_place_names(_place_ids(figures))
    months = rows_by_month(figures)
    outcome = _asked_outcome()
    return render_template(
        "fund_managers/show_policy_replay.html",
        replay=replay,
        draft=get_draft(replay.draft_id) if replay.draft_id else None,
        before=get_scheme_version(replay.based_on_id) if replay.based_on_id else None,
        figures=figures,
        outcomes=changed_outcomes(figures),
        months=months,
        chart=month_chart(months),
        place_rows=rows_by_place(figures),
        places=places,
        reasons=_sorted_reasons(figures),
        lines=list_replay_lines(replay.id, asked_page(), outcome=outcome),
        asked_outcome=outcome,
        page_url=page_url,
        labels=labels,
        currency=replay.pack["currency"],
        job=find_job_by_dedupe_key(job_key(replay.code)) if replay.finished_at is None else None,
        job_labels=JOB_STATE_LABELS,
        job_tones=JOB_STATE_TONES,
    )


@blueprint.get("/replays/<code>/lines.csv")
@access(officer)
def download_replay_lines(code: str) -> Response:
    """Every voucher that fares differently."""
    replay = _replay_here(code)
    header = [
        _("Voucher"), _("Place"), _("Day"), _("Outcome"), _("Paid then"), _("Under the draft"),
        _("Difference"), _("Reasons"), _("Rules"),
    ]  # fmt: skip
    return _csv(replay, "lines", header, _line_rows(replay))


@blueprint.get("/replays/<code>/costs.csv")
@access(officer)
def download_replay_costs(code: str) -> Response:
    """Cost by place and month."""
    replay = _replay_here(code)
    figures = figures_from(replay.figures)
    places = list_place_names(_place_ids(figures))
    header = [
        _("Place"), _("Month"), _("Classes"), _("Paid then"), _("Under the draft"), _("Difference"),
    ]  # fmt: skip
    rows = (
        [
            places[int(row.key.split("|")[0])],
            row.key.split("|")[1],
            str(row.classes),
            *_amounts(row.old_fen, row.new_fen, replay),
        ]
        for row in rows_by_both(figures)
    )
    return _csv(replay, "costs", header, rows)


def _line_rows(replay: PolicyReplay) -> Iterator[list[str]]:
    for line, voucher_code, place in each_replay_line(replay.id):
        rules = dict.fromkeys(reason["rule"] for reason in line.reasons if reason["rule"])
        yield [
            voucher_code,
            place,
            line.decided_on.isoformat(),
            sentence(labels.OUTCOME_LABELS[line.outcome]),
            *_amounts(line.old_fen, line.new_fen, replay),
            "; ".join(sentence(labels.reason_label(reason["code"])) for reason in line.reasons),
            "; ".join(rules),
        ]


def _amounts(old_fen: int, new_fen: int, replay: PolicyReplay) -> list[str]:
    currency = replay.pack["currency"]
    return [Money(fen, currency).decimal_text() for fen in (old_fen, new_fen, new_fen - old_fen)]


def _csv(replay: PolicyReplay, name: str, header: list[str], rows: Iterator[list[str]]) -> Response:
    return attachment(
        "".join(csv_text(header, rows)).encode(),
        media_type="text/csv; charset=utf-8",
        file_name=f"{replay.code}-{name}.csv",
    )


def _replay_here(code: str) -> PolicyReplay:
    replay = find_replay_in_scope(code, officer_paths())
    if replay is None:
        raise NotFound("replay", code)
    return replay


def _days_of(form: ReplayForm) -> tuple[date, date] | None:
    """The period asked for; a day that is none is told at its field."""
    found = []
    for entry in (form.from_on, form.until_on):
        day = day_from_text(entry.data or "")
        if day is None:
            refusal = Refusal("not_a_date", {"label": str(entry.label.text)}, field=entry.name)
            show_reasons(form, Refused(refusal))
        else:
            found.append(day)
    return (found[0], found[1]) if len(found) == 2 else None


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _asked_outcome() -> Outcome | None:
    asked = request.args.get("outcome", "")
    return Outcome(asked) if asked in tuple(Outcome) else None


def _place_ids(figures: Figures) -> set[int]:
    cells = {int(key.split("|")[0]) for key in figures.cells}
    return cells | {row["place_id"] for row in figures.outlook}


def _sorted_reasons(figures: Figures) -> list[tuple[str, int, int]]:
    """Reason, vouchers, fen more or less; the most money first."""
    rows = [(code, count, fen) for code, (count, fen) in figures.reasons.items()]
    return sorted(rows, key=lambda row: (-abs(row[2]), -row[1], row[0]))
