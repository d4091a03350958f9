"""What working arrays hold when a loop begins, and whether each of its rounds ends with them as they were."""

import re

from tree_sitter import Node

from agentpar.languages.callgraph import called_name
from agentpar.languages.source import ancestors, text, walk
from agentpar.proposers.rewrite.contents import Effect, Use, uses_of
from agentpar.proposers.rewrite.counted import is_certain
from agentpar.proposers.rewrite.sites import LOOPS, Loop, ancestor, declarations, operator, read_header

_NOTHING = frozenset({"", "0", "0.0", "false", "'\\0'"})
_LEAVING = frozenset({"break_statement", "return_statement", "goto_statement"})
_BYTES = {"0": "0", "-1": "-1", "0xff": "-1", "255": "-1"}
"""What numbers are made of by `memset`, where that is told by their bytes."""


def made_of(loop: Loop, name: str) -> str | None:
    """The number that all elements hold before a loop, empty for zeros by default; None where that is not told."""
    uses = [use for use in uses_of(name, loop.function) if use.node.end_byte <= loop.node.start_byte]
    changing = [use for use in uses if use.effect is not Effect.READS]
    if changing and (filled := _set_by(changing[-1], name, loop)) is not None:
        return filled
    if changing and ancestor(changing[-1].node, LOOPS) is None:
        return None  # what a loop before does it may undo
    for declared, declaration, declarator in declarations(loop.function):
        if declared == name and declaration.start_byte <= loop.node.start_byte:
            return None if "static" in text(declaration).split() else _declared_with(name, declaration, declarator)
    return None


def _declared_with(name: str, declaration: Node, declarator: Node) -> str | None:
    value = declarator.child_by_field_name("value") or declarator.child_by_field_name("parameters")
    shape = text(declarator)[len(name) :].strip()
    if declarator.child_by_field_name("declarator") is not None and text(declarator).startswith("*"):
        return "0" if value is not None and _is_zeroed(text(value)) else None
    if value is None or text(value).strip() == "{}":
        return "" if "<" in text(declaration) and "array" not in text(declaration) else None
    parts = re.fullmatch(r"[({](.*)[)}]", text(value).strip(), flags=re.DOTALL)
    given = _parts(parts[1]) if parts else []
    if "[" in shape:
        return "" if given in ([], ["0"]) else None
    if len(given) == 2:
        return given[1].strip()
    return "" if len(given) == 1 and text(value).startswith("(") else None


def _parts(spelled: str) -> list[str]:
    """The arguments that commas part, where no bracket is open."""
    parts, depth = [""], 0
    for character in spelled:
        depth += (character in "([{") - (character in ")]}")
        if character == "," and not depth:
            parts.append("")
        else:
            parts[-1] += character
    return [part.strip() for part in parts if part.strip()]


def is_left_as_found(loop: Loop, name: str, uses: list[Use]) -> bool:
    """Whether each round ends with the elements as they were made: the last loop over them sets them to that again."""
    last = uses[-1].node if uses else None
    if last is None:
        return False
    if is_made_empty(loop, name):
        return _is_cleared(last, name, loop) or any(_drains(around, name, loop) for around in ancestors(last))
    first, target = made_of(loop, name), last.parent
    set_to = target.parent if target is not None and target.type == "subscript_expression" else None
    if first is None or set_to is None or set_to.type != "assignment_expression" or operator(set_to) != "=":
        return False
    value, around = set_to.child_by_field_name("right"), ancestor(set_to, LOOPS)
    body = around.child_by_field_name("body") if around is not None else None
    if value is None or around is None or body is None or around.id == loop.node.id:
        return False
    if any(node.type in _LEAVING for node in walk(around)):
        return False
    same = text(value) == first or {text(value), first} <= _NOTHING
    return same and is_certain(set_to, body) and is_certain(around, loop.body)


def _is_cleared(last: Node, name: str, loop: Loop) -> bool:
    method = last.parent.parent if last.parent is not None else None
    return method is not None and text(method) == f"{name}.clear()" and is_certain(method, loop.body)


def is_made_empty(loop: Loop, name: str) -> bool:
    """Whether a container is declared with nothing in it."""
    found = [declarator for declared, _, declarator in declarations(loop.function) if declared == name]
    return len(found) == 1 and text(found[0]) in {name, f"{name}{{}}"}


def _drains(drain: Node, name: str, loop: Loop) -> bool:
    """Whether a loop takes everything out of a container, `while (!heap.empty()) { …; heap.pop(); }`, in each round."""
    condition = drain.child_by_field_name("condition") if drain is not None else None
    if (
        drain is None
        or condition is None
        or drain.type != "while_statement"
        or drain.start_byte <= loop.node.start_byte
    ):
        return False
    asked = re.sub(r"\s+", "", text(condition)).strip("()")
    goes_on = asked in {f"!{name}.empty", f"{name}.size", f"{name}.size()>0", f"{name}.size()!=0"}
    leaves = any(node.type in _LEAVING for node in walk(drain))
    return goes_on and not leaves and is_certain(drain, loop.body)


def _set_by(change: Use, name: str, loop: Loop) -> str | None:
    """The number that a change sets all elements to, on every way to the loop; None for any other change."""
    found = _stored_by_loop(change.node) or _stored_by_call(change.node, name)
    if change.effect is not Effect.FILLS or found is None:
        return None
    statement, value = found
    block = statement.parent
    is_before = block is not None and block.start_byte <= loop.node.start_byte and loop.node.end_byte <= block.end_byte
    return value if is_before and re.fullmatch(r"-?[\d.]\w*|true|false", value) else None


def _stored_by_loop(use: Node) -> tuple[Node, str] | None:
    """A loop that sets one element after the other, and to what."""
    element = use.parent
    store = element.parent if element is not None and element.type == "subscript_expression" else None
    around = ancestor(use, LOOPS)
    if element is None or store is None or around is None or store.type != "assignment_expression":
        return None
    value, body, indices = store.child_by_field_name("right"), around.child_by_field_name("body"), element.children[-1]
    header = read_header(around) if around.type == "for_statement" else None
    if value is None or body is None or header is None or text(indices).strip("[] ") != header.variable:
        return None
    is_whole = header.lower == "0" and header.step == "1" and operator(store) == "=" and is_certain(store, body)
    return (around, text(value)) if is_whole else None


def _stored_by_call(use: Node, name: str) -> tuple[Node, str] | None:
    """A call that sets all elements, `memset` among them, and to what."""
    call = ancestor(use, frozenset({"call_expression"}))
    while call is not None and called_name(call) in {"begin", "end", "data"}:
        call = ancestor(call, frozenset({"call_expression"}))
    arguments = call.child_by_field_name("arguments") if call is not None else None
    statement = call.parent if call is not None else None
    if call is None or arguments is None or statement is None or statement.type != "expression_statement":
        return None
    given = [text(each) for each in arguments.named_children]
    if called_name(call) == "memset" and len(given) == 3 and given[0] == name and given[1].lower() in _BYTES:
        return statement, _BYTES[given[1].lower()]
    if called_name(call) in {"fill", "fill_n"} and len(given) == 3 and re.match(rf"{name}\b", given[0]):
        return statement, given[2]
    is_assigned = called_name(call) == "assign" and len(given) == 2 and text(call).startswith(f"{name}.")
    return (statement, given[1]) if is_assigned else None


def _is_zeroed(value: str) -> bool:
    """Whether fresh memory that a value leads to holds zeros."""
    return re.search(r"\bcalloc\s*\(|^new\b.*\]\s*(\(\s*\)|\{\s*\})$", value, flags=re.DOTALL) is not None
