"""Pools of versions for `bench.search`, each with the judge's verdict.

Mixed, of an example: versions that source rewrites make of it, good and bad ones, with what models also say: wrong,
racy and cheating versions, and text that is no code. Recorded: what a real model said about it in a run.
"""

import asyncio
import json
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from agentpar.candidate import Proposal, as_candidate, content_id
from agentpar.errors import TaskError
from agentpar.evaluation.judge import Judge
from agentpar.models.base import Completion
from agentpar.models.replay import Recorded
from agentpar.proposers.base import SearchState
from agentpar.proposers.model.extract import source_from
from agentpar.proposers.model.graft import Unusable
from agentpar.proposers.rewrite import RewriteProposer
from agentpar.session import open_judge
from agentpar.task import Task
from agentpar.task_file import load_task
from agentpar.verdict import Outcome, Verdict
from bench.examples import EXAMPLES, KERNELS
from bench.orchestration import timed

CLOSE = 0.97
"""The share of the best known speed-up that counts as reaching it."""
AT_ONCE = 2
"""One is built and checked while another is timed."""
REWRITES = 24
MOST = 400
_PROSE = "I would divide the outer loop among the threads and keep the rest as it is."


@dataclass(frozen=True)
class Pool:
    """What a model may say of a task: versions, with verdicts by content id, and replies that hold none."""

    task: Task
    sources: tuple[str, ...]
    verdicts: dict[str, Verdict]
    unusable: tuple[str, ...] = ()

    @property
    def best(self) -> float:
        """The highest speed-up in the table; 0 where nothing was timed."""
        return max((v.measurement.speedup for v in self.verdicts.values() if v.measurement), default=0.0)

    @property
    def is_void(self) -> bool:
        """Whether no version is a gain: there is nothing then that a search could find sooner."""
        return not any(verdict.is_improvement for verdict in self.verdicts.values())

    def reaches(self, source: str) -> bool:
        """Whether a version is about as fast as the best."""
        measured = self.verdicts[content_id(source)].measurement
        return measured is not None and measured.speedup >= CLOSE * self.best


class Judged:
    """Verdicts by content id: judged for real where there is none yet, and kept in a file after each."""

    def __init__(self, sandbox: str, table: Path | None, *, is_rough: bool = False) -> None:
        self._sandbox = sandbox
        self._is_rough = is_rough
        self._table = table
        self._known: dict[str, Verdict] = {}
        if table is not None and table.exists():
            kept = json.loads(table.read_text())
            self._known = {key: Verdict.model_validate(value) for key, value in kept.items()}

    async def pool(self, task: Task, sources: Sequence[str], unusable: Sequence[str]) -> Pool:
        """What the machine is too busy to time is left out."""
        missing = [each for each in sources if content_id(each) not in self._known]
        if missing:
            async with open_judge(task, sandbox=self._sandbox, emit=lambda _: None) as (judge, _):
                left = iter(enumerate(missing, 1))
                await asyncio.gather(*(self._judge(judge, task, left, len(missing)) for _ in range(AT_ONCE)))
        judged = tuple(each for each in sources if content_id(each) in self._known)
        verdicts = {content_id(each): self._known[content_id(each)] for each in judged}
        if self._is_rough:
            verdicts = {key: _taken_as_sure(verdict) for key, verdict in verdicts.items()}
        return Pool(task, judged, verdicts, (*unusable,))

    async def _judge(self, judge: Judge, task: Task, left: Iterator[tuple[int, str]], count: int) -> None:
        for number, source in left:
            print(f"{task.name}: judging {number} of {count} …", file=sys.stderr, flush=True)
            made = Proposal(source=source, proposer="pool", strategy="", pattern="")
            verdict = await judge.evaluate(as_candidate(made, number=number, subtask=task.name))
            if verdict.outcome is not Outcome.OK or verdict.measurement is not None:
                self._keep(source, verdict)

    def _keep(self, source: str, verdict: Verdict) -> None:
        self._known[content_id(source)] = verdict
        if self._table is not None:
            kept = {key: each.model_dump(mode="json") for key, each in self._known.items()}
            self._table.write_text(json.dumps(kept))


def _taken_as_sure(verdict: Verdict) -> Verdict:
    """A verdict whose medians are believed: beside other work, few intervals are narrow enough to tell a gain."""
    if verdict.measurement is None:
        return verdict
    sure = tuple(
        each.model_copy(
            update={"ratio": each.ratio.model_copy(update={"low": each.ratio.median, "high": each.ratio.median})}
        )
        for each in verdict.measurement.scaling
    )
    return verdict.model_copy(update={"measurement": verdict.measurement.model_copy(update={"scaling": sure})})


def task_of(name: str) -> Task:
    """An example, to be timed quickly."""
    entry, options = KERNELS[name]
    return load_task(f"{EXAMPLES / name}.cpp::{entry}", {**options, "pairs": 8, "target_ms": 5.0})


def fenced(source: str) -> str:
    """A version as a model says it."""
    return f"```cpp\n{source}```"


async def mixed(task: Task) -> tuple[list[str], list[str]]:
    """Versions, and replies that hold none."""
    said = (source_from(fenced(each), serial=task.source, base="", entry=task.entry) for each in await _versions(task))
    sources = [each for each in dict.fromkeys(said) if each != task.source]
    return sources, [_PROSE] * (len(sources) // 5)


def recorded(task: Task, lines: Iterable[Recorded]) -> tuple[list[str], list[str]]:
    """Versions that a model gave for the task, and its replies that hold none; outlines are neither."""
    sources, unusable = list[str](), list[str]()
    for line in lines:
        if line.task != task.name or (line.sampling is not None and line.sampling.json_schema is not None):
            continue
        for said in line.completions:
            given = Completion(text=said) if isinstance(said, str) else said
            try:
                sources.append(_version(task, given))
            except (Unusable, TaskError):
                unusable.append(given.text)
    return list(dict.fromkeys(sources)), unusable


def _version(task: Task, given: Completion) -> str:
    was_cut = given.finish == "length"
    version = source_from(given.text, serial=task.source, base=task.source, entry=task.entry, was_cut=was_cut)
    # As it will be read from the scripted model's reply, which holds the whole source.
    return source_from(fenced(version), serial=task.source, base="", entry=task.entry)


async def _versions(task: Task) -> list[str]:
    """Rewrites from over the whole order, and what goes wrong with some of them."""
    offered = await _rewrites(task)
    step = max(1, len(offered) // REWRITES)
    good = offered[::step][:REWRITES]
    pragma = re.compile(r"^([ \t]*#pragma omp[^\n]*?)(?: reduction\([^)]*\)| private\([^)]*\))", re.MULTILINE)
    racy = [pragma.sub(r"\1", each, count=1) for each in good[:6]]
    racy += [each.replace("#pragma omp atomic\n", "\n") for each in good[:12] if "#pragma omp atomic" in each][:3]
    wrong = [re.sub(r"\+\+(\w+)\)", r"\1 += 2)", each, count=1) for each in good[:4]]
    cheating = [_cheat(each) for each in good[:3]]
    return list(dict.fromkeys([*good, *racy, *wrong, *cheating]))


async def _rewrites(task: Task) -> list[str]:
    """What is offered at first, and then what is once each of that would be a gain."""
    state = SearchState(task.source, task.entry, "openmp", 0, ())
    first = await RewriteProposer().propose(state, MOST)
    offered = dict.fromkeys(each.source for each in first)
    for each in first:
        judged = ((as_candidate(each, number=1, subtask=task.name), timed(2.0)),)
        offered |= dict.fromkeys(
            other.source for other in await RewriteProposer().propose(replace(state, judged=judged), MOST)
        )
    return [*offered]


def _cheat(version: str) -> str:
    """Does nothing from the second call on."""
    return re.sub(r"\)\s*\{\n", ") {\n    static int calls = 0;\n    if (calls++ > 0) return;\n", version, count=1)
