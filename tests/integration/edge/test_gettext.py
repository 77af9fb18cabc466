"""Sentences in the language in force, also when it changes within a request."""

from __future__ import annotations

import pytest
from flask import render_template_string
from flask_babel import force_locale
from flask_babel import gettext as from_python

from marketplace.edge.language import COOKIE

pytestmark = pytest.mark.sqlite  # no data is touched

SAID = "{{ _('Sign in') }}|{{ gettext('Sign in') }}"


@pytest.mark.parametrize(("locale", "word"), [("en", "Sign in"), ("zh_Hans_CN", "登录")])
def test_templates_and_code_say_the_same(app, locale, word):
    with app.test_request_context(headers={"Cookie": f"{COOKIE}={locale}"}):
        assert render_template_string(SAID) == f"{word}|{word}"
        assert from_python("Sign in") == word


def test_a_letter_to_somebody_else_is_in_their_language(app):
    with app.test_request_context(headers={"Cookie": f"{COOKIE}=en"}):
        assert render_template_string("{{ _('Sign in') }}") == "Sign in"
        with force_locale("zh_Hans_CN"):
            assert render_template_string("{{ _('Sign in') }}") == "登录"
            assert from_python("Sign in") == "登录"
        assert render_template_string("{{ _('Sign in') }}") == "Sign in"
        assert from_python("Sign in") == "Sign in"


def test_values_are_escaped_and_sentences_are_not(app):
    template = "{{ _('%(count)s places left', count=count) }}"
    with app.test_request_context(headers={"Cookie": f"{COOKIE}=en"}):
        assert render_template_string(template, count="<b>") == "&lt;b&gt; places left"
