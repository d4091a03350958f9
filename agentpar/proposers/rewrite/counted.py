"""Loops that count in disguise, written as `for` loops with a head that OpenMP accepts.

`while (i < n) { …; i++; }`, `do … while`, `while (n--)`, `for (; i < n; ++i)`, `for (i = n; i-- > 0;)`, and heads
that step more than one variable.
"""

import re
from collections.abc import Iterator

from tree_sitter import Node

from agentpar.languages.source import Edit, ancestors, text, walk
from agentpar.proposers.rewrite.branches import arms_around
from agentpar.proposers.rewrite.context import Context, full_type, name_the_type
from agentpar.proposers.rewrite.dependences import dependences
from agentpar.proposers.rewrite.mirrored import counted_backwards, is_changed, mirrored
from agentpar.proposers.rewrite.places import identifiers
from agentpar.proposers.rewrite.reorder import mentions, statements_of
from agentpar.proposers.rewrite.sites import (
    LOOPS,
    ancestor,
    assigned_names,
    declarations,
    declared_names,
    operator,
    read_header,
    read_step,
)

Step = tuple[tuple[Edit, ...], str]
_SIGNED = frozenset({"int", "long", "const int", "const long", "long long", "const long long"})
_RELATIONS = frozenset({"<", "<=", ">", ">=", "!="})


def counted(function: Node, context: Context) -> Iterator[Step]:
    """`while`, `do` and headless `for` loops that count, as `for` loops; innermost last."""
    for loop in walk(function):
        if loop.type in {"while_statement", "do_statement"}:
            yield from _from_condition(loop, function, context)
        elif loop.type == "for_statement":
            yield from _downwards(loop, function, context)
            yield from counted_backwards(loop, function, context)
            yield from _started_before(loop, function, context)


def _from_condition(loop: Node, function: Node, context: Context) -> Iterator[Step]:
    body, condition = loop.child_by_field_name("body"), _bare(loop.child_by_field_name("condition"))
    if body is None or condition is None or continues(loop):
        return
    kind = loop.type.removesuffix("_statement")
    if loop.type == "while_statement" and (left := _counts_down(condition)):
        yield from _remaining(loop, left, function, context)
        return
    for variable, bound in _compared(condition):
        step = _only_step(body, variable)
        others = _names_in(condition) - {variable}
        if step is None or is_changed(bound, body) or others & {name for name, _ in assigned_names(body)}:
            continue
        statement, spelled, edit = step
        if statement is not None and statement.id != statements_of(body)[-1].id:
            continue
        start = _start_of(loop, variable, function, context)
        if start is None or (statement is not None and len(statements_of(body)) == 1):
            continue
        begin, moved = start
        removed = edit if statement is None else context.layout.removal(statement)
        head = f"for ({begin}; {text(condition)}; {spelled})"
        if loop.type == "while_statement":
            closing = loop.child_by_field_name("condition")
            end = closing.end_byte if closing is not None else body.start_byte
            heads = [Edit(loop.start_byte, end, head)]
        else:
            heads = [
                Edit(loop.start_byte, body.start_byte, f"{head} "),
                Edit(body.end_byte, loop.end_byte, ""),
            ]
        yield (*heads, removed, *moved), f"count the {kind} loop over {variable}"


def _bare(condition: Node | None) -> Node | None:
    while condition is not None and condition.type in {"condition_clause", "parenthesized_expression"}:
        condition = condition.named_children[0] if len(condition.named_children) == 1 else None
    return condition


def continues(loop: Node, end: int | None = None) -> bool:
    """Whether a `continue` would skip what stands at a position of the body, or at its end."""
    for node in walk(loop):
        if node.type == "continue_statement" and (end is None or node.start_byte < end):
            catcher = ancestor(node, LOOPS)
            if catcher is not None and catcher.id == loop.id:
                return True
    return False


def _compared(condition: Node) -> Iterator[tuple[str, Node]]:
    """The names compared with a bound, each with the bound."""
    left, right = condition.child_by_field_name("left"), condition.child_by_field_name("right")
    if condition.type != "binary_expression" or operator(condition) not in _RELATIONS or left is None or right is None:
        return
    for name, bound in ((left, right), (right, left)):
        first = name.child_by_field_name("left") if operator(name) == "+" else None
        if name.type == "identifier" and bound.type != "null":
            yield text(name), bound
        elif first is not None and first.type == "identifier" and operator(condition) in {"<", "<="}:
            yield text(first), bound  # `i + 1 < n`


def _only_step(body: Node, variable: str) -> tuple[Node | None, str, Edit] | None:
    """Where and how a body steps the variable, once: a statement, or an `i++` inside an expression."""
    targets = [node for name, node in assigned_names(body) if name == variable]
    if len(targets) != 1 or targets[0].parent is None:
        return None
    step = targets[0].parent
    statement = step.parent
    spelled = text(step)
    if read_step(step, variable) is None or statement is None:
        return None
    if statement.type == "expression_statement":
        return statement, spelled, Edit(step.start_byte, step.end_byte, "")
    later = [use for use in identifiers(body, variable) if use.start_byte > step.end_byte]
    if step.type != "update_expression" or text(step).startswith(("+", "-")) or later or not is_certain(step, body):
        return None
    return None, spelled, Edit(step.start_byte, step.end_byte, variable)


def is_certain(node: Node, body: Node) -> bool:
    """Whether each run of the body evaluates a node exactly once."""
    if body.parent is not None and continues(body.parent, node.start_byte):
        return False
    inside = (each for each in ancestors(node) if body.start_byte <= each.start_byte and each.end_byte <= body.end_byte)
    return not any(arms_around(node, body)) and not any(each.type in LOOPS for each in inside)


def _start_of(loop: Node, variable: str, function: Node, context: Context) -> tuple[str, tuple[Edit, ...]] | None:
    """The first clause of the head, and the removal of the statement that it takes over."""
    later = [use for use in identifiers(function, variable) if use.start_byte >= loop.end_byte]
    around = ancestor(loop, LOOPS)
    if around is not None and around.start_byte > function.start_byte:
        names = {name for name, _, _ in declarations(around)}
        if variable not in names:  # it lives on in the next round: only an assignment before the loop ends that
            later = later or [n for n in identifiers(around, variable) if n.end_byte < loop.start_byte][:1]
    kept = bool(later) and not _is_set(later[0])
    before, between = loop.prev_named_sibling, set()
    while before is not None and before.type not in LOOPS and not identifiers(before, variable):
        between |= {name for name, _ in assigned_names(before)}
        before = before.prev_named_sibling
    if before is None or kept:
        return None
    return _taken_over(before, variable, between, context, keeps_declaration=bool(later))


def _taken_over(
    before: Node, variable: str, between: set[str], context: Context, *, keeps_declaration: bool
) -> tuple[str, tuple[Edit, ...]] | None:
    """The first clause that a statement before the loop becomes: a declaration, or an assignment of the counter."""
    if before.type == "declaration":
        found = before.children_by_field_name("declarator")
        own = [each for each in found if declared_names(each) == (variable,)]
        value = own[0].child_by_field_name("value") if len(own) == 1 else None
        if value is None or _names_in(value) & between:
            return None
        if keeps_declaration or len(found) > 1:
            return f"{variable} = {text(value)}", ()
        return text(before).rstrip(";"), (context.layout.removal(before),)
    set_to = before.named_children[0] if before.type == "expression_statement" and before.named_children else before
    left, value = set_to.child_by_field_name("left"), set_to.child_by_field_name("right")
    is_plain = set_to.type == "assignment_expression" and operator(set_to) == "="
    if not is_plain or left is None or value is None or text(left) != variable or _names_in(value) & between:
        return None
    return text(set_to), (context.layout.removal(before),)


def _names_in(node: Node) -> set[str]:
    return {text(found) for found in walk(node) if found.type == "identifier"}


def _is_set(use: Node) -> bool:
    """Whether a use is the left side of a plain assignment, or a new declaration of the name."""
    parent = use.parent
    if parent is not None and parent.type == "init_declarator":
        return parent.child_by_field_name("declarator") == use
    return (
        parent is not None
        and parent.type == "assignment_expression"
        and operator(parent) == "="
        and parent.child_by_field_name("left") == use
    )


def _counts_down(condition: Node) -> str:
    """The name in `n--`, `n-- > 0` or `n-- != 0`."""
    found = re.fullmatch(r"(\w+)\s*--(\s*(>|!=)\s*0)?", text(condition))
    return found[1] if found else ""


def _remaining(loop: Node, left: str, function: Node, context: Context) -> Iterator[Step]:
    """`while (n--)`, whose body does not look at `n`, as a loop that counts up."""
    body = loop.child_by_field_name("body")
    uses = [use for use in identifiers(function, left) if use.start_byte >= loop.start_byte]
    head = loop.child_by_field_name("condition")
    around = ancestor(loop, LOOPS)
    if body is None or head is None or len(uses) != 1 or (around is not None and left not in text(around)):
        return
    if around is not None and left not in {name for name, _, _ in declarations(around)}:
        return
    counter = context.fresh("i")
    spelled = f"for ({name_the_type(function, left)} {counter} = 0; {counter} < {left}; ++{counter})"
    yield (Edit(loop.start_byte, head.end_byte, spelled),), f"count the while loop over {left}"


def _downwards(loop: Node, function: Node, context: Context) -> Iterator[Step]:
    """`for (size_t i = n; i-- > 0;)`, which may as well count up where its rounds are independent.

    Where they are not, another counter goes up, and the rounds keep their order.
    """
    start, condition = loop.child_by_field_name("initializer"), loop.child_by_field_name("condition")
    if start is None or condition is None or loop.child_by_field_name("update") is not None:
        return
    found = start.children_by_field_name("declarator")
    value = found[0].child_by_field_name("value") if len(found) == 1 else None
    name = _counts_down(condition)
    body = loop.child_by_field_name("body")
    if not name or value is None or body is None or text(start).split("=")[0].split()[-1:] != [name]:
        return
    kind = name_the_type(start, name)
    head = f"for ({kind} {name} = 0; {name} < {text(value)}; ++{name})"
    closing = [child for child in loop.children if child.type == ")"]
    leaves = any(node.type in {"return_statement", "break_statement"} for node in walk(body))
    if not leaves and dependences(loop, name, function).is_clean:
        yield (Edit(loop.start_byte, closing[-1].end_byte, head),), f"count {name} upwards"
    elif not is_changed(value, body):
        yield mirrored(loop, name, kind, text(value), context), f"count the rounds of {name}"


def _started_before(loop: Node, function: Node, context: Context) -> Iterator[Step]:
    """`for (; i < n; ++i)`, whose counter got its first value before."""
    condition, update = loop.child_by_field_name("condition"), loop.child_by_field_name("update")
    if loop.child_by_field_name("initializer") is not None or condition is None or update is None:
        return
    for variable, _ in _compared(condition):
        start = _start_of(loop, variable, function, context) if read_step(update, variable) else None
        opening = [child for child in loop.children if child.type == "("]
        if start is not None:
            begin, moved = start
            edit = Edit(opening[0].end_byte, opening[0].end_byte, begin)
            yield (edit, *moved), f"start {variable} in the head of its loop"
        elif read_step(update, variable) and _ends_with(loop, variable, function):
            mine = context.fresh(f"{variable}_here")
            uses = [use for use in identifiers(loop, variable) if use.start_byte > opening[0].start_byte]
            head = Edit(
                opening[0].end_byte, opening[0].end_byte, f"{full_type(function, variable)} {mine} = {variable}"
            )
            renames = (Edit(use.start_byte, use.end_byte, mine) for use in uses)
            yield (head, *renames), f"step a copy of {variable}"


def _ends_with(loop: Node, variable: str, function: Node) -> bool:
    """Whether a variable of known type is used in a loop alone, which no other surrounds and which leaves it alone."""
    body, around = loop.child_by_field_name("body"), ancestor(loop, LOOPS)
    known = {name: declarator for name, _, declarator in declarations(function)}.get(variable)
    if body is None or known is None or any(n.type == "reference_declarator" for n in walk(known)):
        return False
    later = any(use.start_byte >= loop.end_byte for use in identifiers(function, variable))
    is_inner = around is not None and around.start_byte > function.start_byte
    return not later and not is_inner and variable not in {name for name, _ in assigned_names(body)}


def plain_head(function: Node, context: Context) -> Iterator[Step]:
    """Heads with several variables keep the counter; the others start before the loop and step at its end."""
    for loop in walk(function):
        if loop.type != "for_statement" or read_header(loop) is not None:
            continue
        body, condition = loop.child_by_field_name("body"), loop.child_by_field_name("condition")
        start, update = loop.child_by_field_name("initializer"), loop.child_by_field_name("update")
        if body is None or condition is None or start is None or update is None:
            continue
        in_block = loop.parent is not None and loop.parent.type == "compound_statement"
        yield from _shifted_bound(loop, condition, function)
        if continues(loop):
            continue
        for variable, _ in _compared(condition):
            found = _one_start(start, variable, loop, function)
            steps = [part for step in parts_of(update) for part in _kept_and_stepped(step, variable)]
            mine = [step for step in steps if read_step(step, variable) is not None]
            if found is None or len(mine) != 1 or (len(steps) == 1 and not found[1]):
                continue
            if any(identifiers(step, variable) for step in steps[steps.index(mine[0]) + 1 :]):
                continue  # made of the counter after its step
            own, others = found
            if others and not in_block:
                continue
            rest = tuple(f"{_without_step(step, variable)};" for step in steps if step.id != mine[0].id)
            edits = (
                *((context.layout.insert_lines(loop.start_byte, others),) if others else ()),
                Edit(start.start_byte, start.end_byte, own),
                Edit(update.start_byte, update.end_byte, text(mine[0])),
                *context.layout.into_body(body, last=rest),
            )
            yield edits, f"step only {variable} in the head of its loop"


def _kept_and_stepped(step: Node, variable: str) -> tuple[Node, ...]:
    """`j = i++`, which keeps the counter and then steps it, as these two."""
    right = step.child_by_field_name("right")
    is_kept = step.type == "assignment_expression" and right is not None and right.type == "update_expression"
    return (step, right) if is_kept and right is not None and text(right).startswith(variable) else (step,)


def _without_step(step: Node, variable: str) -> str:
    right = step.child_by_field_name("right")
    is_kept = right is not None and len(_kept_and_stepped(step, variable)) > 1
    return (
        f"{text(step)[: right.start_byte - step.start_byte]}{variable}" if is_kept and right is not None else text(step)
    )


def parts_of(expression: Node) -> list[Node]:
    """The expressions that commas join."""
    if expression.type != "comma_expression":
        return [expression]
    return [part for child in expression.named_children for part in parts_of(child)]


def parts_of_and(condition: Node) -> list[Node]:
    """The conditions that `&&` joins."""
    bare = _bare(condition)
    left, right = (bare.child_by_field_name(side) if bare is not None else None for side in ("left", "right"))
    if bare is None or bare.type != "binary_expression" or operator(bare) != "&&" or left is None or right is None:
        return [condition]
    return [part for side in (left, right) for part in parts_of_and(side)]


def _one_start(start: Node, variable: str, loop: Node, function: Node) -> tuple[str, tuple[str, ...]] | None:
    """The initialisation of the counter alone, and statements that initialise the others."""
    if start.type == "declaration":
        declarators = start.children_by_field_name("declarator")
        kind = start.child_by_field_name("type")
        prefix = text(start)[: declarators[0].start_byte - start.start_byte] if kind is not None else ""
        mine = [d for d in declarators if re.match(rf"\**\s*{re.escape(variable)}\b", text(d))]
        others = [d for d in declarators if d not in mine]
        names = [name for name, _, _ in declarations(function)]
        if len(mine) != 1 or any(names.count(re.split(r"\W+", text(d).lstrip("* "))[0]) > 1 for d in others):
            return None
        return f"{prefix}{text(mine[0])};", tuple(f"{prefix}{text(d)};" for d in others)
    parts = parts_of(start)
    own = [p for p in parts if p.type == "assignment_expression" and text(p.named_children[0]) == variable]
    if len(own) != 1:
        return None
    return text(own[0]), tuple(f"{text(p)};" for p in parts if p.id != own[0].id)


def _shifted_bound(loop: Node, condition: Node, function: Node) -> Iterator[Step]:
    """`i + 1 < n` as `i < n - 1`, and `i + m <= n` as `i < n - m + 1`, careful of unsigned bounds below the shift.

    An end that is not equal to `i + 1`, as that of `it + 1 != v.end()`, is told the same with the shift on its side.
    """
    left, right = condition.child_by_field_name("left"), condition.child_by_field_name("right")
    found = re.fullmatch(r"(\w+)\s*\+\s*([\w.]+(?:\(\))?)", text(left)) if left is not None else None
    if found is None or right is None or operator(condition) not in {"<", "<=", "!="}:
        return
    variable, shift, bound = found[1], found[2], text(right)
    is_signed = all(re.fullmatch(r"\d+", x) or full_type(function, x) in _SIGNED for x in (shift, bound))
    sign = operator(condition)
    if not is_signed and full_type(function, shift) in _SIGNED:
        kind = full_type(function, bound)
        shift = f"({'size_t' if kind == 'auto' else kind}){shift}"
    if is_signed or sign == "!=" or re.search(r"\bc?end\(", bound):
        head = f"{variable} {sign} {bound} - {shift}"
    elif sign == "<":
        head = f"{variable} < ({bound} > {shift} ? {bound} - {shift} : 0)"
    else:
        head = f"{variable} < ({bound} >= {shift} ? {bound} - {shift} + 1 : 0)"
    if not mentions(f"{bound} {shift}", variable):
        yield (Edit(condition.start_byte, condition.end_byte, head),), f"compare {variable} itself with its bound"
