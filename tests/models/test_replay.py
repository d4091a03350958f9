import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from agentpar.errors import LedgerError, ModelError, ModelExhausted, TaskError
from agentpar.models.base import Completion, Message, Sampling, Usage
from agentpar.models.replay import Recording, Replay, read_recording
from agentpar.models.scripted import ScriptedModel

ASK = [Message(role="user", content="Faster, please: Ünïcode \u2028 and all.")]
SCHEMA = Sampling(json_schema={"type": "object"})


def replay(path: Path, *lines: Any) -> Replay:
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    return Replay(read_recording(path), name="replay")


async def texts(model: Replay | Recording, sampling: Sampling, task: str = "t") -> list[str]:
    return [given.text for given in (await model.sample(ASK, sampling, task=task)).completions]


async def test_completions_are_dealt_out_by_task_in_their_order_each_once(tmp_path: Path) -> None:
    model = replay(
        tmp_path / "r.jsonl",
        {"task": "t", "completions": ["1", {"text": "2", "finish": "length"}]},
        {"task": "u", "completions": ["other"]},
        {"task": "t", "completions": ["3"]},
    )
    assert await texts(model, Sampling(n=2)) == ["1", "2"]
    assert await texts(model, Sampling(n=2)) == ["3"]
    with pytest.raises(ModelExhausted, match=r"no more completions for the task t; it has others for u"):
        await texts(model, Sampling())
    assert await texts(model, Sampling(), "u") == ["other"]


async def test_a_recorded_binding_answers_only_requests_that_are_bound_alike(tmp_path: Path) -> None:
    model = replay(
        tmp_path / "r.jsonl",
        {"task": "t", "completions": ["{}"], "sampling": SCHEMA.model_dump()},
        {"task": "t", "completions": ["code"], "sampling": {"temperature": 0.1}},
        {"task": "t", "completions": ["anything"]},
    )
    assert await texts(model, Sampling(temperature=0.9)) == ["code"]
    assert await texts(model, Sampling(temperature=0.9)) == ["anything"]
    assert await texts(model, SCHEMA) == ["{}"]
    with pytest.raises(ModelExhausted):
        await texts(model, SCHEMA)


async def test_what_is_recorded_is_replayed_to_the_letter(tmp_path: Path) -> None:
    given = [Completion(text="a\n\u2028\t\0ü", reasoning="why", finish="length", logprob=-0.25), Completion(text="b")]
    path = tmp_path / "r.jsonl"
    recording = Recording(ScriptedModel([*given, Completion(text="c")]), path)
    first = await recording.sample(ASK, Sampling(n=2, seed=3), task="t")
    second = await recording.sample(ASK, SCHEMA, task="t")
    lines = read_recording(path)
    assert lines[0].messages == tuple(ASK) and lines[0].sampling == Sampling(n=2, seed=3)
    assert lines[0].usage == first.usage != Usage() and lines[0].model == "scripted"
    model = Replay(lines, name="replay")
    assert (await model.sample(ASK, SCHEMA, task="t")).completions == second.completions
    assert (await model.sample(ASK, Sampling(n=2), task="t")).completions == tuple(given)


async def test_a_request_that_failed_is_not_recorded(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    recording = Recording(ScriptedModel([]), path)
    with pytest.raises(ModelError):
        await recording.sample(ASK, Sampling(), task="t")
    assert not path.exists()


async def test_a_recording_that_cannot_be_written_is_an_error_that_says_so(tmp_path: Path) -> None:
    recording = Recording(ScriptedModel(["1"]), tmp_path / "nowhere" / "r.jsonl")
    with pytest.raises(LedgerError, match="cannot be written: No such file or directory"):
        await recording.sample(ASK, Sampling(), task="t")


async def test_requests_at_the_same_time_are_recorded_each_on_its_line(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    recording = Recording(ScriptedModel(str(i) * 5000 for i in range(10, 60)), path)
    await asyncio.gather(*(recording.sample(ASK, Sampling(), task="t") for _ in range(50)))
    assert len(read_recording(path)) == 50


@pytest.mark.parametrize("left", [b'{"task": "t", "compl', b'{"task": "t", "completions": ["\xc3'])
async def test_a_recording_goes_on_behind_what_a_killed_process_left(tmp_path: Path, left: bytes) -> None:
    path = tmp_path / "r.jsonl"
    path.write_bytes(b'{"task": "t", "completions": ["1"]}\n' + left)
    assert len(read_recording(path)) == 1
    recording = Recording(ScriptedModel(["2"]), path)
    await recording.sample(ASK, Sampling(), task="t")
    assert [line.completions[0] for line in read_recording(path)] == ["1", Completion(text="2")]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "holds no completions"),
        (b"\n\n", "holds no completions"),
        (b'{"task": "t", "completions": ["1"]}\nnonsense\n{}\n', r"r\.jsonl:2: not a line of a recording"),
        (b'{"task": "t", "completions": []}\n', r"r\.jsonl:1: .*completions"),
        (b'{"task": "t", "completions": ["1"], "tusk": 1}\n', r"r\.jsonl:1: .*tusk"),
        (b'{"task": "t", "completions": ["1"]}\n{"task": "t", "completion": ["2"]}', r"r\.jsonl:2: .*completion"),
        (b"\xff\xfe\n", r"r\.jsonl:1: not a line of a recording"),
        (b'{"task": "t", "completions": ["1"', r"r\.jsonl:1: not a line of a recording"),
        (b'{"task": "t", "completions": [{"text": "1", "logprob": NaN}]}\n', r"r\.jsonl:1: .*finite"),
    ],
)
def test_a_wrong_recording_is_an_error_with_its_line(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "r.jsonl"
    path.write_bytes(content)
    with pytest.raises(TaskError, match=said):
        read_recording(path)


def test_a_recording_that_was_written_on_windows_is_read(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    path.write_bytes(b'\xef\xbb\xbf{"task": "t", "completions": ["1"]}\r\n{"task": "t", "completions": ["2"]}\r\n')
    assert [line.completions for line in read_recording(path)] == [("1",), ("2",)]


async def test_a_script_sees_what_is_asked_and_remembers_it() -> None:
    model = ScriptedModel(lambda messages, sampling, task: [f"{task}: {messages[-1].content[:6]}"] * sampling.n)
    reply = await model.sample(ASK, Sampling(n=2), task="t")
    assert [given.text for given in reply.completions] == ["t: Faster"] * 2
    assert model.requests[0].sampling == Sampling(n=2)
    assert reply.usage.completion_tokens == 4


async def test_completions_of_a_script_are_dealt_out_without_loss() -> None:
    model = ScriptedModel(["1", "2", "3"])
    assert [len((await model.sample(ASK, Sampling(n=2), task="t")).completions) for _ in range(2)] == [2, 1]
    with pytest.raises(ModelExhausted):
        await model.sample(ASK, Sampling(), task="t")
