"""A model whose replies are written down beforehand: for tests, demonstrations and dry runs."""

import asyncio
import itertools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from agentpar.errors import ModelExhausted
from agentpar.models.base import Completion, Message, Reply, Sampling, Usage

Script = Callable[[Sequence[Message], Sampling, str], Iterable[str | Completion]]
"""From the conversation, how it is sampled and the task's name to the completions."""


@dataclass(frozen=True)
class Request:
    """One request that the model was asked."""

    messages: tuple[Message, ...]
    sampling: Sampling
    task: str


class ScriptedModel:
    """Answers what its script says, and remembers what it was asked in `requests`.

    The script is a function, or completions that are dealt out in order, whoever asks. At most `sampling.n` of them
    make a reply; where there is none, the request ends with `ModelExhausted`. A script may raise a
    `ModelError` of its own. A word counts as a token.
    """

    def __init__(self, script: Script | Iterable[str | Completion], *, name: str = "scripted") -> None:
        self.name = name
        self.requests: list[Request] = []
        self._script = script if callable(script) else _deal(script)

    async def sample(self, messages: Sequence[Message], sampling: Sampling, *, task: str) -> Reply:
        """See `Sampler`."""
        self.requests.append(Request(tuple(messages), sampling, task))
        await asyncio.sleep(0)  # as every other sampler, it lets others go on
        given = [_completion(reply) for reply in self._script(messages, sampling, task)][: sampling.n]
        if not given:
            raise ModelExhausted(f"the script of model {self.name} has nothing more to say")
        usage = Usage(
            prompt_tokens=sum(len(message.content.split()) for message in messages),
            completion_tokens=sum(len(completion.text.split()) for completion in given),
        )
        return Reply(completions=tuple(given), usage=usage)

    async def close(self) -> None:
        """Nothing was opened."""


def _deal(completions: Iterable[str | Completion]) -> Script:
    left = iter(completions)

    def script(_: Sequence[Message], sampling: Sampling, __: str) -> list[str | Completion]:
        return list(itertools.islice(left, sampling.n))

    return script


def _completion(reply: str | Completion) -> Completion:
    return Completion(text=reply) if isinstance(reply, str) else reply
