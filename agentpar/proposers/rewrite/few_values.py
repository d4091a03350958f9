"""What a run of iterations makes of a state that has one of a few values: it is run from each of them."""

import re
from collections.abc import Iterator

from tree_sitter import Node

from agentpar.languages.source import text, walk
from agentpar.proposers.rewrite.reorder import statements_of
from agentpar.proposers.rewrite.sites import assigned_names, declarations, operator
from agentpar.proposers.rewrite.transfers import NoSuchForm, State, Transfer

_CONSTANT = re.compile(r"-?\d+[uUlL]*|'.+'|true|false|[A-Z]\w*|\w+::[\w:]+")
_MOST_VALUES = 4


def one_of_few(body: Node, state: State) -> Transfer:
    """A block is run from every value that the state may have, which assignments in its function tell."""
    values = ("false", "true") if state.kind == "bool" else tuple(_values(state))
    if not values or len(values) > _MOST_VALUES:
        raise NoSuchForm
    if any(not _may_be_tried(node, state.loop.variable) for node in walk(body)):
        raise NoSuchForm
    name, block, kind = state.name, state.block, state.kind
    way, ends = state.fresh("way"), state.fresh("ends")
    given = " : ".join([*(f"{way} == {k} ? {value}" for k, value in enumerate(values[:-1])), values[-1]])
    seen = " : ".join([*(f"{name} == {value} ? {k}" for k, value in enumerate(values[:-1])), str(len(values) - 1)])
    return Transfer(
        kept=((kind, ends, f"[{len(values)}]"),),
        opening=(f"{kind} {name} = {given};",),
        body=tuple(text(statement) for statement in statements_of(body)),
        closing=(f"{ends}[{block}][{way}] = {name};",),
        applied=(f"{name} = {ends}[{block}][{seen}];",),
        values=values,
        start=way,
    )


def _may_be_tried(node: Node, variable: str) -> bool:
    """Whether an expression does no harm in a state in which the serial code would never come upon it."""
    if node.type == "subscript_expression":
        indices = node.child_by_field_name("indices") or node.child_by_field_name("index")
        return indices is not None and text(indices).strip("[] ") == variable
    if node.type == "binary_expression" and operator(node) in {"/", "%"}:
        right = node.child_by_field_name("right")
        return right is not None and right.type == "number_literal"
    if node.type == "pointer_expression":
        return text(node).strip("* ") == variable
    return node.type != "goto_statement"


def _values(state: State) -> Iterator[str]:
    """The constants that a state is ever given; nothing where it is given anything else, also by a caller."""
    found: dict[str, None] = {}
    for name, declaration, declarator in declarations(state.loop.function):
        if name == state.name:
            value = declarator.child_by_field_name("value")
            if declaration.type != "declaration" or value is None:
                return
            found |= dict.fromkeys(_constants(value))
    for name, target in assigned_names(state.loop.function):
        if name == state.name:
            whole = target.parent
            right = whole.child_by_field_name("right") if whole is not None else None
            if whole is None or right is None or operator(whole) != "=":
                return
            found |= dict.fromkeys(_constants(right))
    varying = {name for name, _, _ in declarations(state.loop.function)}
    if "" not in found and not varying & found.keys():
        yield from found


def _constants(value: Node) -> Iterator[str]:
    if value.type == "parenthesized_expression":
        yield from _constants(value.named_children[0])
    elif value.type == "conditional_expression":
        for key in ("consequence", "alternative"):
            way = value.child_by_field_name(key)
            yield from _constants(way) if way is not None else [""]
    else:
        yield text(value) if _CONSTANT.fullmatch(text(value)) else ""
