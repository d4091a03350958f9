"""How the judge shares its own work out over threads."""

import subprocess
from pathlib import Path

from agentpar.resources import resource

PROGRAM = Path(__file__).with_name("sharing.cpp")


def test_where_a_candidate_has_all_threads_the_judge_does_its_work_alone(tmp_path: Path) -> None:
    include = f"-I{resource('sandboxes')}"
    command = ["g++", "-std=c++17", "-O1", "-Wall", "-Werror", "-pthread", include, str(PROGRAM), "-o", "sharing"]
    subprocess.run(command, cwd=tmp_path, check=True)
    ran = subprocess.run(["./sharing"], cwd=tmp_path, check=True, capture_output=True, text=True, timeout=60)
    assert ran.stdout == 1000 * "1"
