"""Calls of `std::for_each` whose function gathers into variables around it, as loops: those have reductions."""

import re
from collections.abc import Iterator

from tree_sitter import Node

from agentpar.languages.source import Edit, text, walk
from agentpar.proposers.rewrite.context import Context, full_type
from agentpar.proposers.rewrite.places import identifiers
from agentpar.proposers.rewrite.sites import declarations, operator

Step = tuple[tuple[Edit, ...], str]
_PLAIN_CAPTURE = re.compile(r"\[\s*&?\w*(?:\s*,\s*&?\w+)*\s*\]")


def visits_as_loops(function: Node, context: Context) -> Iterator[Step]:
    """A visit of a container, or of as many elements from a pointer on, that changes what it captured."""
    for call in walk(function):
        statement = call.parent
        if call.type != "call_expression" or statement is None or statement.type != "expression_statement":
            continue
        target, arguments = call.child_by_field_name("function"), call.child_by_field_name("arguments")
        given = [each for each in arguments.named_children if each.type != "comment"] if arguments is not None else []
        if target is None or text(target) not in {"std::for_each", "::std::for_each"} or len(given) != 3:
            continue
        element, body = _parameter(given[2]), given[2].child_by_field_name("body")
        if not element or body is None or not _gathers(given[2], body):
            continue
        head, first = _head(text(given[0]), text(given[1]), element, function, context)
        if head:
            edits = (
                Edit(statement.start_byte, body.start_byte, f"{head} "),
                *context.layout.into_body(body, first=first),
                Edit(body.end_byte, statement.end_byte, ""),
            )
            yield edits, f"visit the elements in a loop at line {statement.start_point[0] + 1}"


def _head(first: str, last: str, element: str, function: Node, context: Context) -> tuple[str, tuple[str, ...]]:
    """The loop's head, and what its body begins with; an empty head where the range is of another kind."""
    container = re.fullmatch(r"(\w+)\.c?begin\(\)", first)
    if container is not None and re.fullmatch(rf"{container[1]}\.c?end\(\)", last):
        return f"for ({element} : {container[1]})", ()
    length = re.fullmatch(rf"{re.escape(first)}\s*\+\s*(\w+)", last)
    if length is None or not re.fullmatch(r"\w+", first) or "*" not in full_type(function, first):
        return "", ()
    kind = full_type(function, length[1]).removeprefix("const ")
    if not kind or kind == "auto":
        return "", ()
    i = context.fresh("i")
    return f"for ({kind} {i} = 0; {i} < {length[1]}; ++{i})", (f"{element} = {first}[{i}];",)


def _parameter(function: Node) -> str:
    """How a lambda declares its only parameter; empty where it is none, has more, or captures in another way."""
    declarator, captures = function.child_by_field_name("declarator"), function.child_by_field_name("captures")
    if function.type != "lambda_expression" or declarator is None or captures is None:
        return ""
    if not _PLAIN_CAPTURE.fullmatch(text(captures)) or "mutable" in text(declarator):
        return ""
    parameters = declarator.child_by_field_name("parameters")
    named = parameters.named_children if parameters is not None else []
    plain = len(named) == 1 and named[0].type == "parameter_declaration"
    return text(named[0]) if plain and named[0].child_by_field_name("declarator") is not None else ""


def _gathers(function: Node, body: Node) -> bool:
    """Whether it adds to what is not its own, and never returns early, which a loop would say otherwise."""
    own = {name for name, *_ in declarations(function)}
    found = False
    for node in walk(body):
        if node.type in {"return_statement", "lambda_expression", "goto_statement"}:
            return False
        if node.type in {"assignment_expression", "update_expression"}:
            written = re.match(r"\W*(\w+)", text(node))
            is_plain = node.type == "assignment_expression" and operator(node) == "="
            right = node.child_by_field_name("right") if is_plain else None
            if written is not None and written[1] not in own:
                found = found or right is None or bool(identifiers(right, written[1]))
    return found
