"""Business verbs about people; see the modules for meaning and refusals."""

from marketplace.people.operations.categories import (
    declare_category,
    declare_category_with_evidence,
    end_category_fact,
    refuse_category_fact,
    verify_category_fact,
    withdraw_category_fact,
)
from marketplace.people.operations.documents import (
    open_document,
    open_own_document,
    store_document,
)
from marketplace.people.operations.recovery_codes import (
    make_recovery_codes,
    use_recovery_code,
)
from marketplace.people.operations.roles import create_officer, grant_role, revoke_role
from marketplace.people.operations.second_factors import (
    add_passkey,
    begin_totp,
    confirm_totp,
    remove_passkey,
    remove_second_factors,
    use_passkey,
    use_totp,
)
from marketplace.people.operations.sign_in import check_password, record_sign_in
from marketplace.people.operations.users import (
    change_password,
    choose_locale,
    close_user,
    lock_login,
    register_user,
    replace_initial_password,
    set_initial_password,
    sign_out_everywhere,
    unlock_login,
)
from marketplace.people.operations.workers import (
    change_phone,
    change_place,
    register_worker,
    reveal_id_number,
)

__all__ = [
    "add_passkey",
    "begin_totp",
    "change_password",
    "change_phone",
    "change_place",
    "check_password",
    "choose_locale",
    "close_user",
    "confirm_totp",
    "create_officer",
    "declare_category",
    "declare_category_with_evidence",
    "end_category_fact",
    "grant_role",
    "lock_login",
    "make_recovery_codes",
    "open_document",
    "open_own_document",
    "record_sign_in",
    "refuse_category_fact",
    "register_user",
    "register_worker",
    "remove_passkey",
    "remove_second_factors",
    "replace_initial_password",
    "reveal_id_number",
    "revoke_role",
    "set_initial_password",
    "sign_out_everywhere",
    "store_document",
    "unlock_login",
    "use_passkey",
    "use_recovery_code",
    "use_totp",
    "verify_category_fact",
    "withdraw_category_fact",
]
