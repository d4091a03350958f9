"""From `Sampling` to the request a server understands, and from its answer to completions.

Everything here is a function of its arguments. Servers differ in how a reply is bound, not in how it looks:

    vLLM        response_format, structured_outputs (choice, regex, grammar)
    SGLang      response_format, regex, ebnf
    llama.cpp   response_format, grammar
    others      response_format
"""

import math
from collections.abc import Sequence
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, Field, ValidationError, ValidatorFunctionWrapHandler, WrapValidator
from pydantic_core import from_json

from agentpar.errors import ModelError
from agentpar.models.base import Completion, Message, Reply, Sampling, Usage
from agentpar.models.transport import Unavailable, quoted
from agentpar.verdict import Frozen

Server = Literal["vllm", "sglang", "llama.cpp", "ollama", "other"]
Binding = Literal["json_schema", "choice", "regex", "grammar"]

_GRAMMAR_KEY = {"sglang": "ebnf", "llama.cpp": "grammar"}
_HAS_THINKING_SWITCH = ("vllm", "sglang", "llama.cpp")
_CHOICE = "choice"
_QUOTED_BYTES = 200
_CHARACTERS_OF_A_TOKEN = 4
_T = TypeVar("_T")


class Abilities(Frozen):
    """What a server can do; found by trying."""

    server: Server = "other"
    n: bool = True
    seed: bool = True
    logprobs: bool = True
    json_schema: bool = True

    @property
    def bindings(self) -> frozenset[Binding]:
        """The ways in which a reply can be bound."""
        by_server: dict[Server, set[Binding]] = {
            "vllm": {"json_schema", "choice", "regex", "grammar"},
            "sglang": {"json_schema", "choice", "regex", "grammar"},
            "llama.cpp": {"json_schema", "choice", "grammar"},
        }
        return frozenset(by_server.get(self.server, {"json_schema", "choice"}) if self.json_schema else ())


def wanted_binding(sampling: Sampling) -> Binding | None:
    """How the replies are to be bound; None when they are free."""
    if sampling.json_schema is not None:
        return "json_schema"
    return "choice" if sampling.choice else "regex" if sampling.regex else "grammar" if sampling.grammar else None


def request_options(sampling: Sampling, abilities: Abilities) -> dict[str, Any]:
    """The body of a chat completion request, but for its model and its messages.

    Raises:
        ModelError: the server cannot bind replies in the way that is asked for.
    """
    options: dict[str, Any] = {
        "n": sampling.n,
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "max_tokens": sampling.max_tokens,
    }
    if sampling.seed is not None and abilities.seed:
        options["seed"] = sampling.seed
    if sampling.stop:
        options["stop"] = list(sampling.stop)
    if abilities.logprobs:
        # llama.cpp lists twenty alternatives to each token unless told otherwise: a kilobyte a token.
        options |= {"logprobs": True, "top_logprobs": 1}
    if sampling.thinking is not None and abilities.server in _HAS_THINKING_SWITCH:
        options["chat_template_kwargs"] = {"enable_thinking": sampling.thinking}
    return options | _bound(sampling, abilities)


def _bound(sampling: Sampling, abilities: Abilities) -> dict[str, Any]:
    binding = wanted_binding(sampling)
    if binding is None:
        return {}
    if binding not in abilities.bindings:
        raise ModelError(cannot_bind(binding, abilities))
    if sampling.json_schema is not None:
        return _response_format(sampling.json_schema)
    if abilities.server == "vllm":
        value = list(sampling.choice) if binding == "choice" else getattr(sampling, binding)
        return {"structured_outputs": {binding: value}}
    if binding == "choice":
        return _response_format(choice_schema(sampling.choice))
    if binding == "regex":
        return {"regex": sampling.regex}
    return {_GRAMMAR_KEY[abilities.server]: sampling.grammar}


def cannot_bind(binding: Binding, abilities: Abilities) -> str:
    """Why a binding cannot be had, and where it can."""
    able = "vLLM, SGLang or llama.cpp" if binding != "regex" else "vLLM or SGLang"
    return f"this server ({abilities.server}) cannot bind replies to a {binding.replace('_', ' ')}; {able} can"


def choice_schema(choices: tuple[str, ...]) -> dict[str, Any]:
    """A schema for one of these strings, in an object: some servers take nothing else at the root."""
    return {
        "type": "object",
        "properties": {_CHOICE: {"type": "string", "enum": list(choices)}},
        "required": [_CHOICE],
        "additionalProperties": False,
    }


def unwrap_choice(text: str, choices: tuple[str, ...]) -> str:
    """The string inside a reply to `choice_schema`; the reply itself when it is none, as when it was cut off."""
    try:
        chosen = from_json(text)[_CHOICE]
    except (ValueError, KeyError, TypeError):
        return text
    return chosen if chosen in choices else text


def _response_format(schema: Any) -> dict[str, Any]:
    return {
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "reply", "schema": dict(schema), "strict": True},
        }
    }


def _none_if_wrong(value: Any, validate: ValidatorFunctionWrapHandler) -> Any:
    try:
        return validate(value)
    except ValidationError:
        return None


_About = Annotated[_T | None, WrapValidator(_none_if_wrong)]
"""What is said about a completion: where it makes no sense, the completion is as good without it."""


class _Token(BaseModel):
    logprob: float


class _Logprobs(BaseModel):
    content: list[_Token] | None = None


class _Message(BaseModel):
    content: str | None = None
    reasoning_content: _About[str] = None
    reasoning: _About[str] = None


class _Choice(BaseModel):
    message: _Message
    finish_reason: _About[str] = None
    logprobs: _About[_Logprobs] = None


_Count = Annotated[int, Field(ge=0, le=1 << 40)]


class _Usage(BaseModel):
    prompt_tokens: _About[_Count] = None
    completion_tokens: _About[_Count] = None


class _Answer(BaseModel):
    choices: list[_Choice]
    usage: _About[_Usage] = None


def read_answer(body: bytes, sampling: Sampling) -> tuple[tuple[Completion, ...], Usage]:
    """The completions in a server's answer, at most `sampling.n`, and its tokens.

    Raises:
        Unavailable: the body is no such answer, or holds no completion.
    """
    try:
        answer = _Answer.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"])) or "the whole"
        start = quoted(body[:_QUOTED_BYTES].decode("utf-8", "replace"))
        raise Unavailable(f"the server's answer makes no sense ({where}: {first['msg']}): {start}") from None
    completions = tuple(_completion(choice, sampling) for choice in answer.choices[: sampling.n])
    if not completions:
        raise Unavailable("the server's answer holds no completion")
    usage = answer.usage or _Usage()
    # llama.cpp reports the tokens of one completion for all n; where each has logprobs they can be counted.
    counted = sum(len(choice.logprobs.content or ()) for choice in answer.choices if choice.logprobs)
    tokens = max(usage.completion_tokens or 0, counted)
    return completions, Usage(prompt_tokens=usage.prompt_tokens or 0, completion_tokens=tokens)


def counted(usage: Usage, messages: Sequence[Message], completions: Sequence[Completion]) -> Usage:
    """The usage, with an estimate by the characters where a server does not count: else no budget would hold it."""
    asked = sum(len(message.content) for message in messages)
    given = sum(len(completion.text) + len(completion.reasoning) for completion in completions)
    return usage.model_copy(
        update={
            "prompt_tokens": usage.prompt_tokens or asked // _CHARACTERS_OF_A_TOKEN,
            "completion_tokens": usage.completion_tokens or given // _CHARACTERS_OF_A_TOKEN,
        }
    )


def combine(replies: Sequence[Reply], *, seconds: float) -> Reply:
    """One reply of several that were asked for at the same time."""
    return Reply(
        completions=tuple(completion for reply in replies for completion in reply.completions),
        usage=Usage(
            prompt_tokens=sum(reply.usage.prompt_tokens for reply in replies),
            completion_tokens=sum(reply.usage.completion_tokens for reply in replies),
            seconds=seconds,
        ),
    )


def _completion(choice: _Choice, sampling: Sampling) -> Completion:
    text = choice.message.content or ""
    reasoning = choice.message.reasoning_content or choice.message.reasoning or ""
    if not reasoning:
        reasoning, text = split_reasoning(text)
    if sampling.choice:
        text = unwrap_choice(text, sampling.choice)
    return Completion(
        text=text, reasoning=reasoning, finish=choice.finish_reason or "stop", logprob=_mean(choice.logprobs)
    )


def split_reasoning(text: str) -> tuple[str, str]:
    """Thoughts and answer of a model whose server leaves them in one text.

    The opening tag is often part of the prompt and missing here; the closing one is missing when the reply was cut off.
    """
    thoughts, closed, answer = text.partition("</think>")
    if closed:
        return thoughts.strip().removeprefix("<think>").strip(), answer.lstrip()
    opened = text.lstrip()
    return (opened.removeprefix("<think>").strip(), "") if opened.startswith("<think>") else ("", text)


def _mean(logprobs: _Logprobs | None) -> float | None:
    values = [token.logprob for token in (logprobs and logprobs.content) or () if math.isfinite(token.logprob)]
    mean = sum(values) / len(values) if values else math.nan
    return mean if math.isfinite(mean) else None
