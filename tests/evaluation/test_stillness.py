"""What the judge makes of CPU time that is booked for a worker while it should stand still."""

import subprocess
from pathlib import Path

from agentpar.resources import resource

PROGRAM = Path(__file__).with_name("stillness.cpp")


def test_who_is_honest_stands_still_and_who_goes_on_is_charged_once_and_condemned_the_second_time(
    tmp_path: Path,
) -> None:
    include = f"-I{resource('sandboxes')}"
    command = ["g++", "-std=c++17", "-O1", "-Wall", "-Werror", "-pthread", include, str(PROGRAM), "-o", "stillness"]
    subprocess.run(command, cwd=tmp_path, check=True)
    ran = subprocess.run(["./stillness"], cwd=tmp_path, check=True, capture_output=True, text=True, timeout=60)
    honest, hostile, after_first, after_second = ran.stdout.split()
    assert int(honest) <= 1  # once in many rounds, under a hypervisor
    assert (hostile, after_first, after_second) == ("2", "1", "0")
