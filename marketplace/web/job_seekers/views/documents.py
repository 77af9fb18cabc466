"""My uploaded evidence."""

from __future__ import annotations

from flask import Response
from flask_login import current_user

from marketplace.edge.access import access, job_seeker
from marketplace.edge.downloads import attachment
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import NotFound
from marketplace.people.operations import open_own_document
from marketplace.people.queries import find_document_of_worker
from marketplace.web.job_seekers.blueprint import blueprint


@blueprint.get("/documents/<code>")
@access(job_seeker)
def download_my_document(code: str) -> Response:
    """Give me back what I uploaded."""
    document = find_document_of_worker(code, current_user.worker_id)
    if document is None:
        raise NotFound("document", code)
    with write_transaction():
        content = open_own_document(document.id, actor_id=current_user.user_id)
        media_type, file_name = document.media_type, document.file_name
    return attachment(content, media_type=media_type, file_name=file_name)
