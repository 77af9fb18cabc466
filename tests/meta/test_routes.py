"""Every page says who may enter it, and every form that writes is protected."""

from __future__ import annotations

from marketplace.edge import access
from marketplace.web.site import csrf

CSRF_EXEMPT: frozenset[str] = frozenset(
    {"api_vouchers", "api_statement", "api_webhooks", "api_xapi"}
)
"""Blueprints whose routes ignore cookies altogether, so that no cookie can be ridden on."""


def _routes(site):
    return [
        rule
        for rule in site.url_map.iter_rules()
        if not rule.endpoint.endswith("static") and not rule.endpoint.startswith("openapi.")
    ]


def _view(site, rule):
    return site.view_functions[rule.endpoint]


def test_every_route_names_its_access_rule(site):
    closed = sorted(
        rule.endpoint
        for rule in _routes(site)
        if getattr(_view(site, rule), "access_rule", access.nobody) is access.nobody
    )
    assert not closed, f"no @access(rule) on {closed}: nobody can enter"


PRIVATE_AUDIENCES = {
    "job_seekers", "institution_staff", "fund_managers", "administrators",
    "inspectors", "assessors", "employers",
}  # fmt: skip


def test_only_public_rooms_let_anyone_in(site):
    """`anyone` belongs to visitors, signing in, the health check and the public API."""
    wrong = sorted(
        rule.endpoint
        for rule in _routes(site)
        if getattr(_view(site, rule), "access_rule", None) is access.anyone
        and rule.endpoint.split(".")[0] in PRIVATE_AUDIENCES
    )
    assert not wrong, f"open to anyone: {wrong}"


def test_an_audience_is_entered_by_its_own_people(site):
    """A page of an audience is closed to a stranger: its rule says no to a visitor."""
    with site.test_request_context("/"):
        wrong = sorted(
            rule.endpoint
            for rule in _routes(site)
            if rule.endpoint.split(".")[0] in PRIVATE_AUDIENCES and _view(site, rule).access_rule()
        )
    assert not wrong, f"a visitor may enter {wrong}"


def test_every_writing_route_is_protected_against_forged_requests(site):
    assert not csrf._exempt_views, f"exempt: {csrf._exempt_views}"
    exempt = {getattr(item, "name", item) for item in csrf._exempt_blueprints}
    assert exempt <= CSRF_EXEMPT, f"exempt without being listed: {exempt - CSRF_EXEMPT}"


def test_reading_never_writes_by_method(site):
    """A route that answers GET and acts on POST is two routes."""
    both = sorted(
        rule.endpoint for rule in _routes(site) if {"GET", "POST"} <= (rule.methods or set())
    )
    assert not both, f"GET and POST in one: {both}"


RULES_OF = {
    "visitors": {"anyone"},
    "accounts": {"signed_in", "anyone"},
    "job_seekers": {"job_seeker"},
    "institution_staff": {"institution_staff", "institution_manager"},
    "fund_managers": {"fund_officer", "officer"},
    "inspectors": {"inspector"},
    "assessors": {"assessor"},
    "employers": {"employer_staff"},
    "administrators": {"administrator", "officer"},
    "health": {"anyone"},
    "api_courses": {"anyone"},
    "api_directories": {"anyone"},
    "api_institutions": {"anyone"},
    "api_statement": {"token_of_institution_reader"},
    "api_suggestions": {"token_of_job_seeker"},
    "api_webhooks": {"anyone"},
    "api_xapi": {"token_of_learning_platform"},
    "api_vouchers": {"token_of_job_seeker", "token_of_institution_staff"},
}
"""Blueprint -> the rules its routes may name. A new blueprint, or another rule, is listed here."""

OPEN_ACCOUNTS = {
    "choose_language", "choose_print_size", "sign_in", "submit_sign_in", "sign_up",
    "submit_sign_up", "show_second_factor", "submit_second_factor", "show_privacy_notice",
    "show_new_password", "choose_new_password", "begin_passkey_sign_in", "submit_passkey",
    "show_recovery", "submit_recovery",
}  # fmt: skip
"""What somebody without a login needs from the accounts pages; nothing else there is open."""


def test_every_route_has_a_rule_of_its_audience(site):
    wrong = sorted(
        f"{rule.endpoint}: {name}"
        for rule in _routes(site)
        if (name := getattr(_view(site, rule), "access_rule", access.nobody).__name__)
        not in RULES_OF.get(rule.endpoint.split(".")[0], set())
    )
    assert not wrong, f"not a rule of this audience: {wrong}"


def test_only_listed_account_pages_are_open(site):
    wrong = sorted(
        rule.endpoint
        for rule in _routes(site)
        if rule.endpoint.startswith("accounts.")
        and _view(site, rule).access_rule is access.anyone
        and rule.endpoint.split(".")[1] not in OPEN_ACCOUNTS
    )
    assert not wrong, f"open to anyone: {wrong}"
