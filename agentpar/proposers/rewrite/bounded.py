"""What a run of iterations makes of a number that it adds to and takes extremes of: `s + shift` between two bounds."""

import re
from collections.abc import Iterator

from tree_sitter import Node

from agentpar.languages.callgraph import called_name
from agentpar.languages.source import parse, text, walk
from agentpar.proposers.rewrite.reorder import statements_of
from agentpar.proposers.rewrite.rounding import is_real
from agentpar.proposers.rewrite.sites import declarations, operator
from agentpar.proposers.rewrite.transfers import NoSuchForm, State, Transfer, assignment_of, in_branches, names_in
from agentpar.proposers.rewrite.updates import compared
from agentpar.proposers.rewrite.widths import is_held

_LONG = re.compile(r"\blong\b|64_t|size_t|ptrdiff_t|intptr_t")
_EXTREMES = {"max": "max", "fmax": "max", "fmaxf": "max", "min": "min", "fmin": "min", "fminf": "min"}


def bounded(body: Node, state: State) -> Transfer:
    """What the lines of a body make of a number, as a shift, a least and a most value."""
    if not state.is_real and not state.is_whole:
        raise NoSuchForm
    if any(state.name in names_in(declarator.child_by_field_name("value")) for _, _, declarator in declarations(body)):
        raise NoSuchForm
    bounds = _Bounds(state)
    tuple(in_branches(body, {state.name}, bounds.statement))  # what is never done needs no number
    lines = tuple(in_branches(body, {state.name}, bounds.statement))
    name, block, kind = state.name, state.block, bounds.kind
    truth = "int" if state.context.is_c else "bool"
    kinds = {bounds.shift: kind, bounds.least: kind, bounds.most: kind, bounds.has_least: truth, bounds.has_most: truth}
    used = [each for each in kinds if each in bounds.used()]
    lists = {each: state.context.fresh(f"{each}s") for each in used}
    run = state.fresh("run")
    after = run if kind == state.kind else state.context.cast(state.kind, run)
    limits = [
        f"if ({lists[has]}[{block}] && {run} {worse} {lists[bound]}[{block}]) {run} = {lists[bound]}[{block}];"
        for has, bound, worse in ((bounds.has_least, bounds.least, "<"), (bounds.has_most, bounds.most, ">"))
        if bound in used
    ]
    shift = f" + {lists[bounds.shift]}[{block}]" if bounds.shift in used else ""
    opened = f"{kind} {run} = {name}{shift};"
    numbers = [run, *(f"{lists[each]}[{block}]" for each in (bounds.least, bounds.most) if each in used)]
    return Transfer(
        kept=tuple((kinds[each], lists[each], "") for each in used),
        opening=tuple(f"{kinds[each]} {each} = 0;" for each in used),
        body=lines,
        closing=tuple(f"{lists[each]}[{block}] = {each};" for each in used),
        applied=(*(() if state.is_real else (opened,)), *limits, f"{name} = {after};"),
        tried=(opened,) if state.is_real else (),
        holds=" && ".join(f"{each} - {each} == 0" for each in numbers) if state.is_real else "",
    )


class _Bounds:
    """What statements that add to the state, take an extreme of it or set it make of the shift and the two bounds."""

    def __init__(self, state: State) -> None:
        self.state = state
        wide = "__int128" if _LONG.search(state.kind) else "long long"
        self.kind = state.kind if state.is_real else wide
        names = ("shift", "least", "most", "has_least", "has_most")
        self.shift, self.least, self.most, self.has_least, self.has_most = map(state.fresh, names)
        self.value = state.fresh("value")
        self.signs: set[str] = set()

    def used(self) -> set[str]:
        """The names of the numbers that the statements seen so far change."""
        found = {self.shift} if self.signs & {"+", "-"} else set()
        found |= {self.least, self.has_least} if self.signs & {"max", "="} else set()
        return found | ({self.most, self.has_most} if self.signs & {"min", "="} else set())

    def statement(self, node: Node) -> Iterator[str]:
        if node.type == "if_statement":
            yield from self._done(self._steps(parse_expression(self._as_choice(node))))
            return
        found = assignment_of(node) if node.type == "expression_statement" else None
        if found is None or found[0] != self.state.name:
            raise NoSuchForm
        yield from self._done(self._steps(parse_expression(self._given(node))))

    def _given(self, statement: Node) -> str:
        """What a statement makes the state, as an expression."""
        found = assignment_of(statement) if statement.type == "expression_statement" else None
        if found is None or found[0] != self.state.name:
            raise NoSuchForm
        name, sign, value = found
        if sign in {"++", "--"}:
            return f"{name} {sign[0]} 1"
        if value is None or sign not in {"=", "+=", "-="}:
            raise NoSuchForm
        return text(value) if sign == "=" else f"{name} {sign[0]} ({text(value)})"

    def _as_choice(self, node: Node) -> str:
        condition, other = node.child_by_field_name("condition"), node.child_by_field_name("alternative")
        ways = [node.child_by_field_name("consequence"), *([other.named_children[-1]] if other is not None else [])]
        given = []
        for way in ways:
            inner = statements_of(way) if way is not None else []
            if len(inner) > 1:
                raise NoSuchForm
            given.append(self._given(inner[0]) if inner else self.state.name)
        if condition is None:
            raise NoSuchForm
        return f"{text(compared(condition))} ? {given[0]} : {given[1] if len(given) > 1 else self.state.name}"

    def _steps(self, node: Node) -> list[tuple[str, str]]:
        """What an expression does to the state, step by step: `+`, `max`, `min` or `=`, each with its value."""
        name, function = self.state.name, self.state.loop.function
        if name not in names_in(node):
            if self.state.is_whole and (is_real(node, function) or not is_held(node, self.state.kind, function)):
                raise NoSuchForm
            return [("=", text(node))]
        if node.type == "identifier":
            return []
        if node.type == "parenthesized_expression":
            return self._steps(node.named_children[0])
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if node.type == "binary_expression" and left is not None and right is not None:
            if operator(node) == "+" and name not in names_in(left):
                left, right = right, left
            if operator(node) not in {"+", "-"} or name in names_in(right):
                raise NoSuchForm
            self._steps(right)
            return [*self._steps(left), (operator(node), text(right))]
        if node.type == "call_expression" and called_name(node) in _EXTREMES:
            arguments = node.child_by_field_name("arguments")
            given = arguments.named_children if arguments is not None else []
            mine = [argument for argument in given if name in names_in(argument)]
            if len(given) == 2 and len(mine) == 1:
                other = next(argument for argument in given if argument not in mine)
                if given[0] == other and not called_name(node).startswith("f"):
                    self._check_order(other)
                self._steps(other)
                return [*self._steps(mine[0]), (_EXTREMES[called_name(node)], text(other))]
        if node.type == "conditional_expression":
            return self._chosen(node)
        raise NoSuchForm

    def _chosen(self, node: Node) -> list[tuple[str, str]]:
        """`a > b ? a : b`, `s > 0 ? s + x : x`, and `s == x ? s : x`, which is `x`."""
        name = self.state.name
        parts = [node.child_by_field_name(k) for k in ("condition", "consequence", "alternative")]
        condition, one, two = (part if part is not None else node for part in parts)
        condition = compared(condition)
        left, right = condition.child_by_field_name("left"), condition.child_by_field_name("right")
        sign = operator(condition)[:1]
        if operator(condition) in {"==", "!="} and left is not None and right is not None:
            same, other = (one, two) if sign == "=" else (two, one)
            is_kept = _plain(same) == name and {_plain(left), _plain(right)} == {name, _plain(other)}
            if not is_kept or not self.state.is_whole:  # of real numbers 0 and -0 are equal, and some not themselves
                raise NoSuchForm
            return self._steps(other)
        if left is None or right is None or sign not in {"<", ">"}:
            raise NoSuchForm
        spelled = [_plain(part) for part in (left, right, one, two)]
        if spelled[0] == spelled[3] and spelled[1] == spelled[2]:
            sign, spelled = {"<": ">", ">": "<"}[sign], [spelled[1], spelled[0], *spelled[2:]]
        if spelled[:2] == spelled[2:]:
            mine, other = (one, two) if name in names_in(one) else (two, one)
            if name in names_in(other):
                raise NoSuchForm
            if mine == one:
                self._check_order(other)
            return [*self._steps(mine), ("max" if sign == ">" else "min", text(other))]
        if text(left) != name:  # then 0 > s
            left, right, sign = right, left, {"<": ">", ">": "<"}[sign]
        if text(left) != name or text(right) not in {"0", "0.0", "0.0f", "0L", "0.f"}:
            raise NoSuchForm
        mine, other = (one, two) if name in names_in(one) else (two, one)
        steps = self._steps(mine)
        is_above = (sign == ">") == (mine is one)  # where the state is above 0, it goes on
        if name in names_in(other) or len(steps) != 1 or steps[0][0] != "+" or steps[0][1].strip("()") != _bare(other):
            raise NoSuchForm
        return [("max" if is_above else "min", "0"), *steps]

    def _check_order(self, other: Node) -> None:
        """Of real numbers, `s > x ? s : x` and `max(x, s)` take what is no number in place of the state."""
        if self.state.is_real and other.type != "number_literal":
            raise NoSuchForm

    def _done(self, steps: list[tuple[str, str]]) -> Iterator[str]:
        for sign, given in steps:
            self.signs.add(sign)
            yield "{"
            yield f"const {self.kind} {self.value} = {given};"
            yield from self._step(sign)
            yield "}"

    def _step(self, sign: str) -> Iterator[str]:
        used = self.used()
        if sign in {"+", "-", "="}:
            names = [each for each in (self.shift, self.least, self.most) if each in used]
            names = [each for each in names if sign != "=" or each != self.shift]
            yield " ".join(f"{each} {sign.strip('=')}= {self.value};" for each in names)
            yield from [f"{self.has_least} = {self.has_most} = 1;"] * (sign == "=")
            return
        low, high = (self.least, self.has_least), (self.most, self.has_most)
        (one, has_one), (other, has_other) = (low, high) if sign == "max" else (high, low)
        worse = "<" if sign == "max" else ">"
        is_number = f"{self.value} == {self.value} && " if self.state.is_real else ""
        is_first = f"({is_number}!{has_one})" if is_number else f"!{has_one}"
        yield f"if ({is_first} || {one} {worse} {self.value}) {{ {one} = {self.value}; {has_one} = 1; }}"
        if other in used:
            yield f"if ({has_other} && {other} {worse} {self.value}) {other} = {self.value};"


def _plain(node: Node) -> str:
    while node.type == "parenthesized_expression":
        node = node.named_children[0]
    return "".join(text(node).split())


def _bare(node: Node) -> str:
    return text(node).strip("()")


def parse_expression(spelled: str) -> Node:
    """The expression that a text is."""
    root = parse(f"void body() {{ x = {spelled}; }}").root_node
    made = next((node for node in walk(root) if node.type == "assignment_expression"), None)
    found = made.child_by_field_name("right") if made is not None else None
    if found is None or found.has_error:
        raise NoSuchForm
    return found
