"""What the audit trail says about the end of a month."""

from marketplace.audit.events import register_events
from marketplace.foundation.errors import N_

register_events({"period.checked": N_("Month checked before closing")})
