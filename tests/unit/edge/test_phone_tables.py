"""A wide table becomes cards on a phone: each value carries the name of its column."""

from __future__ import annotations

from markupsafe import Markup

from marketplace.edge.phone_tables import table_for_phones

HEAD = (
    '<table class="table money-table"><thead><tr><th scope="col">Month</th>'
    '<th scope="col" class="amount">Paid (CNY)</th><th scope="col">“State”</th>'
    '<th scope="col"><span class="visually-hidden">Actions</span></th></tr></thead>'
)


def test_each_value_of_a_wide_table_is_named_and_the_first_names_the_card():
    shown = table_for_phones(
        Markup(
            HEAD + '<tbody><tr><th scope="row">May</th><td class="amount">5.00</td><td>open</td>'
            "<td><a>Go</a></td></tr></tbody>"
            '<tfoot><tr><th scope="row" colspan="1">All</th><td class="amount">5.00</td></tr>'
            "</tfoot></table>"
        )
    )
    assert '<table class="table money-table as-cards">' in shown
    assert shown.count('<td class="amount" data-label="Paid (CNY)">5.00</td>') == 2
    assert '<td data-label="“State”">open</td><td><a>Go</a></td>' in shown
    assert '<th scope="row">May</th>' in shown


def test_a_cell_over_several_columns_moves_the_names_of_those_behind_it():
    shown = table_for_phones(
        HEAD + '<tbody><tr><th scope="row" colspan="2">Balance</th><td>x</td></tr></tbody></table>'
    )
    assert '<td data-label="“State”">x</td>' in shown


def test_a_name_cannot_end_its_attribute():
    head = HEAD.replace("“State”", 'a "b" &lt;c')
    shown = table_for_phones(head + "<tbody><tr><td>1</td><td>2</td><td>3</td></tr></tbody>")
    assert 'data-label="a &#34;b&#34; &lt;c"' in shown


def test_tables_that_fit_or_are_laid_out_by_hand_stay_as_they_are():
    narrow = (
        HEAD.replace('<th scope="col">“State”</th>', "")
        .replace("Actions", "")
        .replace('<th scope="col"><span class="visually-hidden"></span></th>', "")
    )
    grouped = HEAD + '<tbody><tr><td rowspan="2">1</td></tr></tbody></table>'
    by_hand = HEAD.replace("money-table", "as-cards")
    for table in (narrow, grouped, by_hand, "<p>no table</p>"):
        assert table_for_phones(table) == table
