"""Calls of the standard library's algorithms, redirected to parallel ones that come in a header of their own.

`std::sort(…)` becomes `parallel::sort(…)`, with the header's `#include` after the source's last one. To add an
algorithm, write it into `sandboxes/skeletons/`, name it in `agentpar/skeletons.py`, and here how many arguments it has.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tree_sitter import Node

from agentpar.languages.source import Edit, text, walk
from agentpar.proposers.rewrite.directives import Layout, Variant
from agentpar.proposers.rewrite.rounding import rounds
from agentpar.proposers.rewrite.sites import assigned_names, declarations, prints
from agentpar.proposers.rewrite.updates import fold_of
from agentpar.skeletons import INCLUDE, NAMESPACE

# How many arguments a call of the kind that is redirected has, at least and at most.
_ARGUMENTS = {
    "accumulate": (3, 4),
    "adjacent_difference": (3, 4),
    "all_of": (3, 3),
    "any_of": (3, 3),
    "copy": (3, 3),
    "copy_if": (4, 4),
    "count": (3, 3),
    "count_if": (3, 3),
    "exclusive_scan": (4, 5),
    "fill": (3, 3),
    "find": (3, 3),
    "find_if": (3, 3),
    "find_if_not": (3, 3),
    "for_each": (3, 3),
    "inclusive_scan": (3, 5),
    "inner_product": (4, 6),
    "max_element": (2, 3),
    "min_element": (2, 3),
    "minmax_element": (2, 3),
    "none_of": (3, 3),
    "nth_element": (3, 4),
    "partial_sum": (3, 4),
    "partition": (3, 3),
    "reduce": (2, 4),
    "remove_if": (3, 3),
    "sort": (2, 3),
    "stable_partition": (3, 3),
    "stable_sort": (2, 3),
    "transform": (4, 5),
    "transform_reduce": (4, 6),
    "unique": (2, 3),
}
# Which argument combines two values, where nothing says that it may be done in any grouping.
_COMBINING = {"accumulate": 3, "inner_product": 4, "partial_sum": 3}
_HEAVY = frozenset({"sort", "stable_sort", "nth_element"})
_COMBINERS = {
    "+": "std::plus<>()",
    "*": "std::multiplies<>()",
    "&&": "std::logical_and<>()",
    "||": "std::logical_or<>()",
    "max": "[](auto a, auto b) { return std::max(a, b); }",
    "min": "[](auto a, auto b) { return std::min(a, b); }",
}
# Policies ask for another library's threads; inserters take one element after the other.
_SERIAL = re.compile(r"\bexecution\b|inserter\b|_iterator\b")


@dataclass(frozen=True)
class Call:
    """A call of a standard algorithm; `position` is where its name begins, without `std::`."""

    node: Node
    function: Node
    name: str
    position: int

    @property
    def line(self) -> int:
        """The line of the call, from 1."""
        return self.node.start_point[0] + 1

    @property
    def height(self) -> int:
        """How much work it is, as the levels of loops that it stands for."""
        return 2 if self.name in _HEAVY else 1

    @property
    def arguments(self) -> list[Node]:
        """What is passed."""
        found = self.node.child_by_field_name("arguments")
        return [child for child in found.named_children if child.type != "comment"] if found is not None else []


def calls_of(function: Node, root: Node) -> tuple[Call, ...]:
    """The calls of a function that can be redirected, outermost first, in source order."""
    if speaks_of_parallel(root) or any(text(child) == "constexpr" for child in function.children):
        return ()
    found: list[Call] = []
    for node in walk(function):
        call = _call(node, function, root) if node.type == "call_expression" else None
        if call is not None and _is_redirectable(call):
            found.append(call)
    return tuple(found)


def speaks_of_parallel(root: Node) -> bool:
    """Whether the source has something of its own that is called like the header's namespace."""
    names = {"identifier", "namespace_identifier", "type_identifier"}
    own = [node for node in walk(root) if node.type in names and text(node) == NAMESPACE]
    return any(node.parent is None or node.parent.type != "qualified_identifier" for node in own)


def _call(node: Node, function: Node, root: Node) -> Call | None:
    target = node.child_by_field_name("function")
    if target is None:
        return None
    if target.type == "identifier" and text(target) in _ARGUMENTS and _uses_std(root, text(target)):
        return Call(node, function, text(target), target.start_byte)
    name = target.child_by_field_name("name") if target.type == "qualified_identifier" else None
    if name is not None and name.type == "qualified_identifier" and text(target).startswith("::"):
        name = name.child_by_field_name("name")
    if name is None or name.type != "identifier" or text(name) not in _ARGUMENTS:
        return None
    scope = re.sub(r"\s", "", text(target)).removeprefix("::")
    return Call(node, function, text(name), name.start_byte) if scope == f"std::{text(name)}" else None


def _uses_std(root: Node, name: str) -> bool:
    """Whether a plain name means the standard library's: it is made visible, and the file has no function like it."""
    used = any(
        re.fullmatch(rf"using\s+(namespace\s+std|std\s*::\s*{name})\s*;", text(node))
        for node in walk(root)
        if node.type == "using_declaration"
    )
    declared = (node.child_by_field_name("declarator") for node in walk(root) if node.type == "function_declarator")
    return used and not any(node is not None and text(node) == name for node in declared)


def _is_redirectable(call: Call) -> bool:
    least, most = _ARGUMENTS[call.name]
    given = call.arguments
    if not least <= len(given) <= most or any(_SERIAL.search(text(argument)) for argument in given):
        return False
    is_statement = call.node.parent is not None and call.node.parent.type == "expression_statement"
    if call.name == "for_each" and not is_statement:
        return False  # the function that it returns may have collected something
    at = _COMBINING.get(call.name, most)
    if at < len(given) and given[at].type == "lambda_expression" and not _groups_freely(given[at]):
        return False
    return not any(_keeps_state(each) or prints(each) for each in given if each.type == "lambda_expression")


def _groups_freely(function: Node) -> bool:
    """Whether a lambda's grouping is free by its form: `a + f(b)`, `max(a, b)`, or another function of just the two.

    A sum that stops at a limit, `min(a + b, 1000)`, is not: it may come to the same for all values that are drawn.
    """
    names, value = _returned(function)
    if value is None or len(names) != 2:
        return False
    total = next((n for n in walk(value) if n.type == "identifier" and text(n) == names[0]), None)
    if total is None or rounds(total, value, function):
        return False
    passed = value.child_by_field_name("arguments") if value.type == "call_expression" else None
    return bool(fold_of(value, total)) or (passed is not None and [text(n) for n in passed.named_children] == names)


def _returned(function: Node) -> tuple[list[str], Node | None]:
    """A lambda's parameters, and what it returns if it does nothing else."""
    names = [
        name for name, declaration, _ in declarations(function) if declaration.type.endswith("parameter_declaration")
    ]
    body = function.child_by_field_name("body")
    statements = [child for child in body.named_children if child.type != "comment"] if body is not None else []
    if len(statements) != 1 or statements[0].type != "return_statement":
        return names, None
    return names, next(iter(statements[0].named_children), None)


def _keeps_state(function: Node) -> bool:
    """Whether a lambda writes to a plain variable outside, or to its own captures."""
    body = function.child_by_field_name("body")
    specifiers = [text(node) for node in walk(function) if node.type == "lambda_specifier" or text(node) == "mutable"]
    if body is None or "mutable" in specifiers:
        return True
    own = {name for name, _, _ in declarations(function)}
    return any(name not in own for name, _ in assigned_names(body))


def redirected(call: Call, layout: Layout, root: Node) -> Iterator[Variant]:
    """The call to the parallel algorithm; for a sum of something else than elements, with how to add up sums."""
    named = Edit(call.node.start_byte, call.position, f"{NAMESPACE}::")
    included = inclusion(layout, root)
    combiner = _combiner(call)
    end = call.arguments[-1].end_byte
    edits = (named, *([Edit(end, end, f", {combiner}")] if combiner else []), *included)
    title = f"parallel {call.name} at line {call.line}"
    yield Variant("library", f"{call.name}@{call.line}", redirects=edits, titles=(title,))


def _combiner(call: Call) -> str:
    """What adds up two results of `accumulate(first, last, 0.0, [](double s, double x) { return s + x * x; })`."""
    function = call.arguments[-1]
    if call.name != "accumulate" or len(call.arguments) != 4 or function.type != "lambda_expression":
        return ""
    names, value = _returned(function)
    if value is None or len(names) != 2:
        return ""
    total = next((n for n in walk(value) if n.type == "identifier" and text(n) == names[0]), None)
    return _COMBINERS.get(fold_of(value, total), "") if total is not None else ""


def inclusion(layout: Layout, root: Node) -> tuple[Edit, ...]:
    """The header's line after the last `#include` that stands under no condition; nothing where it is there already."""
    lines = [child for child in root.children if child.type == "preproc_include"]
    if any(text(line).strip().removeprefix("#").strip() == INCLUDE.removeprefix("#") for line in lines):
        return ()
    if lines:
        end = lines[-1].start_byte + len((lines[-1].text or b"").rstrip(b"\r\n"))
        return (Edit(end, end, f"{layout.newline}{INCLUDE}"),)
    start = len(b"\xef\xbb\xbf") if layout.source.startswith(b"\xef\xbb\xbf") else 0
    return (Edit(start, start, f"{INCLUDE}{layout.newline}"),)
