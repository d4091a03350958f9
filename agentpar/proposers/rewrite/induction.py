"""Values that each iteration steps by the same amount, computed from the counter instead.

`x += h`, `k++` in `out[k++] = …` and walking pointers become `x_i = x + i * h`, so that no iteration waits for
the one before it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tree_sitter import Node

from agentpar.languages.source import Edit, ancestors, text, walk
from agentpar.proposers.rewrite.context import Context, full_type
from agentpar.proposers.rewrite.counted import is_certain
from agentpar.proposers.rewrite.directives import Layout
from agentpar.proposers.rewrite.places import identifiers
from agentpar.proposers.rewrite.sites import (
    FOR_LOOPS,
    LOOPS,
    Header,
    Loop,
    ancestor,
    assigned_names,
    declarations,
    loops_of,
    operator,
)

Step = tuple[tuple[Edit, ...], str]
_BRACES = frozenset({"initializer_list"})
_REAL = re.compile(r"(const )?(float|double|long double)")
WHOLE = re.compile(
    r"(const )?((unsigned |signed )?(int|long|long long|short|char|unsigned)|(std::)?(size_t|u?int\d+_t))"
)
_WIDE = re.compile(r"\b(long|size_t|ptrdiff_t|u?int64_t)\b(?!\s+double)")


@dataclass(frozen=True)
class Stepped:
    """A variable that a loop's body changes once in every iteration, by an amount that stays the same.

    `sign` is `+`, `-` or `*`, or `~` where the variable only changes its sign; `change` is the expression that steps
    it, `statement` the whole statement, if any.
    """

    name: str
    sign: str
    amount: str
    change: Node
    statement: Node | None
    others: tuple[Node, ...] = ()
    """The same change on other paths through the body."""


def closed_forms(function: Node, context: Context) -> Iterator[Step]:
    """Affine inductions in closed form, inner loops first, so that outer ones see their total step."""
    for top in loops_of(function):
        for loop in sorted(top.nest(), key=lambda loop: -loop.depth):
            if not loop.is_shareable or loop.header is None or loop.header.is_range:
                continue
            for name in context.dependences(loop).carried:
                found = stepped(loop, name) or _stepped_on_each_path(loop, name)
                if found is not None and found.sign != "*" and not _decides(loop, found):
                    yield from _closed(loop, found, context)


def stepped(loop: Loop, name: str) -> Stepped | None:
    """How a loop steps a variable, or None where the step varies or may be left out."""
    targets = [node for written, node in assigned_names(loop.body) if written == name]
    change = targets[0].parent if len(targets) == 1 else None
    if change is None or not is_certain(change, loop.body):
        return None
    statement = change.parent if change.parent is not None and change.parent.type == "expression_statement" else None
    found = _amount(change, name)
    if found is None or not is_steady(found[1], loop):
        return None
    if statement is None and change.type != "update_expression":
        return None
    sign, amount = found
    return Stepped(name, sign, text(amount) if amount is not None else "1", change, statement)


def _stepped_on_each_path(loop: Loop, name: str) -> Stepped | None:
    """`*out++ = x` in several places, of which each iteration comes to one, where nothing else uses the name."""
    changes = [node.parent for written, node in assigned_names(loop.body) if written == name]
    spelled = {text(change) for change in changes if change is not None}
    plain = [c for c in changes if c is not None and c.type == "update_expression" and text(c) == f"{name}++"]
    if spelled != {f"{name}++"} or len(plain) != len(identifiers(loop.body, name)) or len(plain) < 2:
        return None
    if any(c.parent is None or c.parent.type == "expression_statement" for c in plain):
        return None
    through, skipped = _counts(loop.body, plain)
    return Stepped(name, "+", "1", plain[0], None, tuple(plain[1:])) if through | skipped == {1} else None


def _counts(node: Node, changes: list[Node]) -> tuple[set[int], set[int]]:
    """How often paths through a statement come to one of the changes: those to its end, and those to a `continue`."""
    if node.type == "continue_statement":
        return set(), {0}
    inside = [each for each in changes if _is_inside(each, node)]
    if node.type == "compound_statement":
        through, skipped = {0}, set[int]()
        for each in node.named_children:
            ended, left = _counts(each, inside)
            skipped |= {one + two for one in through for two in left}
            through = {one + two for one in through for two in ended}
        return through, skipped
    if node.type == "if_statement" and not any(_is_inside(c, node.named_children[0]) for c in inside):
        other = node.child_by_field_name("alternative")
        parts = [node.child_by_field_name("consequence"), other.named_children[-1] if other is not None else None]
        found = [_counts(part, inside) if part is not None else ({0}, set[int]()) for part in parts]
        return set[int]().union(*(each for each, _ in found)), set[int]().union(*(each for _, each in found))
    is_certainly = all(is_certain(each, node) for each in inside) and node.type not in LOOPS
    leaves = any(each.type == "continue_statement" for each in walk(node)) and node.type not in LOOPS
    return ({len(inside)} if is_certainly or not inside else {0, 2}), ({2} if leaves else set())


def _decides(loop: Loop, found: Stepped) -> bool:
    """Whether a real number that is stepped tells what is done, or is cut to a whole one, and not only how much.

    Products differ from sums in their last digits, and decisions then differ at all.
    """
    if found.sign == "~" or not _REAL.fullmatch(full_type(loop.function, found.name)):
        return False
    tells = {found.name}
    for _ in range(2):  # what is made further down may be used further up
        for node in walk(loop.body):
            made, value = _made_from(node)
            if value is not None and any(identifiers(value, name) for name in tells):
                tells |= {made}
    asked = (found.child_by_field_name("condition") for found in walk(loop.body))
    return any(identifiers(node, name) for node in asked if node is not None for name in tells) or any(
        WHOLE.fullmatch(full_type(loop.function, name)) for name in tells
    )


def _made_from(node: Node) -> tuple[str, Node | None]:
    """The variable that a declaration or an assignment sets, and from what."""
    target = node.child_by_field_name("declarator") or node.child_by_field_name("left")
    value = node.child_by_field_name("value") or node.child_by_field_name("right")
    is_set = node.type in {"init_declarator", "assignment_expression"} and target is not None
    return (text(target), value) if is_set and target is not None and target.type == "identifier" else ("", None)


def _amount(change: Node, name: str) -> tuple[str, Node | None] | None:
    """The sign and the amount of a step; no amount stands for one."""
    if change.type == "update_expression":
        return ("-" if "--" in text(change) else "+"), None
    if re.sub(r"[\s()]", "", text(change)) in {f"{name}{turn}" for turn in (f"=-{name}", "*=-1", "*=-1.0")}:
        return "~", None
    right, sign = change.child_by_field_name("right"), operator(change)
    if right is not None and sign in {"+=", "-=", "*="}:
        return sign[0], right
    return _amount_of_sum(right, name) if right is not None and sign == "=" else None


def _amount_of_sum(right: Node, name: str) -> tuple[str, Node | None] | None:
    """The same of what a variable is set to, as in `name + amount`."""
    left, other = right.child_by_field_name("left"), right.child_by_field_name("right")
    if right.type != "binary_expression" or left is None or other is None:
        return None
    of_sum = operator(right)
    if text(left) == name and of_sum in {"+", "-", "*"}:
        return of_sum, other
    return (of_sum, left) if text(other) == name and of_sum in {"+", "*"} else None


def is_steady(amount: Node | None, loop: Loop) -> bool:
    """Whether an expression has the same value in every iteration."""
    if amount is None:
        return True
    inside = {name for name, _ in assigned_names(loop.node)} | {name for name, _, _ in declarations(loop.node)}
    calls = any(node.type == "call_expression" and not text(node).endswith(".size()") for node in walk(amount))
    elements = any(node.type in {"subscript_expression", "pointer_expression"} for node in walk(amount))
    used = {text(node) for node in walk(amount) if node.type == "identifier"}
    return not calls and not elements and not used & (inside | {loop.variable})


def count_before(header: Header) -> str:
    """How many iterations precede the one at hand, as an expression."""
    variable, lower, step = header.variable, header.lower, header.step
    if step == "1":
        return variable if lower == "0" else f"({variable} - {in_brackets(lower)})"
    if step == "-1":
        return f"({in_brackets(lower)} - {variable})"
    if step.startswith("-("):
        return f"(({in_brackets(lower)} - {variable}) / {step[1:]})"
    distance = variable if lower == "0" else f"({variable} - {in_brackets(lower)})"
    return f"({distance} / {in_brackets(step)})"


def trip_count(header: Header) -> str:
    """How many iterations there are, as an expression; empty where that is not plain."""
    lower, upper = in_brackets(header.lower), in_brackets(header.upper)
    if header.step == "1" and header.relation in {"<", "!=", "<="}:
        more = " + 1" if header.relation == "<=" else ""
        if header.lower == "0":
            return f"({header.upper}{more})" if more else upper
        least = header.lower if not more else f"{lower} - 1"
        return f"({upper} > {least} ? {upper} - {lower}{more} : 0)"
    if not header.step.startswith("-") and header.relation in {"<", "<="}:
        step, distance = in_brackets(header.step), upper if header.lower == "0" else f"({upper} - {lower})"
        if header.relation == "<=":
            return f"({upper} >= {lower} ? {distance} / {step} + 1 : 0)"
        return f"({upper} > {lower} ? ({distance} - 1) / {step} + 1 : 0)"
    if header.step == "-1" and header.relation in {">", "!=", ">="}:
        return f"({lower} - {upper}{' + 1' if header.relation == '>=' else ''})"
    return ""


def in_brackets(expression: str) -> str:
    """An expression as a factor or a term."""
    plain = re.fullmatch(r"[\w.]+(\(\))?", expression) or re.fullmatch(r"\([^()]*\)", expression)
    return expression if plain else f"({expression})"


def _closed(loop: Loop, found: Stepped, context: Context) -> Iterator[Step]:
    assert loop.header is not None
    layout, start = context.layout, _starts_with(loop, found)
    if start is not None:  # the counter itself, under another name
        here, after = loop.variable, f"({loop.variable} + 1)"
        if any(ancestor(use, _BRACES) for use in identifiers(loop.body, found.name)):  # where no type may be wider
            here = context.cast(full_type(loop.function, found.name), here)
        yield (*_named(loop, found, here, after, layout), layout.removal(start)), f"{found.name} from {loop.variable}"
        return
    amount = in_brackets(found.amount)
    here = context.fresh(f"{found.name}_{loop.variable}")
    kind = full_type(loop.function, found.name)
    distance = _times(count_before(loop.header), amount, kind, loop, context)
    after = f"(-{here})" if found.sign == "~" else f"({here} {found.sign} {amount})"
    edits = _named(loop, found, here, after, layout)
    opening = f"{kind} {here} = {found.name} {found.sign} {distance};"
    if found.sign == "~":
        opening = f"{kind} {here} = {distance} % 2 == 0 ? {found.name} : -{found.name};"
    edits += layout.into_body(loop.body, first=(opening,))
    if is_wanted_later(loop, found.name):
        total = trip_count(loop.header)
        if not total or loop.node.parent is None or loop.node.parent.type != "compound_statement":
            return
        whole = _times(total, amount, kind, loop, context)
        line = f"{found.name} {found.sign}= {whole};"
        if found.sign == "~":
            line = f"if ({whole} % 2 != 0) {found.name} = -{found.name};"
        edits.insert(0, layout.line_after(loop.node, line))  # behind the end of a body without braces
    yield tuple(edits), f"{found.name} from {loop.variable}"


def _times(count: str, amount: str, kind: str, loop: Loop, context: Context) -> str:
    """So many steps, counted in the stepped variable's type where that holds more than the counter's."""
    if amount == "1":
        return count
    counter = full_type(loop.function, loop.variable).removeprefix("const ")
    wide = "long" if "*" in kind else kind if _WIDE.search(kind) else ""
    is_narrow = counter in {"int", "unsigned", "unsigned int", "short", "int32_t", "uint32_t"}
    return f"{context.cast(wide, count) if wide and is_narrow else count} * {amount}"


def _named(loop: Loop, found: Stepped, here: str, after: str, layout: Layout) -> list[Edit]:
    """The uses of a stepped variable under the names it has before and after its step, and no step."""
    edits = []
    if found.others:
        return [Edit(each.start_byte, each.end_byte, here) for each in (found.change, *found.others)]
    for use in identifiers(loop.body, found.name):
        if found.change.start_byte <= use.start_byte < found.change.end_byte:
            continue
        edits.append(Edit(use.start_byte, use.end_byte, here if use.start_byte < found.change.start_byte else after))
    if found.statement is not None:
        return [*edits, layout.removal(found.statement)]
    value = after if text(found.change).startswith(("+", "-")) else here
    return [*edits, Edit(found.change.start_byte, found.change.end_byte, value)]


def _starts_with(loop: Loop, found: Stepped) -> Node | None:
    """The declaration of a variable that goes from 0 along with the counter, and is used in the loop only."""
    header = loop.header
    if header is None or (header.lower, header.step, found.sign, found.amount) != ("0", "1", "+", "1"):
        return None
    uses = [use for use in identifiers(loop.function, found.name) if not _is_inside(use, loop.node)]
    shell = uses[0].parent if len(uses) == 1 else None
    start = shell.parent if shell is not None and shell.type == "init_declarator" else None
    value = shell.child_by_field_name("value") if shell is not None else None
    alone = start is not None and len(start.children_by_field_name("declarator")) == 1
    return (
        start
        if alone and value is not None and text(value) == "0" and start is not None and start.parent == loop.node.parent
        else None
    )


def _is_inside(node: Node, outer: Node) -> bool:
    return outer.start_byte <= node.start_byte and node.end_byte <= outer.end_byte


def is_wanted_later(loop: Loop, name: str) -> bool:
    """Whether the last value may be read: after the loop, or in the next round of a loop around it."""
    later = [use for use in identifiers(loop.function, name) if use.start_byte >= loop.node.end_byte]
    around = [node for node in ancestors(loop.node) if node.type in FOR_LOOPS]
    lives_on = any(name not in {declared for declared, _, _ in declarations(node)} for node in around)
    return bool(later) or lives_on or _is_reference(loop.function, name)


def _is_reference(function: Node, name: str) -> bool:
    return any(
        declared == name and declarator.type == "reference_declarator"
        for declared, _, declarator in declarations(function)
    )
