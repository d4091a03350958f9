"""Pointers that walk to an end, `for (T* end = p + n; p != end; ++p)` and `while (p < end)`, as loops that count."""

import re
from collections.abc import Iterator
from functools import partial

from tree_sitter import Node

from agentpar.languages.callgraph import called_name
from agentpar.languages.source import Edit, text, walk
from agentpar.proposers.rewrite.changes import MUTATORS, definitions_of
from agentpar.proposers.rewrite.context import Context, full_type
from agentpar.proposers.rewrite.counted import continues, is_certain, parts_of
from agentpar.proposers.rewrite.places import identifiers
from agentpar.proposers.rewrite.sites import assigned_names, declarations, operator, read_header, read_step

_NUMBER = re.compile(r"(const |volatile )*((unsigned|signed|long|short)\b ?)*(int|char|float|double|(std::)?\w+_t)?")
Step = tuple[tuple[Edit, ...], str]


def counted_walks(function: Node, context: Context) -> Iterator[Step]:
    """Walks whose length the declaration of the end tells; the pointers still step, at the end of each round."""
    for loop in walk(function):
        condition, body = loop.child_by_field_name("condition"), loop.child_by_field_name("body")
        if loop.type not in {"for_statement", "while_statement"} or condition is None or body is None:
            continue
        sides = re.fullmatch(r"\(?\s*(\w+)\s*(?:!=|<)\s*(\w+)\s*\)?", text(condition))
        if sides is None or continues(loop):
            continue
        pointer, end = sides[1], sides[2]
        length = _length(loop, pointer, end, function) if "*" in full_type(function, pointer) else ""
        steps = _steps(loop, pointer, body)
        if steps is None or not (length or _keeps_its_end(loop, pointer, end, function)):
            continue
        counter = context.fresh("i")
        before: tuple[Edit, ...] = ()
        if not length:
            length = context.fresh(f"{pointer}_rounds")
            before = (context.layout.insert_lines(loop.start_byte, (f"const long {length} = {end} - {pointer};",)),)
        kind = full_type(function, length).removeprefix("const ") if re.fullmatch(r"\w+", length) else "long"
        closing = [child for child in loop.children if child.type == ")"]
        stop = closing[-1].end_byte if closing else condition.end_byte
        head = f"for ({kind if kind != 'auto' else 'long'} {counter} = 0; {counter} < {length}; ++{counter})"
        last = context.layout.into_body(body, last=steps) if steps else ()
        yield (*before, Edit(loop.start_byte, stop, head), *last), f"count the walk of {pointer} to {end}"


def ordered_ends(function: Node, context: Context) -> Iterator[Step]:
    """`row != end` with `row += width` as `row < end`: OpenMP takes the former with steps of one alone."""
    for loop in walk(function):
        header, condition = read_header(loop) if loop.type == "for_statement" else None, None
        if header is not None and header.relation == "!=" and header.step not in {"1", "-1"}:
            condition = loop.child_by_field_name("condition")
        sign = condition.child_by_field_name("operator") if condition is not None else None
        left = condition.child_by_field_name("left") if condition is not None else None
        if header is None or sign is None or left is None:
            continue
        grows = header.step.startswith("-") != (text(left) == header.variable)
        yield (Edit(sign.start_byte, sign.end_byte, "<" if grows else ">"),), f"end before {header.upper}"


def _length(loop: Node, pointer: str, end: str, function: Node) -> str:
    """What the end's declaration adds to the pointer, if neither changes in between; empty where that is not known."""
    found = [each for each in declarations(function) if each[0] == end and each[1].start_byte < loop.end_byte]
    value = found[0][2].child_by_field_name("value") if len(found) == 1 else None
    told = (
        re.fullmatch(rf"{re.escape(pointer)}\s*\+\s*(\w+(?:\.size\(\))?)", text(value)) if value is not None else None
    )
    if told is None:
        return ""
    declaration = found[0][1]
    in_head = loop.start_byte <= declaration.start_byte
    before = {name for name, node in assigned_names(function) if node.start_byte < loop.start_byte}
    changed = {name for name, node in assigned_names(function) if node.start_byte < loop.end_byte}
    others = [use for use in identifiers(loop, end) if use.start_byte > declaration.end_byte]
    if pointer in before or {end, told[1]} & changed or (in_head and len(others) != 1):
        return ""
    root = told[1].removesuffix(".size()")
    between = [n for n in walk(function) if declaration.start_byte <= n.start_byte < loop.end_byte]
    grows = root != told[1] and any(n.type == "call_expression" and called_name(n) in MUTATORS for n in between)
    is_one = len({whole.id for name, whole, _ in declarations(function) if name == root}) <= 1
    return told[1] if is_one and not grows and not any(_may_be_moved(between, n) for n in (pointer, end, root)) else ""


def _keeps_its_end(loop: Node, pointer: str, end: str, function: Node) -> bool:
    """Whether the way to an end that nothing in the loop moves can be measured before it; both are the function's own.

    A loop that only steps the pointer in its head may as well count by it.
    """
    update = loop.child_by_field_name("update")
    if loop.type == "for_statement":
        is_headless = loop.child_by_field_name("initializer") is None
        if not is_headless or update is None or len(parts_of(update)) < 2:
            return False
    own = {name: declaration for name, declaration, _ in declarations(function)}
    inside = {name for name, _, _ in declarations(loop)}
    if not {pointer, end} <= own.keys() or {pointer, end} & inside or not _stands_in_block(loop):
        return False
    if any(re.search(r"\b(list|map|set|multi\w+)\b", text(own[name])) for name in (pointer, end)):
        return False  # whose elements do not lie side by side
    if any(_NUMBER.fullmatch(full_type(function, name)) for name in (pointer, end)):
        return False  # which may begin beyond its end, or be no whole number of steps before it
    moved = partial(_may_be_moved, list(walk(loop)))
    if end in {name for name, _ in assigned_names(loop)} or any(map(moved, (pointer, end))):
        return False
    name = re.escape(pointer)
    return re.search(rf"\*\s*(?:\+\+\s*)?{name}\b|\b{name}\s*->", text(loop)) is not None


def _may_be_moved(nodes: list[Node], name: str) -> bool:
    """Whether a call may set a variable itself, which it gets by address or by reference."""
    for node in nodes:
        if node.type == "pointer_expression" and operator(node) == "&" and text(node).lstrip("& ") == name:
            return True
        arguments = node.child_by_field_name("arguments") if node.type == "call_expression" else None
        given = [text(each) for each in arguments.named_children] if arguments is not None else []
        parameters = [each for found in definitions_of(node) for each in walk(found) if each.type == "parameter_list"]
        if name in given and any(n.type == "reference_declarator" for each in parameters for n in walk(each)):
            return True
    return False


def _stands_in_block(loop: Node) -> bool:
    return loop.parent is not None and loop.parent.type == "compound_statement"


def _steps(loop: Node, pointer: str, body: Node) -> tuple[str, ...] | None:
    """The steps that the body lacks: none where it steps the pointer itself, None where nothing does."""
    inside = [node for name, node in assigned_names(body) if name == pointer]
    if loop.type == "while_statement":
        step = inside[0].parent if len(inside) == 1 else None
        plain = step is not None and operator(step) in {"++", ""} and read_step(step, pointer) == "1"
        return () if step is not None and plain and is_certain(step, body) else None
    update = loop.child_by_field_name("update")
    steps = parts_of(update) if update is not None else []
    if inside or [read_step(step, pointer) for step in steps].count("1") != 1:
        return None
    return tuple(f"{text(step)};" for step in steps)
