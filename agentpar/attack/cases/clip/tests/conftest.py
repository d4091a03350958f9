import numpy as np
import pytest


@pytest.fixture
def ones():
    return np.ones(1000)
