"""What stands in a run's ledger, read from a copy: the file is left as the kill left it, for `resume` to mend."""

import asyncio
import json
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path

from agentpar.candidate import Candidate
from agentpar.languages.fingerprint import fingerprint
from agentpar.ledger import Ledger
from agentpar.proposers.rewrite import RewriteProposer
from agentpar.search.loop import search
from agentpar.search.strategy import Team
from agentpar.task import Budget
from agentpar.verdict import Verdict

LEDGER = "ledger.sqlite"


@dataclass(frozen=True)
class Record:
    """The rows of a ledger as they lie on the disk: verdicts and re-tests by candidate number, in their order."""

    names: Mapping[int, str] = field(default_factory=dict)
    verdicts: Mapping[int, str] = field(default_factory=dict)
    confirmations: Mapping[int, str] = field(default_factory=dict)

    @property
    def judged(self) -> set[str]:
        return {self.names[number] for number in self.verdicts}

    @property
    def confirmed(self) -> set[str]:
        return {self.names[number] for number in self.confirmations}

    def outcomes(self) -> dict[int, str]:
        return {number: json.loads(body)["outcome"] for number, body in self.verdicts.items()}

    def feedback(self, number: int) -> str:
        return str(json.loads(self.verdicts[number])["feedback"])[:200]

    def lacks(self, earlier: "Record") -> Iterator[str]:
        """What stood there earlier and does not stand unchanged, in the same place."""
        for kind in ("verdicts", "confirmations", "names"):
            was, now = list(getattr(earlier, kind).items()), list(getattr(self, kind).items())
            if now[: len(was)] != was:
                yield f"{kind}: {len(was)} stood there, of which {len(set(was) & set(now))} stand now unchanged"

    def lacks_told(self, told: Mapping[int, str]) -> Iterator[str]:
        """Verdicts that were told to the user and are not in the ledger, or are others."""
        outcomes = self.outcomes()
        for number, outcome in told.items():
            if outcomes.get(number) != outcome:
                yield f"#{number} {outcome} was told, the ledger has {outcomes.get(number)}"


def read_record(run_dir: Path) -> Record:
    """The record of a run that no process is at; an empty one where there is no run yet."""
    if not (run_dir / LEDGER).exists():
        return Record()
    with tempfile.TemporaryDirectory() as folder:
        for part in run_dir.glob(f"{LEDGER}*"):
            if not part.name.endswith("-shm"):  # only the index of the other two
                shutil.copy(part, folder)
        with closing(sqlite3.connect(Path(folder, LEDGER))) as db:
            return Record(
                names=dict(db.execute("SELECT number, id FROM candidates ORDER BY number")),
                verdicts=dict(db.execute("SELECT number, body FROM verdicts ORDER BY sequence")),
                confirmations=dict(db.execute("SELECT number, body FROM confirmations ORDER BY rowid")),
            )


class _Replay:
    """Gives the recorded verdicts in the recorded order."""

    def __init__(self, recorded: Ledger) -> None:
        judged = recorded.judged()
        self._verdicts = [verdict for _, verdict in judged]
        self._turn = {candidate.id: place for place, (candidate, _) in enumerate(judged)}
        self._is_due = [asyncio.Event() for _ in range(len(judged) + 1)]
        self._is_due[0].set()

    async def evaluate(self, candidate: Candidate) -> Verdict:
        place = self._turn[candidate.id]  # KeyError: this was not proposed in the run
        await self._is_due[place].wait()
        self._is_due[place + 1].set()
        return self._verdicts[place]

    async def confirm(self, candidate: Candidate) -> Verdict:
        raise AssertionError("a search re-tests nobody")


def differs_from_replay(run_dir: Path) -> str:
    """How the run differs from one that gets the same verdicts and is not interrupted, or nothing."""
    with ExitStack() as files:
        folder = files.enter_context(tempfile.TemporaryDirectory())
        ran = files.enter_context(Ledger.read(run_dir / LEDGER))
        again = files.enter_context(Ledger.create(Path(folder, LEDGER), ran.task))
        try:
            asyncio.run(asyncio.wait_for(_search_again(ran, again), timeout=60))
        except (KeyError, TimeoutError) as error:
            return f"the same verdicts make other proposals: {error!r}"
        facts: dict[str, Callable[[Ledger], object]] = {
            "proposals": Ledger.candidates, "verdicts": Ledger.judged, "counts": Ledger.counts,
        }  # fmt: skip
        return ", ".join(f"other {name}" for name, fact in facts.items() if fact(ran) != fact(again))


async def _search_again(ran: Ledger, again: Ledger) -> None:
    task = ran.task
    await search(
        subtask=ran.candidates()[0].candidate.subtask,
        source=task.source,
        entry=task.entry,
        target=task.target,
        team=Team([RewriteProposer()]),
        evaluator=_Replay(ran),
        ledger=again,
        budget=Budget(candidates=ran.budget.candidates, seconds=86400),
        seed=ran.seed,
        workers=min(len(os.sched_getaffinity(0)), 8),
        emit=lambda event: None,
        fingerprint=fingerprint,
    )
