import asyncio
from typing import Any

import pytest
from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.runnables import Runnable, RunnableLambda

from agentpar.errors import ModelError
from agentpar.models.base import Message, Sampling
from agentpar.models.langchain import LangChainSampler
from tests.models.server import quick

ASK = [Message(role="system", content="Be brief."), Message(role="user", content="Say hello.")]


class Echo(BaseChatModel):
    """Says with which settings it was called."""

    temperature: float = 0.0
    max_tokens: int = 1
    seed: int | None = None
    fails_for: tuple[int | None, ...] = ()
    asked: int = 5
    wait_s: float = 0.0

    @property
    def _llm_type(self) -> str:
        return "echo"

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        if self.seed in self.fails_for:
            raise RuntimeError("rate limit")
        kinds = ",".join(message.type for message in messages)
        answer = AIMessage(
            content=f"{kinds} t={self.temperature} max={self.max_tokens} seed={self.seed} stop={stop} more={kwargs}",
            additional_kwargs={"reasoning_content": "hm"},
            response_metadata={"finish_reason": "length"},
            usage_metadata={"input_tokens": self.asked, "output_tokens": 2, "total_tokens": 7},
        )
        return ChatResult(generations=[ChatGeneration(message=answer)])

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        await asyncio.sleep(self.wait_s)
        return self._generate(messages, stop, **kwargs)


class Bound(Echo):
    """Supports schemas, as the large integrations do."""

    def with_structured_output(self, schema: Any, *, include_raw: bool = False, **kwargs: Any) -> Runnable[Any, Any]:
        assert include_raw and schema["title"]
        value = {name: field["enum"][0] for name, field in schema["properties"].items()}
        return RunnableLambda(lambda _: {"raw": AIMessage(content="raw"), "parsed": value, "parsing_error": None})


def sampler(model: BaseChatModel, **settings: Any) -> LangChainSampler:
    return LangChainSampler(model, quick(**settings))


async def test_n_completions_come_from_n_calls_with_the_settings_that_the_model_has() -> None:
    model = Echo()
    wanted = Sampling(n=3, temperature=0.5, top_p=0.9, max_tokens=20, seed=7, stop=("END",))
    reply = await sampler(model).sample(ASK, wanted, task="t")
    assert [given.text for given in reply.completions] == [
        f"system,human t=0.5 max=20 seed={seed} stop=['END'] more={{}}" for seed in (7, 8, 9)
    ]
    assert {(given.reasoning, given.finish) for given in reply.completions} == {("hm", "length")}
    assert (reply.usage.prompt_tokens, reply.usage.completion_tokens) == (15, 6)
    assert model.temperature == 0.0


async def test_counts_that_make_no_sense_are_as_if_they_were_not_said() -> None:
    reply = await sampler(Echo(asked=-1)).sample(ASK, Sampling(), task="t")
    assert reply.usage.prompt_tokens == sum(len(each.content) for each in ASK) // 4


async def test_calls_that_fail_cost_only_themselves_unless_all_do() -> None:
    some = sampler(Echo(fails_for=(7, 9)))
    assert len((await some.sample(ASK, Sampling(n=3, seed=7), task="t")).completions) == 1
    with pytest.raises(ModelError, match=r"Echo failed.*rate limit"):
        await some.sample(ASK, Sampling(n=1, seed=7), task="t")


async def test_a_call_that_does_not_end_is_given_up() -> None:
    with pytest.raises(ModelError, match=r"no reply within 0\.1 s; raise AGENTPAR_MODEL_TIMEOUT_S"):
        await sampler(Echo(wait_s=60), timeout_s=0.1).sample(ASK, Sampling(n=2), task="t")


async def test_schemas_and_choices_go_through_structured_output() -> None:
    schema = {"type": "object", "properties": {"word": {"enum": ["yes"]}}}
    bound = sampler(Bound())
    assert (await bound.sample(ASK, Sampling(json_schema=schema), task="t")).completions[0].text == '{"word": "yes"}'
    assert (await bound.sample(ASK, Sampling(choice=("left", "right")), task="t")).completions[0].text == "left"


@pytest.mark.parametrize("wanted", [Sampling(regex="a"), Sampling(json_schema={"type": "object"})])
async def test_what_a_model_cannot_be_bound_to_is_an_error(wanted: Sampling) -> None:
    with pytest.raises(ModelError):
        await sampler(Echo()).sample(ASK, wanted, task="t")
