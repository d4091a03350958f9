"""Any LangChain chat model as a sampler."""

import asyncio
import json
import time
from collections.abc import Sequence
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from pydantic import ValidationError

from agentpar.errors import ModelError
from agentpar.models.base import Completion, Message, Reply, Sampling, Usage
from agentpar.models.settings import ModelSettings
from agentpar.models.wire import choice_schema, combine, counted, split_reasoning, unwrap_choice, wanted_binding


class LangChainSampler:
    """Asks a chat model, with one call for each completion.

    What `Sampling` says replaces the model's own setting where it has one of that name (`temperature`, `top_p`,
    `max_tokens`, `seed`); the model's own retries and endpoint stay as they are. Schemas and choices need a model that
    supports `with_structured_output`; regular expressions and grammars cannot be had.
    """

    def __init__(self, model: BaseChatModel, settings: ModelSettings) -> None:
        self.name = str(getattr(model, "model_name", "") or getattr(model, "model", "") or type(model).__name__)
        self._model = model
        self._timeout_s = settings.timeout_s
        self._slots = asyncio.Semaphore(settings.concurrency)

    async def sample(self, messages: Sequence[Message], sampling: Sampling, *, task: str) -> Reply:
        """See `Sampler`; `task` is not sent."""
        schema = _schema(sampling)
        conversation = [(message.role, message.content) for message in messages]
        started = time.monotonic()
        calls = (self._call(conversation, sampling, schema, i) for i in range(sampling.n))
        replies: list[Reply] = []
        failure: BaseException | None = None
        for outcome in await asyncio.gather(*calls, return_exceptions=True):
            if isinstance(outcome, Reply):
                replies.append(outcome)
            else:
                failure = outcome
        if not replies:
            late = f"no reply within {self._timeout_s:g} s; raise AGENTPAR_MODEL_TIMEOUT_S"
            why = late if isinstance(failure, TimeoutError) else repr(failure)[:400]
            raise ModelError(f"the model {self.name} failed: {why}") from failure
        reply = combine(replies, seconds=time.monotonic() - started)
        usage = counted(reply.usage, [*messages] * len(replies), reply.completions)
        return reply.model_copy(update={"usage": usage})

    async def close(self) -> None:
        """The model is the caller's."""

    async def _call(
        self, conversation: Sequence[tuple[str, str]], sampling: Sampling, schema: dict[str, Any] | None, index: int
    ) -> Reply:
        model = self._set_to(sampling, index)
        stop: dict[str, Any] = {"stop": list(sampling.stop)} if sampling.stop else {}
        async with self._slots, asyncio.timeout(self._timeout_s):
            if schema is None:
                answer = await model.ainvoke(list(conversation), **stop)
                return Reply(completions=(_completion(answer, answer.text),), usage=_usage(answer))
            bound = model.with_structured_output(
                {"title": "reply", "description": "The reply.", **schema}, include_raw=True
            )
            given: Any = await bound.ainvoke(list(conversation), **stop)
        raw, parsed = given["raw"], given["parsed"]
        text = raw.text if parsed is None else json.dumps(parsed)
        text = unwrap_choice(text, sampling.choice) if sampling.choice else text
        return Reply(completions=(_completion(raw, text),), usage=_usage(raw))

    def _set_to(self, sampling: Sampling, index: int) -> BaseChatModel:
        """A copy of the model: passing settings with the call would break those that take them otherwise."""
        wanted: dict[str, Any] = {
            "temperature": sampling.temperature,
            "top_p": sampling.top_p,
            "max_tokens": sampling.max_tokens,
        }
        if sampling.seed is not None:
            wanted["seed"] = sampling.seed + index
        fields = type(self._model).model_fields
        return self._model.model_copy(update={name: value for name, value in wanted.items() if name in fields})


def _schema(sampling: Sampling) -> dict[str, Any] | None:
    binding = wanted_binding(sampling)
    if binding in ("regex", "grammar"):
        raise ModelError(
            f"a LangChain model cannot bind replies to a {binding}; give the address of its server instead"
        )
    if sampling.choice:
        return choice_schema(sampling.choice)
    return None if sampling.json_schema is None else dict(sampling.json_schema)


def _completion(answer: BaseMessage, text: str) -> Completion:
    reasoning = "".join(
        str(block.get("reasoning", "")) for block in answer.content_blocks if block["type"] == "reasoning"
    ) or str(answer.additional_kwargs.get("reasoning_content", ""))
    if not reasoning:
        reasoning, text = split_reasoning(str(text))
    about = answer.response_metadata
    finish = about.get("finish_reason") or about.get("stop_reason") or about.get("done_reason") or "stop"
    return Completion(text=str(text), reasoning=reasoning, finish=str(finish))


def _usage(answer: BaseMessage) -> Usage:
    counted = answer.usage_metadata if isinstance(answer, AIMessage) else None
    if counted is None:
        return Usage()
    try:
        return Usage(prompt_tokens=counted["input_tokens"], completion_tokens=counted["output_tokens"])
    except ValidationError:  # as if it were not said
        return Usage()
