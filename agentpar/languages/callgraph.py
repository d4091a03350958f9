"""Which functions of a source call which."""

from collections.abc import Mapping
from dataclasses import dataclass

from tree_sitter import Node

from agentpar.languages.source import Edit, apply_edits, parse, text, walk
from agentpar.languages.unit import items

_MENTIONS = ("identifier", "field_identifier", "type_identifier")
_LOOPS = ("for_statement", "for_range_loop", "while_statement", "do_statement")


@dataclass(frozen=True)
class Definition:
    """A function with a body: what it calls of the same source, in order, and the lines it stands on, from 1."""

    calls: tuple[str, ...]
    lines: range
    has_loop: bool


CallGraph = Mapping[str, Definition]
"""Qualified names to definitions, in source order."""


def call_graph(source: str) -> CallGraph:
    """The functions that a source defines outside classes; overloads count as one.

    A function that is only mentioned counts as called, since it may be handed on. Where a name is defined in several
    namespaces, the nearest is taken, and all of them where none is nearer.
    """
    nodes: dict[str, list[Node]] = {}
    for name, node in _definitions(source):
        nodes.setdefault(name, []).append(node)
    by_plain: dict[str, list[str]] = {}
    for name in nodes:
        by_plain.setdefault(name.rpartition("::")[2], []).append(name)
    return {name: _definition(name, found, by_plain) for name, found in nodes.items()}


def _definition(name: str, nodes: list[Node], by_plain: Mapping[str, list[str]]) -> Definition:
    inside = [each for node in nodes if (body := node.child_by_field_name("body")) for each in walk(body)]
    mentioned = dict.fromkeys(text(each) for each in inside if each.type in _MENTIONS)
    return Definition(
        calls=tuple(dict.fromkeys(c for m in mentioned if m in by_plain for c in _nearest(name, by_plain[m]))),
        lines=range(nodes[0].start_point[0] + 1, nodes[-1].end_point[0] + 2),
        has_loop=any(each.type in _LOOPS for each in inside),
    )


def reachable(graph: CallGraph, entry: str) -> tuple[str, ...]:
    """The entry and all that it calls, directly or not, each once, callers first."""
    found = dict.fromkeys([entry])
    waiting = [entry]
    for name in waiting:
        news = [called for called in graph[name].calls if called not in found] if name in graph else []
        found |= dict.fromkeys(news)
        waiting += news
    return tuple(found)


def called_name(call: Node) -> str:
    """The last plain name of what a call calls: `sort` for `std::sort<T>(…)` and for `list.sort(…)`."""
    target = call.child_by_field_name("function")
    while target is not None:
        inner = target.child_by_field_name("field") or target.child_by_field_name("name")
        if inner is None:
            return text(target)
        target = inner
    return ""


def kept_apart(source: str) -> str:
    """The source with every function kept from being inlined, cloned or made one with its like, so that a profile tells
    them apart.
    """
    starts = {node.start_byte for _, node in _definitions(source)}
    return apply_edits(source, (Edit(at, at, "__attribute__((noinline, noclone, no_icf)) ") for at in starts))


def _definitions(source: str) -> list[tuple[str, Node]]:
    """Every function with a body outside classes: its qualified name and its node, without a template's header."""
    found = []
    for item in items(parse(source).root_node):
        declarator = item.definition
        name = declarator.child_by_field_name("declarator") if declarator is not None else None
        if name is None or name.type in ("operator_name", "destructor_name"):
            continue
        plain = text(name).partition("<")[0].strip().removeprefix("::")
        found.append(("::".join((*item.namespace, plain)), item.inner))
    return found


def _nearest(caller: str, names: list[str]) -> list[str]:
    scope = caller.rpartition("::")[0]
    while scope:
        here = [name for name in names if name.rpartition("::")[0] == scope]
        if here:
            return here
        scope = scope.rpartition("::")[0]
    return [name for name in names if "::" not in name] or names
