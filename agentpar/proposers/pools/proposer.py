"""The proposer of process pools and ranks: Python in processes by changing the user's own text, without a model."""

import ast
from collections.abc import Iterator, Sequence

from agentpar.candidate import Proposal, content_id
from agentpar.proposers.base import SearchState
from agentpar.proposers.pools.render import Way, rendered
from agentpar.proposers.pools.sites import Loop, Site, sites
from agentpar.proposers.python_pattern import python_pattern_of

_POOLS: tuple[tuple[Way, int, str], ...] = (
    ("kept", 1, "a pool that is kept, one chunk for each process"),
    ("forked", 1, "processes forked for the call, one chunk for each"),
    ("kept", 4, "a pool that is kept, four chunks for each process"),
    ("forked", 4, "processes forked for the call, four chunks for each"),
)
_RANKS: tuple[tuple[Way, int, str], ...] = (
    ("ranks", 1, "MPI ranks, one chunk for each"),
    ("ranks", 4, "MPI ranks, four chunks for each in turn"),
)


class PoolProposer:
    """Proposes each loop, comprehension and map of the entry, and of what it calls, over processes or ranks.

    It keeps nothing between calls: the order is a function of the source alone.
    """

    name = "rewrite"

    async def propose(self, state: SearchState, n: int) -> Sequence[Proposal]:
        """Return up to `n` proposals that have not been judged, most promising first."""
        judged = {candidate.id for candidate, _ in state.judged} | {content_id(state.source)}
        found = (each for each in _proposals(state) if content_id(each.source) not in judged)
        return [each for each, _ in zip(found, range(n), strict=False)]


def _proposals(state: SearchState) -> Iterator[Proposal]:
    source, ways = state.source, _RANKS if state.target == "mpi4py" else _POOLS
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return
    found = list(sites(tree, state.entry))
    for way, chunks, words in ways:
        for function, site in found:
            changed = rendered(source, function, site, way, chunks)
            if changed is not None and _is_python(changed):
                yield Proposal(
                    source=changed,
                    proposer=PoolProposer.name,
                    strategy=f"{_described(site)} (line {site.node.lineno}) over {words}",
                    pattern=python_pattern_of(changed),
                )


def _is_python(source: str) -> bool:
    try:
        ast.parse(source)
    except SyntaxError:
        return False
    return True


def _described(site: Site) -> str:
    if isinstance(site, Loop):
        joins = {
            "sum of": site.sums, "extreme of": tuple(site.extremes), "appending to": site.appended,
            "writing": site.written,
        }  # fmt: skip
        said = ", ".join(f"{how} {', '.join(names)}" for how, names in joins.items() if names)
        return f"loop over {ast.unparse(site.node.target)}, {said}"
    return f"{site.gather or 'list'} over {ast.unparse(site.items)}"
