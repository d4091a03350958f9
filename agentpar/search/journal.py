"""What one subtask's search knows: rebuilt from the ledger, and written there before it is believed."""

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from agentpar.candidate import Candidate, Proposal, content_id
from agentpar.events import Event
from agentpar.ledger import Ledger
from agentpar.search.archive import Archive
from agentpar.search.base import Emit
from agentpar.search.budget import Progress
from agentpar.task import Budget
from agentpar.verdict import Outcome, Verdict


class Journal:
    """The candidates, verdicts and archive of a subtask, in step with the ledger."""

    def __init__(
        self,
        ledger: Ledger,
        *,
        subtask: str,
        source: str,
        budget: Budget,
        emit: Emit,
        fingerprint: Callable[[str], str],
    ) -> None:
        self.archive = Archive()
        self.judged: list[tuple[Candidate, Verdict]] = []
        self.waiting = deque(ledger.pending(subtask))
        self._ledger = ledger
        self._subtask = subtask
        self._budget = budget
        self._emit = emit
        self._fingerprint = fingerprint
        self._best_at = 0
        for candidate, verdict in ledger.judged(subtask):
            self._take_in(candidate, verdict)
        recorded = ledger.candidates(subtask)
        self.proposed = len(recorded)
        self.last_seen = recorded[-1].seen if recorded else 0
        self._known = {content_id(source)} | {each.candidate.id for each in recorded}
        self._known |= ledger.duplicates(subtask)
        self._numbers = {each.fingerprint: each.candidate.number for each in recorded}
        self._numbers[fingerprint(source)] = 0
        self._counts = ledger.counts(subtask)

    def progress(self, in_flight: int = 0) -> Progress:
        """How far the search is, or will be when those in flight are judged."""
        judged, spent = len(self.judged), self._ledger.spent()
        return Progress(
            judged=judged + in_flight,
            seconds=self._ledger.elapsed_seconds(),
            since_best=judged - self._best_at,
            without_device=self._counts.get(Outcome.NO_DEVICE, 0),
            tokens=spent.tokens,
            gpu_seconds=spent.seconds,
        )

    def admit(self, proposal: Proposal, *, seen: int) -> Candidate | None:
        """Make a candidate of a proposal, or None of a duplicate; its proposer had seen `seen` verdicts."""
        address = content_id(proposal.source)
        if address in self._known:
            return None
        self._known.add(address)
        fingerprint = self._fingerprint(proposal.source)
        number = self._numbers.get(fingerprint)
        if number is not None:
            with self._telling() as tell:
                self._ledger.record_duplicate(address, subtask=self._subtask, number=number)
                self._counts["duplicate"] = self._counts.get("duplicate", 0) + 1
                tell("note", candidate=address, message=f"duplicate of #{number}: {proposal.strategy}")
            return None
        with self._telling() as tell:
            candidate = self._ledger.record_candidate(
                proposal, subtask=self._subtask, fingerprint=fingerprint, seen=seen
            )
            tell("proposed", candidate=candidate.id, number=candidate.number, message=candidate.strategy)
        self._numbers[fingerprint] = candidate.number
        self.proposed += 1
        return candidate

    def judge(self, candidate: Candidate, verdict: Verdict) -> None:
        """Commit a verdict and what it means, then let the listeners know."""
        with self._telling(is_awaited=True) as tell:
            self._ledger.record_verdict(candidate, verdict)
            self._judge(candidate, verdict, tell)

    def _judge(self, candidate: Candidate, verdict: Verdict, tell: "_Tell") -> None:
        is_best = self._take_in(candidate, verdict)
        self._counts[verdict.outcome] = self._counts.get(verdict.outcome, 0) + 1
        told = {
            "candidate": candidate.id,
            "number": candidate.number,
            "message": candidate.strategy,
            "outcome": verdict.outcome,
            "speedup": verdict.measurement.speedup if verdict.measurement else None,
        }
        tell("judged", **told)
        if is_best:
            tell("improved", **told)

    def note(self, message: str) -> None:
        """Tell something that is about no candidate."""
        with self._telling() as tell:
            tell("note", message=message)

    def finish(self, reason: str) -> None:
        """Tell that the search is over, and why."""
        best = self.archive.best()
        with self._telling() as tell:
            tell("finished", candidate=best.candidate.id if best else None, message=reason)

    def _take_in(self, candidate: Candidate, verdict: Verdict) -> bool:
        self.judged.append((candidate, verdict))
        is_best = self.archive.add(candidate, verdict)
        if is_best:
            self._best_at = len(self.judged)
        return is_best

    @contextmanager
    def _telling(self, *, is_awaited: bool = False) -> Iterator["_Tell"]:
        """Commit what is recorded inside together with the events that tell of it, and only then tell."""
        events: list[Event] = []
        with self._ledger.together(is_awaited=is_awaited):
            yield lambda kind, **fields: events.append(self._event(kind, **fields))
            for event in events:
                self._ledger.record_event(event)
        for event in events:
            self._emit(event)

    def _event(self, kind: str, **fields: object) -> Event:
        best = self.archive.best()
        return Event.model_validate(
            {
                "kind": kind,
                "seconds": self._ledger.elapsed_seconds(),
                "subtask": self._subtask,
                "best_speedup": best.speedup if best else None,
                "evaluated": len(self.judged),
                "budget_candidates": self._budget.candidates,
                "budget_seconds": self._budget.seconds,
                "counts": dict(self._counts),
                **fields,
            }
        )


class _Tell(Protocol):
    def __call__(self, kind: str, **fields: object) -> None: ...
