"""One quota as an officer sees it: its use, its people, its steps, and the forms to change it."""

from __future__ import annotations

from dataclasses import dataclass, field

from flask import render_template
from flask_login import current_user

from marketplace.edge.formats import localized, money
from marketplace.edge.officers import officer_paths
from marketplace.edge.paging import asked_page, page_url
from marketplace.edge.quota_pages import NameEmployeesForm
from marketplace.employers.queries.employers import list_members
from marketplace.foundation import clock
from marketplace.foundation.stored_refusals import refusal_from
from marketplace.funds.entries import available
from marketplace.jurisdictions.queries import get_jurisdiction
from marketplace.ledger.queries import list_balances_fen
from marketplace.people.queries import list_user_names
from marketplace.people.queries.workers import list_worker_masks
from marketplace.people.states import Role
from marketplace.quotas import labels
from marketplace.quotas.queries.namings import get_use, list_namings
from marketplace.quotas.queries.quotas import (
    QuotaItem,
    find_open_step,
    list_allotments_for,
    list_steps,
)
from marketplace.vouchers.queries.schemes import list_schemes_in_force
from marketplace.vouchers.states import VoucherOrigin
from marketplace.web.fund_managers.forms.quotas import (
    GrantQuotaForm,
    LowerQuotaForm,
    MemberForm,
    QuotaReasonForm,
    RaiseQuotaForm,
)


@dataclass(frozen=True)
class QuotaForms:
    """The forms of the page; the one that was sent keeps what was typed and what is wrong."""

    people: NameEmployeesForm = field(default_factory=lambda: NameEmployeesForm(formdata=None))
    more: RaiseQuotaForm = field(
        default_factory=lambda: RaiseQuotaForm(formdata=None, prefix="more")
    )
    fewer: LowerQuotaForm = field(
        default_factory=lambda: LowerQuotaForm(formdata=None, prefix="fewer")
    )
    reason: QuotaReasonForm = field(default_factory=lambda: QuotaReasonForm(formdata=None))
    member: MemberForm = field(default_factory=lambda: MemberForm(formdata=None, prefix="login"))

    @property
    def wrong(self) -> list[object]:
        """Those with something to mend."""
        forms = (self.people, self.more, self.fewer, self.reason, self.member)
        return [form for form in forms if form.errors]


def quota_page(item: QuotaItem, forms: QuotaForms) -> str:
    """The page of a quota."""
    quota = item.quota
    page, steps = list_namings(quota.id, asked_page()), list_steps(quota.id)
    members = list_members(item.employer.id)
    people = {one.naming.worker_id for one in page.items if one.naming.worker_id}
    logins = {login for step in steps for login in (step.proposed_by, step.decided_by) if login}
    logins |= {member.user_id for member in members}
    return render_template(
        "fund_managers/show_quota.html",
        item=item,
        quota=quota,
        use=get_use(quota.id),
        steps=steps,
        open_step=find_open_step(quota.id),
        page=page,
        masks=list_worker_masks(people),
        refusals={
            one.naming.id: [refusal_from(stored) for stored in one.naming.refusals]
            for one in page.items
        },
        members=members,
        names=list_user_names(logins),
        labels=labels,
        forms=forms,
        may_act=current_user.has_role(Role.FUND_OFFICER),
        is_over=quota.ends_on < clock.today(),
        page_url=page_url,
    )


def make_grant_form() -> GrantQuotaForm:
    """The form with the schemes given out by quota, and the allotments of the officer's places
    that may pay for them this year."""
    form = GrantQuotaForm()
    today = clock.today()
    offers = [
        offer
        for offer in list_schemes_in_force(on=today)
        if VoucherOrigin.QUOTA in offer.policy.ways_out
        and _concerns_me(get_jurisdiction(offer.scheme.jurisdiction_id).path)
    ]
    form.scheme_ids = {offer.scheme.code: offer.scheme.id for offer in offers}
    funds = sorted({offer.fund.id for offer in offers})
    allotments = list_allotments_for(funds, year=today.year, paths=officer_paths())
    left = list_balances_fen([available(allotment.code) for allotment, _p, _f in allotments])
    form.fill_choices(
        [
            (offer.scheme.code, f"{offer.scheme.code} · {localized(offer.version.title)}")
            for offer in offers
        ],
        [
            (
                str(allotment.id),
                f"{place.name} {money(left[available(allotment.code)], fund.currency)}"
                f" · {fund.name} {allotment.fiscal_year}",
            )
            for allotment, place, fund in allotments
        ],
    )
    return form


def _concerns_me(path: str) -> bool:
    """A scheme of the officer's places, or of a place above them."""
    return any(path.startswith(mine) or mine.startswith(path) for mine in officer_paths())
