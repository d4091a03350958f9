"""From prose and tests to serial code: the model designs functions, then writes each under its tests.

The design is checked, also that its tests build against stubs and that each fails there, and put back to the model with
what is wrong. Functions are written side by side, each when what it depends on is there. One that cannot be written
fails only what needs it, and the model designs anew: it is told what failed and why, and what is verified already.
What comes out is the serial reference of the search that follows.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from agentpar.errors import NotWritten, TaskError
from agentpar.evaluation.trial import Tried
from agentpar.models.base import Completion
from agentpar.planning.author import DESIGN, Author, Rejected, read_function, read_object
from agentpar.planning.design import Design, Designed, entry_declaration, load_design, merged
from agentpar.proposers.model.graft import Unusable, graft, version_in
from agentpar.proposers.model.prompts import render
from agentpar.task import Task

T = TypeVar("T")
MOST_DEPTH = 2
"""A function of the first design may be designed as several itself; a function of that may not."""
MOST_DESIGNS = 3
_MOST_LEARNT = 3000


class Tries(Protocol):
    """Builds a source with a program of tests and runs it."""

    async def of(self, source: str, tests: str) -> Tried:
        """What is wrong with the source, if anything."""
        ...


@dataclass
class _Known:
    """What was learnt so far: functions that are verified, with their code, and why others could not be written."""

    verified: dict[str, tuple[Designed, str]] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)

    def tell(self) -> str:
        """The same for the model, bounded."""
        lines = [f"- {name} could not be written: {why}" for name, why in self.failures.items()]
        lines += [f"- verified: {each.signature}: {each.contract}" for each, _ in self.verified.values()]
        return "\n".join(" ".join(line.split())[:500] for line in lines)[:_MOST_LEARNT]


async def draft(
    task: Task,
    *,
    author: Author,
    trial: Tries,
    understand: Callable[[Task], object],
    say: Callable[[str], None],
) -> tuple[Design, str]:
    """The design of a specification and its serial code, which passes all tests.

    `understand` raises a `TaskError` for code that the judge cannot make inputs for.

    Raises:
        TaskError: the tests do not declare the entry.
        ModelError: the model cannot be asked, or wrote nothing that passes (`NotWritten`).
    """
    work = _Drafting(task, author, trial, understand, say)
    for number in range(1, MOST_DESIGNS + 1):
        try:
            design = await work.design(number)
        except Rejected as error:
            raise NotWritten(f"the model makes no plan that can be carried out: {error}") from error
        say(f"plan of {len(design.functions)} functions: {', '.join(each.name for each in design.order())}")
        source = await work.write(design, number)
        if source is not None:
            return design, source
    failures = "; ".join(f"{name}: {why}" for name, why in work.known.failures.items())
    raise NotWritten(f"the model wrote no code that passes the tests, in {MOST_DESIGNS} plans; {failures}")


class _Drafting:
    def __init__(
        self,
        task: Task,
        author: Author,
        trial: Tries,
        understand: Callable[[Task], object],
        say: Callable[[str], None],
    ) -> None:
        self.known = _Known()
        self._task = task
        self._declaration = entry_declaration(task)
        self._author = author
        self._trial = trial
        self._understand = understand
        self._say = say

    async def design(self, number: int) -> Design:
        """Ask for a design of the whole, and for one of each function that it says is too much for one.

        Raises:
            Rejected: no design could be used.
        """
        task = self._task
        place = f"plan {number}"
        design = await self._designed(task.entry, place, None, task.description, self._declaration, task.tests)
        for depth in range(1, MOST_DEPTH):
            for each in design.functions:
                if each.splits and each.name != task.entry:
                    design = await self._split(design, each, f"{place} {depth}")
        return design

    async def _designed(
        self, entry: str, place: str, outer: Design | None, description: str, declaration: str, tests: str
    ) -> Design:
        """Ask for a design of one function; with `outer`, the design that it becomes a part of."""
        taken = {each.name: each for each in (outer.functions if outer else ()) if each.name != entry}
        prompt = render(
            "plan",
            function=entry,
            description=description,
            declaration=declaration,
            tests=tests,
            others="\n".join(f"{each.signature}; // {each.contract}" for each in taken.values()),
            learnt=self.known.tell(),
        )

        async def read(completion: Completion) -> Design:
            try:
                found = load_design(read_object(completion), entry=entry, declaration=declaration, taken=taken)
                whole = merged(outer, entry, found) if outer else found
            except TaskError as error:
                raise Unusable(str(error)) from error
            await self._require_tests(whole)
            return whole

        return await self._author.ask(place, prompt, read, DESIGN, say=self._say)

    async def _split(self, design: Design, function: Designed, place: str) -> Design:
        wanted = function.contract, function.signature, function.tests
        return await self._designed(function.name, f"{place} {function.name}", design, *wanted)

    async def _require_tests(self, design: Design) -> None:
        """Tests that do not build against stubs test something else; those that pass there test nothing."""
        stubs, entry = design.stubs(), self._task.entry
        programs = {each.name: design.test_program(each.name) for each in design.functions if each.name != entry}
        programs[entry] = self._task.tests
        tried = await _all(self._trial.of(stubs, program) for program in programs.values())
        for name, found in zip(programs, tried, strict=True):
            if not found.is_built:
                raise Unusable(f"the tests of {name} and the declarations do not build together: {found.problem}")
            if not found.problem:
                raise Unusable(f"the tests of {name} pass although it is not written yet: they test nothing")

    async def write(self, design: Design, number: int) -> str | None:
        """Write every function, side by side where none needs the other; None where the entry could not be."""
        known, stubs = self.known, design.stubs()
        known.failures.clear()
        ended = {each.name: asyncio.Event() for each in design.functions}
        codes: dict[str, str] = {}

        async def one(function: Designed) -> None:
            name = function.name
            try:
                for needed in function.depends_on:
                    await ended[needed].wait()
                if broken := [needed for needed in function.depends_on if needed not in codes]:
                    raise Rejected(f"needs {broken[0]}")
                base = _with(stubs, {needed: codes[needed] for needed in design.below(name)})
                codes[name] = await self._kept(design, function, base) or await self._write(
                    design, function, base, number
                )
                known.verified[name] = function, codes[name]
                self._say(f"{name} is written and passes its tests")
            except Rejected as error:
                known.failures[name] = str(error)
                self._say(f"{name} could not be written: {error}")
            finally:
                ended[name].set()

        await _all(one(each) for each in design.order())
        if self._task.entry not in codes:
            return None
        return _with(stubs, {each.name: codes[each.name] for each in design.order()})

    async def _kept(self, design: Design, function: Designed, base: str) -> str:
        """The code of an earlier design's function of that signature, where it passes these tests."""
        before, code = self.known.verified.get(function.name, (None, ""))
        if before is None or before.signature != function.signature or function.name == self._task.entry:
            return ""
        with suppress(Unusable):
            written = graft(code, serial=base, entry=function.name)
            if not (await self._trial.of(written, design.test_program(function.name))).problem:
                return code
        return ""

    async def _write(self, design: Design, function: Designed, base: str, number: int) -> str:
        """One function's code with what it brings along, after it passed its tests.

        Raises:
            Rejected: nothing passed.
        """
        name = function.name
        is_entry = name == self._task.entry
        shown = self._task.tests if is_entry else function.tests
        program = self._task.tests if is_entry else design.test_program(name)
        prompt = render("serial", source=base, function=name, contract=function.contract, tests=shown)

        async def read(completion: Completion) -> str:
            written = read_function(completion, source=base, name=name)
            tried = await self._trial.of(written, program)
            if tried.problem:
                raise Unusable(tried.problem)
            if is_entry:
                self._require_inputs(written)
            return version_in(written, serial=base, entry=name)

        return await self._author.ask(f"{name} {number}", prompt, read, say=self._say)

    def _require_inputs(self, written: str) -> None:
        try:
            self._understand(self._task.model_copy(update={"source": written}))
        except TaskError as error:
            raise Unusable(f"it passes the tests, but inputs for it cannot be made: {error}") from error


async def _all(works: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    """What they return, done side by side; an error of one ends the others."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(each) for each in works]
    except ExceptionGroup as errors:
        raise errors.exceptions[0] from None
    return [task.result() for task in tasks]


def _with(source: str, codes: dict[str, str]) -> str:
    for name, code in codes.items():
        source = graft(code, serial=source, entry=name)
    return source
