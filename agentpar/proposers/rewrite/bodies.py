"""Bodies without braces as blocks of one statement, for as long as rewrites are at work.

A rewrite that makes several statements of one, or puts a directive before it, need not ask whether it stands in a
block, and what reads a loop sees one form alone. Blocks that still hold one statement in the end lose their braces
again, so that the user's text stays as it was.
"""

from collections.abc import Iterator

from tree_sitter import Node

from agentpar.languages.source import Edit, apply_edits, parse, text, walk

MARK = " \t \t"
"""By which added braces are known again: white space, so that nothing else sees it."""
OPEN, CLOSE = f"{{{MARK}", f"{MARK}}}"
_BODIES = {
    "for_statement": "body", "for_range_loop": "body", "while_statement": "body", "do_statement": "body",
    "if_statement": "consequence", "else_clause": "",
}  # fmt: skip


def in_blocks(source: str) -> str:
    """The source with braces around each body that is a single statement; lines stay the same."""
    if OPEN in source or CLOSE in source:
        return source
    edits: list[Edit] = []
    for owner in walk(parse(source).root_node):
        body = _body(owner)
        if body is None or not _is_single(body):
            continue
        before = body.prev_sibling
        while before is not None and before.type == "comment":
            before = before.prev_sibling
        if before is not None:
            edits += [
                Edit(before.end_byte, before.end_byte, f" {OPEN}"),
                Edit(body.end_byte, body.end_byte, CLOSE),
            ]
    return apply_edits(source, edits)


def as_written(source: str) -> str:
    """The source without the braces that `in_blocks` added, but where several statements stand in them now."""
    if OPEN not in source and CLOSE not in source:
        return source
    edits = [edit for node in walk(parse(source).root_node) for edit in _mended(node)]
    return apply_edits(source, edits).replace(OPEN, "{").replace(CLOSE, " }")


def _body(owner: Node) -> Node | None:
    if owner.type not in _BODIES:
        return None
    if owner.type == "else_clause":
        return next((child for child in owner.named_children if child.type != "comment"), None)
    return owner.child_by_field_name(_BODIES[owner.type])


def _is_single(body: Node) -> bool:
    """Whether a body is one statement that braces may be put around: no block, nothing empty, no `else if`."""
    if body.type == "compound_statement" or body.has_error or text(body).strip() in {"", ";"}:
        return False
    is_chained = body.type == "if_statement" and body.parent is not None and body.parent.type == "else_clause"
    return (body.type.endswith("_statement") or body.type == "for_range_loop") and not is_chained


def _mended(node: Node) -> Iterator[Edit]:
    """The edits that take a block's added braces out, or lay them out where they stay."""
    block = text(node) if node.type == "compound_statement" else ""
    begins, ends = block.startswith(OPEN), block.endswith(CLOSE)
    if begins and ends and _holds_one(node):
        before = node.prev_sibling
        start = node.start_byte - (before is not None and before.end_byte < node.start_byte)
        yield Edit(start, node.start_byte + len(OPEN), "")
        yield Edit(node.end_byte - len(CLOSE), node.end_byte, "")
    elif ends and "\n" in block:
        newline = "\r\n" if "\r\n" in block else "\n"
        yield Edit(node.end_byte - len(CLOSE), node.end_byte, f"{newline}{_indent(node)}}}")
        first = block.removeprefix(OPEN).lstrip(" \t")
        if begins and not first.startswith(("\r", "\n")):
            last = block.removesuffix(CLOSE).rpartition("\n")[2]
            start = node.end_byte - len(first.encode())
            yield Edit(node.start_byte + 1, start, newline + last[: len(last) - len(last.lstrip())])


def _holds_one(block: Node) -> bool:
    """Whether a block could do without braces: it holds one statement, maybe with a directive that belongs to it."""
    held = [child for child in block.named_children if child.type != "comment"]
    statements = [child for child in held if child.type != "preproc_call"]
    if len(statements) != 1 or held[-1].id != statements[0].id or "declaration" in statements[0].type:
        return False
    owner = block.parent
    if owner is None or owner.type not in _BODIES:  # what a loop became, such as a lambda
        return False
    has_else = owner.type == "if_statement" and owner.child_by_field_name("alternative") is not None
    return not (has_else and _takes_an_else(statements[0]))


def _takes_an_else(statement: Node) -> bool:
    """Whether an `else` after a statement would be its own."""
    if statement.type == "if_statement" and statement.child_by_field_name("alternative") is None:
        return True
    last = statement.named_children[-1] if statement.named_children else None
    if last is None or last.type in {"compound_statement", "expression_statement"}:
        return False
    return last.type in _BODIES and _takes_an_else(last)


def _indent(node: Node) -> str:
    """The white space that begins the line on which a block's owner does."""
    root = owner = node.parent or node
    while root.parent is not None:
        root = root.parent
    source, before = root.text or b"", root.start_byte
    start = source.rfind(b"\n", 0, owner.start_byte - before) + 1
    line = source[start:]
    return line[: len(line) - len(line.lstrip(b" \t"))].decode()
