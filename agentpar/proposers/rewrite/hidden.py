"""What a round hands on out of sight: by macros, statics, other names for a variable, and names with two meanings."""

import re
from collections.abc import Iterator
from functools import lru_cache

from tree_sitter import Node

from agentpar.languages.source import ancestors, text, walk
from agentpar.proposers.rewrite.changes import is_static
from agentpar.proposers.rewrite.places import identifiers
from agentpar.proposers.rewrite.sites import FOR_LOOPS, assigned_names, declarations

_SCOPES = FOR_LOOPS | {"compound_statement", "lambda_expression", "if_statement", "while_statement", "catch_clause"}
_ASSIGNS = re.compile(r"(?<![=!<>])=(?!=)|<<=|>>=|\+\+|--")


def hidden_changes(region: Node, function: Node) -> Iterator[str]:
    """What the plain reading of a loop would miss, or take for a local of each round."""
    macros = _assigning_macros(next((each for each in ancestors(function) if each.parent is None), function))
    for name in dict.fromkeys(text(node) for node in walk(region) if node.type == "identifier"):
        if name in macros:
            yield f"{name}()"
    assigned = {name for name, _ in assigned_names(region)}
    inside = declarations(region)
    for name, whole, _ in inside:
        if is_static(whole) or _has_two_meanings(name, region):
            yield name
    yield from _by_other_names(region, function, assigned)


@lru_cache(maxsize=8)
def _assigning_macros(root: Node) -> frozenset[str]:
    named = (
        (node.child_by_field_name("name"), node.child_by_field_name("value"))
        for node in walk(root)
        if node.type in {"preproc_function_def", "preproc_def"}
    )
    return frozenset(text(name) for name, value in named if name and value and _ASSIGNS.search(text(value)))


def _has_two_meanings(name: str, region: Node) -> bool:
    """Whether a name that is declared inside is also used where it means something from outside."""
    scopes = []
    for found, whole, _ in declarations(region):
        scope = next((each for each in ancestors(whole) if each.type in _SCOPES), region)
        if found == name:
            scopes.append((whole, whole if whole.type == "for_range_loop" else scope))
    uses = [use for use in identifiers(region, name) if use.parent and use.parent.type != "qualified_identifier"]
    return any(not any(whole.start_byte <= use.start_byte < scope.end_byte for whole, scope in scopes) for use in uses)


def _by_other_names(region: Node, function: Node, assigned: set[str]) -> Iterator[str]:
    """The variables that a loop assigns, and also reaches by a reference, a pointer or a lambda from before it."""
    used = {text(node) for node in walk(region) if node.type == "identifier"}
    for name, whole, declarator in declarations(function):
        value = declarator.child_by_field_name("value")
        if value is None or name not in used or whole.start_byte >= region.start_byte:
            continue
        shell, other = declarator.child_by_field_name("declarator"), text(value).removeprefix("&").strip()
        refers = shell is not None and shell.type == "reference_declarator"
        if refers or text(value).startswith("&"):
            yield from (name, other) if other in used and {name, other} & assigned else ()
        elif value.type == "lambda_expression":
            own = {found for found, _, _ in declarations(value)}
            yield from (each for each in sorted(assigned - own) if identifiers(value, each))
