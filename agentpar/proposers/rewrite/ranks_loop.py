"""A `parallel for` shared out among MPI ranks: each runs a block of the counter's values, then results are brought
together.

Memory is each rank's own, so private copies need nothing. What iterations write must be rows that follow the counter,
`C[i * N + j]`, which are gathered; what they sum up is reduced.
"""

from collections.abc import Iterator

from tree_sitter import Node

from agentpar.languages.source import Edit, text
from agentpar.proposers.rewrite.context import Context, full_type
from agentpar.proposers.rewrite.for_each import declared_range
from agentpar.proposers.rewrite.places import Place, identifiers, written_places
from agentpar.proposers.rewrite.ranks_words import OPERATIONS, InC, InCpp, Rows, Total, Words
from agentpar.proposers.rewrite.shared_loop import (
    FUNCTIONS,
    Clauses,
    counter_type,
    is_array,
    is_table,
    new_head,
    over_range,
)
from agentpar.proposers.rewrite.sites import Header, ancestor, assigned_names, declarations, operator, read_header

_UNDERSTOOD = frozenset({"private", "firstprivate", "reduction", "schedule", "collapse", "nowait", "if"})
_CASTS = frozenset({"cast_expression", "parenthesized_expression"})


def loop_of_ranks(
    loop: Node, clauses: Clauses, reductions: tuple[tuple[str, str], ...], context: Context, within: str = ""
) -> Edit | None:
    """The loop shared out among ranks; None where its head, a clause or what it writes has no counterpart.

    `within` is the directive that shares a rank's part out among its threads, if one does.
    """
    header, function = read_header(loop), ancestor(loop, FUNCTIONS)
    body = loop.child_by_field_name("body")
    if header is None or function is None or body is None or not clauses.keys() <= _UNDERSTOOD:
        return None
    if "begin(" in header.lower or any(sign not in OPERATIONS or is_table(function, name) for sign, name in reductions):
        return None
    if not header.is_range and (header.step != "1" or header.relation not in {"<", "<=", "!="}):
        return None
    kind = "std::size_t" if header.is_range else counter_type(loop, header, function)
    upper = header.upper + (" + 1" if header.relation == "<=" else "")
    lower, upper = ("0", f"std::size({header.upper})") if header.is_range else (header.lower, upper)
    rows = _rows(loop, body, header, clauses, reductions)
    totals = [_total(sign, spelled, function, context) for sign, spelled in reductions]
    words: Words = InC(context) if context.is_c else InCpp()
    if rows is None or not words.can_say(kind, rows, totals):
        return None
    named, first, last = words.block(context.fresh("own"), kind, lower, upper)
    opened = (*filter(None, map(words.begun, totals)), named, *((within,) if within else ()))
    closed = (*(words.gathered(each, kind, lower, upper) for each in rows), *map(words.reduced, totals))
    if header.is_range:
        edits = over_range(loop, body, first, last, context)
    else:
        edits = [new_head(loop, body, header, kind, first, last)]
    if _is_body(loop):
        step = context.layout.indent_unit
        opened, closed = ("{", *(step + line for line in opened)), (*(step + line for line in closed), "}")
        return context.layout.wrap(loop, opened, closed, 1, tuple(edits))
    return context.layout.wrap(loop, opened, closed, 0, tuple(edits))


def _is_body(loop: Node) -> bool:
    """Whether a loop under a directive is all that another statement's body is: that seems to be empty then."""
    before = loop.prev_named_sibling
    while before is not None and before.type in {"comment", "preproc_call"}:
        before = before.prev_named_sibling
    while before is not None and before.named_children:
        before = before.named_children[-1]
    return before is not None and before.type == "expression_statement" and before.start_byte == before.end_byte


def _total(sign: str, spelled: str, function: Node, context: Context) -> Total:
    """What is reduced, an array with its length."""
    name, _, section = spelled.partition("[")
    if not section and is_array(function, name):
        section = f"sizeof {name} / sizeof *{name}" if context.is_c else f"std::size({name})"
    return Total(sign, name, full_type(function, name), section.strip(":]"))


def _rows(
    loop: Node, body: Node, header: Header, clauses: Clauses, reductions: tuple[tuple[str, str], ...]
) -> list[Rows] | None:
    """The arrays that iterations write; None where they write something else, or it does not show where."""
    own = {name for name, _, _ in declarations(body)} | {header.variable}
    handled = {spelled.partition("[")[0] for _, spelled in reductions}
    handled |= {name.strip() for clause in ("private", "firstprivate") for name in clauses.get(clause, "").split(",")}
    function = ancestor(loop, FUNCTIONS)
    found: dict[str, Rows] = {}
    if header.is_range:
        declared, elements = declared_range(loop)
        if "&" in declared and "const" not in declared:
            found[elements] = Rows(elements)
    elif any(name not in own | handled for name, _ in assigned_names(body)):
        return None
    for place in written_places(body):
        if place.name in own | handled:
            continue
        rows = _rows_of(place, header.variable, own) if place.name and not header.is_range else None
        if rows is None or function is None or "vector<bool>" in full_type(function, place.name).replace(" ", ""):
            return None
        if found.setdefault(place.name, rows) != rows:
            return None
    return list(found.values())


def _rows_of(place: Place, variable: str, own: set[str]) -> Rows | None:
    if not place.indices:
        return None
    index = place.indices[0]
    if len(place.indices) > 1:
        return Rows(place.name, is_nested=True) if text(_unwrapped(index)) == variable else None
    width = _width(index, variable)
    if width is None:
        return None
    rest = [(sign, term) for sign, term in _terms(index) if not identifiers(term, variable)]
    if width != "1" or not rest or any(identifiers(term, name) for _, term in rest for name in own):
        return Rows(place.name, width)  # the rest says where in a row
    offset = " ".join(f"{sign} {text(term)}" for sign, term in rest).removeprefix("+ ")
    return Rows(place.name, width, offset)


def _width(expression: Node, variable: str) -> str | None:
    """What the variable is multiplied with in a sum of terms of which one holds it."""
    terms = [(sign, term) for sign, term in _terms(expression) if identifiers(term, variable)]
    if len(terms) != 1 or terms[0][0] != "+":
        return None
    factors = list(_factors(terms[0][1]))
    inner = [factor for factor in factors if identifiers(factor, variable)]
    if len(inner) != 1:
        return None
    others = [text(factor) for factor in factors if factor != inner[0]]
    core = _unwrapped(inner[0])
    if text(core) != variable:
        nested = _width(core, variable) if core.type == "binary_expression" and others else None
        if nested is None:
            return None
        others = [*([nested] if nested != "1" else []), *others]
    return " * ".join(others) or "1"


def _terms(expression: Node, sign: str = "+") -> Iterator[tuple[str, Node]]:
    node = _unwrapped(expression)
    left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
    if node.type == "binary_expression" and left is not None and right is not None and operator(node) in {"+", "-"}:
        yield from _terms(left, sign)
        yield from _terms(right, "-" if (operator(node) == "-") == (sign == "+") else "+")
    else:
        yield sign, node


def _factors(expression: Node) -> Iterator[Node]:
    left, right = expression.child_by_field_name("left"), expression.child_by_field_name("right")
    if (
        expression.type == "binary_expression"
        and left is not None
        and right is not None
        and operator(expression) == "*"
    ):
        yield from _factors(left)
        yield from _factors(right)
    else:
        yield expression


def _unwrapped(node: Node) -> Node:
    """Without parentheses and casts."""
    while True:
        inner = node.child_by_field_name("value") if node.type == "cast_expression" else None
        if node.type == "parenthesized_expression" and node.named_children:
            inner = node.named_children[0]
        if node.type == "call_expression" and text(node).startswith("static_cast"):
            arguments = node.child_by_field_name("arguments")
            inner = arguments.named_children[0] if arguments is not None and arguments.named_children else None
        if inner is None:
            return node
        node = inner
