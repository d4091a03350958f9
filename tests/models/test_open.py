from pathlib import Path
from typing import Any

import pytest
from langchain_core.language_models.fake_chat_models import FakeListChatModel

from agentpar.errors import ModelError, TaskError
from agentpar.models.base import Message, Sampling
from agentpar.models.open import open_model
from agentpar.models.replay import RECORDING, read_recording
from agentpar.models.scripted import ScriptedModel
from agentpar.models.settings import load_settings
from tests.models.server import quick, serving

ASK = [Message(role="user", content="Say hello.")]


async def first_text(spec: Any, run_dir: Path, **given: Any) -> str:
    async with open_model(spec, run_dir=run_dir, settings=quick(), **given) as sampler:
        assert sampler is not None
        return (await sampler.sample(ASK, Sampling(), task="t")).completions[0].text


async def test_no_model_is_none(tmp_path: Path) -> None:
    for spec in ("none", None):
        async with open_model(spec, run_dir=tmp_path, settings=quick()) as sampler:
            assert sampler is None


async def test_an_address_a_chat_model_and_a_sampler_are_asked_and_recorded(tmp_path: Path) -> None:
    async with serving() as server:
        assert await first_text(server.url, tmp_path / "1") == "hello"
        assert await first_text(f"{server.url}#m", tmp_path / "1") == "hello"
    assert len(read_recording(tmp_path / "1" / RECORDING)) == 2
    assert await first_text(FakeListChatModel(responses=["hi"]), tmp_path / "2") == "hi"
    assert await first_text(ScriptedModel(["ho"]), tmp_path / "3") == "ho"
    for number, text in ("2", "hi"), ("3", "ho"):
        recording = tmp_path / number / RECORDING
        assert await first_text(f"replay:{recording}", tmp_path / "4") == text
    assert not (tmp_path / "4").exists()


async def test_progress_says_which_model_and_what_it_can_do(tmp_path: Path) -> None:
    said: list[str] = []
    async with serving(owner="llamacpp") as server:
        await first_text(server.url, tmp_path, say=said.append)
        assert said == [f"model: m at {server.url} (llama.cpp, replies can be bound to: choice, grammar, json schema)"]


@pytest.mark.parametrize(
    "spec", ["", "gpt", "replay:", "vllm:", "ftp://host/v1", "replay:/nowhere/r.jsonl", "replay:~no-one/r.jsonl"]
)
async def test_a_specification_that_makes_no_sense_is_the_users_error(spec: str, tmp_path: Path) -> None:
    with pytest.raises(TaskError) as raised:
        await first_text(spec, tmp_path)
    assert raised.value.exit_code == 2


async def test_what_is_needed_and_missing_ends_it_before_any_work(tmp_path: Path) -> None:
    async with serving(owner="library") as server:
        with pytest.raises(ModelError, match="cannot bind replies to a grammar"):
            await first_text(server.url, tmp_path, needs=["grammar"])


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGENTPAR_MODEL_TIMEOUT_S", "12.5")
    monkeypatch.setenv("AGENTPAR_MODEL_VLLM_ARGS", "--quantization fp8 --x 'a b'")
    monkeypatch.setenv("OPENAI_API_KEY", "s3cret")
    settings = load_settings()
    assert (settings.timeout_s, settings.vllm_args) == (12.5, ("--quantization", "fp8", "--x", "a b"))
    assert settings.api_key and settings.api_key.get_secret_value() == "s3cret"
    assert "s3cret" not in repr(settings) + settings.model_dump_json()
    monkeypatch.setenv("AGENTPAR_MODEL_RETRIES", "-1")
    with pytest.raises(TaskError, match="AGENTPAR_MODEL_RETRIES is wrong"):
        load_settings()
