"""The model proposer: asks a language model for versions of the function, and for better ones.

One operation at one temperature is one proposer, so that the portfolio can learn which of them pays:

- `sample` asks for independent versions, all in one request;
- `explore` asks for an outline of distinct strategies first, then for a version along each, side by side;
- `improve` shows a verified version with what was measured, and asks for a faster one;
- `repair` shows a failed version with what the judge saw, and asks to mend it, where right ones are the rarer ones.

What is asked follows from the state and its turn alone, sampling seed included, so that a recorded reply answers a
repeated turn. A reply that cannot be used is answered once, with the reason.
"""

import asyncio
import hashlib
import random
from collections.abc import Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ValidationError

from agentpar.candidate import Proposal
from agentpar.errors import ModelError, ModelExhausted, TaskError
from agentpar.models.base import Completion, Message, Sampler, Sampling
from agentpar.models.transport import Rejected
from agentpar.proposers.base import SearchState
from agentpar.proposers.model.dialect import dialect_of, workers_of
from agentpar.proposers.model.extract import source_from
from agentpar.proposers.model.feedback import explain
from agentpar.proposers.model.graft import Unusable, plain_name
from agentpar.proposers.model.prompts import render
from agentpar.proposers.model.workspace import MODEL, Entry, Workspace
from agentpar.proposers.pattern import pattern_for
from agentpar.proposers.rewrite.headers import in_their_files
from agentpar.sections import is_several
from agentpar.task import RANKS_TARGETS, Owner
from agentpar.verdict import Frozen

T = TypeVar("T")
Operation = Literal["sample", "explore", "improve", "repair"]
_MOST_SHOWN = 16_000
_MOST_READ = 1 << 20
"""A reply of more characters is no version of a function, and would be parsed for seconds."""
_OUTLINE_TOKENS = 1024
_TARGETS = {
    "openmp": "OpenMP",
    "threads": "std::thread, as many as std::thread::hardware_concurrency() says",
    "stdpar": "the parallel algorithms of C++17",
    "mpi": "MPI over MPI_COMM_WORLD",
    "mpi+openmp": "MPI over MPI_COMM_WORLD and OpenMP in each rank, where only the thread that is called may call MPI",
    "cuda": "CUDA C++ for one NVIDIA GPU, built whole by nvcc: the function launches kernels of its own, or calls CUB",
}
# What the function of a CUDA candidate is called with.
_POINTERS = {
    "host": "it is called with host data, so copies to the device and back are its own, and timed",
    "device": "its pointer parameters are device pointers, so it copies nothing",
}
_TESTS = ", and runs the user's tests against it"
_STRATEGIES: dict[str, Any] = {
    "type": "object",
    "properties": {
        "strategies": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "properties": {"title": {"type": "string"}, "plan": {"type": "string"}},
                "required": ["title", "plan"],
                "additionalProperties": False,
            },
        }
    },
    "required": ["strategies"],
    "additionalProperties": False,
}


class Style(Frozen):
    """How a model is asked. `samples` is how many versions a turn asks for; None leaves thinking to the model."""

    samples: int = 4
    max_tokens: int = 4096
    thinking: bool | None = None
    is_greedy: bool = False
    """Improve and mend the fastest and the latest alone, with no diversity."""
    pointers: Literal["host", "device"] = "host"
    """Whose memory a CUDA candidate is called with."""
    owners: Mapping[str, Owner] = {}
    """With ranks, who has what that is not replicated."""
    has_tests: bool = False
    """Whether tests of the user's decide as well."""
    hot_lines: str = ""
    """Where the serial code spends its instructions."""


@dataclass(frozen=True)
class _Question:
    """What is asked for one version or several: `base` is what blocks apply to."""

    prompt: str
    base: str
    strategy: str
    parents: tuple[str, ...] = ()


class ModelProposer:
    """Asks a model for versions by one operation at one temperature; `task` names the task for recordings."""

    def __init__(
        self, sampler: Sampler, operation: Operation, *, temperature: float, task: str, style: Style | None = None
    ) -> None:
        self.name = f"{MODEL}{operation} {temperature:g}"
        self.operation = operation
        self._sampler = sampler
        self._temperature = temperature
        self._task = task
        self._style = style or Style()
        self._workspace = Workspace()

    def applies(self, state: SearchState) -> bool:
        """Whether there is a version to improve or to mend, where the operation needs one."""
        workspace = self._workspace
        workspace.follow(state.judged, state.source)
        if self.operation in ("improve", "repair"):
            return self._parent(random.Random(0)) is not None
        # Who refines begins anew only where nothing is left to go on from.
        return not self._style.is_greedy or not (workspace.fastest() or workspace.failed(random.Random(0)))

    async def propose(self, state: SearchState, n: int) -> Sequence[Proposal]:
        """Ask for at most `n` versions; a turn of the same number in the same state asks the same.

        Raises:
            ModelError: the model cannot be asked.
        """
        self._workspace.follow(state.judged, state.source)
        n = min(n, self._style.samples)
        if self.operation == "explore":
            strategies = await self._outline(state, n)
            questions = [self._write(state, title, plan) for title, plan in strategies]
            return await _together(self._ask(state, each, 1, place) for place, each in enumerate(questions))
        question = self._write(state) if self.operation == "sample" else self._from_parent(state)
        return await self._ask(state, question, n, 0) if question else []

    async def _outline(self, state: SearchState, count: int) -> list[tuple[str, str]]:
        prompt = render(
            "outline",
            source=shown(state),
            function=plain_name(state.entry),
            count=count,
            workspace=self._told(state),
            hot_lines=self._style.hot_lines,
            language=dialect_of(state.target).fence,
            workers=workers_of(state.target),
        )
        sampling = self._sampling(state, "outline", 1).model_copy(
            update={"json_schema": _STRATEGIES, "max_tokens": _OUTLINE_TOKENS * (1 if not self._style.thinking else 4)}
        )
        asked = _conversation(state, prompt, self._style)
        try:
            reply = await self._sampler.sample(asked, sampling, task=self._task)
        except ModelExhausted:  # a recording without outlines may have versions left; the branch asks for one
            return [("", "")]
        except ModelError:  # not every server can bind a reply to a schema; the prompt asks for it in words as well
            free = sampling.model_copy(update={"json_schema": None})
            reply = await self._sampler.sample(asked, free, task=self._task)
        # Without an outline there is a branch all the same: a small model's JSON may be cut off.
        return _strategies(reply.completions[0].text)[:count] or [("", "")]

    def _write(self, state: SearchState, title: str = "", plan: str = "") -> _Question:
        prompt = render(
            "write",
            source=shown(state),
            function=plain_name(state.entry),
            title=title,
            plan=plan,
            workspace="" if self.operation == "sample" else self._told(state),
            **_words(state),
        )
        return _Question(prompt, state.source, title)

    def _from_parent(self, state: SearchState) -> _Question | None:
        chance = random.Random(f"{state.seed} {self.name} {state.turn}")
        parent = self._parent(chance)
        if parent is None:
            return None
        candidate = parent.candidate
        version_in = dialect_of(state.target).version_in
        asked = {
            "source": shown(state),
            "function": plain_name(state.entry),
            "current": version_in(candidate.source, serial=state.source, entry=state.entry),
            "verdict": explain(candidate.source, parent.verdict, state.target),
            "workspace": self._told(state),
            **_words(state),
        }
        if self.operation == "repair":
            prompt, done = render("repair", **asked), "mends"
        else:
            asked |= {"workers": workers_of(state.target), "hot_lines": self._style.hot_lines}
            prompt, done = render("improve", **asked), "from"
        return _Question(prompt, candidate.source, f"{done} #{candidate.number}", (candidate.id,))

    def _told(self, state: SearchState) -> str:
        return "\n\n".join(part for part in (self._workspace.tell(), state.shared) if part)

    def _parent(self, chance: random.Random) -> Entry | None:
        if self.operation == "repair":
            is_asked = self._style.is_greedy or self._workspace.is_mending_worth_it
            return self._workspace.failed(chance) if is_asked else None
        return self._workspace.fastest() if self._style.is_greedy else self._workspace.verified(chance)

    async def _ask(self, state: SearchState, question: _Question, n: int, place: int) -> list[Proposal]:
        messages = _conversation(state, question.prompt, self._style)
        sampling = self._sampling(state, place, n)
        reply = await self._sampler.sample(messages, sampling, task=self._task)
        versions = await _together(
            self._version(state, question, messages, completion, (place, index))
            for index, completion in enumerate(reply.completions)
        )
        return [self._proposal(state.target, question, source) for source in dict.fromkeys(versions)]

    async def _version(
        self,
        state: SearchState,
        question: _Question,
        messages: Sequence[Message],
        completion: Completion,
        place: tuple[int, int],
    ) -> list[str]:
        """The source that a completion, or the answer to one objection, stands for, if either does."""
        if len(completion.text) > _MOST_READ:
            return []
        try:
            return [_read(state, question, completion)]
        except Unusable as problem:
            objection = render("again", function=plain_name(state.entry), problem=problem, **_words(state))
        again = [
            *messages,
            Message(role="assistant", content=completion.text),
            Message(role="user", content=objection),
        ]
        sampling = self._sampling(state, ("again", *place), 1)
        try:
            reply = await self._sampler.sample(again, sampling, task=self._task)
            given = reply.completions[0]
            return [_read(state, question, given)] if len(given.text) <= _MOST_READ else []
        except (Unusable, Rejected):  # with a long reply in it, the conversation may be beyond what the model can take
            return []

    def _proposal(self, target: str, question: _Question, source: str) -> Proposal:
        dialect = dialect_of(target)
        how = "; ".join(part for part in (question.strategy[:120], dialect.constructs(source)) if part)
        # It is shown, and a terminal would obey what else a model may say.
        how = "".join(each if each.isprintable() else "?" for each in " ".join(how.split()))
        return Proposal(
            source=source,
            proposer=self.name,
            strategy=how or dialect.no_construct,
            pattern=pattern_for(target)(source),
            parents=question.parents,
        )

    def _sampling(self, state: SearchState, place: object, n: int) -> Sampling:
        """The seed is the turn's own, so that no two requests of a search are the same."""
        digest = hashlib.sha256(f"{state.seed} {self.name} {state.turn} {place}".encode()).digest()
        return Sampling(
            n=n,
            temperature=self._temperature,
            max_tokens=self._style.max_tokens,
            seed=int.from_bytes(digest[:4], "big") >> 1,
            thinking=self._style.thinking,
        )


def shown(state: SearchState) -> str:
    """The user's file as the model sees it; of one that is too long, the function and the most needful around it."""
    if len(state.source) <= _MOST_SHOWN:
        return state.source.strip()
    return dialect_of(state.target).abridged(state.source, state.entry, _MOST_SHOWN).strip()


def _words(state: SearchState) -> dict[str, str]:
    """What the language is called, and what it calls its imports."""
    dialect = dialect_of(state.target)
    return {"language": dialect.fence, "imports": dialect.imports}


def _conversation(state: SearchState, prompt: str, style: Style) -> list[Message]:
    return [Message(role="system", content=_system(state.target, style)), Message(role="user", content=prompt)]


def _system(target: str, style: Style) -> str:
    """Who the model is, and what holds for every answer."""
    contract = ""
    if target in RANKS_TARGETS:
        owners = ", ".join(f"`{name}` {owner}" for name, owner in style.owners.items() if owner != "replicated")
        contract = render("owners", owners=owners)
    if target == "multiprocessing":
        return render("multiprocessing", tests=_TESTS if style.has_tests else "")
    if target == "mpi4py":
        return render("mpi4py", contract=contract)
    written_with = _TARGETS.get(target, target)
    if target == "cuda":
        written_with += f"; {_POINTERS[style.pointers]}"
    return render("system", target=written_with, contract=contract)


async def _together(parts: Iterable[Coroutine[Any, Any, list[T]]]) -> list[T]:
    """The results of all parts in order; what some have stands where a recorded model has no more for the others."""
    ended = await asyncio.gather(*parts, return_exceptions=True)
    failures = [each for each in ended if isinstance(each, BaseException)]
    found = [each for part in ended if not isinstance(part, BaseException) for each in part]
    for failure in failures:
        if not found or not isinstance(failure, ModelExhausted):
            raise failure
    return found


def _read(state: SearchState, question: _Question, completion: Completion) -> str:
    try:
        source = source_from(
            completion.text,
            serial=state.source,
            base=question.base,
            entry=state.entry,
            was_cut=completion.finish == "length",
            dialect=dialect_of(state.target),
        )
        return in_their_files(state.source, source) if is_several(state.source) else source
    except (TaskError, RecursionError) as error:  # what the reply makes of the file cannot be read as the function
        raise Unusable(str(error)) from error


class _Strategy(BaseModel):
    title: str
    plan: str


class _Outline(BaseModel):
    strategies: list[_Strategy]


def _strategies(reply: str) -> list[tuple[str, str]]:
    """Titles and plans that differ; none where the reply is not as it was asked for."""
    start, end = reply.find("{"), reply.rfind("}")
    try:
        listed = _Outline.model_validate_json(reply[start : end + 1]).strategies
    except ValidationError:
        return []
    return list(dict.fromkeys((each.title.strip(), each.plan.strip()) for each in listed))
