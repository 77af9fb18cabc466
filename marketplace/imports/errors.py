"""Refusals of the imports room."""

from marketplace.foundation.errors import N_, register_refusals

register_refusals(
    {
        "import_source_unknown": N_("Choose what is imported and where the file comes from."),
        "import_files_missing": N_("These files are missing: %(names)s."),
        "import_one_file": N_("Choose one file: only places come as four."),
        "quarantine_decided": N_("Nothing is held back here any more."),
    }
)
