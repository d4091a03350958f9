"""The other functions of the file, which the entry may call."""

import re
from collections.abc import Mapping

from tree_sitter import Node

from agentpar.languages.body import Body
from agentpar.languages.source import text
from agentpar.languages.unit import declared_name, function_declarator


class Helpers:
    """The bodies of a file's functions by their plain names, each taken apart when it is first asked for."""

    def __init__(self, definitions: Mapping[str, Node]) -> None:
        self._definitions = definitions
        self._bodies: dict[str, Body] = {}

    def called(self, function: Node) -> Body | None:
        """The body of the function that a call names; None where it is not of this file."""
        name = called_name(function)
        if name not in self._bodies and name in self._definitions:
            definition = self._definitions[name]
            self._bodies[name] = Body(definition, parameter_names(definition))
        return self._bodies.get(name)


def called_name(function: Node) -> str:
    """A function's name as a call has it, without namespace and template arguments; "" where it is an expression."""
    if function.type not in ("identifier", "qualified_identifier", "template_function"):
        return ""
    return re.sub(r"<.*", "", text(function), flags=re.DOTALL).split("::")[-1]


def parameter_names(definition: Node) -> tuple[str, ...]:
    """The names of a definition's parameters, "" where one has none."""
    declarator = function_declarator(definition)
    return tuple(text(name) if name is not None else "" for name in parameter_nodes(declarator))


def parameter_nodes(declarator: Node | None) -> list[Node | None]:
    """The name of each parameter in a function's or lambda's declarator, None where one has none."""
    parameters = declarator.child_by_field_name("parameters") if declarator is not None else None
    names: list[Node | None] = []
    for node in parameters.named_children if parameters is not None else []:
        inner = node.child_by_field_name("declarator")
        if node.type != "comment":
            names.append(declared_name(inner) if inner is not None else None)
    return names
