"""A real vLLM server on the CPU, started, used and stopped through the manager: `make test-vllm`.

Not collected with the other tests: it needs gigabytes and minutes. AGENTPAR_MODEL_VLLM_PYTHON names the interpreter.
"""

import asyncio
import json
from pathlib import Path

import psutil
import pytest

from agentpar import asolve, load_task
from agentpar.events import Event
from agentpar.models.base import Message, Pausable, Sampler, Sampling
from agentpar.models.open import open_model
from agentpar.models.replay import RECORDING, read_recording
from agentpar.models.settings import ModelSettings
from agentpar.task import ModelOptions
from tests.vllm.smollm2 import smollm2_folder, smollm2_settings

ASK = [Message(role="user", content="Write one line of C++ that adds two numbers.")]
HISTOGRAM = Path(__file__).parents[2] / "examples" / "histogram.cpp"


@pytest.fixture(scope="module")
def settings() -> ModelSettings:
    return smollm2_settings()


@pytest.fixture(scope="module")
def model(settings: ModelSettings) -> Path:
    """The test model as vLLM loads it."""
    return smollm2_folder(settings)


async def eight_bound_samples(sampler: Sampler) -> None:
    schema = {
        "type": "object",
        "properties": {"threads": {"type": "integer"}},
        "required": ["threads"],
        "additionalProperties": False,
    }
    bound = await sampler.sample(ASK, Sampling(n=8, json_schema=schema, max_tokens=40, seed=1), task="t")
    whole = [given for given in bound.completions if given.finish == "stop"]
    assert len(bound.completions) == 8 and whole
    assert all(isinstance(json.loads(given.text)["threads"], int) for given in whole)
    for wanted in (
        Sampling(n=8, choice=("left", "right"), max_tokens=8),
        Sampling(n=8, regex="(left|right)", max_tokens=8),
        Sampling(n=8, grammar='root ::= "left" | "right"', max_tokens=8),
    ):
        chosen = await sampler.sample(ASK, wanted, task="t")
        assert {given.text for given in chosen.completions} <= {"left", "right"}


async def pausing_keeps_the_work(sampler: Sampler) -> None:
    assert isinstance(sampler, Pausable)
    assert await sampler.pause()
    asking = asyncio.ensure_future(sampler.sample(ASK, Sampling(n=2, max_tokens=4), task="t"))
    assert not (await asyncio.wait([asking], timeout=3))[0]
    await sampler.resume()
    assert len((await asking).completions) == 2


async def test_a_real_server_is_started_used_held_and_stopped(
    model: Path, settings: ModelSettings, tmp_path: Path
) -> None:
    before = {child.pid for child in psutil.Process().children(recursive=True)}
    async with open_model(f"vllm:{model}", run_dir=tmp_path, say=print, settings=settings) as sampler:
        assert sampler is not None
        started = [child for child in psutil.Process().children(recursive=True) if child.pid not in before]
        free = await sampler.sample(ASK, Sampling(n=8, max_tokens=16, temperature=1.0, seed=3), task="t")
        assert len({given.text for given in free.completions}) > 4
        assert free.usage.completion_tokens > 8 and all(given.logprob for given in free.completions)
        await eight_bound_samples(sampler)
        await pausing_keeps_the_work(sampler)
    assert len(started) > 1
    assert not psutil.wait_procs(started, timeout=30)[1]
    assert (tmp_path / "vllm.log").stat().st_size > 1000


async def test_a_run_starts_a_server_for_itself_asks_it_for_bound_and_free_replies_and_stops_it(
    model: Path, settings: ModelSettings, tmp_path: Path
) -> None:
    before = {child.pid for child in psutil.Process().children(recursive=True)}
    # The rewrites of this function are soon judged: the run ends when the model has answered, however busy the machine.
    budget = {"candidates": 100, "seconds": 3000, "tokens": 2000}
    task = load_task(f"{HISTOGRAM}::histogram", {**budget, "pairs": 8, "target_ms": 5.0})
    options = ModelOptions(name=f"vllm:{model}", samples=8, max_tokens=64, temperatures=(0.9,))
    result = await asolve(task.model_copy(update={"model": options}), run_dir=tmp_path / "run", emit=say)
    assert result.evaluated > 0 and result.counts.get("ok", 0) > 0
    asked = read_recording(tmp_path / "run" / RECORDING)
    outline = next(line for line in asked if line.sampling and line.sampling.json_schema)
    assert all(given.text.lstrip().startswith("{") for given in outline.completions if not isinstance(given, str))
    assert any(line.sampling and line.sampling.n == 8 and len(line.completions) == 8 for line in asked)
    left = [child for child in psutil.Process().children(recursive=True) if child.pid not in before]
    assert not [child for child in left if "vllm" in " ".join(child.cmdline())]


def say(event: Event) -> None:
    print(f"{event.seconds:.0f} s: {event.message}")
