"""Refusals of the people room."""

from marketplace.foundation.errors import N_, register_refusals

register_refusals(
    {
        "id_number_length": N_("A resident ID number has 18 characters (or 15, if very old)."),
        "id_number_characters": N_("A resident ID number has digits only; the last may be X."),
        "id_number_date": N_("Digits 7 to 14 of the ID number are not a date of birth."),
        "id_number_check": N_("The ID number has a typing error: its last character does not fit."),
        "id_number_future": N_("The date of birth in the ID number is not possible."),
        "too_young": N_("People can take part from the age of %(age)s."),
        "id_number_taken": N_(
            "This ID number is already registered. If you did not register it, "
            "please go to a service window with your ID card."
        ),
        "user_has_worker": N_("This login already belongs to a person."),
        "privacy_notice_needed": N_("Please read and accept the privacy notice first."),
        "name_needed": N_("Please enter the name as on the ID card (at most 60 characters)."),
        "name_characters": N_("A name has no digits."),
        "phone_form": N_("This is not a telephone number we can reach, for example 138 0013 8000."),
        "residence_unknown": N_("Please choose the place where you live from the list."),
        "login_form": N_(
            "A login has 3 to 40 letters, digits, dots, hyphens or underscores, "
            "and starts with a letter or digit."
        ),
        "login_is_personal": N_("Do not use an ID number or telephone number as login."),
        "login_taken": N_("This login is taken. Please choose another one."),
        "password_short": N_("A password has at least %(length)s characters."),
        "password_long": N_("A password has at most %(length)s characters."),
        "password_is_login": N_("The password must not contain the login."),
        "password_common": N_("This password is among the first that thieves try."),
        "password_wrong": N_("The present password is wrong."),
        "password_same": N_("Please choose a password that differs from the present one."),
        "sign_in_failed": N_(
            "Login or password is wrong. After %(tries)s failed tries a login "
            "stays shut for %(minutes)s minutes."
        ),
        "second_factor_wrong": N_("This code is wrong or was used before. Wait for the next one."),
        "recovery_code_wrong": N_("This recovery code is wrong or was used before."),
        "second_factor_present": N_("An authenticator is already set up."),
        "second_factor_absent": N_("No second step of signing in is set up."),
        "passkey_present": N_("This passkey is already registered."),
        "user_state": N_("The login is %(state)s."),
        "last_administrator": N_("This is the last administrator; appoint another one first."),
        "own_login": N_("You cannot do this to your own login."),
        "role_held": N_("This role is already held there."),
        "role_needs_place": N_(
            "Only administrators hold their role everywhere. Enter the code of the place in which "
            "this role is held."
        ),
        "place_unknown": N_("No place has the code %(code)s."),
        "date_order": N_("The end lies before the beginning."),
        "begins_in_future": N_("The beginning lies in the future."),
        "before_birth": N_("The beginning lies before the date of birth."),
        "evidence_needed": N_("Please add a photo or PDF that proves this."),
        "category_open": N_("This category is already declared or confirmed for these dates."),
        "fact_decided": N_("This was already decided on %(day)s: %(state)s."),
        "reason_needed": N_("Please give a reason."),
        "own_matter": N_("Nobody decides about themselves. Please leave this to a colleague."),
        "file_empty": N_("The file is empty."),
        "file_too_large": N_("The file is larger than %(limit)s MB."),
        "file_kind": N_("Only PDF, JPEG and PNG files are accepted."),
        "purpose_needed": N_("Please state for what purpose you need this."),
        "too_many_reveals": N_(
            "You have opened personal data of more than %(limit)s people within an hour. "
            "Please continue later; this was recorded."
        ),
        "api_token_name": N_("Give the token a name of at most 80 characters."),
        "api_token_days": N_("A token lives between one day and %(days)s days."),
        "too_many_api_tokens": N_("You have %(count)s living tokens. Revoke one first."),
    }
)
