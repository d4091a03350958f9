"""Queues that a loop works off and fills, level by level: what one level adds is the next one.

The order stays as it was. Which elements a level takes can then be found side by side.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tree_sitter import Node

from agentpar.languages.source import Edit, ancestors, text, walk
from agentpar.proposers.rewrite.context import Context
from agentpar.proposers.rewrite.places import identifiers
from agentpar.proposers.rewrite.reorder import statements_of
from agentpar.proposers.rewrite.sites import LOOPS, ancestor, declarations

Step = tuple[tuple[Edit, ...], str]
_PUSHES = frozenset({"push", "push_back", "emplace", "emplace_back"})


@dataclass(frozen=True)
class _Queue:
    """A queue, its element type, the statements that take the first element off, and how the rest names that."""

    name: str
    kind: str
    taking: tuple[Node, ...]
    element: str
    edits: tuple[Edit, ...]


def by_levels(function: Node, context: Context) -> Iterator[Step]:
    """`while (!q.empty())` over a `std::queue`, and `while (head < q.size())` over a vector, as loops over levels."""
    for loop in walk(function):
        if loop.type != "while_statement" or _is_left(loop):
            continue
        found = _popped(loop, function, context) or _walked(loop, function, context)
        if found is not None:
            yield _in_levels(loop, found, context), f"work {found.name} off level by level"


def _is_left(loop: Node) -> bool:
    leaves = (n for n in walk(loop) if n.type in {"break_statement", "return_statement", "goto_statement"})
    return any(n.type != "break_statement" or ancestor(n, LOOPS) == loop for n in leaves)


def _declared(name: str, loop: Node, function: Node) -> tuple[str, Node, Node] | None:
    """The type of what a queue holds, and the queue's plain declaration before the loop."""
    found = [d for each, d, declarator in declarations(function) if each == name and declarator.type == "identifier"]
    kind = found[0].child_by_field_name("type") if len(found) == 1 and found[0].type == "declaration" else None
    told = re.fullmatch(r"(?:std::)?(?:queue|vector)\s*<\s*(.+?)\s*>", text(kind)) if kind is not None else None
    is_before = bool(found) and found[0].end_byte <= loop.start_byte
    is_wanted = any(use.start_byte >= loop.end_byte for use in identifiers(function, name))
    around = [each for each in ancestors(loop) if each.type in LOOPS and each.start_byte > function.start_byte]
    lives_on = any(found and not each.start_byte < found[0].start_byte for each in around)
    if kind is None or told is None or not is_before or is_wanted or lives_on:
        return None
    return told[1], kind, found[0]


def _first(loop: Node) -> list[Node]:
    body = loop.child_by_field_name("body")
    return statements_of(body) if body is not None and body.type == "compound_statement" else []


def _popped(loop: Node, function: Node, context: Context) -> _Queue | None:
    """`T v = q.front(); q.pop();` at the start of the body, and nothing but pushes else."""
    asked = re.fullmatch(r"\(\s*!\s*(\w+)\.empty\(\)\s*\)", text(loop.child_by_field_name("condition") or loop))
    name, statements = asked[1] if asked else "", _first(loop)
    known = _declared(name, loop, function) if name else None
    if known is None or len(statements) < 3 or text(statements[1]) != f"{name}.pop();":
        return None
    kind, spelled, _ = known
    if "queue" not in text(spelled) or not text(statements[0]).endswith(f"= {name}.front();"):
        return None
    edits = [Edit(spelled.start_byte, spelled.end_byte, f"std::vector<{kind}>")]
    for use in identifiers(function, name):
        pushed = _pushed(use)
        if pushed is not None:
            edits.append(Edit(pushed.start_byte, pushed.end_byte, "push_back"))
        elif not _stands_in(use, (*statements[:2], known[2])) and not _in_condition(use, loop):
            return None
    return _Queue(name, kind, (statements[1],), f"{name}.front()", (*edits, *context.layout.include("<vector>")))


def _walked(loop: Node, function: Node, context: Context) -> _Queue | None:
    """`T v = q[head++];` at the start of the body, and nothing but appends else."""
    condition = text(loop.child_by_field_name("condition") or loop)
    asked = re.fullmatch(r"\(\s*(\w+)\s*(?:<|!=)\s*(?:\(\w+\)\s*)?(\w+)\.size\(\)\s*\)", condition)
    head, name, statements = (asked[1], asked[2], _first(loop)) if asked else ("", "", [])
    known = _declared(name, loop, function) if name else None
    begun = [d for each, d, _ in declarations(function) if each == head]
    if known is None or len(statements) < 2 or len(begun) != 1 or len(begun[0].named_children) != 2:
        return None
    step = re.fullmatch(rf"\+\+{head};|{head}\+\+;|{head} \+= 1;", text(statements[1]))
    element = f"{name}[{head}]" if step else f"{name}[{head}++]"
    taking = (statements[1],) if step else ()
    uses = [use for use in identifiers(function, head) if not _in_condition(use, loop)]
    starts = re.search(r"(= ?|\{)0\}?;$", text(begun[0])) is not None
    if not starts or not text(statements[0]).endswith(f"= {element};"):
        return None
    if not all(_stands_in(use, (statements[0], *taking, begun[0])) for use in uses):
        return None
    for use in identifiers(function, name):
        told = _stands_in(use, (statements[0], known[2])) or _in_condition(use, loop)
        if _pushed(use) is None and not told:
            return None
    edits = (context.layout.removal(begun[0]),)
    return _Queue(name, known[0], taking, element, edits)


def _stands_in(use: Node, statements: tuple[Node, ...]) -> bool:
    return any(each.start_byte <= use.start_byte < each.end_byte for each in statements)


def _in_condition(use: Node, loop: Node) -> bool:
    condition = loop.child_by_field_name("condition")
    return condition is not None and condition.start_byte <= use.start_byte < condition.end_byte


def _pushed(use: Node) -> Node | None:
    """The method's name in `q.push(x)`."""
    field = use.parent.child_by_field_name("field") if use.parent is not None else None
    return field if field is not None and text(field) in _PUSHES else None


def _in_levels(loop: Node, found: _Queue, context: Context) -> tuple[Edit, ...]:
    layout, body = context.layout, loop.child_by_field_name("body")
    condition = loop.child_by_field_name("condition")
    assert body is not None and condition is not None
    unit, following, k = layout.indent_unit, context.fresh(f"{found.name}_next"), context.fresh("k")
    first = _first(loop)[0]
    taken = text(first).removesuffix(f"{found.element};")
    inner = [
        Edit(first.start_byte, first.end_byte, f"{taken}{found.name}[{k}];"),
        *(layout.removal(each) for each in found.taking),
        *(edit for edit in found.edits if body.start_byte <= edit.start < body.end_byte),
    ]
    for use in identifiers(body, found.name):
        if _pushed(use) is not None:
            inner.append(Edit(use.start_byte, use.end_byte, following))
    lines = layout.lines_inside(body, tuple(inner))
    whole = (
        "{",
        f"{unit}std::vector<{found.kind}> {following};",
        f"{unit}for ({context.size_type} {k} = 0; {k} < {found.name}.size(); ++{k}) {{",
        *(unit + line if line.strip() else line for line in lines),
        f"{unit}}}",
        f"{unit}{found.name}.swap({following});",
        "}",
    )
    indent = layout.indent_at(loop.start_byte)
    spelled = f"(!{found.name}.empty()) " + (layout.newline + indent).join(whole)
    outer = [edit for edit in found.edits if not body.start_byte <= edit.start < body.end_byte]
    return (Edit(condition.start_byte, body.end_byte, spelled), *outer)
