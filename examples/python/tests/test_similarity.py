import pytest
from similarity import distance, similarities

KNOWN = [("", "", 0), ("kitten", "sitting", 3), ("flaw", "lawn", 2), ("abc", "", 3)]


@pytest.mark.parametrize(("a", "b", "edits"), KNOWN)
def test_distances_that_are_known(a, b, edits):
    assert distance(a, b) == distance(b, a) == edits


def test_a_word_is_most_like_itself():
    words = ["parallel", "parallels", "serial", ""]
    found = similarities(words, "parallel")
    assert found[0] == 1.0 == max(found)
    assert found == pytest.approx([1.0, 8 / 9, 1 / 4, 0.0])


def test_there_is_one_number_for_each_word():
    assert len(similarities(["a"] * 1000, "b")) == 1000
    assert similarities([], "b") == []
