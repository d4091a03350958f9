"""What a ledger tells of a search besides its verdicts."""

from dataclasses import dataclass

from agentpar.candidate import Candidate
from agentpar.task import Target
from agentpar.verdict import Frozen, Ratio


@dataclass(frozen=True)
class Recorded:
    """A candidate as it stands in the ledger.

    `seen` is how many of its subtask's verdicts were in when it was proposed: its proposer was shown exactly
    `ledger.judged(subtask)[:seen]`, which is what makes a run auditable and repeatable.
    """

    candidate: Candidate
    fingerprint: str
    seen: int


@dataclass(frozen=True)
class Turn:
    """A consultation of a proposer that takes its time, numbered from 1 over the run.

    It was shown `ledger.judged(subtask)[:seen]` and asked for at most `wanted` proposals; the run had `known` verdicts
    in all then, from which it was told what other subtasks had learnt. `admitted` says how many became candidates; None
    while it goes on: a resumed run begins with those, in the same state.
    """

    number: int
    proposer: str
    seen: int
    wanted: int
    known: int = 0
    admitted: int | None = None


class Spent(Frozen):
    """What models cost in a run so far, over all its sessions; `seconds` sums the requests, also those side by side."""

    replies: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    seconds: float = 0.0

    @property
    def tokens(self) -> int:
        """Tokens in and out."""
        return self.prompt_tokens + self.completion_tokens


PROBE = "@"
"""Parts a function's name from the target in the subtask of a target's first versions."""
PROBES = "targets"
"""The note that says what each target came to, where the run chose its own."""


class Probed(Frozen):
    """What a target came to: the best measured speed-up of its first versions, or why it was left out. `ratio` is its
    interval; where none is faster beyond doubt, that of the one that seemed fastest.
    """

    target: Target
    judged: int = 0
    speedup: float | None = None
    ratio: Ratio | None = None
    refused: str = ""
