"""Prose and tests without code, planned and written by a scripted model."""

import asyncio
import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from agentpar import aresume, asolve, session
from agentpar.errors import ModelError, NotWritten, ReferenceFailed, SandboxError, TaskError
from agentpar.evaluation import toolchain
from agentpar.evaluation.trial import Tried
from agentpar.events import Event
from agentpar.ledger import Ledger
from agentpar.models.base import Message, Reply, Sampling, Usage
from agentpar.models.replay import Replay, read_recording
from agentpar.models.scripted import ScriptedModel
from agentpar.planning.author import Author
from agentpar.planning.design import Design
from agentpar.planning.drafting import draft
from agentpar.search.replies import Remembered
from agentpar.solver_state import Context
from agentpar.task import Task
from agentpar.task_file import load_task
from tests.evaluation.courtroom import cheapest_kind

EXAMPLE = Path(__file__).parents[2] / "examples" / "tasks" / "roughness"
TASK = """\
entry = "roughness"
description = "The largest distance of a value from the mean of itself and its neighbours; 0 of no values."
[specification]
tests = "tests.cpp"
"""
TESTS = """\
#include <cassert>
#include <vector>

double roughness(const std::vector<double>& x);

int main() {
    assert(roughness({}) == 0.0);
    assert(roughness({3.0}) == 0.0);
    assert(roughness({0.0, 6.0, 0.0}) == 4.0);
}
"""
VECTOR = "const std::vector<double>&"
SMOOTHED = {
    "name": "smoothed",
    "signature": f"std::vector<double> smoothed({VECTOR} x);",
    "contract": "each value's mean with its neighbours",
    "tests": "assert(smoothed({0.0, 6.0, 0.0})[1] == 2.0); assert(smoothed({}).empty());",
    "depends_on": [],
    "splits": False,
}
FARTHEST = {
    "name": "farthest",
    "signature": f"double farthest({VECTOR} a, {VECTOR} b)",
    "contract": "the largest distance of two values at one place; both have the same length",
    "tests": "assert(farthest({1.0, 2.0}, {2.0, 5.0}) == 3.0);",
    "depends_on": [],
    "splits": False,
}
ROUGHNESS = {
    "name": "roughness",
    "signature": f"double roughness({VECTOR} x)",
    "contract": "the largest distance of a value from its smoothed one",
    "tests": "",
    "depends_on": ["smoothed", "farthest"],
    "splits": False,
}
CODE = {
    "smoothed": """
std::vector<double> smoothed(const std::vector<double>& x) {
    std::vector<double> mean(x.size());
    for (std::size_t i = 0; i < x.size(); ++i) {
        const std::size_t first = i > 5 ? i - 5 : 0, last = std::min(i + 5, x.size() - 1);
        double sum = 0.0;
        for (std::size_t k = first; k <= last; ++k) sum += x[k];
        mean[i] = sum / static_cast<double>(last - first + 1);
    }
    return mean;
}""",
    "farthest": """
double farthest(const std::vector<double>& a, const std::vector<double>& b) {
    double most = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i) most = std::max(most, std::fabs(a[i] - b[i]));
    return most;
}""",
    "roughness": "double roughness(const std::vector<double>& x) { return farthest(x, smoothed(x)); }",
}
UNBOUNDED = CODE["smoothed"].replace("std::min(i + 5, x.size() - 1)", "i + 5")


def design(*functions: dict[str, Any]) -> str:
    return json.dumps({"types": "", "functions": functions})


GOOD = design(SMOOTHED, FARTHEST, ROUGHNESS)


def asked_for(messages: Sequence[Message]) -> str:
    """`plan` with the name of the function that is to be planned, or the name of the one that is to be written."""
    first = messages[1].content
    if "Answer with JSON" in first:
        return "plan " + first.partition("Plan `")[2].partition("`")[0]
    return first.partition("Write `")[2].partition("`")[0]


class Writer:
    """Answers each question with what is next in its list; the last answer stands for all that follow."""

    def __init__(self, *plans: str, **answers: list[str]) -> None:
        self.answers = {"plan roughness": [*plans], **answers}
        self.questions: list[str] = []
        self.objections: list[str] = []

    def __call__(self, messages: Sequence[Message], sampling: Sampling, task: str) -> list[str]:
        if "You design and write serial" not in messages[0].content:
            return []  # a proposer asks; source rewrites will do
        question = asked_for(messages)
        if len(messages) == 2:
            self.questions.append(question)
        else:
            self.objections.append(f"{question}: {messages[-1].content}")
        listed = self.answers.get(question) or [CODE[question]]
        return [listed.pop(0) if len(listed) > 1 else listed[0]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "task").mkdir()
    (tmp_path / "task" / "task.toml").write_text(TASK)
    (tmp_path / "task" / "tests.cpp").write_text(TESTS)
    return tmp_path / "task"


@pytest.mark.sandbox
@pytest.mark.usefixtures("impatient")
async def test_prose_and_tests_alone_become_parallel_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(toolchain, "_HARNESS_FLAGS", ("-O0", *toolchain._HARNESS_FLAGS[1:]))
    cyclic = design(SMOOTHED | {"depends_on": ["roughness"]}, FARTHEST, ROUGHNESS)
    writer = Writer(cyclic, GOOD, smoothed=[f"```cpp\n{UNBOUNDED}\n```", CODE["smoothed"]])
    told: list[Event] = []
    run_dir = tmp_path / "run"
    result = await asolve(
        str(EXAMPLE),
        run_dir=run_dir,
        sandbox=cheapest_kind(),
        model=ScriptedModel(writer),
        emit=told.append,
        candidates=1,
        decompose="never",
        pairs=6,
        target_ms=2.0,
        threads=(1, 2),
    )
    assert result.counts == {"ok": 1}, result.why
    assert "under the tests of the specification" in (run_dir / "report.md").read_text()
    serial = (run_dir / "reference.cpp").read_text()
    assert result.reference == str(run_dir / "reference.cpp") and CODE["farthest"].strip() in serial
    assert "__builtin_trap" not in serial and "// each value's mean with its neighbours" in serial
    with Ledger.read(run_dir / "ledger.sqlite") as ledger:
        assert ledger.task.source == serial
    assert "wait for each other" in writer.objections[0] and "heap-buffer-overflow" in writer.objections[1]
    said = "\n".join(event.message for event in told)
    assert "plan is put back to the model: " in said and "plan of 3 functions: " in said
    assert re.search(r"^smoothed is put back to the model: .*heap-buffer-overflow", said, re.MULTILINE)


class Tries:
    """In place of the sandbox: tests pass when the function is written, unless its code says that it is bad."""

    async def of(self, source: str, tests: str) -> Tried:
        name = found[1] if (found := re.search(r'"tests of (\w+)"', tests)) else "roughness"
        body = source.partition(f" {name}(")[2].partition("{")[2].partition("\n}")[0]
        is_stub = body.strip() == "__builtin_trap();"
        if "ALWAYS" in tests:
            return Tried(is_built=True, problem="")
        return Tried(is_built=True, problem="SIGILL" if is_stub else "it is bad" if "BAD" in source else "")


async def drafted(folder: Path, writer: Writer | Replay) -> tuple[Design, str]:
    task = load_task(str(folder))
    model = writer if isinstance(writer, Replay) else ScriptedModel(writer)
    with Ledger.create(folder.parent / "run" / "ledger.sqlite", task) as ledger:
        author = Author(model, ledger, round=0)
        return await draft(task, author=author, trial=Tries(), understand=lambda _: None, say=lambda _: None)


BAD = CODE["farthest"].replace("double most", "// BAD\n    double most")


async def test_the_recording_beside_the_example_answers_its_questions(folder: Path) -> None:
    replay = Replay(read_recording(EXAMPLE / "completions.jsonl"), name="replay")
    made, source = await drafted(folder, replay)
    assert {each.name for each in made.functions} == set(CODE) and CODE["farthest"].strip() in source


async def test_code_that_is_no_oracle_is_written_anew_when_the_run_is_resumed(folder: Path) -> None:
    with Ledger.create(folder.parent / "run" / "ledger.sqlite", load_task(str(folder))) as ledger:
        ledger.settle(ledger.task.model_copy(update={"source": CODE["farthest"]}))
        with pytest.raises(ReferenceFailed), session._discarding(ledger):
            raise ReferenceFailed("its outputs differ from call to call")
        assert ledger.task.is_unwritten and ledger.notes()["drafts"] == 1


async def test_written_code_and_a_prepared_run_outlast_a_model_that_cannot_be(folder: Path) -> None:
    path = folder.parent / "run" / "ledger.sqlite"
    with Ledger.create(path, load_task(str(folder))) as ledger:
        ledger.settle(ledger.task.model_copy(update={"source": CODE["farthest"]}))
    with pytest.raises(TaskError, match="is no model"):
        await aresume(path.parent, model="a typo")
    with Ledger.open(path) as ledger:
        ledger.note("evidence", {})
        with pytest.raises(TaskError), session._discarding(ledger):
            raise TaskError("nowhere.jsonl: no such file")
        assert ledger.task.source == CODE["farthest"]


async def test_a_drafting_that_was_cut_off_asks_nothing_twice(folder: Path) -> None:
    def gone(messages: Sequence[Message], sampling: Sampling, task: str) -> list[str]:
        if asked_for(messages) == "roughness":
            raise ModelError("the server went away")
        return first(messages, sampling, task)

    first, second, task = Writer(GOOD), Writer(GOOD), load_task(str(folder))
    given = {"trial": Tries(), "understand": lambda _: None, "say": lambda _: None}
    with Ledger.create(folder.parent / "run" / "ledger.sqlite", task) as ledger:
        with pytest.raises(ModelError, match="went away"):
            await draft(task, author=Author(Remembered(ScriptedModel(gone), ledger), ledger, round=0), **given)
        await draft(task, author=Author(Remembered(ScriptedModel(second), ledger), ledger, round=0), **given)
    assert first.questions == ["plan roughness", "smoothed", "farthest"] and second.questions == ["roughness"]


@pytest.mark.parametrize(
    ("budget", "problem"), [({"tokens": 1}, "1 tokens ended"), ({"seconds": 1e-6}, "1e-06 s ended")]
)
async def test_a_drafting_ends_with_the_budget(folder: Path, budget: dict[str, Any], problem: str) -> None:
    task = load_task(str(folder), budget)
    with Ledger.create(folder.parent / "run" / "ledger.sqlite", task) as ledger:
        author = Author(Remembered(ScriptedModel(Writer(GOOD)), ledger), ledger, round=0)
        ledger.record_reply("earlier", Reply(completions=(), usage=Usage(prompt_tokens=1)))
        with pytest.raises(ModelError, match=problem):
            await draft(task, author=author, trial=Tries(), understand=lambda _: None, say=lambda _: None)
        ledger.begin(Context(tokens=10**6, seconds=600.0).limited(ledger.budget))
        await draft(task, author=author, trial=Tries(), understand=lambda _: None, say=lambda _: None)


@pytest.mark.sandbox
async def test_code_that_was_written_just_in_time_is_kept_and_not_searched(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spent = 0.0

    class Slow(Tries):
        def __init__(self, task: Task, pool: object, *, require: Callable[[], None]) -> None:
            self.require = require

        async def of(self, source: str, tests: str) -> Tried:
            nonlocal spent
            self.require()
            tried = await super().of(source, tests)
            if not tried.problem and "tests of" not in tests:
                spent = 600.0
            return tried

    run_dir = folder.parent / "run"
    Ledger.create(run_dir / "ledger.sqlite", load_task(str(folder))).close()
    monkeypatch.setattr(session, "Trial", Slow)
    monkeypatch.setattr(Ledger, "elapsed_seconds", lambda ledger: spent)
    with pytest.raises(ModelError, match="600 s ended when the code was written"):
        await aresume(run_dir, sandbox=cheapest_kind(), model=ScriptedModel(Writer(GOOD)))
    with Ledger.read(run_dir / "ledger.sqlite") as ledger:
        assert CODE["farthest"].strip() in ledger.task.source and "evidence" not in ledger.notes()


async def test_a_sandbox_that_fails_ends_the_trials_beside_it(folder: Path) -> None:
    under_way: list[str] = []

    class Failing(Tries):
        async def of(self, source: str, tests: str) -> Tried:
            if "tests of" not in tests:
                await asyncio.sleep(0)
                raise SandboxError("the daemon went away")
            under_way.append(tests)
            try:
                await asyncio.sleep(60)
            finally:
                under_way.remove(tests)
            raise AssertionError("nobody ended it")

    given = {"trial": Failing(), "understand": lambda _: None, "say": lambda _: None}
    with (
        Ledger.create(folder.parent / "run" / "ledger.sqlite", task := load_task(str(folder))) as ledger,
        pytest.raises(SandboxError, match="went away"),
    ):
        await draft(task, author=Author(ScriptedModel(Writer(GOOD)), ledger, round=0), **given)
    assert under_way == []


async def test_what_a_model_thinks_aloud_is_no_plan(folder: Path) -> None:
    await drafted(folder, writer := Writer(f"<think>Perhaps {{a plan}}?</think>{GOOD}"))
    assert writer.objections == []


async def test_an_atomic_specification_stays_one_function(folder: Path) -> None:
    whole = "double roughness(const std::vector<double>& x) { return x.empty() ? 0.0 : x[0]; }"
    writer = Writer(design(ROUGHNESS | {"depends_on": []}), roughness=[whole])
    made, source = await drafted(folder, writer)
    assert [each.name for each in made.functions] == ["roughness"] and whole in source


async def test_a_function_that_is_a_program_itself_is_planned_as_several_once(folder: Path) -> None:
    mean = {"name": "mean_of", "signature": "double mean_of(int i)", "tests": "mean_of(1);", "splits": True}
    writer = Writer(
        design(SMOOTHED | {"splits": True}, FARTHEST, ROUGHNESS),
        mean_of=["double mean_of(int i) { return i; }"],
        **{"plan smoothed": [design(SMOOTHED | {"depends_on": ["mean_of"], "splits": True}, FARTHEST | mean)]},
    )
    made, source = await drafted(folder, writer)
    order = [each.name for each in made.order()]
    assert order.index("mean_of") < order.index("smoothed") and order[-1] == "roughness" and len(order) == 4
    assert writer.questions.count("plan smoothed") == 1 and "plan mean_of" not in writer.questions
    assert source.index("double mean_of(int i) { return i; }") < source.index("smoothed(const")


async def test_what_failed_is_planned_anew_and_what_was_verified_is_not_written_again(folder: Path) -> None:
    gap = {"name": "gap", "signature": "double gap(double a, double b)", "tests": "gap(1, 2);"}
    other = design(SMOOTHED, FARTHEST | gap, ROUGHNESS | {"depends_on": ["smoothed", "gap"]})
    writer = Writer(
        GOOD,
        other,
        farthest=[BAD],
        gap=["double gap(double a, double b) { return std::fabs(a - b); }"],
        roughness=["double roughness(const std::vector<double>& x) { return gap(x[0], smoothed(x)[0]); }"],
    )
    made, source = await drafted(folder, writer)
    assert {each.name for each in made.functions} == {"smoothed", "gap", "roughness"} and "farthest" not in source
    assert sorted(writer.questions) == ["farthest", "gap", *["plan roughness"] * 2, "roughness", "smoothed"]


async def test_a_plan_that_never_becomes_code_ends_with_what_was_wrong(folder: Path) -> None:
    with pytest.raises(NotWritten, match="in 3 plans; farthest: it is bad; roughness: needs farthest"):
        await drafted(folder, Writer(GOOD, farthest=[BAD]))


@pytest.mark.parametrize(
    ("answer", "objection"),
    [
        ("Sorry.", "does not define the function"),
        (CODE["farthest"].replace("    for", "#pragma omp parallel for\n    for"), "write serial code"),
        (f"static int calls = 0;\n{CODE['farthest']}", "constants are constexpr"),
        (f"#include <../secret.h>\n{CODE['farthest']}", "headers of the standard library alone"),
        (f"#define LOOP for\n{CODE['farthest']}", "no preprocessor"),
        (f"[[gnu::constructor]] static void farthest_first() {{}}\n{CODE['farthest']}", "structs of plain data"),
        (f'extern "C" int clock() {{ return 0; }}\nconstexpr auto p = &clock;\n{CODE["farthest"]}', "not `int clock"),
        (f"int farthest_n(farthest_first());\n{CODE['farthest']}", "structs of plain data"),
        (CODE["farthest"].replace("    for", '    as\\\nm volatile("nop");\n    for'), "structs of plain data"),
    ],
)
async def test_an_answer_that_is_more_than_serial_code_is_put_back(folder: Path, answer: str, objection: str) -> None:
    writer = Writer(GOOD, farthest=[f"```cpp\n{answer}\n```", CODE["farthest"]])
    await drafted(folder, writer)
    assert [objection in each for each in writer.objections] == [True], writer.objections


async def test_tests_that_pass_without_the_function_are_put_back(folder: Path) -> None:
    writer = Writer(design(SMOOTHED, FARTHEST | {"tests": "if (0) farthest({}, {}); // ALWAYS"}, ROUGHNESS), GOOD)
    await drafted(folder, writer)
    assert "tests of farthest pass although it is not written yet" in writer.objections[0]


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("tests.cpp", "int main() {}", "declares no function 'roughness'"),
        ("tests.cpp", " ", "holds no tests"),
        ("roughness.cpp", "int x;", "is there already"),
        ("task.toml", TASK.replace("description", "# d"), "says in prose what is wanted"),
        ("task.toml", 'entry = "roughness"', "the key 'source' is missing"),
        ("task.toml", TASK.replace('"roughness"', '"a::b"'), "a plain name"),
    ],
)
async def test_a_specification_that_says_too_little_is_refused(
    folder: Path, name: str, text: str, problem: str
) -> None:
    (folder / name).write_text(text)
    with pytest.raises(TaskError, match=problem):
        await asolve(str(folder), model=ScriptedModel([]), run_dir=folder / "run")
    assert not (folder / "run").exists()


async def test_a_specification_needs_a_model(folder: Path) -> None:
    with pytest.raises(TaskError, match="no model to write it"):
        await asolve(str(folder), run_dir=folder / "run")
    task = load_task(str(folder))
    assert task.is_unwritten and task.path == folder / "roughness.cpp"
