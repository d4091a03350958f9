"""Recordings of a model: written beside any run, replayed without the model.

A recording is a file of JSON lines, one a request; docs/models.md has the format.
"""

import codecs
import json
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Sequence
from pathlib import Path

from pydantic import Field, ValidationError

from agentpar.errors import LedgerError, ModelExhausted, TaskError
from agentpar.models.base import Completion, Message, Pausable, Reply, Sampler, Sampling, Usage
from agentpar.verdict import Frozen

RECORDING = "completions.jsonl"
"""The name of a run's recording in its folder."""


class Recorded(Frozen):
    """One line: what a task's request gave. All but the first two fields may be left out by who writes one by hand.

    With `sampling`, the completions answer only requests whose replies are bound in the same way (to the same schema,
    choice, regex or grammar, or not at all); without, they answer any.
    """

    task: str
    completions: tuple[Completion | str, ...] = Field(min_length=1)
    sampling: Sampling | None = None
    messages: tuple[Message, ...] = ()
    usage: Usage = Usage()
    model: str = ""


class Replay:
    """Deals out a recording's completions to each task in their order, each once."""

    def __init__(self, recorded: Sequence[Recorded], *, name: str) -> None:
        self.name = name
        self._left: defaultdict[tuple[str, str], deque[Completion]] = defaultdict(deque)
        for line in recorded:
            self._left[line.task, _binding(line.sampling)].extend(
                Completion(text=given) if isinstance(given, str) else given for given in line.completions
            )

    async def sample(self, messages: Sequence[Message], sampling: Sampling, *, task: str) -> Reply:
        """See `Sampler`; what the messages say makes no difference.

        Raises:
            ModelExhausted: the recording has no more completions for this task.
        """
        for key in (task, _binding(sampling)), (task, _ANY):
            left = self._left[key]
            if left:
                return Reply(completions=tuple(left.popleft() for _ in range(min(sampling.n, len(left)))))
        known = sorted({name for name, _ in self._left} - {task})
        others = f"; it has others for {', '.join(known[:8])}" if known else ""
        raise ModelExhausted(f"{self.name} has no more completions for the task {task}{others}")

    def pass_over(self, replies: Iterable[Reply]) -> None:
        """Leave out what an earlier session of the run was given."""
        given = Counter(each for reply in replies for each in reply.completions)
        for left in self._left.values():
            while left and given[left[0]]:
                given[left.popleft()] -= 1

    async def close(self) -> None:
        """Nothing was opened."""


class Recording:
    """Writes what another sampler gives into a file, from which `Replay` gives it again."""

    def __init__(self, sampler: Sampler, path: Path) -> None:
        self.name = sampler.name
        self._sampler = sampler
        self._path = path
        _end_last_line(path)

    async def sample(self, messages: Sequence[Message], sampling: Sampling, *, task: str) -> Reply:
        """See `Sampler`. The reply is on the file before it is returned.

        Raises:
            LedgerError: it cannot be written.
        """
        reply = await self._sampler.sample(messages, sampling, task=task)
        line = Recorded(
            task=task,
            completions=reply.completions,
            sampling=sampling,
            messages=tuple(messages),
            usage=reply.usage,
            model=self.name,
        )
        self._append(line.model_dump_json(exclude_defaults=True))
        return reply

    def _append(self, line: str) -> None:
        try:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(f"{line}\n")
        except OSError as error:
            raise LedgerError(f"{self._path} cannot be written: {error.strerror}; mend it and resume") from error

    async def pause(self) -> bool:
        """See `Pausable`."""
        return await self._sampler.pause() if isinstance(self._sampler, Pausable) else False

    async def resume(self) -> None:
        """See `Pausable`."""
        if isinstance(self._sampler, Pausable):
            await self._sampler.resume()

    async def close(self) -> None:
        """Close the sampler behind it."""
        await self._sampler.close()


def read_recording(path: Path) -> list[Recorded]:
    """The lines of a recording; a last one that a killed process left unfinished is not one.

    Raises:
        TaskError: there is no such file, or a line is wrong.
    """
    try:
        content = path.read_bytes().removeprefix(codecs.BOM_UTF8)
    except (OSError, ValueError) as error:
        raise TaskError(f"{path} cannot be read as a recording: {getattr(error, 'strerror', None) or error}") from error
    recorded, lines = [], content.splitlines()
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            recorded.append(Recorded.model_validate_json(line))
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            is_cut_off = number == len(lines) and not content.endswith(b"\n")
            if recorded and is_cut_off and first["type"] == "json_invalid":
                break
            where = ".".join(map(str, first["loc"]))
            raise TaskError(f"{path}:{number}: not a line of a recording ({where or 'JSON'}: {first['msg']})") from None
    if not recorded:
        raise TaskError(f"{path} holds no completions; each line is one as {{'task': …, 'completions': […]}}")
    return recorded


_ANY = "any"


def _binding(sampling: Sampling | None) -> str:
    if sampling is None:
        return _ANY
    return json.dumps(sampling.model_dump(mode="json", include={"json_schema", "choice", "regex", "grammar"}))


def _end_last_line(path: Path) -> None:
    """Cut off what a killed process left unfinished, so that the next line begins its own."""
    if not path.exists():
        return
    content = path.read_bytes()
    if content and not content.endswith(b"\n"):
        with path.open("r+b") as file:
            file.truncate(content.rfind(b"\n") + 1)
