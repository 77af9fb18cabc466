"""Messages to the login that is signed in, whoever it is."""

from __future__ import annotations

from flask import redirect, render_template, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.edge.access import access, signed_in
from marketplace.edge.display import safe_path
from marketplace.edge.paging import asked_page
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import NotFound
from marketplace.notices.operations import mark_all_notices_read, mark_notice_read
from marketplace.notices.queries import find_notice, list_notices, params_of
from marketplace.notices.states import NOTICE_TEXTS
from marketplace.web.accounts.blueprint import blueprint


@blueprint.get("/notices")
@access(signed_in)
def list_my_notices() -> str:
    """My messages, newest first."""
    return render_template(
        "accounts/notices.html",
        page=list_notices(current_user.user_id, asked_page()),
        texts=NOTICE_TEXTS,
        params_of=params_of,
    )


@blueprint.post("/notices/<int:notice_id>/open")
@access(signed_in)
def open_notice(notice_id: int) -> Response:
    """Note that it was read and go where it leads."""
    notice = find_notice(notice_id, user_id=current_user.user_id)
    if notice is None:
        raise NotFound("notice", notice_id)
    way_on = notice.link
    with write_transaction():
        mark_notice_read(notice_id, user_id=current_user.user_id)
    return redirect(safe_path(way_on, otherwise=url_for("accounts.list_my_notices")), 303)


@blueprint.post("/notices/read")
@access(signed_in)
def mark_my_notices_read() -> Response:
    """Note that all were read."""
    with write_transaction():
        mark_all_notices_read(current_user.user_id)
    return redirect(url_for("accounts.list_my_notices"), 303)
