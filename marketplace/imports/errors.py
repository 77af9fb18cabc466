"""Refusals of the imports room."""

from marketplace.foundation.errors import N_, register_refusals

register_refusals(
    {
        "import_source_unknown": N_("Choose what is imported and where the file comes from."),
        "import_files_missing": N_("These files are missing: %(names)s."),
        "import_one_file": N_("Choose one file: only places come as four."),
        "import_has_problems": N_(
            "Nothing was taken in: %(count)s problems were found, and nothing was to be taken in "
            "if there are any."
        ),
        "import_too_many_rows": N_("The file has more than %(limit)s rows. Split it."),
        "import_kind_without_preview": N_("Files of this kind are taken in without a preview."),
        "corrections_not_complete": N_(
            "A file of corrections holds only some rows: it cannot withdraw what it does not name."
        ),
        "preview_not_ready": N_("The preview is not finished yet."),
        "preview_decided": N_("This preview was applied or discarded already."),
        "withdrawal_not_confirmed": N_(
            "%(count)s of %(listed)s listed courses would be withdrawn, more than %(percent)s %%. "
            "Type the number %(count)s to confirm it."
        ),
        "quarantine_decided": N_("Nothing is held back here any more."),
    }
)
