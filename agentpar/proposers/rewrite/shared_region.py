"""A parallel region whose threads work on their own copies and merge them, as one call with a lambda."""

from collections.abc import Sequence

from tree_sitter import Node

from agentpar.languages.source import Edit, text, walk
from agentpar.proposers.rewrite.context import Context
from agentpar.proposers.rewrite.pragmas import Pragma, line_of
from agentpar.proposers.rewrite.shared_loop import block_head, new_head, own_type, runs_upwards
from agentpar.proposers.rewrite.sites import FOR_LOOPS, ancestor, read_header

_UNDERSTOOD = frozenset({"private", "schedule", "nowait"})


def shared_region(block: Node, inner: Sequence[Pragma], context: Context) -> list[Edit] | None:
    """The edits that turn `{ copies; omp for; omp critical merge }` into a call; None for a region of another shape.

    What copies begin with is read ahead of the call: in it, others may be merging already.
    """
    shared = [pragma for pragma in inner if "for" in pragma.construct]
    locked = [pragma for pragma in inner if "critical" in pragma.construct]
    function = ancestor(block, frozenset({"function_definition"}))
    if block.type != "compound_statement" or len(inner) != 2 or len(shared) != 1 or len(locked) != 1:
        return None
    loop, clauses = shared[0].subject, dict(shared[0].clauses)
    header = read_header(loop) if loop is not None and loop.type in FOR_LOOPS else None
    if loop is None or header is None or header.is_range or function is None or not clauses.keys() <= _UNDERSTOOD:
        return None
    if not runs_upwards(header):
        return None
    body = loop.child_by_field_name("body")
    if body is None or locked[0].node.start_byte < loop.end_byte:
        return None
    layout, merging = context.layout, context.fresh("merging")
    kind, head, first, last = block_head(loop, header, function, "schedule" in clauses, context)
    indent = layout.indent_at(block.start_byte)
    begun, edits = _begun(block, loop, context)
    opened = [f"std::mutex {merging};", *begun, head]
    private = [name.strip() for name in clauses.get("private", "").split(",") if name.strip()]
    own = [f"{layout.indent_unit}{own_type(function, name)} {name}{{}};" for name in private]
    lines = [*opened, *own]
    return [
        *edits,
        Edit(block.start_byte, block.start_byte + 1, f"{layout.newline}{indent}".join(lines)),
        line_of(shared[0].node),
        new_head(loop, body, header, kind, first, last),
        line_of(locked[0].node, f"const std::lock_guard<std::mutex> lock({merging});"),
        Edit(block.end_byte, block.end_byte, ");"),
    ]


def _begun(block: Node, loop: Node, context: Context) -> tuple[list[str], list[Edit]]:
    """Lines that keep what plain copies begin with, and the edits that let the copies begin with that."""
    lines: list[str] = []
    edits: list[Edit] = []
    for statement in block.named_children:
        kind = statement.child_by_field_name("type")
        if statement.type != "declaration" or kind is None or statement.start_byte > loop.start_byte:
            continue
        for declarator in walk(statement):
            value = declarator.child_by_field_name("value") if declarator.type == "init_declarator" else None
            if value is not None and value.type == "identifier":
                name = context.fresh(f"{text(value)}_begun")
                lines.append(f"const auto {name} = {text(value)};")
                edits.append(Edit(value.start_byte, value.end_byte, name))
            elif value is not None and value.type == "argument_list" and len(value.named_children) > 1:
                name = context.fresh(f"{text(declarator.named_children[0])}_begun")
                lines.append(f"const {text(kind)} {name}{text(value)};")
                edits.append(Edit(value.start_byte, value.end_byte, f"({name})"))
    return lines, edits
