"""Sentences of the rooms, as a reader gets them."""

from flask_babel import force_locale

from marketplace.edge.formats import sentence


def test_a_word_whose_translation_writes_a_percent_sign_stays_a_word(app):
    with app.test_request_context(), force_locale("zh_Hans_CN"):
        assert sentence("percent") == "比例（%）"


def test_a_sentence_gets_its_values_and_writes_a_percent_sign_once(app):
    with app.test_request_context(), force_locale("en"):
        assert sentence("at least %(least)s %%", {"least": 80}) == "at least 80 %"
