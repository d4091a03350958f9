"""Replaces the macros that a file defines by what they stand for: `A(i, j)`, `FOR(i, n)`."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tree_sitter import Node

from agentpar.languages.source import parse, text
from agentpar.languages.unit import items

# What is no code is skipped whole: directives, comments, strings.
_TOKEN = re.compile(
    r"^[ \t]*#(?:\\\r?\n|[^\n])*|//(?:\\\r?\n|[^\n])*|/\*.*?(?:\*/|\Z)|"
    r'"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'|'
    r"(?P<name>[A-Za-z_]\w*)|\d[\w.']*|\s+|.",
    re.DOTALL | re.MULTILINE,
)
_MOST_NESTED = 16
_MOST_GROWTH = 1 << 20


@dataclass(frozen=True)
class _Macro:
    """`parameters` is None for a macro that takes no arguments."""

    parameters: tuple[str, ...] | None
    body: str


class _TooMuch(Exception):
    """The expansion has grown beyond what a reader would write."""


def without_macros(source: str) -> str:
    """The source with its own macros expanded; as it is, where there are none or they grow beyond measure.

    Macros that stringize, paste tokens or take variable arguments stay, and so do those that are plain numbers.
    """
    macros = dict(_macros(parse(source).root_node))
    if not macros:
        return source
    try:
        return "".join(_expanded(source, macros, frozenset(), [3 * len(source) + _MOST_GROWTH]))
    except _TooMuch:
        return source


def _macros(root: Node) -> Iterator[tuple[str, _Macro]]:
    for item in items(root):
        node = item.node
        name, value = node.child_by_field_name("name"), node.child_by_field_name("value")
        if node.type not in ("preproc_def", "preproc_function_def") or name is None or value is None:
            continue
        body = re.sub(r"\\\r?\n", " ", text(value)).strip()
        given = node.child_by_field_name("parameters")
        parameters = tuple(text(child) for child in given.named_children) if given is not None else None
        if "#" not in body and "..." not in (parameters or ()) and not re.fullmatch(r"[\d(][\w.)]*", body):
            yield text(name), _Macro(parameters, body)


def _expanded(source: str, macros: Mapping[str, _Macro], inside: frozenset[str], left: list[int]) -> Iterator[str]:
    """The pieces of the expansion; a macro is not expanded inside itself. `left` is how many characters may be read."""
    position = 0
    while position < len(source):
        token = _TOKEN.match(source, position)
        assert token is not None  # the last alternative takes any character
        position = token.end()
        macro = macros.get(token["name"] or "")
        if macro is None or token["name"] in inside or len(inside) > _MOST_NESTED:
            _spend(len(token[0]), left)
            yield token[0]
            continue
        body = macro.body
        if macro.parameters is not None:
            arguments, end = _arguments(source, position, left)
            if len(arguments) != len(macro.parameters):
                yield token[0]
                continue
            body, position = _filled(macro, arguments), end
        yield from _expanded(body, macros, inside | {token[0]}, left)


def _spend(characters: int, left: list[int]) -> None:
    left[0] -= characters
    if left[0] < 0:
        raise _TooMuch


def _arguments(source: str, position: int, left: list[int]) -> tuple[list[str], int]:
    """The arguments in the parentheses that follow, and where these end; none where there are none."""
    start = re.compile(r"\s*\(").match(source, position)
    if start is None:
        return [], position
    position, depth, arguments = start.end(), 1, [""]
    while depth and (token := _TOKEN.match(source, position)):
        position = token.end()
        _spend(len(token[0]), left)
        depth += {"(": 1, ")": -1}.get(token[0], 0)
        if token[0] == "," and depth == 1:
            arguments.append("")
        elif depth:
            arguments[-1] += token[0]
    return ([], position) if depth else ([argument.strip() for argument in arguments], position)


def _filled(macro: _Macro, arguments: list[str]) -> str:
    given = dict(zip(macro.parameters or (), arguments, strict=True))

    def plain(match: re.Match[str]) -> str:
        return match[1] if re.fullmatch(r"[\w.]+", given.get(match[1], "")) else match[0]

    # The grammar takes `(i) + (j) * n` for a cast of `+(j)` to the type i; a name or number needs no parentheses.
    body = re.sub(r"(?<![\w)\]])\(\s*([A-Za-z_]\w*)\s*\)", plain, macro.body)
    return "".join(given.get(token["name"] or "", token[0]) for token in _TOKEN.finditer(body))
