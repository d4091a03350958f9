"""The strategies that a user can choose among: who takes part in a search, and what they are shown.

- `evolve`: source rewrites, crossovers and every operation of the model, which a bandit weighs;
- `best-of-n`: independent versions of the model, which is shown no verdicts: what the others are to be measured by;
- `refine`: one version of the model at a time, the fastest improved and the latest failure mended.

Without a model, each is the source rewrites.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from agentpar.errors import TaskError
from agentpar.models.base import Sampler
from agentpar.proposers.base import Proposer, Thinker
from agentpar.proposers.model.proposer import ModelProposer, Operation, Style
from agentpar.proposers.pools import PoolProposer
from agentpar.proposers.recombine import RecombineProposer
from agentpar.proposers.rewrite import RewriteProposer
from agentpar.proposers.rewrite.context import Language
from agentpar.task import PYTHON_TARGETS, SUFFIXES, Task, is_before_cpp17

_OPERATIONS: dict[str, tuple[Operation, ...]] = {
    "evolve": ("explore", "improve", "repair", "sample"),
    "best-of-n": ("sample",),
    "refine": ("improve", "repair", "sample"),
}


@dataclass(frozen=True)
class Team:
    """Who makes proposals: `proposers` at once, `thinkers` in their time."""

    proposers: Sequence[Proposer]
    thinkers: Sequence[Thinker] = ()
    thinkers_see_verdicts: bool = True


def require_proposers(task: Task, *, has_model: bool) -> None:
    """Check that somebody, the model or the source rewrites, can make versions of a task's file.

    Raises:
        TaskError: nobody can.
    """
    if task.oracle == "command" and (task.path.suffix not in SUFFIXES or not task.entry):
        missing = "name the function with --function" if task.path.suffix in SUFFIXES else "it is neither C nor C++"
        raise TaskError(f"{task.path}: no versions can be made of it: {missing}; `agentpar judge` takes yours")
    if task.target == "threads" and task.path.suffix == ".c" and not has_model:
        raise TaskError(
            f"{task.path}: rewrites write {task.target} in C++ alone: take another target, such as openmp, or name a "
            "model, which may write POSIX threads; `agentpar judge` takes yours"
        )


def assemble(task: Task, sampler: Sampler | None, *, hot_lines: str = "") -> Team:
    """The team for a task's strategy, with this model or without one; `hot_lines` of the serial code, for the model."""
    redirects = not is_before_cpp17(task.build.standard)
    language: Language = "c" if task.path.suffix == ".c" else "c++"
    rewrites: Proposer = RewriteProposer(redirects=redirects, pointers=task.cuda.pointers, language=language)
    if task.target in PYTHON_TARGETS:
        rewrites = PoolProposer()
    if sampler is None:
        return Team((rewrites,))
    strategy, options = task.search.strategy, task.model
    style = Style(
        samples=1 if strategy == "refine" else options.samples,
        max_tokens=options.max_tokens,
        thinking=options.thinking,
        is_greedy=strategy == "refine",
        pointers=task.cuda.pointers,
        owners=task.owners,
        has_tests=bool(task.test_files),
        hot_lines=hot_lines,
    )
    thinkers = tuple(
        ModelProposer(sampler, operation, temperature=temperature, task=task.name, style=style)
        for operation in _OPERATIONS[strategy]
        for temperature in options.temperatures
    )
    proposers = (rewrites, RecombineProposer()) if strategy == "evolve" else ()
    return Team(proposers, thinkers, thinkers_see_verdicts=strategy != "best-of-n")
