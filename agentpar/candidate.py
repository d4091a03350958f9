"""A candidate: one complete version of the evolved source, with its lineage."""

import hashlib

from agentpar.verdict import Frozen

WHOLE = "(whole)"
"""The subtask of candidates that are composed of what the subtasks of a decomposed task came to."""


class Proposal(Frozen):
    """What a proposer offers: a whole source, and how it came about.

    `strategy` is one line for people ("parallel for over i, reduction(+:sum)"); `pattern` names the parallel
    construct for the archive's cells; `parents` are ids of the candidates it was made from.
    """

    source: str
    proposer: str
    strategy: str
    pattern: str
    parents: tuple[str, ...] = ()


class Candidate(Frozen):
    """A proposal with its place in a run. `id` is the content address of the source."""

    id: str
    number: int
    subtask: str
    source: str
    proposer: str
    strategy: str
    pattern: str
    parents: tuple[str, ...] = ()


def content_id(source: str) -> str:
    """The first 16 hexadecimal digits of the SHA-256 of the source."""
    return hashlib.sha256(source.encode()).hexdigest()[:16]


def as_candidate(proposal: Proposal, *, number: int, subtask: str) -> Candidate:
    """Give a proposal its number (from 1, in order of proposal) and its content address."""
    return Candidate(id=content_id(proposal.source), number=number, subtask=subtask, **proposal.model_dump())
