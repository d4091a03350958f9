"""What a project's task says: its commands, its metric, and which of its files are carried."""

import io
import subprocess
import tarfile
from pathlib import Path

import pytest

from agentpar import api
from agentpar.errors import TaskError
from agentpar.evaluation.command import metric as metrics
from agentpar.evaluation.command import tree, understand
from agentpar.evaluation.command.metric import read_metric, require_metric
from agentpar.evaluation.command.tree import read_tree
from agentpar.task import Task
from agentpar.task_file import load_task

COMMANDS = {"build": "make", "test": "make test", "bench": "./bench"}


def make_task(folder: Path, **options: object) -> Task:
    (folder / "k.cpp").write_text("int f(int n) { return n; }\n")
    return load_task(str(folder), {"function": "f", "file": "k.cpp", **COMMANDS, **options})


def names(task: Task) -> set[str]:
    with tarfile.open(fileobj=io.BytesIO(read_tree(task).archive)) as archive:
        return {member.name.removeprefix("project/") for member in archive}


def test_commands_on_the_command_line_make_a_task_of_any_folder(tmp_path: Path) -> None:
    task = make_task(tmp_path, metric=r"took (\d+)", direction="larger")
    assert task.oracle == "command"
    assert task.commands and task.commands.direction == "larger"
    assert task.path == tmp_path.resolve() / "k.cpp"
    assert task.name == "f"


def test_a_task_file_says_the_same(tmp_path: Path) -> None:
    (tmp_path / "k.cpp").write_text("int f(int n) { return n; }\n")
    (tmp_path / "task.toml").write_text(
        'source = "k.cpp"\nentry = "f"\n[commands]\ntest = "make test"\nbench = "./bench"\n'
    )
    task = load_task(str(tmp_path), {"build": "make"})
    assert task.commands is not None
    assert (task.oracle, task.commands.build) == ("command", "make")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"test": ""}, "the key 'commands.test' is missing, or the option --test"),
        ({"direction": "faster"}, "--direction: input should be 'smaller' or 'larger'"),
        ({"metric": "no group"}, "needs one group"),
        ({"metric": "("}, "no regular expression"),
        ({"metric": "$results"}, "no JSON path"),
        ({"function": "g"}, "no function `g` is defined here; "),
    ],
)
def test_what_is_wrong_is_said_in_one_line(tmp_path: Path, options: dict[str, str], said: str) -> None:
    with pytest.raises(TaskError) as raised:
        understand(make_task(tmp_path, **options))
    assert said in str(raised.value)
    assert "\n" not in str(raised.value)


def test_an_oracle_without_commands_is_refused(tmp_path: Path) -> None:
    (tmp_path / "k.cpp").write_text("int f(int n) { return n; }\n")
    (tmp_path / "task.toml").write_text('source = "k.cpp"\nentry = "f"\noracle = "command"\n')
    with pytest.raises(TaskError, match="go together"):
        load_task(str(tmp_path))


def test_what_git_ignores_stays_outside_and_so_do_builds_and_runs(tmp_path: Path) -> None:
    task = make_task(tmp_path)
    for name in ("out/CMakeCache.txt", "out/a.o", "ignored.bin", "data/in.txt", ".agentpar/run/ledger.sqlite"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    (tmp_path / "link").symlink_to("data")
    assert names(task) == {"k.cpp", "ignored.bin", "data/in.txt", "link"}
    (tmp_path / ".gitignore").write_text("*.bin\n.agentpar/\n")
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    assert names(task) == {".gitignore", "k.cpp", "data/in.txt", "link"}


def test_a_submodule_is_carried_without_what_it_ignores_itself(tmp_path: Path) -> None:
    task = make_task(tmp_path)
    (tmp_path / "lib").mkdir()
    for name, text in {"lib/lib.h": "", "lib/stale.o": "x", "lib/.gitignore": "*.o\n"}.items():
        (tmp_path / name).write_text(text)
    for folder in (tmp_path, tmp_path / "lib"):
        subprocess.run(["git", "init", "-q", str(folder)], check=True)
    assert names(task) == {"k.cpp", "lib/lib.h", "lib/.gitignore"}


def test_a_project_that_a_repository_above_ignores_is_carried_whole(tmp_path: Path) -> None:
    (tmp_path / "scratch").mkdir()
    task = make_task(tmp_path / "scratch")
    (tmp_path / "scratch" / "Makefile").write_text("all:\n")
    (tmp_path / ".gitignore").write_text("scratch/\n")
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    assert names(task) == {"k.cpp", "Makefile"}


def test_the_evolved_file_is_the_tasks_whatever_became_of_it(tmp_path: Path) -> None:
    task = make_task(tmp_path)
    before = read_tree(task).digest
    (tmp_path / "k.cpp").write_text("int f(int n) { return -n; }\n")
    assert read_tree(task).digest == before
    (tmp_path / "other.cpp").write_text("int g;\n")
    assert read_tree(task).digest != before


def test_a_file_outside_of_the_project_is_refused(tmp_path: Path) -> None:
    (tmp_path / "project").mkdir()
    (tmp_path / "k.cpp").write_text("int f(int n) { return n; }\n")
    task = load_task(str(tmp_path / "project"), {"function": "f", "file": "../k.cpp", **COMMANDS})
    with pytest.raises(TaskError, match="outside of the project"):
        understand(task)


def test_a_tree_beyond_the_bound_names_what_is_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    task = make_task(tmp_path)
    (tmp_path / "film.bin").write_bytes(bytes(2 << 20))
    monkeypatch.setattr(tree, "MOST_BYTES", 1 << 20)
    with pytest.raises(TaskError, match=r"2 files of 2 MiB in all.*film\.bin \(2 MiB\)"):
        read_tree(task)


@pytest.mark.parametrize(
    ("metric", "output", "value"),
    [
        (r"took ([\d.]+) s", "took 3 s\ntook 2.5 s\n", 2.5),
        ("$.results[1].seconds", '{"results": [{}, {"seconds": 0.25}]}', 0.25),
        ('$["a b"][-1]', '{"a b": [1, "2e3"]}', 2000.0),
    ],
)
def test_a_figure_is_found_by_pattern_or_path(metric: str, output: str, value: float) -> None:
    require_metric(metric)
    assert read_metric(metric, output) == value


@pytest.mark.parametrize(
    ("metric", "output"),
    [("took (.*)", "nothing"), ("took (.*)", "took long"), ("took (.*)", "took nan"), ("took (.*)", "took 0"),
     ("$.a", "[]"), ("$.a", '{"a": true}'), ("$.a.b", '{"a": 1}'), ("$.a", "no json"),
     ("took (.*)", "took 1e300"), ("took (.*)", "took 1e-300"), ("$.a", '{"a": 1' + 400 * "0" + "}")],
)  # fmt: skip
def test_what_is_no_figure_is_told_in_words(metric: str, output: str) -> None:
    assert isinstance(read_metric(metric, output), str)


def test_a_pattern_that_would_search_for_ever_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics, "_LONGEST_S", 0.2)
    said = read_metric(r"(?:a|aa)+b(\d)", 60 * "a")
    assert isinstance(said, str) and "takes more than 0.2 s" in said


@pytest.mark.parametrize(("file", "function", "said"), [("k.py", "", "neither C nor C"), ("k.cpp", "", "--function")])
async def test_where_nobody_can_make_versions_the_search_says_so_and_leaves_no_run(
    tmp_path: Path, file: str, function: str, said: str
) -> None:
    (tmp_path / file).write_text("x = 1\n")
    task = load_task(str(tmp_path), {"file": file, "function": function, **COMMANDS})
    run = tmp_path / "run"
    with pytest.raises(TaskError, match=said):
        await api.asolve(task, run_dir=run)
    assert not run.exists()
