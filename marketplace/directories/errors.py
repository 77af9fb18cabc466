"""Refusals of the directories."""

from marketplace.foundation.errors import N_, register_refusals

register_refusals(
    {
        "directory_reason_missing": N_("Please say why the directory changes."),
        "directory_clause_missing": N_("Please name the document and clause that allows it."),
        "directory_uscc_taken": N_(
            "An assessment body with this unified social credit code is listed already: %(name)s."
        ),
        "directory_dates": N_("The last day is before the first day."),
        "directory_effective_before": N_(
            "The change cannot count from %(day)s: an earlier change counts from %(last)s."
        ),
        "directory_effective_past": N_(
            "A change counts from today or later; what the directory said before stays."
        ),
        "directory_unchanged": N_("This is what the directory says already."),
        "directory_retired": N_("The entry has ended already."),
        "directory_scope_missing": N_("Please name at least one occupation that may be assessed."),
        "directory_occupations_unknown": N_("No occupation is known by these codes: %(codes)s."),
        "shortage_edition_state_forbids": N_(
            "This is not possible: the edition is %(state)s at present."
        ),
        "shortage_edition_open": N_(
            "An edition of this list is being prepared already (%(code)s): finish it first."
        ),
        "shortage_edition_empty": N_(
            "The edition has no entry: a list that names nothing is not published."
        ),
        "shortage_edition_same": N_("The edition says the same as the list in force."),
        "shortage_in_force_past": N_("A list counts from today or later."),
        "shortage_in_force_before": N_(
            "The edition in force counts from %(last)s: the next one cannot count from earlier."
        ),
        "shortage_entry_twice": N_("These are on the edition already: %(codes)s."),
        "shortage_entry_elsewhere": N_("%(place)s is not within the place of this list."),
        "shortage_entries_too_many": N_("A list has %(limit)s entries at most."),
        "shortage_uplift": N_("An uplift is a whole percentage from 1 to 100."),
        "shortage_except_uplift": N_("An exception carries no uplift."),
    }
)
