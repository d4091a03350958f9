import re
import subprocess
import sys

import pytest

from agentpar.task import Budget, Build, Measure
from tests.cli.program import agentpar

COMMANDS = [
    *([], ["solve"], ["resume"], ["show"], ["judge"], ["doctor"], ["sandbox"], ["sandbox", "build"]),
    *(["model"], ["model", "serve"], ["model", "status"], ["model", "stop"]),
]


def help_of(*command: str) -> str:
    ran = agentpar(*command, "--help", COLUMNS="80")
    assert ran.returncode == 0 and ran.stderr == ""
    return ran.stdout


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_entry_of_a_help_text_reads_whole_on_one_line(command: list[str]) -> None:
    text = help_of(*command)
    entries = re.split(r"^(?:Options|Commands):\n", text, flags=re.MULTILINE)[1:]
    lines = [line for entry in entries for line in entry.partition("\n\n")[0].splitlines()]
    assert lines
    for line in lines:
        assert len(line) <= 80 and re.match(r"  \S+.*\S  +\S", line), line
        assert not line.endswith("..."), line


def test_the_defaults_in_the_help_texts_are_the_defaults() -> None:
    text = help_of("solve")
    for option, default in {
        "--candidates N": Budget().candidates,
        "--seconds S": f"{Budget().seconds:g}",
        "--pairs N": Measure().pairs,
        "--flags FLAGS": " ".join(Build().flags),
    }.items():
        assert re.search(rf"{option} .*\[default: {default}\]", text)


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["solve", "--help"]], ids=" ".join)
def test_help_waits_for_nothing_heavy(arguments: list[str]) -> None:
    program = f"""
import sys
from agentpar.cli import main
sys.argv = ["agentpar", *{arguments!r}]
try:
    main()
except SystemExit as ended:
    assert not ended.code
heavy = {{"langgraph", "langchain_core", "docker", "numpy", "tree_sitter", "jinja2", "openai"}}
print(sorted(heavy & set(sys.modules)))
"""
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines()[-1] == "[]"
