"""Which lines of a function the rewrites would share out among threads."""

from collections.abc import Mapping

from tree_sitter import Node

from agentpar.languages.source import ancestors, parse
from agentpar.languages.structs import scan_names
from agentpar.proposers.rewrite.order import ordered_sources
from agentpar.proposers.rewrite.sites import LOOPS, Loop, function_name

MOST_TRIPS = 64
"""A loop inside another that runs no more often, as its head says, does too little each time for threads."""


def shareable_lines(source: str, function: str) -> frozenset[int]:
    """The lines, from 1, of the loops and calls in a function that can be shared out, or of all of a recursion.

    What its callees do is theirs.
    """
    constants = scan_names(parse(source).root_node)[0].constants
    plain = function.partition("<")[0].rpartition("::")[2].strip()
    found: set[int] = set()
    for ordered in ordered_sources(source, function):
        nodes = [f.site.node for f in ordered.families if not _is_short(f.site, constants)]
        found |= {at for node in nodes if _function_around(node) == plain for at in _lines(node)}
        if any(variant.family == f"tasks@{plain}" for variant in ordered.variants):
            found |= {at for node in _definitions_of(source, plain) for at in _lines(node)}
    return frozenset(found)


def _is_short(site: object, constants: Mapping[str, int]) -> bool:
    if not isinstance(site, Loop) or site.header is None or not any(n.type in LOOPS for n in ancestors(site.node)):
        return False
    upper = site.header.upper
    trips = int(upper) if upper.isdecimal() else constants.get(upper)
    return trips is not None and trips <= MOST_TRIPS


def _function_around(node: Node) -> str:
    return next((function_name(outer) for outer in ancestors(node) if outer.type == "function_definition"), "")


def _definitions_of(source: str, plain: str) -> list[Node]:
    stack, found = [parse(source).root_node], []
    while stack:
        node = stack.pop()
        if node.type == "function_definition" and function_name(node) == plain:
            found.append(node)
        else:
            stack.extend(node.children)
    return found


def _lines(node: Node) -> range:
    return range(node.start_point[0] + 1, node.end_point[0] + 2)
