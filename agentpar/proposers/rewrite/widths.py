"""Of which types the whole numbers in an expression are, and so whether what is made of them is cut off."""

import re
from collections.abc import Iterator

from tree_sitter import Node

from agentpar.languages.callgraph import called_name
from agentpar.languages.source import ancestors, text, walk
from agentpar.proposers.rewrite.rounding import member_kind, operands
from agentpar.proposers.rewrite.sites import declarations, operator

_NARROW = re.compile(r"bool|((un)?signed )?char|(unsigned )?short( int)?|(std::)?u?int(8|16)_t")
_INT = re.compile(r"(signed )?int|signed|(std::)?int32_t")
_UNSIGNED = re.compile(r"unsigned( int)?|(std::)?uint32_t")
_LONG = re.compile(r"(signed )?long( long)?( int)?|(std::)?(int64_t|ptrdiff_t|ssize_t|intptr_t|intmax_t)")
_FEW = {"bool": 1, "unsigned char": 255, "uint8_t": 255, "unsigned short": 65535, "uint16_t": 65535}
_SAME = frozenset({"max", "min", "abs"})
_TRUTHS = frozenset({"==", "!=", "<", ">", "<=", ">=", "&&", "||"})


def is_held(value: Node, kind: str, function: Node) -> bool:
    """Whether a number of a signed type takes each step of adding or comparing values whole, or else overflows.

    What is unsigned wraps around, and what is wider is cut off: neither is an error, and a sum of several is another.
    """
    fitting = [_NARROW, _INT, *([_UNSIGNED, _LONG] if _LONG.fullmatch(kind) else [])]
    is_signed = _INT.fullmatch(kind) or _LONG.fullmatch(kind)
    return is_signed is not None and all(any(each.fullmatch(k) for each in fitting) for k in kinds_in(value, function))


def most(value: Node, function: Node, known: dict[str, int]) -> int | None:
    """The most that sums and products of unsigned numbers come to; `known` are limits of names."""
    if value.type == "parenthesized_expression":
        return most(value.named_children[0], function, known)
    if value.type == "binary_expression" and operator(value) in {"+", "*", "<<"}:
        left, right = value.child_by_field_name("left"), value.child_by_field_name("right")
        one, two = (most(side, function, known) if side is not None else None for side in (left, right))
        if one is None or two is None or (operator(value) == "<<" and two > 63):
            return None
        return {"+": one + two, "*": one * two, "<<": one << min(two, 63)}[operator(value)]
    if value.type == "number_literal":
        return number(text(value))
    if value.type == "identifier" and text(value) in known:
        return known[text(value)]
    limits = [_FEW.get(kind.removeprefix("std::")) for kind in kinds_in(value, function)]
    is_one = value.type in {"identifier", "subscript_expression", "pointer_expression", "field_expression"}
    return limits[0] if is_one and len(limits) == 1 else None


def number(spelled: str) -> int | None:
    """The whole number that a literal is, also in parentheses."""
    found = re.fullmatch(r"\(?\s*(0[xX][\da-fA-F]+|[1-9]\d*|0)[uUlL]*\s*\)?", spelled.replace("'", ""))
    return int(found[1], 0) if found else None


def constant(name: str, function: Node) -> int | None:
    """The number that a literal is, or that a macro or a constant of the file stands for."""
    root = next((each for each in ancestors(function) if each.parent is None), function)
    found = {name}
    for node in walk(root):
        value = node.child_by_field_name("value")
        if node.type == "preproc_def" and text(node.child_by_field_name("name") or node) == name and value is not None:
            found.add(text(value).strip())
    for declared, declaration, declarator in declarations(root):
        value = declarator.child_by_field_name("value")
        is_fixed = re.search(r"\bconst(expr)?\b", text(declaration)) is not None
        if declared == name and value is not None and is_fixed:
            found.add(text(value))
    numbers = {told for each in found if (told := number(each)) is not None}
    return numbers.pop() if len(numbers) == 1 and len(found) <= 2 else None


def kinds_in(node: Node, function: Node, levels: int = 3) -> Iterator[str]:
    """The types of the numbers in an expression, the empty one where nothing tells."""
    if node.type == "number_literal":
        told = number(text(node))
        is_int = told is not None and told < 2**31 and not re.search(r"[uUlL]$", text(node))
        yield "int" if is_int else "long" if told is not None and re.fullmatch(r"\d+[lL]*", text(node)) else ""
    elif node.type in {"char_literal", "true", "false"}:
        yield "char"
    elif node.type in {"identifier", "subscript_expression", "pointer_expression", "field_expression"}:
        yield from _declared(node, function, levels)
    elif node.type == "call_expression":
        yield from _called(node, function, levels)
    elif node.type == "cast_expression":
        kind = node.child_by_field_name("type")
        yield _plain(text(kind)) if kind is not None else ""
    elif node.type == "binary_expression" and operator(node) in _TRUTHS:
        yield "bool"
    else:
        inner = operands(node)
        for each in inner:
            yield from kinds_in(each, function, levels)
        yield from () if inner else ("",)


def _declared(place: Node, function: Node, levels: int) -> Iterator[str]:
    if member := member_kind(place, function):
        yield _plain(member)
        return
    root = next((text(node) for node in walk(place) if node.type == "identifier"), "")
    told = [(whole, each) for name, whole, each in declarations(function) if name == root]
    if place.type == "field_expression" or not told:
        yield "int" if place.type == "identifier" and constant(root, function) is not None else ""
    for whole, declarator in told:
        kind, value = whole.child_by_field_name("type"), declarator.child_by_field_name("value")
        value = whole.child_by_field_name("right") or value
        if kind is not None and text(kind) == "auto" and value is not None and levels:
            yield from kinds_in(value, function, levels - 1)
        else:
            yield _plain(text(kind)) if kind is not None else ""


def _called(call: Node, function: Node, levels: int) -> Iterator[str]:
    target, arguments = call.child_by_field_name("function"), call.child_by_field_name("arguments")
    cast = re.fullmatch(r"(?:static_cast|(?:std::)?(?:max|min))\s*<(.*)>", text(target)) if target is not None else None
    if cast is not None:
        yield _plain(cast[1])
    elif called_name(call) in _SAME and arguments is not None:
        for each in arguments.named_children:
            yield from kinds_in(each, function, levels)
    else:
        yield ""


def _plain(kind: str) -> str:
    """A type without qualifiers, or that of a container's elements."""
    inner = re.fullmatch(r"(?:std\s*::\s*)?(?:vector|array|span)\s*<(.*)>", kind.strip(), re.DOTALL)
    if inner is not None:
        return _plain(inner[1].rsplit(",", 1)[0] if "array" in kind else inner[1])
    if re.fullmatch(r"(std\s*::\s*)?string(_view)?", kind.strip()):
        return "char"
    return " ".join(re.sub(r"\b(const|volatile)\b|[*&]", "", kind).split())
