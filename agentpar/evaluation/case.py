"""A task that is ready for its candidates: what the cascade needs of it, whatever language it is written in."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from agentpar.evaluation.coverage import Unreached
from agentpar.evaluation.profile import Profile
from agentpar.evaluation.race import RaceFinding
from agentpar.evaluation.session import Failed, Judged, Round
from agentpar.sandbox.base import Sandbox
from agentpar.task import Task
from agentpar.verdict import Frozen, Instructions, Team


class Sizes(Frozen):
    """Which sizes the reference accepts, and the size of timed runs. Kept in the ledger, so that a resumed run measures
    at the sizes it began with.
    """

    edges: tuple[tuple[int, ...], ...]
    refused: tuple[tuple[int, ...], ...]
    generic: tuple[tuple[int, ...], ...]
    benchmark: tuple[int, ...]
    baseline_ms: float
    answers_vary: bool = True
    """Whether the answer depends on more than sizes. Where it does not, a kept answer would pass for a computed one."""
    constant_outputs: tuple[str, ...] = ()
    """Outputs that had the same values at one size, whatever was drawn: an error in what changes them is not seen."""


class Case(Protocol):
    """One prepared task. What a candidate does is never an exception; every method that is given a sandbox may raise a
    SandboxError.
    """

    @property
    def task(self) -> Task:
        """The task."""
        ...

    @property
    def weights(self) -> Mapping[str, int]:
        """The free dimensions, in the order of every tuple of sizes, with their weight relative to each other."""
        ...

    @property
    def sizes(self) -> Sizes:
        """The sizes in force."""
        ...

    @property
    def sweep(self) -> tuple[Team, ...]:
        """The teams with which every size is verified; empty where each size is verified with one of them."""
        ...

    @property
    def is_watched(self) -> bool:
        """Whether looking for races takes longer than all the rest."""
        ...

    @property
    def candidate(self) -> str:
        """Where in a sandbox a candidate lies."""
        ...

    def screen(self, source: str) -> str:
        """Why a candidate is not worth building, or nothing."""
        ...

    async def build(self, sandbox: Sandbox, source: str) -> Failed | None:
        """Make `candidate` of a source."""
        ...

    async def build_identity(self, sandbox: Sandbox) -> None:
        """Make `candidate` of the untouched source; no real one may have run in this sandbox."""
        ...

    async def judge_identity(self, sandbox: Sandbox, rounds: Sequence[Round]) -> Judged:
        """Run rounds with the baseline and the untouched source; no real candidate may have run in this sandbox."""
        ...

    async def verify(self, sandbox: Sandbox, rounds: Sequence[Round]) -> Judged:
        """Whether the candidate is right: these rounds, and whatever else decides."""
        ...

    async def judge(self, sandbox: Sandbox, rounds: Sequence[Round], *, candidate: str) -> Judged:
        """Run rounds with the baseline and what lies at `candidate`."""
        ...

    async def find_races(
        self, sandbox: Sandbox, source: str, *, threads: tuple[int, ...], as_timed: bool
    ) -> RaceFinding:
        """Look for what depends on the order of parallel work; `as_timed` also at the size of timed runs."""
        ...

    async def count_instructions(self, sandbox: Sandbox) -> Instructions | None:
        """Count what one serial call takes, of the baseline and of the candidate; None where that cannot be done."""
        ...

    async def unreached(self, sandbox: Sandbox) -> Unreached:
        """What of the serial code no drawn input reaches, as far as that can be told."""
        ...

    async def profile(self, sandbox: Sandbox, source: str) -> Profile | None:
        """Where a source of the user's spends its instructions; None where that cannot be seen."""
        ...
