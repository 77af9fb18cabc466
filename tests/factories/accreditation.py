"""The smallest complete application for accreditation."""

from __future__ import annotations

from datetime import timedelta

from marketplace.accreditation.models import AccreditationApplication
from marketplace.accreditation.operations.dossier import (
    LegalFacts,
    add_scope,
    attach_document,
    begin_application,
    save_legal_facts,
)
from marketplace.accreditation.operations.review import submit_application
from marketplace.accreditation.rules import DOCUMENTS_NEEDED
from marketplace.catalog.models import Occupation
from marketplace.foundation import clock
from marketplace.institutions.models import Institution
from tests.factories.catalog import make_occupation
from tests.factories.institutions import make_uscc
from tests.factories.people import PNG
from tests.factories.teaching import make_room, make_site, make_trainer


def make_complete_application(
    institution: Institution, *, by: int, occupation: Occupation | None = None
) -> AccreditationApplication:
    """A draft with everything the checklist asks for: one site, one room, one trainer."""
    occupation = occupation or make_occupation()
    application = begin_application(institution.id, actor_id=by)
    facts = LegalFacts(
        institution.uscc or make_uscc(), "enterprise", "钱法人", "0436-1234567", "新华路 3 号"
    )
    save_legal_facts(application.id, facts, actor_id=by)
    site = make_site(institution)
    make_room(site)
    make_trainer(institution, occupation_code=occupation.code)
    add_scope(
        application.id,
        occupation_code=occupation.code,
        level=4,
        site_id=site.id,
        valid_from=clock.today(),
        valid_until=clock.today() + timedelta(days=700),
        actor_id=by,
    )
    for kind in DOCUMENTS_NEEDED:
        attach_document(
            application.id, kind=kind, file_name=f"{kind}.png", content=PNG, actor_id=by
        )
    return application


def make_submitted_application(
    institution: Institution, *, by: int, occupation: Occupation | None = None
) -> AccreditationApplication:
    """One that waits for the office."""
    application = make_complete_application(institution, by=by, occupation=occupation)
    return submit_application(application.id, declared=True, actor_id=by)
