"""The questions of a review, each answered with 1 to 5."""

from enum import StrEnum


class Question(StrEnum):
    OVERALL = "overall"
    TEACHING = "teaching"
    USEFULNESS = "usefulness"
    AS_PROMISED = "as_promised"
