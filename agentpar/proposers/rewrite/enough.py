"""Loops that end once enough was found: the n-th that fits, or as many in a list as are wanted.

All threads look through pieces of the loop, and count what is found or keep it in lists of their own. The piece in
which there may be enough is left to the serial loop, which ends as it always did.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tree_sitter import Node

from agentpar.languages.source import Edit, text, walk
from agentpar.proposers.rewrite.appending import append_to
from agentpar.proposers.rewrite.blocks import counts_up
from agentpar.proposers.rewrite.context import Context, full_type, name_the_type
from agentpar.proposers.rewrite.counted import Step, is_certain, parts_of_and
from agentpar.proposers.rewrite.dependences import is_read_after
from agentpar.proposers.rewrite.directives import Variant
from agentpar.proposers.rewrite.induction import WHOLE, in_brackets
from agentpar.proposers.rewrite.leaving import arms_of, leaves_traces
from agentpar.proposers.rewrite.places import identifiers
from agentpar.proposers.rewrite.reorder import head_range
from agentpar.proposers.rewrite.searches import works
from agentpar.proposers.rewrite.shared_arrays import holds
from agentpar.proposers.rewrite.sites import LOOPS, Loop, ancestor, assigned_names, declarations, operator, read_step

_LISTS = 64
_LEAST, _SHARE = 64, 16
"""The rounds of a piece, and what part of those before it is added to them: so much may be done twice."""
_SIZE = re.compile(r"(?:\((?:int|long|long long)\)\s*|static_cast<[^<>]*>\()?(\w+)\.size\(\)\)?")


@dataclass(frozen=True)
class _Limit:
    """What is counted, or the list that grows, and the branch that leaves the loop.

    `enough` says with `{here}` for what a piece has found that the loop may be left there. `found` are statements and
    what becomes of each where pieces are looked through.
    """

    name: str
    is_list: bool
    sign: str
    enough: str
    found: tuple[tuple[Node, str], ...]


def until_enough(loop: Loop, context: Context) -> Iterator[Variant]:
    """A loop that a count or the length of a list ends, and whose rounds leave no other trace."""
    header = loop.header
    if header is None or header.is_range or not counts_up(loop) or not set(loop.obstacles) <= {"return", "break"}:
        return
    if not works(loop) or not header.declared or is_read_after(loop) or not loop.stands_in_block:
        return
    arms = [arm for arm, _ in arms_of(loop)]
    limit = _limit(loop, arms[0], context) if len(arms) == 1 else None
    if limit is None or (limit.is_list and context.is_c):
        return
    if not leaves_traces(loop, arms, context.dependences(loop), context, but=limit.name):
        title = f"pieces of {loop.variable} at line {loop.line} until {limit.name} may be enough"
        edits = _in_pieces(loop, limit, context)
        yield Variant("chunked-search", f"enough@{loop.line}", (), edits, (title,))


def limits_in_heads(function: Node, context: Context) -> Iterator[Step]:
    """`for (…; i < n && found < most; ++i)`, whose second end becomes a break at the start of its rounds."""
    for loop in walk(function):
        condition, update = loop.child_by_field_name("condition"), loop.child_by_field_name("update")
        body = loop.child_by_field_name("body")
        if loop.type != "for_statement" or condition is None or update is None or body is None:
            continue
        parts = parts_of_and(condition)
        left = parts[0].child_by_field_name("left")
        if len(parts) != 2 or left is None or not any(read_step(update, text(name)) for name in walk(left)):
            continue
        names = {text(node) for node in walk(parts[1]) if node.type == "identifier"}
        stepped = {name for name, _ in assigned_names(body)} | set(
            re.findall(r"\b(\w+)\.(?:push|emplace)_", text(body))
        )
        steps = [node for name, node in assigned_names(body) if name in names]
        if steps and all(is_certain(node, body) for node in steps):
            continue  # each round counts, so that both ends are told ahead
        if names & stepped and not names & {name for name, _ in assigned_names(update)}:
            line = f"if (!({text(parts[1])})) break;"
            edits = (Edit(condition.start_byte, condition.end_byte, text(parts[0])),)
            yield (*edits, *context.layout.into_body(body, (line,))), f"leave the loop where not {text(parts[1])}"


def _limit(loop: Loop, arm: Node, context: Context) -> _Limit | None:
    shell = arm.parent
    if shell is None or shell.type != "if_statement" or shell.child_by_field_name("alternative") is not None:
        return None
    condition = shell.child_by_field_name("condition")
    parts = parts_of_and(condition) if condition is not None else []
    told = _compared(parts[-1]) if parts else None
    if told is None:
        return None
    counted, relation, bound = told
    written = {name for name, _ in assigned_names(loop.node)} | {name for name, _, _ in declarations(loop.body)}
    if set(re.findall(r"[A-Za-z_]\w*", bound)) & written or "(" in bound.replace(".size()", ""):
        return None
    size = _SIZE.fullmatch(text(counted))
    if size is not None:
        return _list(loop, shell, counted, size[1], relation, bound) if len(parts) == 1 else None
    return _count(loop, shell, parts, (counted, relation, bound))


def _compared(test: Node) -> tuple[Node, str, str] | None:
    """What is compared, how, and with what; `!(a < b)` and `!--left` too."""
    test, is_not = _bare(test), False
    argument = test.child_by_field_name("argument")
    if test.type == "unary_expression" and operator(test) == "!" and argument is not None:
        test, is_not = _bare(argument), True
    if is_not and test.type == "update_expression":
        return test, "==", "0"
    left, right = test.child_by_field_name("left"), test.child_by_field_name("right")
    if test.type != "binary_expression" or left is None or right is None:
        return None
    relation = operator(test)
    relation = {"<": ">=", "!=": "=="}.get(relation, "") if is_not else relation
    return (_bare(left), relation, text(right)) if relation in {"==", ">=", "<="} else None


def _bare(node: Node) -> Node:
    while node.type in {"parenthesized_expression", "condition_clause"} and node.named_child_count == 1:
        node = node.named_children[0]
    return node


def _list(loop: Loop, shell: Node, counted: Node, name: str, relation: str, bound: str) -> _Limit | None:
    uses = [use for use in identifiers(loop.body, name) if not holds(shell.named_children[0], use)]
    appends = [call for use in uses if (call := append_to(use)) is not None]
    if relation == "<=" or not uses or len(appends) != len(uses):
        return None
    length = f"{name}.size() + {{here}}"
    if text(counted) != f"{name}.size()":  # as another type, by whose kind the bound is
        length = f"static_cast<long long>({length})"
    return _Limit(name, True, "+", f"{length} >= {bound}", ((shell, ""),))


def _count(loop: Loop, shell: Node, parts: list[Node], told: tuple[Node, str, str]) -> _Limit | None:
    """A number that is stepped by one, in the condition itself or in a statement of its own."""
    counted, relation, bound = told
    inside = counted.type == "update_expression"
    target = counted.child_by_field_name("argument") if inside else counted
    name = text(target) if target is not None else ""
    steps = [node.parent for written, node in assigned_names(loop.body) if written == name]
    step = steps[0] if len(steps) == 1 else None
    if step is None or not name.isidentifier() or not WHOLE.fullmatch(full_type(loop.function, name)):
        return None
    change = read_step(step, name)
    uses = identifiers(loop.body, name)
    catcher = ancestor(step, LOOPS)
    if change not in {"1", "-1"} or catcher is None or catcher.id != loop.node.id or len(uses) != 2 - inside:
        return None
    sign = "-" if change == "-1" else "+"
    if relation not in {"==", ">=" if sign == "+" else "<="}:
        return None
    found: tuple[tuple[Node, str], ...]
    if inside:
        others = " && ".join(text(part) for part in parts[:-1])
        found = ((shell, f"if ({others}) ++{{here}};" if others else "++{here};"),)
        is_before = text(step).startswith(name)
    else:
        statement = step.parent
        if statement is None or statement.type != "expression_statement" or len(parts) != 1:
            return None
        found = ((statement, "++{here};"), (shell, ""))
        same = statement.parent is not None and shell.parent is not None and statement.parent.id == shell.parent.id
        is_before = same and shell.end_byte <= step.start_byte
    bound = in_brackets(bound)
    enough = f"{name} + {{here}} >{'' if is_before else '='} {bound}"
    if sign == "-":
        enough = f"{name} <{'' if is_before else '='} {{here}}{'' if bound == '0' else f' + {bound}'}"
    return _Limit(name, False, sign, enough, found)


def _in_pieces(loop: Loop, limit: _Limit, context: Context) -> tuple[Edit, ...]:
    header, layout = loop.header, context.layout
    assert header is not None
    unit, variable = layout.indent_unit, loop.variable
    kind = name_the_type(loop.node, variable)
    end, start, stop, here, block, mine = (
        context.fresh(name) for name in ("end", "start", "stop", "here", "block", f"{limit.name}_part")
    )
    first, last = (start, stop) if not limit.is_list else (context.fresh("from"), context.fresh("to"))
    head = f"({kind} {variable} = {first}; {variable} < {last}; ++{variable})"
    edits = [Edit(*head_range(loop), head), *_looking(limit, here, context)]
    if limit.is_list:
        uses = [use for use in identifiers(loop.body, limit.name) if append_to(use) is not None]
        edits += [Edit(use.start_byte, use.end_byte, mine) for use in uses]
    lines = layout.lines_of(loop.node, tuple(edits))
    enough = limit.enough.format(here=here)
    step = f"({start} - {in_brackets(header.lower)})" if header.lower != "0" else start
    piece = [
        f"{stop} = {end} - {start} > {_LEAST} + {step} / {_SHARE} ? {start} + {_LEAST} + {step} / {_SHARE} : {end};"
    ]
    piece.append(f"{'std::size_t' if limit.is_list else 'long long'} {here} = 0;")
    if limit.is_list:
        piece += _lists(loop, limit, lines, (kind, first, last, start, stop, here, block, mine), context, enough)
    else:
        private = [n for n in context.dependences(loop).private if n not in {variable, limit.name}]
        clauses = f" private({', '.join(private)})" if private else ""
        piece += [f"#pragma omp parallel for reduction(+:{here}){clauses}", *lines]
        piece += [f"if ({enough}) break;", f"{limit.name} {limit.sign}= {here};"]
    upper = in_brackets(header.upper) + (" + 1" if header.relation == "<=" else "")
    whole = (
        f"const {kind} {end} = {upper};",
        f"{kind} {start} = {header.lower};",
        f"for ({kind} {stop}; {start} < {end}; {start} = {stop}) {{",
        *(unit + line if line.strip() else line for line in piece),
        "}",
    )
    again = Edit(*head_range(loop), f"({kind} {variable} = {start}; {variable} < {end}; ++{variable})")
    return (layout.wrap(loop.node, whole, (), 0, (again,)),)


def _lists(
    loop: Loop,
    limit: _Limit,
    lines: tuple[str, ...],
    names: tuple[str, ...],
    context: Context,
    enough: str,
) -> list[str]:
    kind, first, last, start, stop, here, block, mine = names
    unit, of = context.layout.indent_unit, context.storage(limit.name, loop).element
    parts, each = context.fresh(f"{limit.name}_parts"), context.fresh("each")
    private = [name for name in context.dependences(loop).private if name != loop.variable]
    clauses = f" private({', '.join(private)})" if private else ""
    share = f"{context.cast('long long', f'{stop} - {start}')} * "
    return [
        f"std::vector<{of}> {parts}[{_LISTS}];",
        f"#pragma omp parallel for{clauses}",
        f"for (int {block} = 0; {block} < {_LISTS}; ++{block}) {{",
        f"{unit}const {kind} {first} = {start} + {share}{block} / {_LISTS};",
        f"{unit}const {kind} {last} = {start} + {share}({block} + 1) / {_LISTS};",
        f"{unit}std::vector<{of}> {mine};",
        *(unit + line if line.strip() else line for line in lines),
        f"{unit}{parts}[{block}].swap({mine});",
        "}",
        f"for (const auto& {each} : {parts}) {here} += {each}.size();",
        f"if ({enough}) break;",
        f"for (const auto& {each} : {parts}) {limit.name}.insert({limit.name}.end(), {each}.begin(), {each}.end());",
    ]


def _looking(limit: _Limit, here: str, context: Context) -> Iterator[Edit]:
    """The changes that leave a round without its end."""
    for node, becomes in limit.found:
        is_own = node.parent is not None and node.parent.type == "compound_statement"
        if not becomes and is_own:
            yield context.layout.removal(node)
        else:
            yield Edit(node.start_byte, node.end_byte, becomes.format(here=here) or ";")
