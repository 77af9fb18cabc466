"""What the audit trail says about reviews: that there is one, not what it says."""

from marketplace.audit.events import register_events
from marketplace.foundation.errors import N_
from marketplace.reviews import errors as _errors  # noqa: F401  (registers the sentences)

register_events({"review.given": N_("Training reviewed by the learner")})
