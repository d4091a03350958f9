"""OpenMP rewrites said in other words: threads, the standard library's parallel algorithms, MPI, or MPI with OpenMP.

What the rewrites found for OpenMP holds for the other targets too: which loops can be shared out, and what each thread
must have of its own. So a rewritten source is taken as it is, and each shared loop becomes a call with a lambda. What
has no counterpart (tasks, atomic updates, OpenMP's own scan) gives nothing; nor does C, but for ranks.
"""

import re
from functools import lru_cache

from agentpar.languages.source import Edit, OverlapError, apply_edits, parse, text
from agentpar.proposers.rewrite.array_reductions import LONG
from agentpar.proposers.rewrite.calls import inclusion, speaks_of_parallel
from agentpar.proposers.rewrite.context import Context, Language
from agentpar.proposers.rewrite.directives import Layout
from agentpar.proposers.rewrite.policies import with_policies
from agentpar.proposers.rewrite.pragmas import Pragma, line_of, pragmas
from agentpar.proposers.rewrite.ranks_loop import loop_of_ranks
from agentpar.proposers.rewrite.ranks_words import calls_functions, with_functions
from agentpar.proposers.rewrite.shared_loop import shared_loop
from agentpar.proposers.rewrite.shared_region import shared_region
from agentpar.proposers.rewrite.sites import FOR_LOOPS
from agentpar.skeletons import INCLUDE, NAMESPACE, calls_algorithms
from agentpar.task import HYBRID, RANKS_TARGETS

_TARGETS = frozenset({"threads", "stdpar", "mpi", HYBRID})
_MOST = 64
# Lines that say nothing where each loop is shared out by itself.
_OF_REGIONS = re.compile(r"^[ \t]*#[ \t]*pragma[ \t]+omp[ \t]+(?:declare|single|barrier)\b[^\n]*\n", re.MULTILINE)
# Lines that say nothing without OpenMP; the check is that of `array_reduction`.
_OF_OPENMP = re.compile(
    r"^[ \t]*(?:#[ \t]*pragma[ \t]+omp[ \t]+simd\b[^\n]*|if \([^\n]*\)  // GCC's reductions crash on [^\n]*)\n",
    re.MULTILINE,
)
_OF_THREADS = re.compile(r"(#[ \t]*pragma[ \t]+)omp(?=[ \t]+(?:simd|declare)\b)")
# Stands for OpenMP's name in directives that are to stay, until all others are gone.
_KEPT = "kept"


@lru_cache(maxsize=2048)
def lowered(source: str, target: str, language: Language | None = None) -> str | None:
    """The source without OpenMP, for another target; None where it says what cannot be said there.

    Without a `language`, the text tells whether it is C.
    """
    if target in {"openmp", "auto"}:
        return None if LONG in source else source
    if target not in _TARGETS:
        return None
    may_be_c = target in RANKS_TARGETS and not calls_functions(source)
    # An array that is longer than a stack is reduced by ranks alone.
    has_threads = target == HYBRID and LONG not in source
    source = _OF_THREADS.sub(rf"\1{_KEPT}", source) if has_threads else _OF_OPENMP.sub("", source)
    source = _OF_REGIONS.sub("", source)
    for _ in range(_MOST):
        root = parse(source).root_node
        pragma = next(pragmas(root), None)
        if pragma is None:
            return _finished(source, target)
        context = Context(Layout(source.encode()), frozenset(), language=language)
        edits = _without(pragma, context, target, has_threads) if may_be_c or not context.is_c else None
        if edits is None:
            return None
        try:
            source = apply_edits(source, edits)
        except OverlapError:
            return None
    return None


def _without(pragma: Pragma, context: Context, target: str, has_threads: bool) -> list[Edit] | None:
    """The edits that take one directive out and do what it says in another way."""
    gone = line_of(pragma.node)
    if pragma.construct[:2] == ("parallel", "for"):
        if pragma.subject is None or pragma.subject.type not in FOR_LOOPS:
            return None
        clauses = dict(pragma.clauses)
        if target in RANKS_TARGETS:
            within = _kept(pragma) if has_threads else ""
            shared = loop_of_ranks(pragma.subject, clauses, pragma.reductions, context, within)
        else:
            shared = shared_loop(pragma.subject, clauses, pragma.reductions, context, target)
        return [gone, shared] if shared is not None else None
    if pragma.construct == ("parallel",) and pragma.subject is not None:
        inner = list(pragmas(pragma.subject))
        if any("critical" in each.construct for each in inner):
            if target in RANKS_TARGETS:
                return None
            region = shared_region(pragma.subject, inner, context)
            return [gone, *region] if region is not None else None
        return [gone, *(_made_parallel(each) for each in inner if "for" in each.construct)]
    return None


def _made_parallel(pragma: Pragma) -> Edit:
    """A shared loop of a region as one of its own: threads wait for each other at its end in both."""
    at = pragma.node.start_byte + text(pragma.node).index("omp") + len("omp")
    return Edit(at, at, " parallel")


def _kept(pragma: Pragma) -> str:
    """The directive once more, for the part of the loop that a rank has."""
    said = re.sub(r"[ \t]+nowait\b", "", text(pragma.node).strip())
    return re.sub(r"\bomp\b", _KEPT, said, count=1)


def _finished(source: str, target: str) -> str | None:
    """The source with what its calls include, and without what they do not."""
    if target == "stdpar":
        source = with_policies(source)
    if target == HYBRID:
        source = re.sub(rf"(#[ \t]*pragma[ \t]+){_KEPT}\b", r"\1omp", source)
    root = parse(source).root_node
    if target in RANKS_TARGETS and calls_algorithms(source):
        return None
    if target in RANKS_TARGETS and calls_functions(source):
        return with_functions(source)
    if f"{NAMESPACE}::" not in source:
        return re.sub(rf"^{re.escape(INCLUDE)}\r?\n", "", source, flags=re.MULTILINE)
    if speaks_of_parallel(root):
        return None
    return apply_edits(source, inclusion(Layout(source.encode()), root))
