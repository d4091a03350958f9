"""The order of proposals: the likely winner first, whole functions before single loops, doubts last.

Forms of the source come in the order of `prepare.py`, those that let more loops be shared out first. In each:

1. recursion as tasks;
2. all outermost loops that can be shared out at once, each by its first rewrite in the order of `REWRITES`;
3. loops of time steps in one parallel region;
4. the other rewrites of these loops, all at once, then the first two as `tuning.py` orders it: vectors and collapses,
   sums in vectors ahead of schedules where iterations are equal, behind them where not;
5. each of these loops alone, heaviest first, then loops further in;
6. loops of functions that a recursion, or a loop that can be shared out, calls; and loops that seem to carry
   something, in spite of it, unless a branch stands before that.

Iterations are handed out in small pieces first where they are unequal and heavy, in equal shares first where not.
Measured on 60 functions, a fixed order finds its winner at the second evaluation in the median.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from itertools import chain, islice

from tree_sitter import Node

from agentpar.languages.callgraph import called_name
from agentpar.languages.source import ancestors, parse, walk
from agentpar.proposers.rewrite.bodies import in_blocks
from agentpar.proposers.rewrite.calls import Call, calls_of, redirected
from agentpar.proposers.rewrite.context import Context, full_type
from agentpar.proposers.rewrite.directives import Layout, Variant
from agentpar.proposers.rewrite.enough import until_enough
from agentpar.proposers.rewrite.leaving import first_to_leave
from agentpar.proposers.rewrite.lengths import number_of
from agentpar.proposers.rewrite.loops import doubtful, rewritten
from agentpar.proposers.rewrite.prepare import preparations
from agentpar.proposers.rewrite.reached import reachable_functions
from agentpar.proposers.rewrite.regions import one_region
from agentpar.proposers.rewrite.searches import first_hit
from agentpar.proposers.rewrite.sites import (
    LOOPS,
    Loop,
    declared_names,
    effects_of,
    function_name,
    loops_of,
)
from agentpar.proposers.rewrite.tasks import recursive_tasks
from agentpar.proposers.rewrite.tuning import (
    is_sharing,
    schedules,
    tunings,
)

MOST_PER_FUNCTION = 56
MOST_DOUBTS = 4
MOST_BELOW = 1
MOST_TOGETHER = 2
MOST_TINY = 512
MOST_BRIEF = 8
"""Coordinates and the like, which are no work to share even where each is much."""
_WHOLE = re.compile(r"\b(int|long|short|char|bool|unsigned|size_t|u?int\d+_t)\b(?!\s+double)")
_TUNED = 4
"""How many of the tunings are tried before anything has won: all but a threshold."""


@dataclass(frozen=True)
class Family:
    """One loop that can be shared out, or call that can be redirected, and the ways to do it, best first."""

    site: Loop | Call
    options: tuple[Variant, ...]


@dataclass(frozen=True)
class Ordered:
    """The variants of a source in the order in which to try them, and what it takes to refine one."""

    context: Context
    variants: tuple[Variant, ...]
    families: tuple[Family, ...]
    shared: int = 0
    titles: tuple[str, ...] = ()


def ordered_sources(source: str, entry: str, *, redirects: bool = True) -> tuple[Ordered, ...]:
    """What to try on each prepared form of the source that lets more of it be shared out, then on the source itself.

    `redirects` says whether calls may go to the header of parallel algorithms.
    """
    forms = [
        (p, replace(ordered_variants(p.source, entry, redirects=redirects), titles=p.titles))
        for p in preparations(in_blocks(source), entry)
    ]
    plain = forms[-1][1]
    as_they_are = max(found.shared for form, found in forms if not form.is_recast)
    helped = [found for form, found in forms if found.shared > (as_they_are if form.is_recast else plain.shared)]
    others = [found for _, found in forms[:-1] if found.shared > plain.shared and found not in helped]
    return (*helped, *others, plain)


def ordered_variants(source: str, entry: str, *, redirects: bool = True) -> Ordered:
    """All variants to try before anything is known, in order."""
    root = parse(source).root_node
    functions = reachable_functions(root, entry)
    effects = effects_of(functions)
    context = Context(Layout(source.encode()), _looping(functions), effects)
    forests = [loops_of(function, effects) for function in functions]
    calls = [_redirections(function, root, context) if redirects else () for function in functions]
    fronts = [_without_callees(_merged(_front(f, context), found)) for f, found in zip(forests, calls, strict=True)]
    tasks = tuple(recursive_tasks(functions, context))
    recursive = {name for variant in tasks for name in [variant.family.removeprefix("tasks@")]}
    shared_out = [family.site.node for front in fronts for family in front if isinstance(family.site, Loop)]
    below = _reached(root, recursive.union(*map(_called_in, shared_out)))
    families = tuple(chain(*(front for f, front in zip(functions, fronts, strict=True) if f.id not in below)))
    groups: list[Iterable[Variant]] = [tasks]
    if not tasks and sum(bool(front) for f, front in zip(functions, fronts, strict=True) if f.id not in below) > 1:
        exact = _exact(
            chain(*(found for f, found in zip(functions, forests, strict=True) if f.id not in below)), context
        )
        together = _whole(families, context, exact)  # with what it calls, first; of one that only calls, all forms
        groups.append(islice(together, MOST_TOGETHER + len(exact)) if fronts[0] else together)
    for function, forest, front, found in zip(functions, forests, fronts, calls, strict=True):
        if function.id not in below:  # run again and again, by what can be shared out as a whole
            groups.append(islice(_of_function(forest, front, found, context), MOST_PER_FUNCTION))
    for function, forest, front, found in zip(functions, forests, fronts, calls, strict=True):
        most = MOST_BELOW if function.id in below else MOST_DOUBTS
        some = _of_function(forest, front, found, context) if function.id in below else _doubts(forest, context)
        groups.append(islice(some, most))
    shared = len(recursive)
    shared += sum(bool(_options(loop, context)) for forest in forests for top in forest for loop in top.nest())
    return Ordered(context, tuple(chain(*groups)), families, shared)


def _without_callees(front: tuple[Family, ...]) -> tuple[Family, ...]:
    """A front without the loops in lambdas that others of its loops call."""
    called: set[str] = set().union(*(_called_in(family.site.node) for family in front))
    return tuple(family for family in front if not _lambdas_around(family.site.node) & called)


def _lambdas_around(node: Node) -> set[str]:
    """The names of the lambdas in which a node stands."""
    shells = [each.parent for each in ancestors(node) if each.type == "lambda_expression"]
    declarators = [shell.child_by_field_name("declarator") for shell in shells if shell is not None]
    return {name for declarator in declarators for name in declared_names(declarator)}


def _called_in(node: Node) -> set[str]:
    return {called_name(each) for each in walk(node) if each.type == "call_expression"}


def _reached(root: Node, names: Iterable[str]) -> set[int]:
    """The ids of the functions by these names, and of those they call."""
    return {found.id for name in names for found in reachable_functions(root, name)}


def _looping(functions: Iterable[Node]) -> frozenset[str]:
    """The names of functions that loop: a call to one makes iterations uneven."""
    return frozenset(
        function_name(function) for function in functions if any(node.type in LOOPS for node in walk(function))
    )


def _front(forest: Iterable[Loop], context: Context) -> tuple[Family, ...]:
    """The outermost loops that can be shared out, in source order.

    A loop that needs its arrays mended gives way to loops inside it that need nothing.
    """
    found: list[Family] = []
    for loop in forest:
        options = _options(loop, context)
        mended = bool(options) and bool(context.dependences(loop).conflicts) and "scratch" not in options[0].pattern
        inside = () if options and not mended else _front(loop.children, context)
        free = any(
            isinstance(f.site, Loop) and _needs_nothing(f.site, context) and not _is_brief(f.site) for f in inside
        )
        if options and not (mended and free):
            found.append(Family(loop, options))
        else:
            found += inside
    return tuple(found)


def _needs_nothing(loop: Loop, context: Context) -> bool:
    """Whether threads have nothing to put together after a loop."""
    found = context.dependences(loop)
    return found.is_clean and not found.reductions


def _is_brief(loop: Loop) -> bool:
    """Whether a loop runs so few times, as its head says in numbers, that threads have nothing to share."""
    return _is_at_most(MOST_BRIEF, loop)


def _redirections(function: Node, root: Node, context: Context) -> tuple[Family, ...]:
    """The calls of a function that can be redirected, in source order."""
    return tuple(Family(call, tuple(redirected(call, context.layout, root))) for call in calls_of(function, root))


def _merged(front: tuple[Family, ...], calls: tuple[Family, ...]) -> tuple[Family, ...]:
    """Loops and calls in source order; what stands inside another gives way to it."""
    found: list[Family] = []
    for family in sorted((*front, *calls), key=lambda family: family.site.node.start_byte):
        if all(_are_apart(family.site, other.site) for other in found):
            found.append(family)
    return tuple(found)


def _options(loop: Loop, context: Context) -> tuple[Variant, ...]:
    if not loop.is_shareable:
        found = (first_hit, until_enough, first_to_leave)
        return next((offers for search in found if (offers := tuple(search(loop, context)))), ())
    if _is_tiny(loop, context):
        return ()
    return tuple(rewritten(loop, context))


def _is_tiny(loop: Loop, context: Context) -> bool:
    """Whether a loop runs a few times, as its head says in numbers, and does little each time."""
    return context.weight(loop) == 1 and _is_at_most(MOST_TINY, loop)


def _is_at_most(most: int, loop: Loop) -> bool:
    """Whether the numbers or constants in a loop's head say that it runs no more often than that."""
    bounds = (loop.header.lower, loop.header.upper) if loop.header else ()
    told = [number for bound in bounds if (number := number_of(bound, loop)) is not None]
    return len(told) == 2 and told[1] - told[0] <= most


def _of_function(
    forest: Sequence[Loop], front: tuple[Family, ...], calls: tuple[Family, ...], context: Context
) -> Iterator[Variant]:
    """A function's variants: all its sites at once, then each alone, then those further in or out."""
    whole = _whole(front, context, _exact(forest, context))
    yield from islice(whole, 1)
    for top in forest:
        for loop in top.nest():
            if not _options(loop, context):
                yield from one_region(loop, context)
    yield from whole
    if len(front) > 1:
        for family in sorted(front, key=lambda family: -family.site.height):
            yield _preferred(family.options[0], context)
    taken = {family.site.node.id for family in front}
    inner = [family for family in calls if family.site.node.id not in taken]
    if inner:  # a long row is better sorted by all threads, many short ones each by one
        yield _together([family.options[0] for family in _merged((), tuple(inner))])
    others = [loop for top in forest for loop in top.nest() if loop.node.id not in taken]
    for loop in sorted(others, key=lambda loop: loop.depth):
        for option in _options(loop, context):
            yield _preferred(option, context)


def _exact(forest: Iterable[Loop], context: Context) -> tuple[Variant, ...]:
    """The outermost loops whose threads put no real numbers together, as one variant, for tolerances that are tight.

    None where all loops are such, or these do less than others.
    """
    kept: list[Loop] = []
    others: list[Loop] = []
    waiting = list(forest)
    if not any(context.dependences(loop).reductions for top in waiting for loop in top.nest()):
        return ()
    while waiting:
        loop = waiting.pop(0)
        if _options(loop, context):
            (kept if _keeps_rounding(loop, context) else others).append(loop)
        if not kept or kept[-1] is not loop:
            waiting[:0] = loop.children
    heaviest = max((context.weight(loop) for loop in others), default=0)
    if not others or not kept or max(context.weight(loop) for loop in kept) < heaviest:
        return ()
    return (_together([_options(loop, context)[0] for loop in kept]),)


def _keeps_rounding(loop: Loop, context: Context) -> bool:
    found = context.dependences(loop)
    rounded = (name for sign, name in found.reductions if sign in {"+", "*"})
    whole = all(_WHOLE.search(full_type(loop.function, name)) for name in rounded)
    return whole and (found.is_clean or "scratch" in _options(loop, context)[0].pattern)


def _whole(front: tuple[Family, ...], context: Context, exact: tuple[Variant, ...] = ()) -> Iterator[Variant]:
    """All sites of a front at once: each idea in its best form, then other forms of the first two ideas.

    After the first two comes `exact`.
    """
    if not front:
        return
    ideas = []
    for number in range(max(len(family.options) for family in front)):
        parts = [family.options[min(number, len(family.options) - 1)] for family in front]
        ideas.append(_together(parts))
    loops = [family.options[0] for family in front if isinstance(family.site, Loop)]
    calls = [family.options[0] for family in front if isinstance(family.site, Call)]
    if loops and calls:  # a call may be too short for threads, or need a newer standard than the source is built with
        ideas[1:1] = [_together(loops), _together(calls)]
    for idea in [*ideas[:2], *exact, *ideas[2:]]:
        yield _preferred(idea, context)
    yield from ideas[:2]
    orders = [(idea, tunings(idea, context)) for idea in ideas[:2]]
    for number in range(_TUNED):
        for idea, order in orders:
            yield from order[number](idea, context)


def _together(parts: list[Variant]) -> Variant:
    """Several variants as one, with a family of its own if they are several."""
    whole = reduce(Variant.joined, parts)
    return replace(whole, family=f"all {whole.family}") if len(parts) > 1 else whole


def _preferred(variant: Variant, context: Context) -> Variant:
    """The variant with a fine schedule where heavy iterations differ in cost."""
    uneven = any(is_sharing(d) and context.wants_balance(d.loop) for d in variant.directives)
    return next(schedules(variant, context), variant) if uneven else variant


def _doubts(forest: Iterable[Loop], context: Context) -> Iterator[Variant]:
    for top in forest:
        for loop in top.nest():
            if loop.is_shareable:
                yield from doubtful(loop, context)


def refinements(variant: Variant, ordered: Ordered) -> Iterator[Variant]:
    """What to try next on a variant that has won: more loops, then other forms of its directives."""
    for family in ordered.families:
        if (variant.directives or variant.redirects) and _is_untouched(family.site, variant):
            yield variant.joined(family.options[0])
    for tuning in tunings(variant, ordered.context):
        yield from tuning(variant, ordered.context)


def _is_untouched(site: Loop | Call, variant: Variant) -> bool:
    """Whether a variant leaves a site as it was, and shares out nothing around it."""
    apart = all(_are_apart(site, directive.loop) for directive in variant.directives)
    return apart and not any(site.node.start_byte <= edit.start < site.node.end_byte for edit in variant.redirects)


def _are_apart(one: Loop | Call, other: Loop | Call) -> bool:
    return one.node.end_byte <= other.node.start_byte or other.node.end_byte <= one.node.start_byte
