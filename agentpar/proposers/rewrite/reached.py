"""The functions that an entry reaches within its file."""

import re

from tree_sitter import Node

from agentpar.languages.callgraph import called_name
from agentpar.languages.source import is_deeper, walk
from agentpar.proposers.rewrite.sites import function_name

_DEEPEST = 400  # what reads a function calls itself for each level


def reachable_functions(root: Node, entry: str) -> tuple[Node, ...]:
    """The entry's definition and those of its callees within the file, callers first.

    `entry` may be qualified and carry template arguments; its last plain name decides.
    """
    name = re.sub(r"<.*>\s*$", "", entry, flags=re.DOTALL).strip().rsplit("::", 1)[-1]
    definitions: dict[str, list[Node]] = {}
    for node in walk(root):
        if node.type == "function_definition" and not is_deeper(node, _DEEPEST):
            definitions.setdefault(function_name(node), []).append(node)
    reached: list[str] = []
    waiting = [name]
    while waiting:
        current = waiting.pop(0)
        if current in reached or current not in definitions:
            continue
        reached.append(current)
        for definition in definitions[current]:
            waiting += [called_name(node) for node in walk(definition) if node.type == "call_expression"]
    return tuple(definition for found in reached for definition in definitions[found])
