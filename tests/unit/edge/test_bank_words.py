"""What a bank says by code is told in words; what is not known stays as it came."""

from __future__ import annotations

from marketplace.edge.bank_words import BANK_WORDS, bank_words


def test_codes_are_told_however_they_are_written_and_unknown_ones_are_left_alone():
    assert bank_words("AC04") == bank_words(" ac04 ") == "The account is closed"
    assert bank_words("XX99") == bank_words("") == ""
    assert all(code.isupper() and len(code) == 4 for code in BANK_WORDS)
