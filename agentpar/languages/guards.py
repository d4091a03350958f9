"""What conditions say of the names in them: where one holds, where it fails, and after a statement that acts on it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from tree_sitter import Node

from agentpar.languages.source import text

_JUMPS = ("continue_statement", "break_statement", "return_statement", "throw_statement")
_OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}
_MIRROR = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "=="}


@dataclass(frozen=True)
class Guard:
    """A fact that holds at a place: `subject` plus `shift` plus `offset` is at most (or at least) `bound`.

    Unless one of the assignments `otherwise` gave the subject its value: `if (b >= n) b = n - 1;`.
    """

    subject: str
    is_upper: bool
    bound: Node | int
    is_strict: bool
    shift: Node | None = None
    offset: int = 0
    otherwise: tuple[Node, ...] = ()


def guards_inside(parent: Node, child: Node) -> Iterator[Guard]:
    """What a loop's, an if's or an operator's condition says inside one of its parts."""
    condition = parent.child_by_field_name("condition")
    if parent.type in ("for_statement", "while_statement") and condition is not None:
        if child == parent.child_by_field_name("body"):
            yield from holds(condition, in_loop=True)
    elif parent.type in ("if_statement", "conditional_expression") and condition is not None:
        if child == parent.child_by_field_name("consequence"):
            yield from holds(condition)
        elif child == parent.child_by_field_name("alternative"):
            yield from fails(condition)
    elif parent.type == "binary_expression" and child == parent.child_by_field_name("right"):
        left, sign = parent.child_by_field_name("left"), operator(parent)
        if left is not None and sign == "&&":
            yield from holds(left)
        elif left is not None and sign == "||":
            yield from fails(left)


def guards_after(statement: Node) -> Iterator[Guard]:
    """What holds once an `if` is passed that leaves the block, or sets right what it asks about."""
    otherwise: tuple[Node, ...] = ()
    current: Node | None = statement
    while current is not None and current.type == "if_statement":
        branch, condition = current.child_by_field_name("consequence"), current.child_by_field_name("condition")
        assignment = _only_assignment(branch)
        if condition is None or not (assignment is not None or _jumps(branch)):
            return
        if assignment is not None:
            otherwise = (*otherwise, assignment)
        names = {text(target) for each in otherwise if (target := each.child_by_field_name("left")) is not None}
        for guard in fails(condition):
            if not otherwise or names == {guard.subject}:
                yield replace(guard, otherwise=otherwise)
        alternative = current.child_by_field_name("alternative")
        current = alternative.named_children[-1] if alternative is not None and alternative.named_children else None


def _jumps(node: Node | None) -> bool:
    while node is not None and node.type == "compound_statement" and node.named_children:
        node = node.named_children[-1]
    return node is not None and node.type in _JUMPS


def _only_assignment(node: Node | None) -> Node | None:
    while node is not None and node.type in ("compound_statement", "expression_statement"):
        node = node.named_children[0] if node.named_child_count == 1 else None
    return node if node is not None and node.type == "assignment_expression" else None


def operator(node: Node) -> str:
    """An expression's operator, "" where it has none."""
    sign = node.child_by_field_name("operator")
    return text(sign) if sign is not None else ""


def unwrap(node: Node) -> Node:
    """The expression inside parentheses and condition clauses."""
    while node.type in ("parenthesized_expression", "condition_clause") and node.named_child_count == 1:
        node = node.named_children[0]
    return node


def holds(condition: Node, *, in_loop: bool = False) -> Iterator[Guard]:
    """What is known where a condition is true; in a loop `i != n` means that i has yet to reach n."""
    for part in _parts(condition, "&&"):
        if part.type == "update_expression":
            yield from _counted_down(part)
        elif part.type == "binary_expression":
            sign = operator(part)
            yield from _compare(part, "<" if in_loop and sign == "!=" else sign)


def fails(condition: Node) -> Iterator[Guard]:
    """What is known where a condition is false."""
    for part in _parts(condition, "||"):
        if part.type == "binary_expression" and operator(part) in _OPPOSITE:
            yield from _compare(part, _OPPOSITE[operator(part)])


def _parts(condition: Node, joint: str) -> Iterator[Node]:
    """The operands of a chain of `&&` or `||`, from left to right."""
    stack = [condition]
    while stack:
        node = unwrap(stack.pop())
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if node.type == "binary_expression" and operator(node) == joint and left is not None and right is not None:
            stack += [right, left]
        else:
            yield node


def _compare(node: Node, sign: str) -> Iterator[Guard]:
    left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
    if left is None or right is None or sign not in _MIRROR:
        return
    for subject, relation, bound in ((left, sign, right), (right, _MIRROR[sign], left)):
        plain = unwrap(subject)
        strict = relation in ("<", ">")
        for is_upper in (True, False):
            if relation in (("<", "<=", "==") if is_upper else (">", ">=", "==")):
                yield from _about(plain, Guard("", is_upper, bound, strict))
        if plain.type == "update_expression" and (name := plain.child_by_field_name("argument")) is not None:
            yield from _lowered(plain, name)


def _about(plain: Node, guard: Guard) -> Iterator[Guard]:
    """A fact about an expression, and the same about the name in it: `i + k`, `i--`."""
    name = plain.child_by_field_name("argument")
    if plain.type == "update_expression" and name is not None:
        # The value of `i--` is one above what i is thereafter.
        before = (1 if "--" in text(plain) else -1) if text(plain)[0] not in "+-" else 0
        yield replace(guard, subject=normal(name), offset=before)
        return
    yield replace(guard, subject=normal(plain))
    head, shift = plain.child_by_field_name("left"), plain.child_by_field_name("right")
    if plain.type == "binary_expression" and operator(plain) == "+" and head and shift:
        yield replace(guard, subject=normal(head), shift=shift)


def _counted_down(update: Node) -> Iterator[Guard]:
    """`while (n--)`: what is counted down ends at zero."""
    name = update.child_by_field_name("argument")
    if name is not None and "--" in text(update):
        yield Guard(normal(name), is_upper=False, bound=0, is_strict=False)
        yield from _lowered(update, name)


def _lowered(update: Node, name: Node) -> Iterator[Guard]:
    """What was just counted down is below what it was."""
    if "--" in text(update):
        yield Guard(normal(name), is_upper=True, bound=name, is_strict=True)


def normal(node: Node) -> str:
    """An expression's text without blanks, to compare expressions by."""
    return "".join(text(node).split())
