"""Loop interchange: make the innermost loop walk through memory in steps of one.

Two shapes are known. In a perfect nest the two heads are swapped. In `sum = 0; for k: sum += …; C[j] = sum;`
below a loop over j, the sum moves into its element, or where it is put to another use into a row of sums, so that the
loop over j becomes the inner one.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from tree_sitter import Node

from agentpar.languages.source import Edit, text, walk
from agentpar.proposers.rewrite.context import Context, name_the_type
from agentpar.proposers.rewrite.dependences import Dependences, dependences
from agentpar.proposers.rewrite.directives import Directive, Variant
from agentpar.proposers.rewrite.places import identifiers, place_of
from agentpar.proposers.rewrite.sites import Loop, operator

_ZEROS = frozenset({"0", "0.0", "0.0f", "0.f", "0.0F", "0."})


def only_child(loop: Loop) -> Loop | None:
    """The loop that is the whole body of this one."""
    statements = statements_of(loop.body)
    if len(statements) == 1 and loop.children and statements[0].id == loop.children[0].node.id:
        return loop.children[0]
    return None


def statements_of(body: Node) -> list[Node]:
    """The statements of a block, or the one that stands in its place."""
    if body.type != "compound_statement":
        return [body]
    return [child for child in body.named_children if child.type != "comment"]


def strides(region: Node, variable: str) -> int:
    """In how many subscripts a step of the variable jumps, less those in which it goes on by one."""
    total = 0
    for node in walk(region):
        if node.type != "subscript_expression":
            continue
        indices = place_of(node).indices
        for position, index in enumerate(indices):
            for use in identifiers(index, variable):
                jumps = position < len(indices) - 1 or _is_scaled(use, index)
                total += 1 if jumps else -1
    return total


def jumps(region: Node, variable: str) -> bool:
    """Whether a step of the variable leaps through some array."""
    for node in walk(region):
        indices = place_of(node).indices if node.type == "subscript_expression" else ()
        for position, index in enumerate(indices):
            leaps = position < len(indices) - 1
            if any(leaps or _is_scaled(use, index) for use in identifiers(index, variable)):
                return True
    return False


def _is_scaled(use: Node, index: Node) -> bool:
    node: Node | None = use
    while node is not None and node.id != index.id:
        node = node.parent
        if node is not None and node.type == "binary_expression" and operator(node) == "*":
            return True
    return False


def interchanged(loop: Loop, context: Context) -> Iterator[Variant]:
    """`parallel for` over the loop, and below or at it an interchange that makes the inner stride smaller."""
    for found in loop.nest():
        if found is not loop:
            yield from _sum_moved(loop, found, context)
        yield from _heads_swapped(loop, found, context)


def _heads_swapped(loop: Loop, outer: Loop, context: Context) -> Iterator[Variant]:
    inner = only_child(outer)
    if inner is None or outer.header is None or inner.header is None or not inner.is_shareable:
        return
    if inner.children or mentions(bounds_of(inner), outer.variable):
        return
    if strides(inner.body, inner.variable) <= strides(inner.body, outer.variable):
        return
    swapped = outer is loop
    variable = inner.variable if swapped else loop.variable
    found = dependences(loop.node, variable, loop.function)
    if not found.is_clean or found.last_private or found.reductions:
        return
    heads = (head_range(outer), head_range(inner))
    source = context.layout.source
    edits = [Edit(*here, source[slice(*there)].decode()) for here, there in (heads, heads[::-1])]
    where = replace(loop, header=inner.header) if swapped else loop
    outer_private = (outer.variable,) if swapped and not outer.header.declared else ()
    clauses = _clauses(found, variable, outer_private)
    what = f"{outer.variable} and {inner.variable}"
    if context.dependences(outer).is_clean:  # the outer counter now runs inside
        simd = context.layout.insert_lines(inner.node.start_byte, ("#pragma omp simd",))
        yield _variant(where, clauses, [*edits, simd], f"{what}, simd inside")
    yield _variant(where, clauses, edits, what)


def _clauses(found: Dependences, variable: str, more: tuple[str, ...]) -> tuple[str, ...]:
    names = [name for name in dict.fromkeys((*found.private, *more)) if name != variable]
    return (f"private({', '.join(names)})",) if names else ()


def _variant(loop: Loop, clauses: tuple[str, ...], edits: list[Edit], what: str) -> Variant:
    return Variant(
        "interchange+parallel-for",
        f"interchange@{loop.line}",
        (Directive(loop, clauses=clauses),),
        tuple(edits),
        (f"interchange {what}",),
    )


def mentions(spelled: str, name: str) -> bool:
    """Whether a piece of source text uses a name."""
    return re.search(rf"\b{re.escape(name)}\b", spelled) is not None


def bounds_of(loop: Loop) -> str:
    """What a loop's head says besides its counter's name."""
    return f"{loop.header.lower} {loop.header.upper} {loop.header.step}" if loop.header else ""


def head_range(loop: Loop) -> tuple[int, int]:
    """From the opening to the closing parenthesis of the loop's head."""
    brackets = [child for child in loop.node.children if child.type in {"(", ")"}]
    return brackets[0].start_byte, brackets[-1].end_byte


@dataclass(frozen=True)
class _LocalSum:
    """A loop over j whose body sums over an inner loop and then uses the sum in one statement.

    `element` is what that statement stores the bare sum in, or adds it to (`store`); empty for any other use.
    """

    inner: Loop
    name: str
    first: str
    term: str
    use: Node
    element: str = ""
    store: str = ""


def _local_sum(loop: Loop) -> _LocalSum | None:
    statements = statements_of(loop.body)
    if len(statements) != 3 or len(loop.children) != 1 or statements[1].id != loop.children[0].node.id:
        return None
    inner, use = loop.children[0], statements[2]
    within = statements_of(inner.body)
    if len(within) != 1 or inner.header is None or inner.children or use.type != "expression_statement":
        return None
    name, value = _sides(statements[0].child_by_field_name("declarator"), "declarator", "value")
    added, term = _sides(_assignment(within[0], "+="), "left", "right")
    if not value or not name or name != added:
        return None
    found = _LocalSum(inner, name, value, term, use)
    left, right = _sides(_assignment(use, "=", "+="), "left", "right")
    if right != name:
        return found if identifiers(use, name) else None
    store = operator(use.named_children[0])
    apart = mentions(left, loop.variable) and not mentions(left, inner.variable)
    starts_well = store == "=" or value in _ZEROS
    return replace(found, element=left, store=store) if apart and starts_well else None


def _assignment(statement: Node, *operators: str) -> Node | None:
    """The assignment that a statement consists of, if it is made with one of these operators."""
    found = statement.named_children[0] if statement.named_children else None
    if found is None or found.type != "assignment_expression" or operator(found) not in operators:
        return None
    return found


def _sides(node: Node | None, left: str, right: str) -> tuple[str, str]:
    """The texts of two fields of a node, empty where there are none."""
    found = [node.child_by_field_name(field) if node is not None else None for field in (left, right)]
    first, second = (text(child) if child is not None else "" for child in found)
    return first, second


def _sum_moved(loop: Loop, middle: Loop, context: Context) -> Iterator[Variant]:
    found = _local_sum(middle) if middle.is_shareable and loop.is_shareable else None
    shared = context.dependences(loop)
    if found is None or not shared.is_clean or mentions(bounds_of(found.inner), middle.variable):
        return
    inner = found.inner
    if strides(inner.body, inner.variable) <= strides(inner.body, middle.variable):
        return
    layout = context.layout
    source, step = layout.source, layout.indent_unit
    indent = layout.indent_at(middle.node.start_byte)
    outer_head, inner_head = (f"for {source[slice(*head_range(x))].decode()} {{" for x in (middle, inner))
    first, element, last = _places(found, middle, outer_head, context)
    if not element:
        return
    for simd in ([f"{step}#pragma omp simd"], []):
        lines = [
            *first,
            inner_head,
            *simd,
            f"{step}{outer_head}",
            f"{step}{step}{element} += {found.term};",
            f"{step}}}",
            "}",
            *last,
        ]
        whole = f"{layout.newline}{indent}".join(lines)
        edits = [Edit(middle.node.start_byte, middle.node.end_byte, whole)]
        edits += () if found.element else layout.include("<vector>")
        what = f"{middle.variable} and {inner.variable}{', simd inside' if simd else ''}"
        yield _variant(loop, _clauses(shared, loop.variable, ()), edits, what)


def _places(
    found: _LocalSum, middle: Loop, head: str, context: Context
) -> tuple[tuple[str, ...], str, tuple[str, ...]]:
    """Where the sums of all rounds are kept, with what goes before and after: their elements, or a row of their own."""
    step = context.layout.indent_unit
    kind = name_the_type(middle.function, found.name)
    if found.element and context.holds(found.element.partition("[")[0], kind, middle):
        begun = (head, f"{step}{found.element} = {found.first};", "}")
        return begun if found.store == "=" else (), found.element, ()
    header = middle.header
    if context.is_c or header is None or (header.lower, header.relation, header.step) != ("0", "<", "1"):
        return (), "", ()
    row = context.fresh(f"{found.name}s")
    element = f"{row}[{middle.variable}]"
    start = header.upper if found.first in _ZEROS else f"{header.upper}, {found.first}"
    uses = tuple(Edit(use.start_byte, use.end_byte, element) for use in identifiers(found.use, found.name))
    ended = (head, *(step + line for line in context.layout.lines_of(found.use, uses)), "}")
    return (f"std::vector<{kind}> {row}({start});",), element, ended
