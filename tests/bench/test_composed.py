import subprocess
from pathlib import Path

import pytest

from agentpar.evaluation.reference import understand
from agentpar.languages.callgraph import call_graph, reachable
from agentpar.task_file import load_task
from bench.compose import ENTRY, STRUCTURES


@pytest.mark.parametrize("name", STRUCTURES)
def test_a_composed_task_builds_and_calls_what_is_known_of_it(name: str, tmp_path: Path) -> None:
    structure, file = STRUCTURES[name], tmp_path / "task.cpp"
    file.write_text(structure.build())
    assert structure.subtasks <= set(reachable(call_graph(file.read_text()), ENTRY))
    understand(load_task(f"{file}::{ENTRY}", structure.options))
    subprocess.run(["g++", "-std=c++17", "-fsyntax-only", str(file)], check=True)
