"""Asks the model that writes what a specification wants; a question is put again while the answer is wrong."""

import hashlib
import re
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from pydantic_core import from_json

from agentpar.errors import ModelError, ModelExhausted, TaskError
from agentpar.languages.prelude import prelude
from agentpar.languages.source import parse, text, walk
from agentpar.ledger import Ledger
from agentpar.models.base import Completion, Message, Sampler, Sampling
from agentpar.planning.design import unfit_declaration
from agentpar.proposers.model.extract import source_from, without_thinking
from agentpar.proposers.model.graft import Unusable
from agentpar.proposers.model.prompts import render
from agentpar.proposers.pattern import pattern_of

T = TypeVar("T")
ATTEMPTS = 3
"""How often a question is put, with what was wrong with the answer before."""
_TEMPERATURE = 0.4
_HEADER = re.compile(r"#\s*include\s*<\w+(\.h)?>")
_TEXT: dict[str, Any] = {"type": "string"}
_FUNCTION: dict[str, Any] = {
    "name": _TEXT,
    "signature": _TEXT,
    "contract": _TEXT,
    "tests": _TEXT,
    "depends_on": {"type": "array", "items": _TEXT},
    "splits": {"type": "boolean"},
}


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": [*properties], "additionalProperties": False}


DESIGN = _object({"types": _TEXT, "functions": {"type": "array", "minItems": 1, "items": _object(_FUNCTION)}})
"""The JSON schema of a design."""


class Rejected(ValueError):
    """No answer to a question could be used; the message says what was wrong with the last."""


class Author:
    """A model with the budget of one run. `round` tells a drafting from an earlier one that came to nothing."""

    def __init__(self, sampler: Sampler, ledger: Ledger, *, round: int) -> None:
        self._sampler = sampler
        self._ledger = ledger
        self._round = round

    async def ask(
        self,
        place: str,
        prompt: str,
        read: Callable[[Completion], Awaitable[T]],
        schema: dict[str, Any] | None = None,
        *,
        say: Callable[[str], None],
    ) -> T:
        """What `read` makes of the answer; where it raises an `Unusable`, the model is told why and asked again, and
        `say` hears of it.

        Raises:
            Rejected: no answer could be used.
            ModelError: the model cannot be asked, or its budget is spent.
        """
        messages = [
            Message(role="system", content=render("author", standard=self._ledger.task.build.standard)),
            Message(role="user", content=prompt),
        ]
        problem = ""
        for attempt in range(ATTEMPTS):
            if problem:
                told = " ".join(word for word in problem.split() if word.strip("="))  # sanitizers draw lines
                say(f"{place.partition(' ')[0]} is put back to the model: {told[:200]}")
            completion = await self._sample(messages, f"{place} {attempt}", schema)
            try:
                return await read(completion)
            except Unusable as error:
                problem = str(error)
            answer = Message(role="assistant", content=completion.text)
            messages += [answer, Message(role="user", content=render("rejected", problem=problem))]
        raise Rejected(problem)

    def require_seconds(self, when: str = "before the code was written") -> None:
        """Check that there is time for a further question, or a trial of an answer.

        Raises:
            ModelError: the run's seconds are over; `when` says what they ended at.
        """
        limit = self._ledger.budget.seconds
        if self._ledger.elapsed_seconds() >= limit:
            raise ModelError(f"the budget of {limit:g} s ended {when}; give --seconds")

    async def _sample(self, messages: list[Message], place: str, schema: dict[str, Any] | None) -> Completion:
        ledger, options = self._ledger, self._ledger.task.model
        budget, spent = ledger.budget, ledger.spent()
        if budget.tokens is not None and spent.tokens >= budget.tokens:
            raise ModelError(f"the budget of {budget.tokens} tokens ended before the code was written; give --tokens")
        self.require_seconds()
        digest = hashlib.sha256(f"{ledger.seed} {self._round} {place}".encode()).digest()
        sampling = Sampling(
            temperature=_TEMPERATURE,
            max_tokens=options.max_tokens,
            seed=int.from_bytes(digest[:4], "big") >> 1,
            thinking=options.thinking,
            json_schema=schema,
        )
        # Questions are put side by side: each has a name of its own in a recording, so that a replay answers it.
        name = f"{ledger.task.name}: {place}"
        try:
            reply = await self._sampler.sample(messages, sampling, task=name)
        except ModelExhausted:
            raise
        except ModelError:  # not every server can bind a reply to a schema; the prompt asks for it in words as well
            if schema is None:
                raise
            free = sampling.model_copy(update={"json_schema": None})
            reply = await self._sampler.sample(messages, free, task=name)
        return reply.completions[0]


def read_object(completion: Completion) -> dict[str, Any]:
    """The JSON object in an answer.

    Raises:
        Unusable: there is none.
    """
    said = without_thinking(completion.text)
    try:
        found = from_json(said[said.find("{") : said.rfind("}") + 1])
    except ValueError as error:
        was_cut = "; it was cut off, be shorter" if completion.finish == "length" else ""
        raise Unusable(f"the answer is no JSON object: {error}{was_cut}") from error
    if not isinstance(found, dict):
        raise Unusable("the answer is no JSON object")
    return found


def read_function(completion: Completion, *, source: str, name: str) -> str:
    """The source with the function that an answer holds.

    Raises:
        Unusable: it holds none, or more than serial code.
    """
    try:
        written = source_from(
            completion.text, serial=source, base=source, entry=name, was_cut=completion.finish == "length"
        )
    except (TaskError, RecursionError) as error:
        raise Unusable(str(error)) from error
    if pattern_of(written) != "serial":
        raise Unusable("write serial code: no pragmas, no threads, no parallel algorithms")
    for node in walk(parse(written).root_node):
        if node.type.startswith("preproc_") and node.type not in ("preproc_include", "preproc_arg"):
            raise Unusable(f"use no preprocessor but for #include <...>, not `{text(node).partition(chr(10))[0][:80]}`")
        if node.type == "preproc_include" and not _HEADER.fullmatch(text(node).strip()):
            raise Unusable("include headers of the standard library alone")
    # Functions that a constant names would be built into the judge with it, under any name, such as that of its clock.
    if unfit := unfit_declaration(written) or unfit_declaration(prelude(written), no_functions=True):
        raise Unusable(
            "write functions and structs of plain data, and keep nothing between calls: constants are constexpr, "
            f"not `{unfit}`"
        )
    return written
