"""What a run of iterations makes of a number or a state that it is given, said in a few numbers.

A run makes of `s` what `factor * s + shift` is, or what is left of `s + shift` between a least and a most value, or one
of a few values for each of a few. What two runs make one after the other is of the same form, so that each can be
worked out without knowing where it starts.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tree_sitter import Node

from agentpar.languages.source import text, walk
from agentpar.proposers.rewrite.context import Context
from agentpar.proposers.rewrite.reorder import statements_of
from agentpar.proposers.rewrite.sites import LOOPS, Loop, operator

_WHOLE = re.compile(
    r"(unsigned|signed|char|short|int|long)(\s+(unsigned|signed|char|short|int|long))*"
    r"|(std::)?(s?size_t|ptrdiff_t|u?int((_fast|_least)?\d+|max|ptr)_t)"
)


class NoSuchForm(Exception):
    """What the loop makes of a number is not of the form that is tried."""


@dataclass(frozen=True)
class Transfer:
    """How to work out, keep and apply what a block makes of a state.

    `kept` are arrays with an element for each block, by type, name and further dimension; `opening` goes before a
    block's loop, whose lines are `body`, and `closing` after it; `applied` makes of the state before a block the one
    after it, where `holds` is true after the lines of `tried`: else the block is run once more, in order. A block is
    run from each of `values`, counted by `start`, where there are some.
    """

    kept: tuple[tuple[str, str, str], ...]
    opening: tuple[str, ...]
    body: tuple[str, ...]
    closing: tuple[str, ...]
    applied: tuple[str, ...]
    values: tuple[str, ...] = ()
    start: str = ""
    tried: tuple[str, ...] = ()
    holds: str = ""


@dataclass(frozen=True)
class State:
    """A scalar that iterations of a loop hand on: its name and type, and the name of the counter of blocks."""

    name: str
    kind: str
    loop: Loop
    block: str
    context: Context

    @property
    def is_real(self) -> bool:
        """Whether it is a floating-point number."""
        return self.kind in {"float", "double", "long double"}

    @property
    def is_whole(self) -> bool:
        """Whether it is a whole number."""
        return not self.is_real and self.kind != "bool" and _WHOLE.fullmatch(self.kind) is not None

    def fresh(self, suffix: str) -> str:
        """A name after the state's."""
        return self.context.fresh(f"{self.name}_{suffix}")


def names_in(node: Node | None) -> set[str]:
    """The names in an expression."""
    return {text(found) for found in walk(node) if found.type == "identifier"} if node is not None else set()


def assignment_of(statement: Node) -> tuple[str, str, Node | None] | None:
    """The name that a statement changes, the operator by which, and what it is given."""
    expression = statement.named_children[0] if statement.named_children else statement
    if expression.type == "update_expression":
        target = expression.child_by_field_name("argument")
        return (text(target), operator(expression), None) if target is not None else None
    if expression.type != "assignment_expression":
        return None
    left, right = expression.child_by_field_name("left"), expression.child_by_field_name("right")
    return (text(left), operator(expression), right) if left is not None and right is not None else None


def in_branches(node: Node, told: set[str], of: Callable[[Node], Iterator[str]]) -> Iterator[str]:
    """The lines of a body, in which no branch and no loop asks for what is told, with statements said anew."""
    for statement in statements_of(node):
        if not names_in(statement) & told:
            yield text(statement)
        elif statement.type == "compound_statement":
            yield from ("{", *in_branches(statement, told, of), "}")
        elif statement.type == "if_statement" or statement.type in LOOPS - {"do_statement"}:
            inner = statement.child_by_field_name("consequence") or statement.child_by_field_name("body")
            other = statement.child_by_field_name("alternative")
            heads = [part for part in statement.children if inner is not None and part.end_byte <= inner.start_byte]
            if inner is None or any(names_in(part) & told for part in heads):
                yield from of(statement)
                continue
            yield from (f"{' '.join(map(text, heads))} {{", *in_branches(inner, told, of), "}")
            if other is not None:
                yield from ("else {", *in_branches(other.named_children[-1], told, of), "}")
        else:
            yield from of(statement)
