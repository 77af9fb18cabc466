"""Kinds of jobs are shown in words."""

from marketplace.cli.runner import load_work
from marketplace.jobs.labels import JOB_KIND_LABELS


def test_every_kind_of_work_has_words():
    assert set(load_work()) == set(JOB_KIND_LABELS)
