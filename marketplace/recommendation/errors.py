"""Refusals of the recommendation room."""

from marketplace.foundation.errors import N_, register_refusals

register_refusals(
    {
        "log_empty": N_("%(name)s holds no complete pair of user and item."),
        "log_columns": N_("%(name)s needs a column of users and a column of items."),
        "log_without_test_users": N_(
            "Nobody in the test file occurs in the log with another choice: nothing to measure."
        ),
        "log_without_known_items": N_(
            "Nothing that was chosen in the test file occurs in the log: nothing to measure."
        ),
    }
)
