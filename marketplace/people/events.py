"""What the audit trail says about logins and people."""

from marketplace.audit.events import register_codes, register_events
from marketplace.foundation.errors import N_
from marketplace.people.labels import CATEGORY_LABELS, DECISION_REASON_LABELS, ROLE_LABELS

register_events(
    {
        "calendar_feed.created": N_("Private calendar address made"),
        "calendar_feed.revoked": N_("Private calendar address revoked"),
        "user.registered": N_("Login made"),
        "user.signed_in": N_("Signed in"),
        "user.sign_in_failed": N_("Sign-in failed: wrong password or code"),
        "user.sign_in_refused": N_("Sign-in refused: the login is shut, locked or closed"),
        "user.shut_for_a_while": N_("Login shut for a while after failed tries"),
        "user.signed_out_everywhere": N_("Signed out in every browser"),
        "user.password_changed": N_("Password changed"),
        "user.password_reset": N_("Password reset by an administrator"),
        "user.locked": N_("Login locked"),
        "user.unlocked": N_("Login unlocked"),
        "user.closed": N_("Login closed"),
        "user.role_granted": N_("Role given"),
        "user.role_revoked": N_("Role taken back"),
        "user.totp_confirmed": N_("Authenticator set up"),
        "user.passkey_added": N_("Passkey added"),
        "user.passkey_removed": N_("Passkey removed"),
        "user.recovery_codes_made": N_("Recovery codes made"),
        "user.recovery_code_used": N_("Signed in with a recovery code"),
        "user.second_factor_removed": N_("Second factors removed"),
        "api_token.created": N_("Access token made"),
        "api_token.revoked": N_("Access token revoked"),
        "worker.registered": N_("Person registered"),
        "worker.phone_changed": N_("Telephone number changed"),
        "worker.residence_changed": N_("Place of residence changed"),
        "worker.workplace_changed": N_("Place of work changed"),
        "worker.id_number_viewed": N_("ID number opened"),
        "document.stored": N_("Document stored"),
        "document.viewed": N_("Document opened"),
        "document.opened_by_owner": N_("Document opened by its owner"),
        "category.declared": N_("Category declared"),
        "category.verified": N_("Category confirmed"),
        "category.refused": N_("Category not confirmed"),
        "category.withdrawn": N_("Category taken back"),
        "category.ended": N_("Category ended"),
    },
    subjects={
        "calendar_feed": N_("Private calendar address"),
        "user": N_("Login"),
        "worker": N_("Person"),
        "api_token": N_("Access token"),
    },
)
register_codes("category.refused", DECISION_REASON_LABELS)
register_codes("category", CATEGORY_LABELS)
register_codes("role", ROLE_LABELS)
