"""A real vLLM server on the CPU, started, used and stopped through the manager: `make test-vllm`.

Not collected with the other tests: it needs gigabytes and minutes. AGENTPAR_MODEL_VLLM_PYTHON names the interpreter.
"""

import asyncio
import json
import subprocess
from pathlib import Path

import psutil
import pytest

from agentpar.models.base import Message, Pausable, Sampler, Sampling
from agentpar.models.open import open_model
from agentpar.models.settings import ModelSettings, load_settings
from tests.models.weights import CACHE, smollm2_weights

ASK = [Message(role="user", content="Write one line of C++ that adds two numbers.")]
FLAGS = "--enforce-eager --max-model-len 1024 --dtype bfloat16"


@pytest.fixture(scope="module")
def settings() -> ModelSettings:
    return load_settings().model_copy(update={"vllm_args": tuple(FLAGS.split()), "first_reply_s": 300.0})


@pytest.fixture(scope="module")
def model(settings: ModelSettings) -> Path:
    """The test model as vLLM loads it."""
    folder = CACHE / "smollm2-bf16"
    if not (folder / "tokenizer.json").exists():
        convert = [
            settings.vllm_python,
            str(Path(__file__).with_name("convert.py")),
            str(smollm2_weights()),
            str(folder),
        ]
        subprocess.run(convert, check=True, timeout=600)
    return folder


@pytest.fixture(autouse=True)
def on_the_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VLLM_CPU_OMP_THREADS_BIND", "nobind")
    monkeypatch.setenv("VLLM_CPU_KVCACHE_SPACE", "1")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")


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
