import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from agentpar.candidate import Candidate, Proposal, as_candidate
from agentpar.errors import ModelError, ModelExhausted
from agentpar.models.base import Message, Sampler, Sampling
from agentpar.models.replay import Recorded, Recording, Replay, read_recording
from agentpar.models.scripted import ScriptedModel
from agentpar.models.transport import Rejected
from agentpar.proposers.base import SearchState
from agentpar.proposers.model.proposer import ModelProposer, Operation, Style, shown
from agentpar.verdict import Outcome, Verdict
from tests.search.doubles import SOURCE, failed, ok

PRAGMA = "#pragma omp parallel for"


def code(clause: str = "", body: str = "x[i] *= 2.0;") -> str:
    loop = f"    for (int i = 0; i < n; ++i) {body}"
    return f"void scale(double* x, int n) {{\n{PRAGMA}{clause}\n{loop}\n}}\n"


def reply(clause: str = "") -> str:
    return f"```cpp\n{code(clause)}```"


def judged(*pairs: tuple[str, Verdict]) -> tuple[tuple[Candidate, Verdict], ...]:
    return tuple(
        (
            as_candidate(
                Proposal(source=source, proposer="p", strategy=f"s{number}", pattern="parallel-for"),
                number=number,
                subtask="scale",
            ),
            verdict,
        )
        for number, (source, verdict) in enumerate(pairs, 1)
    )


def state(*pairs: tuple[str, Verdict], turn: int = 1) -> SearchState:
    return SearchState(SOURCE, "scale", "openmp", 7, judged(*pairs), turn)


def proposer(model: Sampler, operation: Operation, **style: object) -> ModelProposer:
    return ModelProposer(model, operation, temperature=0.8, task="scale", style=Style.model_validate(style))


async def test_samples_come_from_one_request_and_equal_ones_are_one_proposal() -> None:
    model = ScriptedModel([reply(), reply(), reply(" schedule(static)")])
    found = await proposer(model, "sample").propose(state(), 3)
    assert [each.source for each in found] == [code(), code(" schedule(static)")]
    assert {(each.proposer, each.pattern) for each in found} == {("model sample 0.8", "parallel-for")}
    assert found[1].strategy == "parallel for schedule(static)"
    (request,) = model.requests
    assert request.sampling.n == 3 and request.sampling.temperature == 0.8 and request.task == "scale"
    assert request.messages[0].role == "system" and SOURCE.strip() in request.messages[1].content


async def test_an_outline_of_distinct_strategies_comes_before_a_branch_along_each() -> None:
    plans = [{"title": f"way {i}", "plan": f"do it {i}"} for i in range(3)]

    def script(messages: Sequence[Message], sampling: Sampling, task: str) -> list[str]:
        if sampling.json_schema:
            return [json.dumps({"strategies": [*plans[:2], plans[0], *plans[2:]]})]  # one of them twice
        way = next(i for i in range(3) if f"way {i}. do it {i}" in messages[-1].content)
        return [reply(f" num_threads({way + 2})")]

    model = ScriptedModel(script)
    found = await proposer(model, "explore").propose(state(), 3)
    assert [each.strategy for each in found] == [f"way {i}; parallel for num_threads({i + 2})" for i in range(3)]
    assert len(model.requests) == 4 and "3 different strategies" in model.requests[0].messages[1].content


NESTED = f'{{"strategies": {"[" * 100_000}}}'
HALF = '{"strategies": [{"title": "half a smile \\ud83d", "plan": "smile"}]}'


@pytest.mark.parametrize(
    "outline",
    ["no JSON", '{"strategies": [{"title": "way 0"', '{"strategies": 3}', "[1]", NESTED, HALF],
    ids=["no JSON", "cut off", "a number", "a list", "nested without end", "half a surrogate pair"],
)
async def test_without_a_usable_outline_there_is_one_branch_all_the_same(outline: str) -> None:
    found = await proposer(ScriptedModel([outline, reply()]), "explore").propose(state(), 4)
    assert [each.source for each in found] == [code()]


async def test_what_a_strategy_is_called_does_not_command_the_terminal() -> None:
    outline = json.dumps({"strategies": [{"title": "\x1b[2J one\nway \u202e", "plan": "do it"}]})
    (found,) = await proposer(ScriptedModel([outline, reply()]), "explore").propose(state(), 1)
    assert found.strategy == "?[2J one way ?; parallel for"


async def test_a_recording_without_outlines_still_gives_its_versions() -> None:
    recorded = Recorded(task="scale", completions=(reply(),), sampling=Sampling())
    replay = Replay([recorded], name="replay")
    assert [each.source for each in await proposer(replay, "explore").propose(state(), 4)] == [code()]
    with pytest.raises(ModelExhausted):
        await proposer(replay, "explore").propose(state(), 4)


async def test_a_verified_version_is_improved_with_what_was_measured() -> None:
    block = f"<<<<<<< SEARCH\n{PRAGMA}\n=======\n{PRAGMA} simd\n>>>>>>> REPLACE"
    model = ScriptedModel([f"It waits for memory.\n{block}"])
    (found,) = await proposer(model, "improve").propose(state((code(), ok(1.5))), 1)
    assert found.source == code(" simd") and found.parents == (judged((code(), ok(1.5)))[0][0].id,)
    assert found.strategy == "from #1; parallel for simd" and found.pattern == "parallel-for+simd"
    asked = model.requests[0].messages[1].content
    assert "2 threads: 1.50 times as fast" in asked and code().strip() in asked


async def test_a_failed_version_is_mended_with_what_the_judge_saw() -> None:
    racy = code(body="x[0] += x[i];")
    verdict = Verdict(
        outcome=Outcome.RACE, stage="race", feedback="data race on `x[0]`: write at line 3: `x[0] += x[i];`"
    )
    model = ScriptedModel([reply()])
    (found,) = await proposer(model, "repair").propose(state((racy, verdict)), 1)
    asked = model.requests[0].messages[1].content
    assert "data race on `x[0]`" in asked and racy.strip() in asked and "ThreadSanitizer found" in asked
    assert found.source == code() and found.strategy.startswith("mends #1")


@pytest.mark.parametrize("operation", ["explore", "improve"])
async def test_the_model_is_told_what_other_subtasks_learnt(operation: Operation) -> None:
    model = ScriptedModel([reply()] * 9)
    told = replace(state(("", ok(1.5))), shared="- brings along: static int half(int x);")
    await proposer(model, operation).propose(told, 1)
    assert "brings along: static int half(int x);" in model.requests[0].messages[1].content


async def test_nothing_is_asked_when_there_is_nothing_to_improve_or_mend() -> None:
    model = ScriptedModel([])
    assert await proposer(model, "improve").propose(state((code(), failed())), 1) == []
    assert await proposer(model, "repair").propose(state((code(), ok(2.0))), 1) == []
    assert model.requests == []


async def test_who_refines_improves_the_fastest_and_begins_anew_only_when_nothing_is_left() -> None:
    fast, slow = (code(" simd"), ok(3.0)), (code(), ok(1.5))
    model = ScriptedModel([reply(" nowait")])
    (found,) = await proposer(model, "improve", is_greedy=True).propose(state(slow, fast), 1)
    assert found.strategy.startswith("from #2")
    anew = proposer(ScriptedModel([]), "sample", is_greedy=True)
    assert [anew.applies(each) for each in (state(), state(fast), state((code(), failed())))] == [True, False, False]
    assert proposer(ScriptedModel([]), "sample").applies(state(fast))


async def test_a_server_that_cannot_bind_replies_is_asked_for_the_outline_in_words() -> None:
    def script(messages: Sequence[Message], sampling: Sampling, task: str) -> list[str]:
        if sampling.json_schema:
            raise ModelError("this server cannot bind replies to a json schema")
        return [
            '{"strategies": [{"title": "way", "plan": "do it"}]}' if "strategies" in messages[-1].content else reply()
        ]

    (found,) = await proposer(ScriptedModel(script), "explore").propose(state(), 2)
    assert found.strategy == "way; parallel for"


async def test_a_candidate_is_mended_twice_at_most() -> None:
    first = judged((code(" simd"), failed()))
    children = judged((code(), failed()), (code(" schedule(static)"), failed()))
    done = [(child.model_copy(update={"parents": (first[0][0].id,)}), ok(1.0)) for child, _ in children]
    found = await proposer(ScriptedModel([]), "repair").propose(
        SearchState(SOURCE, "scale", "openmp", 7, (*first, *done)), 1
    )
    assert found == []


async def test_nothing_is_mended_while_most_versions_of_the_model_are_right_unless_one_is_refined() -> None:
    pairs = [(code(), ok(1.5)), (code(" simd"), ok(1.2)), (code(" schedule(static)"), failed())]
    asked = replace(state(), judged=tuple((c.model_copy(update={"proposer": "model x"}), v) for c, v in judged(*pairs)))
    assert not proposer(ScriptedModel([]), "repair").applies(asked)
    assert proposer(ScriptedModel([]), "repair", is_greedy=True).applies(asked)
    assert proposer(ScriptedModel([]), "repair").applies(replace(asked, judged=asked.judged[2:]))


async def test_a_block_that_does_not_apply_leads_to_a_full_rewrite() -> None:
    model = ScriptedModel(["<<<<<<< SEARCH\nno such line\n=======\nx\n>>>>>>> REPLACE", reply(" simd")])
    (found,) = await proposer(model, "improve").propose(state((code(), ok(1.5))), 1)
    assert found.source == code(" simd")
    again = model.requests[1].messages
    assert [each.role for each in again] == ["system", "user", "assistant", "user"]
    assert "'no such line' is there nowhere" in again[-1].content and "No SEARCH" in again[-1].content


async def test_a_reply_is_objected_to_once() -> None:
    model = ScriptedModel(["I cannot.", "I still cannot.", reply()])
    assert await proposer(model, "sample", samples=1).propose(state(), 1) == []
    assert len(model.requests) == 2


async def test_a_reply_of_megabytes_is_no_version_and_not_talked_about() -> None:
    model = ScriptedModel([f"{reply()}{'x' * (1 << 20)}", reply(" schedule(static)")])
    found = await proposer(model, "sample").propose(state(), 2)
    assert [each.source for each in found] == [code(" schedule(static)")]
    assert len(model.requests) == 1


async def test_the_same_state_and_turn_ask_the_same_and_other_turns_something_else() -> None:
    model = ScriptedModel(lambda *_: [reply(" nowait")])
    given = [(code(), ok(1.5)), (code(" simd"), ok(1.2)), (code(" schedule(static)"), failed())]
    for turn in (1, 1, 2):
        for operation in ("sample", "improve", "repair"):
            await proposer(model, operation).propose(state(*given, turn=turn), 2)
    assert model.requests[:3] == model.requests[3:6]
    assert all(a.sampling.seed != b.sampling.seed for a, b in zip(model.requests[3:6], model.requests[6:], strict=True))


async def test_thinking_and_length_are_as_the_style_says() -> None:
    model = ScriptedModel(lambda *_: [reply()])
    await proposer(model, "sample", thinking=False, max_tokens=123).propose(state(), 1)
    assert model.requests[0].sampling.thinking is False and model.requests[0].sampling.max_tokens == 123


def test_of_a_long_file_the_model_sees_the_types_and_the_function() -> None:
    others = "".join(f"int other_{i}(int a) {{ return a + {i}; }}\n" for i in range(1000))
    seen = shown(SearchState(f"struct Body {{ int x; }};\n{others}{SOURCE}", "scale", "openmp", 7, ()))
    assert "struct Body" in seen and SOURCE.strip() in seen and "other_5" not in seen


async def test_an_objection_that_the_server_has_no_room_for_costs_its_version_and_not_the_others() -> None:
    def script(messages: Sequence[Message], sampling: Sampling, task: str) -> list[str]:
        if len(messages) > 2:
            raise Rejected("the request exceeds the available context size")
        return ["I would use threads. " * 100, reply()]

    found = await proposer(ScriptedModel(script), "sample").propose(state(), 2)
    assert [each.source for each in found] == [code()]


PYTHON = "def scale(xs: list[float]) -> list[float]:\n    return [2.0 * x for x in xs]\n"


def in_processes(count: str = "os.cpu_count()") -> str:
    return (
        "import os\nfrom multiprocessing import Pool\n\n\ndef _twice(x):\n    return 2.0 * x\n\n\n"
        f"def scale(xs):\n    with Pool({count}) as pool:\n        return pool.map(_twice, xs)\n"
    )


def version(count: str = "os.cpu_count()") -> str:
    return in_processes(count).replace("(xs):", "(xs: list[float]) -> list[float]:")


def in_python(*pairs: tuple[str, Verdict], target: str = "multiprocessing") -> SearchState:
    return SearchState(PYTHON, "scale", target, 7, judged(*pairs), 1)


async def test_a_model_writes_python_where_the_target_is_pythons() -> None:
    model = ScriptedModel([f"```python\n{in_processes()}```", "def scale(xs:", f"It's:\n{in_processes('2')}"])
    found = await proposer(model, "sample", samples=2, has_tests=True).propose(in_python(), 2)
    assert [each.source for each in found] == [version(), version("2").replace("import os\n", "")]
    assert {(each.pattern, each.strategy) for each in found} == {("process-pool", "Pool, map")}
    system, asked = (message.content for message in model.requests[0].messages)
    assert "os.cpu_count()" in system and "runs the user's tests" in system and "OpenMP" not in system
    assert f"```python\n{PYTHON}```" in asked and "imports and helpers" in asked
    assert "one block of python code" in model.requests[1].messages[-1].content


async def test_an_outline_of_python_speaks_of_its_workers() -> None:
    def script(messages: Sequence[Message], sampling: Sampling, task: str) -> list[str]:
        if sampling.json_schema:
            return ['{"strategies": [{"title": "one pool", "plan": "keep it"}]}']
        return [f"```python\n{in_processes()}```"]

    for target, words in (("multiprocessing", "divided among processes"), ("mpi4py", "divided among ranks")):
        model = ScriptedModel(script)
        (found,) = await proposer(model, "explore").propose(in_python(target=target), 2)
        assert found.strategy == "one pool; Pool, map" and words in model.requests[0].messages[1].content


async def test_a_failed_version_in_python_is_mended_with_its_line() -> None:
    threw = Verdict(
        outcome=Outcome.CRASH,
        stage="verify",
        feedback="threw 'ValueError: Number of processes must be at least 1 (line 10: `with Pool(0) as pool:`)'",
    )
    model = ScriptedModel(["<<<<<<< SEARCH\nwith Pool(0) as pool:\n=======\nwith Pool(2) as pool:\n>>>>>>> REPLACE"])
    (found,) = await proposer(model, "repair").propose(in_python((version("0"), threw)), 1)
    asked = model.requests[0].messages[1].content
    assert version("0").strip() in asked and "it crashes. threw 'ValueError" in asked and "```python" in asked
    assert found.source == version("2").replace("import os\n", "") and found.strategy == "mends #1; Pool, map"


@pytest.mark.parametrize("target", ["mpi", "mpi4py"])
async def test_ranks_are_told_who_has_which_data(target: str) -> None:
    for owners, words in (
        ({}, "must have the whole result after the call"),
        ({"xs": "blocks", "return": "root"}, "after it: `xs` blocks, `return` root. What is not named is replicated"),
    ):
        model = ScriptedModel([])
        with pytest.raises(ModelExhausted):
            await proposer(model, "sample", owners=owners).propose(replace(in_python(), target=target), 1)
        assert words in model.requests[0].messages[0].content


async def test_of_a_long_module_the_model_sees_what_the_function_needs() -> None:
    others = "".join(f"def other_{i}(a):\n    return a + {i}\n\n\n" for i in range(1000))
    source = f"FACTOR = 2.0\n{others}{PYTHON.replace('2.0', 'FACTOR')}"
    seen = shown(replace(in_python(), source=source))
    assert seen.startswith("FACTOR = 2.0") and "FACTOR * x for x" in seen and "other_5" not in seen


async def test_a_recording_writes_python_again(tmp_path: Path) -> None:
    recording, model = tmp_path / "completions.jsonl", ScriptedModel([f"```python\n{in_processes()}```", "Sorry."])
    first = await proposer(Recording(model, recording), "sample", samples=2).propose(in_python(), 2)
    replayed = Replay(read_recording(recording), name="replay")
    again = await proposer(replayed, "sample", samples=2).propose(in_python(), 2)
    assert [each.source for each in again] == [each.source for each in first] == [version()]


async def test_hot_lines_are_told_to_who_outlines_or_improves() -> None:
    for operation in ("explore", "improve"):
        model = ScriptedModel([reply(" simd")] * 9)
        await proposer(model, operation, hot_lines="- 97%: line 2, `x[i] *= 2.0`").propose(state((code(), ok(1.5))), 1)
        assert "- 97%: line 2, `x[i] *= 2.0`" in model.requests[0].messages[1].content
