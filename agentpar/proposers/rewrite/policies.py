"""Calls of the standard algorithms under `std::execution::par`, where these have one; the header's own elsewhere."""

import re

from tree_sitter import Node

from agentpar.languages.source import Edit, apply_edits, parse, text, walk
from agentpar.skeletons import ALGORITHMS, NAMESPACE

# The header's algorithms that the standard library has with a policy under another name, and those it has not.
_RENAMED = {"inner_product": "transform_reduce", "partial_sum": "inclusive_scan"}
_WITHOUT_POLICY = frozenset({"accumulate"})
_POLICY = "std::execution::par"
_INCLUDES = {"execution": r"std::execution::", "algorithm": r"std::for_each\(", "numeric": r"std::transform_reduce\("}


def with_policies(source: str) -> str:
    """The source with `parallel::sort(…)` as `std::sort(std::execution::par, …)`, and with what that includes."""
    root = parse(source).root_node
    edits = [edit for node in walk(root) if node.type == "call_expression" for edit in _standard(node)]
    changed = apply_edits(source, edits)
    return _including(changed)


def _standard(call: Node) -> list[Edit]:
    target, arguments = call.child_by_field_name("function"), call.child_by_field_name("arguments")
    called = re.fullmatch(rf"{NAMESPACE}\s*::\s*(\w+)", text(target)) if target is not None else None
    if target is None or called is None or arguments is None or called[1] not in ALGORITHMS - _WITHOUT_POLICY:
        return []
    first = arguments.start_byte + 1
    return [
        Edit(target.start_byte, target.end_byte, f"std::{_RENAMED.get(called[1], called[1])}"),
        Edit(first, first, f"{_POLICY}, "),
    ]


def _including(source: str) -> str:
    """The source with the headers of the algorithms and policies that it names, ahead of its own."""
    newline = "\r\n" if "\r\n" in source else "\n"
    missing = [
        f"#include <{header}>"
        for header, use in _INCLUDES.items()
        if re.search(use, source) and not re.search(rf"^\s*#\s*include\s*<{header}>", source, re.MULTILINE)
    ]
    first = re.search(r"^[ \t]*#[ \t]*include\b", source, re.MULTILINE)
    at = first.start() if first else 0
    return source[:at] + "".join(f"{line}{newline}" for line in sorted(missing)) + source[at:]
