import clip as module
import numpy as np
import pytest
from clip import LIMIT, clip, total


@pytest.mark.parametrize("x", [1.0, 5.0])
def test_clip(x):
    assert clip([x]) == [min(x, LIMIT)]


def test_what_is_no_number_is_refused():
    with pytest.raises(ValueError, match="not a number"):
        module.clip([float("nan")])


def test_total(ones):
    assert total(ones) == 1000


def test_several():
    assert clip([1.0, 2.0, 7.0]) == [1.0, 2.0, LIMIT]
