"""Whether all that a loop does with a list or a text is to append to it, also by functions of the file."""

import re

from tree_sitter import Node

from agentpar.languages.callgraph import called_name
from agentpar.languages.source import text, walk
from agentpar.proposers.rewrite.changes import definitions_of
from agentpar.proposers.rewrite.context import Context
from agentpar.proposers.rewrite.offsets import measured
from agentpar.proposers.rewrite.places import identifiers
from agentpar.proposers.rewrite.sites import Loop, ancestor, declared_names, operator

_APPENDS = frozenset({"push_back", "emplace_back"})
_STATEMENTS = frozenset({"expression_statement", "declaration", "if_statement", "return_statement"})
_DEEPEST = 3
_TEXT = re.compile(r"(std::)?string")


def is_text(name: str, loop: Loop, context: Context) -> bool:
    """Whether a name is a string's."""
    return _TEXT.fullmatch(context.storage(name, loop).type) is not None


def appends_only(loop: Loop, name: str, context: Context) -> bool:
    """Whether all uses of a vector or a text in a loop are statements that append to it."""
    uses, header = identifiers(loop.body, name), loop.header
    if header is None or re.search(rf"\b{re.escape(name)}\b", f"{header.lower} {header.upper}"):
        return False  # how far the loop goes depends on what it appends
    return _all_append(uses, name, is_text(name, loop, context), _DEEPEST)


def _all_append(uses: list[Node], name: str, of_text: bool, deeper: int) -> bool:
    whole = {statement.id: statement for use in uses if (statement := ancestor(use, _STATEMENTS)) is not None}
    told = [_appended(each, name, of_text, deeper) for each in whole.values()]
    return bool(uses) and all(told) and sum(told) == len(uses)


def _appended(statement: Node, name: str, of_text: bool, deeper: int) -> int:
    """How many uses of a name a statement has that appends to it; 0 where it does anything else."""
    if statement.type != "expression_statement":
        return 0
    whole = statement.named_children[0]
    return _is_appending(whole, name, of_text) or _lets_append(whole, name, deeper)


def _lets_append(call: Node, name: str, deeper: int) -> int:
    """The same of a call to a function of the file, which only appends to what it has by reference."""
    arguments, found = call.child_by_field_name("arguments"), definitions_of(call) if deeper else []
    target = call.child_by_field_name("function")
    given = [text(each) for each in arguments.named_children] if arguments is not None else []
    is_plain = call.type == "call_expression" and target is not None and target.type != "field_expression"
    if not is_plain or len(found) != 1 or given.count(name) != 1 or len(identifiers(call, name)) != 1:
        return 0
    lists = [node for node in walk(found[0]) if node.type == "parameter_list"]
    taken = [node for node in lists[0].named_children if node.type == "parameter_declaration"] if lists else []
    body = found[0].child_by_field_name("body")
    if len(taken) != len(given) or body is None:
        return 0
    declarator, kind = (taken[given.index(name)].child_by_field_name(field) for field in ("declarator", "type"))
    if declarator is None or kind is None or declarator.type != "reference_declarator":
        return 0
    own = next(iter(declared_names(declarator)), "")
    return int(_all_append(identifiers(body, own), own, _TEXT.fullmatch(text(kind)) is not None, deeper - 1))


def _is_appending(whole: Node, name: str, of_text: bool) -> int:
    """How many uses of a name an expression has that appends to it; 0 where it does anything else."""
    used = len(identifiers(whole, name))
    left = whole.child_by_field_name("left")
    if measured(whole) == name:
        return int(used == 1)
    if whole.type == "assignment_expression":
        return int(of_text and operator(whole) == "+=" and left is not None and text(left) == name and used == 1)
    target, arguments = whole.child_by_field_name("function"), whole.child_by_field_name("arguments")
    if target is None or arguments is None or not text(target).startswith(f"{name}."):
        return 0
    if called_name(whole) in _APPENDS or (of_text and called_name(whole) == "append"):
        return int(used == 1)
    given = [text(each) for each in arguments.named_children]
    return 2 * (called_name(whole) == "insert" and len(given) == 3 and given[0] == f"{name}.end()" and used == 2)


def append_to(use: Node) -> Node | None:
    """The call by which a use of a list appends to it, where that is a statement."""
    call = use.parent.parent if use.parent is not None else None
    if call is None or call.type != "call_expression" or called_name(call) not in _APPENDS:
        return None
    statement = call.parent
    return call if statement is not None and statement.type == "expression_statement" else None
