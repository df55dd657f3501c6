"""docs/performance.md is true: its tables are those of the stored documents."""

import copy

import pytest

from benchmarks.page import BLOCK, PAGE, documents, rewritten

TEXT = PAGE.read_text()


def test_the_tables_are_those_of_the_stored_documents():
    assert len(BLOCK.findall(TEXT)) == 9
    assert rewritten(TEXT, documents()) == TEXT


def test_another_figure_in_a_document_changes_the_page():
    known = copy.deepcopy(documents())
    row = next(row for row in known["default"]["rows"] if row["ratio"])
    row["ratio"]["median"] *= 1.5
    assert rewritten(TEXT, known) != TEXT


@pytest.mark.parametrize(
    ("marker", "message"),
    [("nowhere reach", "asks for benchmarks-nowhere.json"), ("default speed", "asks for the table 'speed'")],
)
def test_a_page_that_asks_for_what_does_not_exist_is_refused(marker, message):
    with pytest.raises(ValueError, match=message):
        rewritten(f"<!-- benchmarks: {marker} -->\n<!-- end -->", documents())
