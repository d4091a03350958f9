"""A loop as one call of a standard algorithm, over its counter's values or its elements."""

from collections.abc import Sequence
from dataclasses import dataclass

from tree_sitter import Node

from agentpar.languages.source import Edit, text, walk
from agentpar.proposers.rewrite.context import Context
from agentpar.proposers.rewrite.reorder import statements_of
from agentpar.proposers.rewrite.sites import LOOPS, Header, ancestor, operator
from agentpar.proposers.rewrite.updates import updates_in

_POLICY = "std::execution::par"
_OPERATIONS = {"+=": ("std::plus<>()", "{}"), "-=": ("std::plus<>()", "-({})"), "*=": ("std::multiplies<>()", "{}")}


@dataclass(frozen=True)
class Values:
    """What a loop runs over, as the first and last argument of an algorithm and the parameter of its function."""

    first: str
    last: str
    parameter: str


def values_of(loop: Node, header: Header, kind: str) -> Values:
    """What a loop runs over in steps of 1, its counter being of type `kind`."""
    if header.is_range:
        declared, elements = declared_range(loop)
        return Values(f"std::begin({elements})", f"std::end({elements})", declared)
    upper = header.upper + (" + 1" if header.relation == "<=" else "")
    if header.lower != "0":  # an algorithm may not be given an end before its beginning
        upper = f"std::max<{kind}>({header.lower}, {upper})"
    return Values(
        f"parallel::counter<{kind}>({header.lower})", f"parallel::counter<{kind}>({upper})", f"{kind} {header.variable}"
    )


def declared_range(loop: Node) -> tuple[str, str]:
    """What a range-`for` declares, and over what."""
    declarator, elements = loop.child_by_field_name("declarator"), loop.child_by_field_name("right")
    assert declarator is not None and elements is not None
    parts = [child for child in loop.children if child.is_named and child.end_byte <= declarator.end_byte]
    return " ".join(map(text, parts)).replace("& ", "&"), text(elements)


def for_each(loop: Node, body: Node, values: Values, context: Context) -> Edit:
    """The loop as `std::for_each`; a round that is left early leaves the function."""
    head = f"std::for_each({_POLICY}, {values.first}, {values.last}, [&]({values.parameter}) "
    returns = [Edit(node.start_byte, node.end_byte, "return;") for node in _skips(loop, body)]
    return _called(loop, body, head, returns, context)


def transform_reduce(
    loop: Node, body: Node, values: Values, reduction: tuple[str, str], kind: str, context: Context
) -> Edit | None:
    """The loop as `std::transform_reduce`; None where its last statement is not all there is to the sum."""
    if "&" in values.parameter and "const" not in values.parameter:
        return None  # [transform.reduce]: what is called must not modify elements of the range
    _, name = reduction
    updates = [update.statement for update in updates_in(body) if text(update.target) == name]
    statements = statements_of(body)
    if len(updates) != 1 or not statements or statements[-1].id != updates[0].id or _skips(loop, body):
        return None
    expression = updates[0].named_children[0]
    value = expression.child_by_field_name("right")
    if expression.type != "assignment_expression" or value is None or operator(expression) not in _OPERATIONS:
        return None
    operation, term = _OPERATIONS[operator(expression)]
    head = f"{name} = std::transform_reduce({_POLICY}, {values.first}, {values.last}, {name}, {operation}, "
    returned = Edit(updates[0].start_byte, updates[0].end_byte, f"return {term.format(text(value))};")
    return _called(loop, body, f"{head}[&]({values.parameter}) -> {kind} ", [returned], context)


def _called(loop: Node, body: Node, head: str, edits: Sequence[Edit], context: Context) -> Edit:
    """The loop's body as that of a lambda, which is the last argument of a call."""
    opening, closing = ("", ");") if body.type == "compound_statement" else ("{ ", " });")
    around = (Edit(loop.start_byte, body.start_byte, head + opening), Edit(loop.end_byte, loop.end_byte, closing))
    return context.layout.wrap(loop, (), (), 0, (*edits, *around))


def _skips(loop: Node, body: Node) -> list[Node]:
    """The statements that end a round of this loop."""
    found = [node for node in walk(body) if node.type == "continue_statement"]
    return [node for node in found if (catcher := ancestor(node, LOOPS)) is not None and catcher.id == loop.id]
