"""The options of a run with a model."""

import socket
from pathlib import Path

import pytest

from tests.cli.program import agentpar, says_one_line
from tests.search.doubles import SOURCE


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "scale.cpp").write_text(SOURCE)
    return tmp_path


@pytest.mark.parametrize("target", ["openmp", "auto"])
def test_a_dead_endpoint_ends_the_run_before_any_work_and_leaves_nothing(folder: Path, target: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: nobody answers here
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/v1"
        given = ("--model", url, "--target", target, "--run-dir", "run")
        ran = agentpar("solve", "scale.cpp::scale", *given, cwd=folder)
    assert ran.returncode == 3
    assert "no model server answers" in ran.stderr and "Traceback" not in ran.stderr
    assert "building" not in ran.stderr
    assert [each.name for each in folder.iterdir()] == ["scale.cpp"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--model", "gpt-4"), ("'gpt-4' is no model", "vllm:NAME")),
        (("--model", "replay:no.jsonl"), ("no.jsonl",)),
        (("--strategy", "luck"), ("--strategy", "luck")),
        (("--temperature", "hot"), ("--temperature", "0.4,0.9")),
        (("--temperature", "3"), ("--temperature: 0",)),
        (("--tokens", "0"), ("--tokens",)),
    ],
    ids=lambda given: " ".join(given) if given[0].startswith("--") else "",
)
def test_what_is_wrong_with_the_options_is_said(folder: Path, options: tuple[str, ...], words: tuple[str, ...]) -> None:
    assert says_one_line(agentpar("solve", "scale.cpp::scale", "--quiet", *options, cwd=folder), 2, *words)
