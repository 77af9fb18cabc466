"""Form fields that several audiences use."""

from __future__ import annotations

from wtforms import SelectMultipleField
from wtforms.widgets import CheckboxInput, ListWidget


class MultiCheckboxField(SelectMultipleField):  # type: ignore[misc]
    """Several answers of a list, each with its own box; `components/forms.html` draws it."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()
