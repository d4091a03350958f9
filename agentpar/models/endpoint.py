"""A sampler over any server that speaks the OpenAI protocol."""

import asyncio
import random
import time
from collections.abc import Callable, Collection, Sequence
from typing import Self

from agentpar.errors import ModelError
from agentpar.models.base import Completion, Message, Reply, Sampling, Usage
from agentpar.models.preflight import can_pause, find_abilities, find_model
from agentpar.models.settings import ModelSettings
from agentpar.models.transport import Connection, Unavailable
from agentpar.models.wire import Abilities, Binding, cannot_bind, combine, counted, read_answer, request_options
from agentpar.sandbox import lease

_BACK_OFF_S = 0.5
_LONGEST_PAUSE_S = 30.0
_PAUSING_S = 60.0


class Endpoint:
    """Asks one model on one server; made by `Endpoint.open`, which has tried that it works."""

    def __init__(
        self, connection: Connection, *, name: str, abilities: Abilities, settings: ModelSettings, pauses: bool = False
    ) -> None:
        self.name = name
        self.abilities = abilities
        self._connection = connection
        self._settings = settings
        self._pauses = pauses
        self._slots = asyncio.Semaphore(settings.concurrency)

    @classmethod
    async def open(
        cls,
        url: str,
        *,
        model: str | None = None,
        settings: ModelSettings,
        say: Callable[[str], None] = lambda _: None,
        needs: Collection[Binding] = (),
    ) -> Self:
        """Connect and try; `model` may be left out where the server has only one.

        Raises:
            TaskError: the address is none.
            ModelError: there is no server, no such model, or it lacks one of `needs`.
        """
        connection = Connection(url, settings)
        try:
            name, server = await find_model(connection, model, settings)
            pauses = await can_pause(connection, settings.connect_s)
            if pauses:
                async with lease.working():  # nobody is timing: a run that was killed has left it held, if it is
                    await _control(connection, "/resume")
            abilities = await find_abilities(connection, name, server, settings, say)
            for binding in needs:
                if binding not in abilities.bindings:
                    raise ModelError(cannot_bind(binding, abilities))
        except BaseException:
            await connection.close()
            raise
        say(f"model: {name} at {connection.url} ({_describe(abilities)})")
        return cls(connection, name=name, abilities=abilities, settings=settings, pauses=pauses)

    async def sample(self, messages: Sequence[Message], sampling: Sampling, *, task: str) -> Reply:
        """See `Sampler`; `task` is not sent."""
        if sampling.n == 1 or self.abilities.n:
            return await self._ask(messages, sampling)
        return await self._ask_singly(messages, sampling)

    async def pause(self) -> bool:
        """Hold the server's work, so that it uses no processor; False where the server cannot.

        Requests under way keep their deadlines. The server keeps its memory.

        Raises:
            ModelError: it should have paused and has not.
        """
        if self._pauses:
            await _control(self._connection, "/pause?mode=keep")
        return self._pauses

    async def resume(self) -> None:
        """Let the server go on.

        Raises:
            ModelError: it does not.
        """
        if self._pauses:
            await _control(self._connection, "/resume")

    async def close(self) -> None:
        """Close the connections; the server is not ours."""
        await self._connection.close()

    async def _ask_singly(self, messages: Sequence[Message], sampling: Sampling) -> Reply:
        """As many requests for one completion each; some may fail, not all."""
        seeds = [None if sampling.seed is None else sampling.seed + i for i in range(sampling.n)]
        asked = (self._ask(messages, sampling.model_copy(update={"n": 1, "seed": seed})) for seed in seeds)
        started = time.monotonic()
        replies: list[Reply] = []
        for outcome in await asyncio.gather(*asked, return_exceptions=True):
            if isinstance(outcome, Reply):
                replies.append(outcome)
            elif not isinstance(outcome, ModelError):
                raise outcome
            else:
                failure = outcome
        if not replies:
            raise failure
        return combine(replies, seconds=time.monotonic() - started)

    async def _ask(self, messages: Sequence[Message], sampling: Sampling) -> Reply:
        options = request_options(sampling, self.abilities)
        timeout_s, failures = self._settings.timeout_s, list[Unavailable]()
        async with self._slots:
            started = time.monotonic()
            try:
                async with asyncio.timeout(timeout_s):
                    completions, usage = await self._ask_until_answered(list(messages), sampling, options, failures)
            except TimeoutError:
                why = f" ({failures[-1]})" if failures else ""
                raise ModelError(
                    f"{self._connection.url} gave no whole reply within {timeout_s:g} s{why}; ask for fewer tokens, "
                    "lower AGENTPAR_MODEL_CONCURRENCY, or raise AGENTPAR_MODEL_TIMEOUT_S"
                ) from None
            seconds = time.monotonic() - started
        usage = counted(usage, messages, completions)
        return Reply(completions=completions, usage=usage.model_copy(update={"seconds": seconds}))

    async def _ask_until_answered(
        self, messages: list[Message], sampling: Sampling, options: dict[str, object], failures: list[Unavailable]
    ) -> tuple[tuple[Completion, ...], Usage]:
        """Ask again after what passes; each failure is noted in `failures`."""
        for attempt in range(self._settings.retries + 1):
            try:
                return read_answer(await self._connection.complete(self.name, messages, options), sampling)
            except Unavailable as error:
                failures.append(error)
            if attempt < self._settings.retries:
                await asyncio.sleep(_pause_s(attempt, failures[-1].after_s))
        last = failures[-1]
        raise ModelError(f"no usable reply in {self._settings.retries + 1} attempts: {last}") from last


async def _control(connection: Connection, path: str) -> None:
    answer = await connection.fetch("POST", path, timeout_s=_PAUSING_S)
    if answer is None or not answer.is_success:
        raise ModelError(f"{connection.root}{path} failed; restart the model server")


def _pause_s(attempt: int, asked_for_s: float) -> float:
    """Exponential back-off with jitter, so that requests which failed together do not come back together."""
    own = _BACK_OFF_S * 2.0**attempt * random.uniform(0.5, 1.5)
    return min(max(own, asked_for_s), _LONGEST_PAUSE_S)


def _describe(abilities: Abilities) -> str:
    ways = ", ".join(sorted(binding.replace("_", " ") for binding in abilities.bindings)) or "nothing"
    missing = [
        text
        for text, present in (
            ("n completions come from n requests", abilities.n),
            ("seeds are ignored", abilities.seed),
            ("no logprobs", abilities.logprobs),
        )
        if not present
    ]
    return "; ".join([f"{abilities.server}, replies can be bound to: {ways}", *missing])
