"""The place of an extreme: `if (a[i] < least) { least = a[i]; where = i; }`."""

import re
from collections.abc import Iterator

from tree_sitter import Node

from agentpar.languages.source import Edit, apply_edits, text, walk
from agentpar.proposers.rewrite.context import Context, full_type, name_the_type
from agentpar.proposers.rewrite.directives import Variant
from agentpar.proposers.rewrite.places import identifiers
from agentpar.proposers.rewrite.reorder import statements_of
from agentpar.proposers.rewrite.rounding import rounds
from agentpar.proposers.rewrite.sharing import sharing_clauses
from agentpar.proposers.rewrite.sites import Loop, operator
from agentpar.proposers.rewrite.updates import compared, extreme_of, is_pruned_by
from agentpar.proposers.rewrite.widths import kinds_in


def located_extreme(loop: Loop, context: Context) -> Iterator[Variant]:
    """An extreme and its place per thread, then the best of them; of equals the one that comes first in the loop.

    The barrier of `omp for` keeps the merging apart from the first reads of what is merged into.
    """
    found = context.dependences(loop)
    pair = _value_and_place(loop, found.carried)
    if pair is None or found.conflicts or found.reductions or found.private or not loop.stands_in_block:
        return
    value, place, sign, taken = pair
    layout, step = context.layout, context.layout.indent_unit
    mine, spot = context.fresh(f"{value}_mine"), context.fresh(f"{place}_mine")
    head = (
        "#pragma omp parallel",
        "{",
        f"{step}{name_the_type(loop.function, value)} {mine} = {value};",
        f"{step}{name_the_type(loop.function, place)} {spot} = {place};",
        f"{step}#pragma omp for",
    )
    tail = (
        f"{step}#pragma omp critical",
        f"{step}if ({mine} {sign} {value} || ({mine} == {value} && {spot} {taken} {place})) {{",
        f"{step}{step}{value} = {mine};",
        f"{step}{step}{place} = {spot};",
        f"{step}}}",
        "}",
    )
    renames = [
        Edit(use.start_byte, use.end_byte, new)
        for old, new in ((value, mine), (place, spot))
        for use in identifiers(loop.body, old)
    ]
    edits = (layout.wrap(loop.node, head, tail, 1, tuple(renames)),)
    title = f"parallel for over {loop.variable} at line {loop.line}, {value} and {place} per thread"
    yield Variant("parallel-for+located-extreme", f"located-extreme@{loop.line}", (), edits, (title,))


def located_in_nest(loop: Loop, context: Context) -> Iterator[Variant]:
    """An extreme with several places, or one set in inner loops; of equals the one of the first round."""
    found = context.dependences(loop)
    names = _value_and_places(loop, found.carried)
    header = loop.header
    if header is None or header.is_range or not loop.stands_in_block:
        return
    if names is None or found.conflicts or found.reductions:
        return
    value, sign, taken, places, block = names
    layout, step = context.layout, context.layout.indent_unit
    mine = {name: context.fresh(f"{name}_mine") for name in (value, *places)}
    at, at_mine = context.fresh(f"{value}_at"), context.fresh(f"{value}_at_mine")
    counter = name_the_type(loop.function, loop.variable)
    worksharing = " ".join(["#pragma omp for", *sharing_clauses(found, loop)])
    if any(name_the_type(loop.function, name) == f"decltype({name})" for name in mine):
        return
    head = (
        f"{counter} {at} = {header.lower};",
        "#pragma omp parallel",
        "{",
        *(f"{step}{name_the_type(loop.function, name)} {own} = {name};" for name, own in mine.items()),
        f"{step}{counter} {at_mine} = {at};",
        f"{step}{worksharing}",
    )
    tail = (
        f"{step}#pragma omp critical",
        f"{step}if ({mine[value]} {sign} {value} || ({mine[value]} == {value} && {at_mine} {taken} {at})) {{",
        *(f"{step * 2}{name} = {own};" for name, own in mine.items()),
        f"{step * 2}{at} = {at_mine};",
        f"{step}}}",
        "}",
    )
    renames = [
        Edit(use.start_byte, use.end_byte, own) for name, own in mine.items() for use in identifiers(loop.body, name)
    ]
    kept = layout.line_after(statements_of(block)[-1], f"{at_mine} = {loop.variable};")
    title = f"parallel for over {loop.variable} at line {loop.line}, {value} and {', '.join(places)} per thread"
    edits = (layout.wrap(loop.node, head, tail, 1, (*renames, kept)),)
    yield Variant("parallel-for+located-extreme", f"located-extreme@{loop.line}", (), edits, (title,))


def located_record(loop: Loop, context: Context) -> Iterator[Variant]:
    """A struct with an extreme in it, `if (d < best.distance) best = {i, d};`; of equals that of the first round."""
    found, header = context.dependences(loop), loop.header
    records = {conflict.name for conflict in found.conflicts}.union(found.carried)
    if len(records) != 1 or header is None or header.is_range or not loop.stands_in_block:
        return
    record = records.pop()
    told, kind = _guarded_record(loop, record), name_the_type(loop.function, record)
    if told is None or "decltype" in kind:
        return
    sign, member, taken, block = told
    layout, step, counter = context.layout, context.layout.indent_unit, name_the_type(loop.function, loop.variable)
    mine, at = context.fresh(f"{record}_mine"), context.fresh(f"{record}_at")
    at_mine, new, old = context.fresh(f"{at}_mine"), f"{mine}{member}", f"{record}{member}"
    shared = [clause for clause in sharing_clauses(found, loop) if clause.startswith(("reduction", "private"))]
    head = (
        f"{counter} {at} = {header.lower};",
        "#pragma omp parallel",
        "{",
        f"{step}{kind} {mine} = {record};",
        f"{step}{counter} {at_mine} = {at};",
        f"{step}{' '.join(['#pragma omp for', *shared])}",
    )
    tail = (
        f"{step}#pragma omp critical",
        f"{step}if ({new} {sign} {old} || ({new} == {old} && {at_mine} {taken} {at})) {{",
        f"{step * 2}{record} = {mine};",
        f"{step * 2}{at} = {at_mine};",
        f"{step}}}",
        "}",
    )
    renames = [Edit(use.start_byte, use.end_byte, mine) for use in identifiers(loop.body, record)]
    kept = f"{at_mine} = {loop.variable};"
    if block.type == "compound_statement":
        renames.append(layout.line_after(statements_of(block)[-1], kept))
    else:
        renames += [Edit(block.start_byte, block.start_byte, "{ "), Edit(block.end_byte, block.end_byte, f" {kept} }}")]
    title = f"parallel for over {loop.variable} at line {loop.line}, {record} per thread"
    edits = (layout.wrap(loop.node, head, tail, 1, tuple(renames)),)
    yield Variant("parallel-for+located-extreme", f"located-extreme@{loop.line}", (), edits, (title,))


def _guarded_record(loop: Loop, record: str) -> tuple[str, str, str, Node] | None:
    """How a struct's extreme compares, its member, how equals compare by their rounds, and what replaces it.

    All uses of the struct must stand in one `if` that compares the member, and sets it to what it was compared with,
    or spare what is worse.
    """
    uses = [use for use in identifiers(loop.body, record) if not is_pruned_by(use)]
    for statement in walk(loop.body):
        block, condition = statement.child_by_field_name("consequence"), statement.child_by_field_name("condition")
        is_guard = statement.type == "if_statement" and statement.child_by_field_name("alternative") is None
        if not is_guard or block is None or condition is None:
            continue
        if not all(statement.start_byte <= use.start_byte < statement.end_byte for use in uses):
            continue
        test, taken = compared(condition), _taken_of_equals(condition, loop)
        left, right = test.child_by_field_name("left"), test.child_by_field_name("right")
        if left is None or right is None or not taken:
            continue
        mine, other = (left, right) if text(left).startswith(f"{record}.") else (right, left)
        member = text(mine).removeprefix(record)
        if not member.startswith(".") or not member[1:].isidentifier() or identifiers(other, record):
            continue
        if _sets(block, record, member, text(other)):
            grows = (operator(test) == "<") == (mine.id == left.id)
            return (">" if grows else "<"), member, taken, block
    return None


def _sets(block: Node, record: str, member: str, value: str) -> bool:
    """Whether a block does nothing but set a struct or its members, this one to that value, from others than it."""
    is_set = False
    for statement in statements_of(block):
        node = statement.named_children[0] if statement.named_children else statement
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if left is None or right is None or operator(node) != "=" or identifiers(right, record):
            return False
        if text(left) == record:  # as a whole: `{i, d}`, `Match{i, d}`, or a candidate whose member was compared
            is_set |= (
                re.search(rf"(?<![\w.]){re.escape(value)}(?![\w.(\[])", text(right)) is not None
                or value == f"{text(right)}{member}"
            )
        elif not text(left).startswith(f"{record}."):
            return False
        else:
            is_set |= text(left) == f"{record}{member}" and text(right) == value
    return is_set


def _taken_of_equals(condition: Node, loop: Loop) -> str:
    """How the first of equals compares by its counter; empty where the comparison lets a later one take its place."""
    if loop.header is None or loop.header.is_range or operator(compared(condition)) not in {"<", ">"}:
        return ""
    return ">" if loop.header.step.startswith("-") else "<"


def _value_and_places(loop: Loop, carried: tuple[str, ...]) -> tuple[str, str, str, tuple[str, ...], Node] | None:
    """The extreme, the comparisons that replace it and its place, what goes with it, and the block that sets them."""
    for statement in walk(loop.body):
        block = statement.child_by_field_name("consequence") if statement.type == "if_statement" else None
        condition = statement.child_by_field_name("condition")
        if block is None or block.type != "compound_statement" or condition is None:
            continue
        if statement.child_by_field_name("alternative") is not None:  # which may set the places too
            continue
        sides = assignments(block)
        for value, given in sides:
            found = extreme_of(condition, value, given)
            names = tuple(text(left) for left, _ in sides if left.id != value.id)
            taken = _taken_of_equals(condition, loop)
            apart = taken and not any(identifiers(side, name) for _, side in sides for name in carried)
            told = {text(value), *names}
            if found and names and apart and set(carried) == told and _is_alone(statement, told, loop, given):
                return text(value), "<" if found == "min" else ">", taken, names, block
    return None


def _is_alone(statement: Node, names: set[str], loop: Loop, given: Node) -> bool:
    """Whether the extreme and its places are for one statement alone, and the extreme takes its values whole.

    Of those that it cuts off, as an `int` does of a `double`, each next one may take its place.
    """
    uses = [use for name in names for use in identifiers(loop.body, name)]
    others = [use for use in uses if not statement.start_byte <= use.start_byte < statement.end_byte]
    kinds = " ".join(full_type(loop.function, name) for name in names)
    is_narrow = re.search(r"\bfloat\b", kinds) is not None and "double" in set(kinds_in(given, loop.function))
    value = next((side for side, right in assignments(statement.child_by_field_name("consequence")) if right == given))
    return all(map(is_pruned_by, others)) and not is_narrow and not rounds(value, given, loop.function)


def located_by_index(loop: Loop, context: Context) -> Iterator[Variant]:
    """The place alone, `if (a[i] > a[best]) best = i;`, per thread, then the best of them."""
    found = context.dependences(loop)
    alone = not found.conflicts and not found.reductions and not found.private and len(found.carried) == 1
    statements = statements_of(loop.body)
    if not alone or not loop.stands_in_block or len(statements) != 1 or statements[0].type != "if_statement":
        return
    best, condition = found.carried[0], statements[0].child_by_field_name("condition")
    sides = assignments(statements[0].child_by_field_name("consequence"))
    if condition is None or len(sides) != 1 or [text(side) for side in sides[0]] != [best, loop.variable]:
        return
    test = compared(condition)
    left, right, taken = (
        test.child_by_field_name("left"),
        test.child_by_field_name("right"),
        _taken_of_equals(condition, loop),
    )
    if not taken or left is None or right is None or statements[0].child_by_field_name("alternative") is not None:
        return
    if not compares_alike(test, best, loop.variable, {"<", ">"}):
        return
    mine = context.fresh(f"{best}_mine")
    new, old = with_name(left, loop.variable, mine), with_name(right, loop.variable, mine)
    better = f"{new} {operator(test)} {old}"
    wins = f"({better} || ({new} == {old} && {mine} {taken} {best}))"
    yield place_per_thread(loop, best, mine, wins, f"located-extreme@{loop.line}", context)


def place_per_thread(
    loop: Loop, best: str, mine: str, wins: str, family: str, context: Context, begun: tuple[str, ...] = ()
) -> Variant:
    """A loop whose threads each keep the place of their best, which becomes the best of all where it `wins`."""
    step = context.layout.indent_unit
    head = (
        *begun,
        "#pragma omp parallel",
        "{",
        f"{step}{name_the_type(loop.function, best)} {mine} = {best};",
        f"{step}#pragma omp for",
    )
    tail = (
        f"{step}#pragma omp critical",
        f"{step}if ({mine} != {best} && {wins}) {{",
        f"{step * 2}{best} = {mine};",
        f"{step}}}",
        "}",
    )
    renames = tuple(Edit(use.start_byte, use.end_byte, mine) for use in identifiers(loop.body, best))
    title = f"parallel for over {loop.variable} at line {loop.line}, {best} per thread"
    edits = (context.layout.wrap(loop.node, head, tail, 1, renames),)
    return Variant("parallel-for+located-extreme", family, (), edits, (title,))


def with_name(expression: Node, name: str, new: str) -> str:
    """An expression with another name for a variable."""
    edits = [
        Edit(use.start_byte - expression.start_byte, use.end_byte - expression.start_byte, new)
        for use in identifiers(expression, name)
    ]
    return apply_edits(text(expression), edits)


def compares_alike(node: Node, best: str, v: str, signs: set[str]) -> bool:
    """Whether a comparison is of the same expression of the counter and of the best so far."""
    sides = sides_of(node)
    names = [{name for name in (best, v) if identifiers(side, name)} for side in sides]
    alike = len({key_of(side, best, v) for side in sides}) == 1
    return (
        operator(node) in signs and len(sides) == 2 and alike and sorted(map(tuple, names)) == sorted([(best,), (v,)])
    )


def key_of(side: Node, best: str, v: str) -> str:
    """What is compared, with the counter for the best so far."""
    return "".join(with_name(side, best, v).split())


def sides_of(node: Node) -> list[Node]:
    """The two sides of a comparison."""
    sides = node.child_by_field_name("left"), node.child_by_field_name("right")
    return [side for side in sides if side is not None]


def _value_and_place(loop: Loop, carried: tuple[str, ...]) -> tuple[str, str, str, str] | None:
    """The names of the extreme and of its place, and the comparisons that replace them."""
    for statement in walk(loop.body):
        if statement.type != "if_statement" or len(carried) not in {1, 2}:
            continue
        sides = assignments(statement.child_by_field_name("consequence"))
        condition = statement.child_by_field_name("condition")
        if condition is None or statement.child_by_field_name("alternative") is not None or len(sides) != 2:
            continue
        for (value, given), (place, spot) in (sides, sides[::-1]):
            found = extreme_of(condition, value, given)
            taken = _taken_of_equals(condition, loop)
            apart = taken and not identifiers(given, text(value)) and text(spot) == loop.variable
            names = {text(value), text(place)}
            if found and apart and set(carried) <= names and _is_alone(statement, names, loop, given):
                return text(value), text(place), "<" if found == "min" else ">", taken
    return None


def assignments(body: Node | None) -> list[tuple[Node, Node]]:
    """The sides of plain assignments to variables, if a block consists of nothing else."""
    found = []
    for statement in statements_of(body) if body is not None else []:
        node = statement.named_children[0] if statement.named_children else statement
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if left is None or right is None or operator(node) != "=" or left.type != "identifier":
            return []
        found.append((left, right))
    return found
