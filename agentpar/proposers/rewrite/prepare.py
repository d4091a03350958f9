"""The source as the rewrites like it: counted loops with heads OpenMP accepts, and no value carried for nothing.

A preparation changes one place and leaves the serial meaning as it was. They are applied one after the other, each
to the parsed result of those before it, until none has anything left to do.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from tree_sitter import Node

from agentpar.languages.source import Edit, OverlapError, apply_edits, parse
from agentpar.proposers.rewrite.ahead import told_ahead
from agentpar.proposers.rewrite.aliases import named_elements
from agentpar.proposers.rewrite.append import appended_by_index, indexed_ranges
from agentpar.proposers.rewrite.chains import AS_NUMBERS, elements_as_numbers, members_as_numbers
from agentpar.proposers.rewrite.compensated import compensated_sums
from agentpar.proposers.rewrite.context import Context
from agentpar.proposers.rewrite.counted import counted, plain_head
from agentpar.proposers.rewrite.cycles import counters_that_begin_again
from agentpar.proposers.rewrite.directives import Layout
from agentpar.proposers.rewrite.enough import limits_in_heads
from agentpar.proposers.rewrite.fission import split_in_two
from agentpar.proposers.rewrite.guards import guarded_extremes, others_for_the_rest
from agentpar.proposers.rewrite.induction import closed_forms
from agentpar.proposers.rewrite.inlining import inlined
from agentpar.proposers.rewrite.levels import by_levels
from agentpar.proposers.rewrite.mirrored import backwards
from agentpar.proposers.rewrite.previous import previous_elements
from agentpar.proposers.rewrite.reached import reachable_functions
from agentpar.proposers.rewrite.returns import parted_returns
from agentpar.proposers.rewrite.scatter import scattered_backwards
from agentpar.proposers.rewrite.stages import STAGED, told_by_blocks
from agentpar.proposers.rewrite.unit_steps import unit_steps
from agentpar.proposers.rewrite.unrolled import unrolled
from agentpar.proposers.rewrite.visits import visits_as_loops
from agentpar.proposers.rewrite.walks import counted_walks, ordered_ends

Step = tuple[tuple[Edit, ...], str]
Preparation = Callable[[Node, Context], Iterator[Step]]

PREPARATIONS: tuple[Preparation, ...] = (
    parted_returns,
    visits_as_loops,
    by_levels,
    counted_walks,
    counted,
    limits_in_heads,
    plain_head,
    scattered_backwards,
    ordered_ends,
    guarded_extremes,
    inlined,
    unrolled,
    named_elements,
    indexed_ranges,
    previous_elements,
    counters_that_begin_again,
    closed_forms,
    appended_by_index,
    unit_steps,
)
HANDED_ON: tuple[Preparation, ...] = (
    others_for_the_rest,
    backwards,
    compensated_sums,
    elements_as_numbers,
    members_as_numbers,
)
"""What makes the states that blocks may tell plain numbers."""
MOST_STEPS = 24
MOST_SPLITS = 2


@dataclass(frozen=True)
class Prepared:
    """A source of the same meaning, and what was done to it in words for people.

    `is_recast` says that a loop was cut up, which is for loops that nothing else shares out.
    """

    source: str
    titles: tuple[str, ...] = ()
    is_recast: bool = False


def preparations(source: str, entry: str) -> Iterator[Prepared]:
    """The sources to make proposals from, best first; the last is the user's own."""
    plain = _prepared(Prepared(source), entry, PREPARATIONS)
    split = _prepared(plain, entry, (split_in_two,), MOST_SPLITS)
    exact = tuple(each for each in PREPARATIONS if each is not closed_forms)  # what tells ahead stays as it is
    ahead = _prepared(plain, entry, (told_ahead, *exact))
    staged = _prepared(plain, entry, (told_by_blocks, *HANDED_ON, *PREPARATIONS))
    if ahead.titles != plain.titles:
        yield replace(ahead, is_recast=True)
    if any(title.startswith(STAGED) or title.endswith(AS_NUMBERS) for title in staged.titles):
        yield replace(staged, is_recast=True)
    if split.titles != plain.titles:
        yield replace(split, is_recast=True)
    if plain.titles:
        yield plain
    yield Prepared(source)


def _prepared(start: Prepared, entry: str, wanted: tuple[Preparation, ...], most: int = MOST_STEPS) -> Prepared:
    found = start
    for _ in range(most):
        further = next(_one_further(found, entry, wanted), None)
        if further is None:
            break
        found = further
    return found


def _one_further(start: Prepared, entry: str, wanted: tuple[Preparation, ...]) -> Iterator[Prepared]:
    for edits, title in _steps(start.source, entry, wanted):
        try:
            source = apply_edits(start.source, dict.fromkeys(edits))
        except OverlapError:  # two changes overlap: not this one
            continue
        if source != start.source:
            yield Prepared(source, tuple(dict.fromkeys((*start.titles, title))))


def _steps(source: str, entry: str, wanted: tuple[Preparation, ...]) -> Iterator[Step]:
    functions = reachable_functions(parse(source).root_node, entry)
    context = Context(Layout(source.encode()), frozenset())
    for preparation in wanted:
        for function in functions:
            yield from preparation(function, context)
