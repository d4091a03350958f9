"""A real ledger in a temporary folder."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from agentpar.ledger import Ledger
from tests.search.doubles import a_task


@pytest.fixture
def run_path(tmp_path: Path) -> Path:
    return tmp_path / "run" / "ledger.sqlite"


@pytest.fixture
def ledger(run_path: Path) -> Iterator[Ledger]:
    with Ledger.create(run_path, a_task()) as ledger:
        yield ledger
