"""What a run of iterations makes of a state that has one of a few values: it is run from each of them."""

import re
from collections.abc import Iterator

from tree_sitter import Node

from agentpar.languages.callgraph import called_name
from agentpar.languages.source import text, walk
from agentpar.proposers.rewrite.changes import changed_arguments, definitions_of
from agentpar.proposers.rewrite.counted import is_certain
from agentpar.proposers.rewrite.places import identifiers
from agentpar.proposers.rewrite.reorder import statements_of
from agentpar.proposers.rewrite.sites import LOOPS, assigned_names, declarations, operator
from agentpar.proposers.rewrite.transfers import NoSuchForm, State, Transfer

_CONSTANT = re.compile(r"-?\d+[uUlL]*|'.+'|true|false|[A-Z]\w*|\w+::[\w:]+")
_NARROW = re.compile(r"\bchar\b|short|_Bool|int(8|16)_t|_(least|fast)(8|16)")
_IN_ALL = re.compile(r"\d{1,2}[uUlL]*|1[01]\d|12[0-7]|'[ -~]'|'\\[abfnrtv0]'|true|false|[A-Z]\w*|\w+::[\w:]+")
"""Constants that every narrow type holds as they are."""
_TAKES_VALUES = frozenset({"push_back", "emplace_back"})
_MOST_VALUES = 4


def one_of_few(body: Node, state: State) -> Transfer:
    """A block is run from every value that the state may have, which assignments in its function tell."""
    values = ("false", "true") if state.kind == "bool" else tuple(_values(state))
    if not values or len(values) > _MOST_VALUES:
        raise NoSuchForm
    if any(not _may_be_tried(node, state.loop.variable) for node in walk(body)) or not _reads_in_any_state(body):
        raise NoSuchForm
    if any(_may_be_changed(use) for use in identifiers(state.loop.function, state.name)):
        raise NoSuchForm
    if _NARROW.search(kind := state.kind) and not all(_IN_ALL.fullmatch(value) for value in values):
        raise NoSuchForm
    name, block = state.name, state.block
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
    return node.type not in LOOPS | {"goto_statement"}


def _reads_in_any_state(body: Node) -> bool:
    """Whether each place that is read is read whatever the state is: in another it may be no place at all."""
    places = [node for node in walk(body) if node.type in {"subscript_expression", "pointer_expression"}]
    places += [node for node in walk(body) if node.type == "field_expression" and "->" in text(node)]
    certain = {text(node) for node in places if is_certain(node, body)}
    return all(text(node) in certain for node in places)


def _may_be_changed(use: Node) -> bool:
    """Whether the state may be changed under another name: by its address, by reference, or by a stream."""
    around = use.parent
    if around is None or around.type in {"pointer_expression", "lambda_capture_specifier"}:
        return True
    if around.type == "binary_expression" and operator(around) == ">>":
        return around.child_by_field_name("right") == use
    if around.type == "init_declarator":
        shell = around.child_by_field_name("declarator")
        return shell is not None and shell.type == "reference_declarator"
    call = around.parent if around.type == "argument_list" else None
    if call is None or call.type != "call_expression" or called_name(call) in _TAKES_VALUES:
        return False
    return not definitions_of(call) or any(found == use for found in changed_arguments(call))


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
