"""Statements that fold a value into a place: `s += x`, `s = s * x`, `if (x > m) m = x`, `found = true`."""

from collections.abc import Iterator
from dataclasses import dataclass

from tree_sitter import Node

from agentpar.languages.callgraph import called_name
from agentpar.languages.source import ancestors, text, walk
from agentpar.proposers.rewrite.sites import operator

ATOMIC_OPERATORS = frozenset({"+", "*", "&", "|", "^"})
_COMPOUND = {"+=": "+", "-=": "+", "*=": "*", "&=": "&", "|=": "|", "^=": "^"}
_BINARY = {"+": "+", "-": "+", "*": "*", "&": "&", "|": "|", "^": "^", "&&": "&&", "||": "||"}
_EXTREMES = {"max": "max", "fmax": "max", "fmaxf": "max", "min": "min", "fmin": "min", "fminf": "min"}
_TRUTH = {"true": "||", "1": "||", "false": "&&", "0": "&&"}


@dataclass(frozen=True)
class Update:
    """A whole statement that folds something into `target` with the OpenMP reduction `operator`."""

    statement: Node
    target: Node
    operator: str

    @property
    def is_plain(self) -> bool:
        """Whether the statement is an expression that `omp atomic` takes."""
        return self.statement.type == "expression_statement" and self.operator in ATOMIC_OPERATORS


def updates_in(node: Node) -> Iterator[Update]:
    """Every update below a node; the statement inside a matched `if` is not reported again."""
    update = match_update(node)
    found = [update] if update is not None else _guarded_and_told(node)
    if found:
        yield from found
        return
    for child in node.children:
        yield from updates_in(child)


def match_update(statement: Node) -> Update | None:
    """Read a statement as an update, or None."""
    if statement.type == "if_statement":
        return _guarded(statement)
    if statement.type != "expression_statement" or not statement.named_children:
        return None
    expression = statement.named_children[0]
    if expression.type == "update_expression":
        target = expression.child_by_field_name("argument")
        return Update(statement, target, "+") if target is not None else None
    parts = _assignment(expression)
    if parts is None:
        return None
    target, sign, value = parts
    if sign in _COMPOUND:
        return None if mentions(value, target) else Update(statement, target, _COMPOUND[sign])
    found = fold_of(value, target) if sign == "=" else ""
    if sign == "=" and not found and target.type == "identifier" and _is_conditional(statement):
        found = _TRUTH.get(text(value), "")
    return Update(statement, target, found) if found else None


def _is_conditional(statement: Node) -> bool:
    """Whether a statement stands among others in the block of an `if`."""
    block = statement.parent
    outer = block.parent if block is not None and block.type == "compound_statement" else None
    return outer is not None and outer.type == "if_statement"


def mentions(node: Node, place: Node) -> bool:
    """Whether an expression reads a place, going by its text."""
    wanted = text(place)
    return any(found.type == place.type and text(found) == wanted for found in walk(node))


def _assignment(expression: Node) -> tuple[Node, str, Node] | None:
    if expression.type != "assignment_expression":
        return None
    target, value = expression.child_by_field_name("left"), expression.child_by_field_name("right")
    return (target, operator(expression), value) if target is not None and value is not None else None


def fold_of(value: Node, target: Node) -> str:
    """The operator of `target op x`, `x op target`, `max(target, x)` or `x > target ? x : target`."""
    if value.type == "binary_expression":
        return _fold_of_chain(value, target)
    if value.type == "call_expression":
        arguments = value.child_by_field_name("arguments")
        given = arguments.named_children if arguments is not None else []
        once = len(given) == 2 and sum(mentions(argument, target) for argument in given) == 1
        bare = any(text(argument) == text(target) for argument in given)
        return _EXTREMES.get(called_name(value), "") if once and bare else ""
    if value.type == "conditional_expression":
        condition = value.child_by_field_name("condition")
        chosen, other = value.child_by_field_name("consequence"), value.child_by_field_name("alternative")
        if condition is None or chosen is None or other is None:
            return ""
        if text(other) == text(target) and not mentions(chosen, target):
            return extreme_of(condition, target, chosen)
    return ""


def _fold_of_chain(value: Node, target: Node) -> str:
    """The operator of a chain such as `target + a - b`, where target stands once, at an end."""
    sign = operator(value)
    found = _BINARY.get(sign, "")
    left, right = value.child_by_field_name("left"), value.child_by_field_name("right")
    if not found or left is None or right is None:
        return ""
    if text(right) == text(target) and sign != "-" and not mentions(left, target):
        return found
    if mentions(right, target):
        return ""
    if text(left) == text(target):
        return found
    inner = _fold_of_chain(left, target) if left.type == "binary_expression" else ""
    return found if inner == found else ""


def _guarded(statement: Node) -> Update | None:
    """Read `if (x > m) m = x;` as a maximum, and `if (c) flag = true;` as a logical or."""
    condition = statement.child_by_field_name("condition")
    body = statement.child_by_field_name("consequence")
    if condition is None or body is None or statement.child_by_field_name("alternative") is not None:
        return None
    if body.type == "compound_statement":
        inner = [child for child in body.named_children if child.type != "comment"]
        if len(inner) != 1:
            return None
        body = inner[0]
    if body.type != "expression_statement" or not body.named_children:
        return None
    parts = _assignment(body.named_children[0])
    if parts is None or parts[1] != "=":
        return None
    target, _, value = parts
    if mentions(condition, target):
        found = "" if mentions(value, target) else extreme_of(condition, target, value)
    else:
        found = _TRUTH.get(text(value), "")
    return Update(statement, target, found) if found else None


def _guarded_and_told(statement: Node) -> list[Update]:
    """Read `if (x < a[i]) { a[i] = x; changed = true; }` as a minimum, and a logical or of whether it told."""
    condition, body = statement.child_by_field_name("condition"), statement.child_by_field_name("consequence")
    if statement.type != "if_statement" or condition is None or body is None or body.type != "compound_statement":
        return []
    plain = [n for n in body.named_children if n.type == "expression_statement" and n.named_children]
    parts = [_assignment(n.named_children[0]) for n in plain]
    told = [part for part in parts if part is not None and part[1] == "="]
    is_whole = len(told) == sum(n.type != "comment" for n in body.named_children) >= 2
    if not is_whole or statement.child_by_field_name("alternative") is not None:
        return []
    found = []
    for target, _, value in told:
        sign = extreme_of(condition, target, value) or (
            "" if mentions(condition, target) else _TRUTH.get(text(value), "")
        )
        found.append(Update(statement, target, sign))
    signs = [each.operator for each in found]
    is_told = signs.count("||") == len(signs) - 1 and ("min" in signs or "max" in signs)
    return found if is_told else []


def _spelled(node: Node) -> str:
    """An expression without white space, and without parentheses around all of it."""
    while node.type == "parenthesized_expression" and node.named_children:
        node = node.named_children[0]
    return "".join(text(node).split())


def compared(condition: Node) -> Node:
    """The comparison that a condition in parentheses is."""
    while condition.type in {"condition_clause", "parenthesized_expression"} and condition.named_children:
        condition = condition.named_children[0]
    return condition


def extreme_of(condition: Node, target: Node, value: Node) -> str:
    """`max` for a condition `value > target` or `target < value`; `min` for the other way round.

    What else the condition asks, `reached[u] && …`, says whether there is a value, if it leaves the target alone.
    """
    condition = compared(condition)
    left, right = condition.child_by_field_name("left"), condition.child_by_field_name("right")
    if left is not None and right is not None and operator(condition) == "&&":
        halves = (left, right), (right, left)
        found = [extreme_of(one, target, value) for one, other in halves if not mentions(other, target)]
        return next(filter(None, found), "")
    sign = operator(condition)[:1]
    if left is None or right is None or sign not in {"<", ">"}:
        return ""
    compared_with = {text(right): left, text(left): right}.get(text(target))
    if compared_with is None or _spelled(compared_with) != _spelled(value):
        return ""
    if text(right) == text(target) and not mentions(left, target):
        return "max" if sign == ">" else "min"
    if text(left) == text(target) and not mentions(right, target):
        return "min" if sign == ">" else "max"
    return ""


def is_pruned_by(use: Node) -> bool:
    """Whether a use of the best so far only spares work: in the condition of `if (…) continue;` or `break`."""
    inner = use
    for outer in ancestors(use):
        if outer.type == "if_statement":
            body = outer.child_by_field_name("consequence")
            if body is not None and body.type == "compound_statement" and len(body.named_children) == 1:
                body = body.named_children[0]
            jumps = body is not None and body.type in {"continue_statement", "break_statement"}
            return jumps and outer.child_by_field_name("condition") == inner
        if outer.type.endswith("_statement") or outer.type in {"declaration", "assignment_expression"}:
            return False
        inner = outer
    return False
