"""What a run of iterations makes of a number that it scales and adds to: `factor * s + shift`."""

import re
from collections.abc import Iterator

from tree_sitter import Node

from agentpar.languages.source import text, walk
from agentpar.proposers.rewrite.rounding import is_real
from agentpar.proposers.rewrite.sites import assigned_names, declarations, operator
from agentpar.proposers.rewrite.transfers import NoSuchForm, State, Transfer, assignment_of, in_branches, names_in
from agentpar.proposers.rewrite.widths import constant, most, number


def scaled(body: Node, state: State) -> Transfer:
    """What the lines of a body make of a number, as a factor and a shift."""
    if not state.is_real and not state.is_whole:
        raise NoSuchForm
    told = {state.name}
    size = 0
    while size != len(told):
        size = len(told)
        for name, _, declarator in declarations(body):
            told |= {name} if names_in(declarator.child_by_field_name("value")) & told else set()
        for node in walk(body):
            if node.type == "expression_statement" and (found := assignment_of(node)) and names_in(found[2]) & told:
                told.add(found[0])
    if state.is_real and any(_tells_an_error(node, told) for node in walk(state.loop.body)):
        raise NoSuchForm
    slopes = {name: state.context.fresh(f"{name}_factor") for name in sorted(told)}
    linear = _Linear(slopes, state)
    lines = tuple(in_branches(body, told, linear.statement))
    name, block, kind = state.name, state.block, linear.kind
    shifts, factors = state.fresh("shifts"), state.fresh("factors")
    slope = slopes[name]
    if not linear.scales:  # a plain sum
        slope = ""
    kept = [(kind, shifts, "")] + [(kind, factors, "")] * bool(slope)
    shift, factor = f"{shifts}[{block}]", f"{factors}[{block}]"
    tried: tuple[str, ...] = ()
    holds = ""
    if not slope:
        lines = tuple(line for line in lines if not line.startswith(f"{slopes[name]} "))
        applied = [f"{name} = {_cast(kind, state.kind, f'{name} + {shift}', state)};"]
    elif state.is_real:  # no factor tells what becomes of an infinity, or of what is no number
        after = state.fresh("after")
        tried, holds = (f"const {kind} {after} = {factor} * {name} + {shift};",), f"{after} - {after} == 0"
        applied = [f"{name} = {after};"]
    else:
        scaled = f"{factor} * {_cast(state.kind, kind, name, state)} + {shift}"
        if linear.modulus:
            scaled = f"((unsigned __int128){scaled}) % {linear.modulus}"
        applied = [f"{name} = {_cast(kind, state.kind, scaled, state)};"]
    return Transfer(
        kept=tuple(kept),
        opening=(f"{kind} {name} = 0;", *((f"{kind} {slope} = 1;",) if slope else ())),
        body=lines,
        closing=(f"{shifts}[{block}] = {name};", *((f"{factors}[{block}] = {slope};",) if slope else ())),
        applied=tuple(applied),
        tried=tried,
        holds=holds,
    )


def _tells_an_error(node: Node, told: set[str]) -> bool:
    """Whether two numbers that follow the state are subtracted: the error of a sum, which sums of blocks lack."""
    left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
    if node.type != "binary_expression" or operator(node) != "-":
        return False
    return bool(names_in(left) & told and names_in(right) & told)


def _cast(given: str, wanted: str, spelled: str, state: State) -> str:
    return spelled if given == wanted else state.context.cast(wanted, spelled)


class _Linear:
    """Beside each statement that makes a number of the state, one that makes by how much it grows with the state.

    Whole numbers are told as unsigned ones of 64 bits: what serial code makes of them fits, what runs of it make of 0
    and by what they scale need not, and is right all the same when it is cut off.
    """

    def __init__(self, slopes: dict[str, str], state: State) -> None:
        self.slopes, self.state = slopes, state
        self.kind = state.kind if state.is_real else "unsigned long long"
        self.scales = self.resets = self.plain = False
        self.modulus = ""

    def statement(self, node: Node) -> Iterator[str]:
        if node.type == "declaration":
            yield from self._declared(node)
            return
        found = assignment_of(node) if node.type == "expression_statement" else None
        if found is None or found[0] not in self.slopes:
            raise NoSuchForm
        name, sign, value = found
        slope = self.slopes[name]
        grows = self._modular(value) if value is not None else ""
        if value is not None:
            self._check_whole(value)
        if sign in {"*=", "/=", "<<="} and not grows and (self.state.is_real or sign != "/=") and value is not None:
            self.scales = True
            yield f"{slope} {sign} {text(value)};"
        elif sign in {"+=", "-="}:
            self.scales |= bool(grows)
            yield from [f"{slope} {sign} {grows};"] * bool(grows)
        elif sign == "=":
            self.scales |= grows != slope or bool(self.modulus)
            self.resets |= not grows
            yield f"{slope} = {grows or '0'};"
        elif sign not in {"++", "--"}:
            raise NoSuchForm
        if sign != "=" and self.modulus:
            raise NoSuchForm
        self.plain |= sign != "="
        yield text(node)

    def _modular(self, value: Node) -> str:
        """By how much a value grows, as a remainder where all values that follow the state are one."""
        left, right = value.child_by_field_name("left"), value.child_by_field_name("right")
        is_remainder = value.type == "binary_expression" and operator(value) == "%"
        modulus = text(right) if is_remainder and right is not None else ""
        if not names_in(value) & self.slopes.keys():
            return ""
        if modulus != (self.modulus or modulus) or (self.plain and modulus):
            raise NoSuchForm
        if modulus and (left is None or not self._divides(modulus, left)):
            raise NoSuchForm
        self.modulus, self.plain = modulus, not modulus
        if not modulus or left is None:
            return self.of(value)
        return f"({self.of(left)}) % {modulus}"

    def _divides(self, modulus: str, left: Node) -> bool:
        """Whether a factor tells remainders: of numbers without sign that begin below it and never wrap around."""
        function, name = self.state.loop.function, self.state.name
        divisor = constant(modulus, function)
        bits = 64 if re.search(r"long|64_t|size_t", self.state.kind) else 32
        unsigned = re.search(r"\bunsigned\b|^(std::)?(uint(32|64)_t|size_t)", self.state.kind) is not None
        if not divisor or not unsigned or not self._begins_below(name, divisor):
            return False
        total = most(left, function, dict.fromkeys([name, *self._below(divisor)], divisor - 1))
        return total is not None and total < 2**bits

    def _begins_below(self, name: str, divisor: int) -> bool:
        """Whether all that a name is given outside of the loop is less than the divisor."""
        function, loop = self.state.loop.function, self.state.loop.node
        begun = [each.child_by_field_name("value") for found, _, each in declarations(function) if found == name]
        for found, target in assigned_names(function):
            if found == name and target.parent is not None and not loop.start_byte <= target.start_byte < loop.end_byte:
                begun.append(target.parent.child_by_field_name("right"))
        first = [number(text(value)) if value is not None else None for value in begun]
        return bool(first) and all(value is not None and value < divisor for value in first)

    def _below(self, divisor: int) -> Iterator[str]:
        """The other states whose remainders by the same number are all that the loop makes them."""
        for name, target in assigned_names(self.state.loop.body):
            value = target.parent.child_by_field_name("right") if target.parent is not None else None
            right = value.child_by_field_name("right") if value is not None else None
            sign = operator(target.parent) if target.parent is not None else ""
            if sign == "=" and value is not None and operator(value) == "%" and right is not None:
                others = [each for each, _ in assigned_names(self.state.loop.body) if each == name]
                is_same = constant(text(right), self.state.loop.function) == divisor
                if is_same and len(others) == 1 and self._begins_below(name, divisor):
                    yield name

    def _declared(self, node: Node) -> Iterator[str]:
        kind = node.child_by_field_name("type")
        own = {text(kind)} & {self.state.kind, "auto"} if kind is not None else set()
        declarators = node.children_by_field_name("declarator")
        if not own or len(declarators) != 1 or declarators[0].type != "init_declarator":
            raise NoSuchForm
        name, value = text(declarators[0].child_by_field_name("declarator") or node), declarators[0]
        given = value.child_by_field_name("value")
        if name not in self.slopes or given is None:
            raise NoSuchForm
        self._check_whole(given)
        self.scales = True
        yield f"{self.kind} {self.slopes[name]} = {self.of(given) or '0'};"
        yield f"{self.kind} {name} = {text(given)};"

    def _check_whole(self, value: Node) -> None:
        """A whole number that is given a real one is cut off at each step, which no factor tells."""
        if self.state.is_whole and is_real(value, self.state.loop.function):
            raise NoSuchForm

    def of(self, node: Node) -> str:
        """By how much an expression grows with the state; nothing where it does not ask for it."""
        if not names_in(node) & self.slopes.keys():
            return ""
        if node.type == "identifier":
            return self.slopes[text(node)]
        if node.type == "parenthesized_expression":
            return f"({self.of(node.named_children[0])})"
        if node.type == "unary_expression" and operator(node) in {"-", "+"}:
            return f"{operator(node)}({self.of(node.named_children[-1])})"
        if node.type == "conditional_expression":
            condition, *ways = (node.child_by_field_name(k) for k in ("condition", "consequence", "alternative"))
            if condition is None or names_in(condition) & self.slopes.keys():
                raise NoSuchForm
            told = [self.of(way) or "0" for way in ways if way is not None]
            self.resets |= "0" in told
            return f"({text(condition)} ? {told[0]} : {told[1]})"
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if node.type != "binary_expression" or left is None or right is None:
            raise NoSuchForm
        return self._of_two(operator(node), left, right)

    def _of_two(self, sign: str, left: Node, right: Node) -> str:
        one, two = self.of(left), self.of(right)
        if sign == "+" or (sign == "-" and not two):
            return f"{one} + {two}" if one and two else one or two
        if sign == "-":
            return f"{one} - ({two})" if one else f"-({two})"
        if sign == "*" and not (one and two):
            return f"({one}) * {_closed(right)}" if one else f"{_closed(left)} * ({two})"
        if not two and ((sign == "/" and self.state.is_real) or (sign == "<<" and self.state.is_whole)):
            return f"({one}) {sign} {_closed(right)}"
        raise NoSuchForm


def _closed(node: Node) -> str:
    return f"({text(node)})" if node.type in {"binary_expression", "conditional_expression"} else text(node)
