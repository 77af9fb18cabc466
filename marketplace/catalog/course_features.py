"""What of a course suits whom: languages, evenings, weekends, wheelchair, childcare. Pure.

A course says it among its attributes, an institution among its features; a source may use other
words (`evenings`, `childcare_help`, a text that names languages).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from marketplace.foundation.errors import N_
from marketplace.foundation.text import normal_form

FLAG_WORDS: dict[str, str] = {
    "evening": N_("In the evening"),
    "weekend": N_("At weekends"),
    "wheelchair": N_("Accessible by wheelchair"),
    "childcare": N_("Childcare"),
}
OTHER_NAMES = {
    "evening": ("evenings",),
    "weekend": ("weekends",),
    "childcare": ("childcare_help",),
}
"""What sources call the same thing."""
FEATURES = ("languages", *FLAG_WORDS)
"""Attributes of a course that our own format and the form of a course carry."""
LANGUAGE_WORDS: dict[str, str] = {
    "zh": N_("Chinese"),
    "en": N_("English"),
    "es": N_("Spanish"),
    "pt": N_("Portuguese"),
    "fr": N_("French"),
    "ht": N_("Haitian Creole"),
    "ru": N_("Russian"),
    "pl": N_("Polish"),
    "it": N_("Italian"),
    "ar": N_("Arabic"),
    "hi": N_("Hindi"),
    "ko": N_("Korean"),
    "ja": N_("Japanese"),
    "bo": N_("Tibetan"),
    "ug": N_("Uyghur"),
    "mn": N_("Mongolian"),
}
_LANGUAGE_NAMES = {
    "zh": "chinese mandarin cantonese 中文 汉语 普通话 粤语",
    "en": "english 英语 英文",
    "es": "spanish espanol español 西班牙语",
    "pt": "portuguese 葡萄牙语",
    "fr": "french 法语",
    "ht": "creole haitian 海地克里奥尔语",
    "ru": "russian 俄语",
    "pl": "polish 波兰语",
    "it": "italian 意大利语",
    "ar": "arabic 阿拉伯语",
    "hi": "hindi 印地语",
    "ko": "korean 朝鲜语 韩语",
    "ja": "japanese 日语",
    "bo": "tibetan 藏语",
    "ug": "uyghur 维吾尔语",
    "mn": "mongolian 蒙古语",
}
LANGUAGE_OF = {name: code for code, names in _LANGUAGE_NAMES.items() for name in names.split()}
_LATIN_OR_RUN = re.compile(r"[^\W\d_]+")


def language_codes(text: str) -> list[str]:
    """`Chinese, English (some Spanish)` -> zh, en, es: every word that is a language, in order."""
    return read_languages(text)[0]


def read_languages(text: str) -> tuple[list[str], list[str]]:
    """The codes of the languages a text names, and its words that are none."""
    if not text:
        return [], []
    codes: dict[str, None] = {}
    unknown = []
    for word in _LATIN_OR_RUN.findall(normal_form(text)):
        if code := LANGUAGE_OF.get(word) or (word if word in LANGUAGE_WORDS else None):
            codes[code] = None
        else:
            unknown.append(word)
    return list(codes), unknown


def languages_of(facts: Mapping[str, Any]) -> list[str]:
    """The codes of the languages a course or an institution says it teaches in."""
    named = facts.get("languages") or ""
    codes = language_codes(" ".join(map(str, named)) if isinstance(named, list) else str(named))
    return codes if facts.get("spanish") is not True or "es" in codes else [*codes, "es"]


def features_text(attributes: Mapping[str, Any]) -> dict[str, str]:
    """The columns of our own format: `zh, en`, yes, no; empty where nothing is known."""
    answers: dict[object, str] = {True: "yes", False: "no"}
    return {
        "languages": ", ".join(languages_of(attributes)),
        **{flag: answers.get(attributes.get(flag), "") for flag in FLAG_WORDS},
    }


def feature_facts(attributes: Mapping[str, Any]) -> list[tuple[str, str | tuple[str, ...]]]:
    """What a course itself says of all this, in words: label and answer."""
    found: list[tuple[str, str | tuple[str, ...]]] = []
    if codes := languages_of(attributes):
        found.append((N_("Languages"), tuple(LANGUAGE_WORDS[code] for code in codes)))
    for flag, label in FLAG_WORDS.items():
        if isinstance(answer := attributes.get(flag), bool):
            found.append((label, N_("yes") if answer else N_("no")))
    return found


def facts_of_offer(
    attributes: Mapping[str, Any], features: Mapping[str, Any]
) -> list[tuple[str, str | tuple[str, ...]]]:
    """The same with what holds for the whole institution, as search filters by both."""
    codes = dict.fromkeys([*languages_of(attributes), *languages_of(features)])
    both: dict[str, Any] = {"languages": list(codes)}
    for flag in FLAG_WORDS:
        names = (flag, *OTHER_NAMES.get(flag, ()))
        own = next((attributes[name] for name in names if name in attributes), None)
        at_large = True if any(features.get(name) is True for name in names) else None
        both[flag] = at_large if own is None else own
    return feature_facts(both)
