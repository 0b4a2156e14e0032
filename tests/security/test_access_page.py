"""The page for people about who may see what says what the matrix says."""

from tests.security.access_page import PAGE, page


def test_the_tables_of_the_page_are_those_of_the_matrix() -> None:
    assert PAGE.read_text() == page(), "the matrix or a pack changed: run `make pages`"


def test_both_councils_stand_side_by_side_with_what_they_chose() -> None:
    written = page()
    assert "| supervisee folder | full | copies |" in written
    assert "| service manager | read a worker's supervision file |" in written
