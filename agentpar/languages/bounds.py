"""Bounds of integer expressions at a sample point: interval arithmetic over the syntax tree."""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import count

from tree_sitter import Node

from agentpar.languages.body import Body, Guard, Variable, normal, unwrap
from agentpar.languages.source import text

Interval = tuple[float, float]
ANY: Interval = (-math.inf, math.inf)
_MAX_DEPTH = 40
_MAX_STEPS = 5000
_SIZE_CALLS = ("size", "length")
_PASSING = ("static_cast", "int", "long", "size_t", "floor", "round", "lround", "trunc", "unsigned", "abs")


@dataclass(frozen=True)
class Place:
    """Where an expression is read: its function, that function's arguments, the guards that hold."""

    body: Body
    guards: tuple[Guard, ...] = ()
    arguments: Mapping[str, "Term"] = field(default_factory=dict)
    active: frozenset[int] = frozenset()
    depth: int = 0


@dataclass(frozen=True)
class Term:
    """An expression, and where it stands."""

    node: Node
    place: Place


@dataclass(frozen=True)
class Access:
    """A path into a parameter: one sum of terms per level, and a pending pointer offset."""

    parameter: str
    indices: tuple[tuple[Term, ...], ...] = ()
    offset: tuple[Term, ...] = ()


def access(node: Node, place: Place) -> Access | None:  # noqa: PLR0911 - one case a return
    """The entry function's parameter that an expression reaches into, through locals and helpers."""
    if place.depth > _MAX_DEPTH:
        return None
    place = replace(place, depth=place.depth + 1)
    node = unwrap(node)
    argument = node.child_by_field_name("argument")
    if node.type == "identifier":
        return _named_access(node, place)
    if node.type == "subscript_expression" and argument is not None:
        indices = node.child_by_field_name("indices")
        first = indices.named_children[0] if indices is not None and indices.named_children else None
        return _step(access(argument, place), first, place)
    if node.type == "field_expression" and argument is not None:
        return access(argument, place)
    if node.type == "pointer_expression" and argument is not None:
        inner = access(argument, place)
        if inner is None:
            return None
        if text(node).startswith("*"):
            return replace(inner, indices=(*inner.indices, inner.offset), offset=())
        return replace(inner, indices=inner.indices[:-1], offset=inner.indices[-1]) if inner.indices else inner
    if node.type == "call_expression":
        return _called_access(node, place)
    left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
    if node.type == "binary_expression" and left is not None and right is not None and "+" in text(node):
        base = access(left, place)
        sign = node.child_by_field_name("operator")
        if base is not None and sign is not None and text(sign) == "+":
            return replace(base, offset=(*base.offset, Term(right, place)))
    return None


def _step(base: Access | None, index: Node | None, place: Place) -> Access | None:
    if base is None or index is None:
        return None
    return replace(base, indices=(*base.indices, (*base.offset, Term(index, place))), offset=())


def _named_access(node: Node, place: Place) -> Access | None:
    variable = place.body.lookup(node)
    if variable is None or id(variable) in place.active:
        return None
    inside = replace(place, active=place.active | {id(variable)})
    if variable.is_parameter:
        bound = place.arguments.get(variable.name)
        if bound is not None:
            return access(bound.node, replace(bound.place, depth=place.depth))
        return None if place.arguments else Access(variable.name)
    if variable.ranges_over is not None:
        base = access(variable.ranges_over, inside)
        return None if base is None else replace(base, indices=(*base.indices, ()))
    if len(variable.values) == 1 and not variable.rises and not variable.falls:
        return access(variable.values[0], inside)
    return None


def _called_access(node: Node, place: Place) -> Access | None:
    function, arguments = node.child_by_field_name("function"), node.child_by_field_name("arguments")
    owner = function.child_by_field_name("argument") if function is not None else None
    name = function.child_by_field_name("field") if function is not None else None
    if owner is None or name is None or arguments is None:
        return None
    if text(name) == "at" and arguments.named_children:
        return _step(access(owner, place), arguments.named_children[0], place)
    return access(owner, place) if text(name) in ("data", "begin", "cbegin") else None


def size_symbol(parameter: str, level: int) -> str:
    """The name of a container's length at one level among the symbols."""
    return f"|{parameter}|{level}"


def value_symbol(parameter: str) -> str:
    """The name of the greatest element of an integer container among the symbols."""
    return f"max {parameter}"


@dataclass(frozen=True)
class Evaluator:
    """Evaluates expressions where every symbol has a value.

    Symbols are the integer parameters, `size_symbol`s and `value_symbol`s; what has no value is unbounded.
    `resized` holds the new length of containers that the function itself resizes.
    """

    symbols: Mapping[str, float]
    constants: Mapping[str, int]
    resized: Mapping[str, Term]
    steps: Iterator[int] = field(default_factory=count)

    def bounds(self, node: Node, place: Place) -> Interval:
        """The least and greatest value of an expression; unbounded where it is too entangled to tell."""
        if place.depth > _MAX_DEPTH or next(self.steps) > _MAX_STEPS:
            return ANY
        place = replace(place, depth=place.depth + 1)
        node = unwrap(node)
        low, high = self._plain(node, place)
        if low == high or not place.guards:
            return low, high
        wanted = normal(node)
        for guard in place.guards:
            if guard.subject == wanted:
                rest = replace(place, guards=tuple(g for g in place.guards if g is not guard))
                low, high = self._clip((low, high), guard, rest)
        return low, high

    def total(self, terms: tuple[Term, ...]) -> Interval:
        """The bounds of a sum."""
        low, high = 0.0, 0.0
        for term in terms:
            a, b = self.bounds(term.node, term.place)
            low, high = low + a, high + b
        return low, high

    def _clip(self, value: Interval, guard: Guard, place: Place) -> Interval:
        low, high = self.bounds(guard.bound, place)
        shift = self.bounds(guard.shift, place) if guard.shift is not None else (0.0, 0.0)
        step = 1.0 if guard.is_strict else 0.0
        if guard.is_upper:
            return value[0], min(value[1], math.ceil(high - step - shift[0]) if _finite(high, shift[0]) else high)
        return max(value[0], low + step - shift[1] if _finite(low, shift[1]) else low), value[1]

    def _plain(self, node: Node, place: Place) -> Interval:  # noqa: PLR0911 - one case a return
        match node.type:
            case "number_literal":
                return _literal(text(node))
            case "char_literal":
                return (float(ord(text(node)[1])),) * 2 if len(text(node)) == 3 else ANY
            case "identifier" | "type_identifier":
                return self._name(node, place)
            case "parameter_declaration" if node.named_child_count == 1:
                return self.bounds(node.named_children[0], place)
            case "binary_expression":
                return self._binary(node, place)
            case "unary_expression" | "cast_expression":
                return self._unary(node, place)
            case "call_expression":
                return self._call(node, place)
            case "conditional_expression":
                return self._either(node, place)
            case "subscript_expression":
                return self._element(node, place)
            case "sizeof_expression":
                return (1.0, 1.0)  # lengths count elements, so `n * sizeof(double)` is n
        return ANY

    def _name(self, node: Node, place: Place) -> Interval:
        variable = place.body.lookup(node)
        if variable is None:
            constant = self.constants.get(text(node))
            return (float(constant),) * 2 if constant is not None else ANY
        if id(variable) in place.active:
            return ANY
        inside = replace(place, active=place.active | {id(variable)})
        if variable.ranges_over is not None:
            return self._element(node, place)
        low, high = self._values(variable, inside)
        if variable.rises:
            high = math.inf
        if variable.falls:
            low = -math.inf
        return low, high

    def _values(self, variable: Variable, place: Place) -> Interval:
        found = [self.bounds(value, place) for value in variable.values]
        if variable.is_parameter:
            bound = place.arguments.get(variable.name)
            if bound is not None:
                found.append(self.bounds(bound.node, replace(bound.place, depth=place.depth)))
            elif not place.arguments and variable.name in self.symbols:
                found.append((self.symbols[variable.name],) * 2)
            else:
                return ANY
        return (min(low for low, _ in found), max(high for _, high in found)) if found else ANY

    def _binary(self, node: Node, place: Place) -> Interval:
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        sign = node.child_by_field_name("operator")
        if left is None or right is None or sign is None:
            return ANY
        return _combine(text(sign), self.bounds(left, place), self.bounds(right, place))

    def _unary(self, node: Node, place: Place) -> Interval:
        inner = node.child_by_field_name("value") or node.child_by_field_name("argument")
        if inner is None:
            return ANY
        low, high = self.bounds(inner, place)
        sign = text(node)[0]
        if node.type == "unary_expression" and sign == "-":
            return -high, -low
        if node.type == "unary_expression" and sign == "!":
            return 0.0, 1.0
        return ANY if node.type == "unary_expression" and sign == "~" else _truncated(low, high)

    def _call(self, node: Node, place: Place) -> Interval:  # noqa: PLR0911 - one case a return
        function, arguments = node.child_by_field_name("function"), node.child_by_field_name("arguments")
        if function is None or arguments is None:
            return ANY
        values = arguments.named_children
        if function.type == "field_expression":
            owner, name = function.child_by_field_name("argument"), function.child_by_field_name("field")
            if owner is not None and name is not None and text(name) in _SIZE_CALLS:
                return self._size(owner, place)
            return self._element(node, place)
        name_text = re.sub(r"<.*", "", text(function).removeprefix("std::"), flags=re.DOTALL)
        if name_text in ("min", "max") and len(values) == 2:
            a, b = self.bounds(values[0], place), self.bounds(values[1], place)
            pick = min if name_text == "min" else max
            return pick(a[0], b[0]), pick(a[1], b[1])
        if len(values) == 1 and name_text in _PASSING:
            return _truncated(*self.bounds(values[0], place))
        if len(values) == 1 and name_text in ("sqrt", "ceil"):
            low, high = self.bounds(values[0], place)
            return (low, math.ceil(high)) if name_text == "ceil" and _finite(high) else _root(low, high)
        return self._size(values[0], place) if len(values) == 1 and name_text == "size" else ANY

    def _either(self, node: Node, place: Place) -> Interval:
        found = []
        for name in ("consequence", "alternative"):
            branch = node.child_by_field_name(name)
            if branch is not None:
                found.append(self.bounds(branch, place))
        return (min(low for low, _ in found), max(high for _, high in found)) if found else ANY

    def _element(self, node: Node, place: Place) -> Interval:
        reached = access(node, place)
        if reached is None or value_symbol(reached.parameter) not in self.symbols:
            return ANY
        return 0.0, self.symbols[value_symbol(reached.parameter)]

    def _size(self, owner: Node, place: Place) -> Interval:
        reached = access(owner, place)
        if reached is not None:
            if not reached.indices and (new := self.resized.get(reached.parameter)) is not None:
                return self.bounds(new.node, replace(new.place, depth=place.depth))
            value = self.symbols.get(size_symbol(reached.parameter, len(reached.indices)))
            return ANY if value is None else (value, value)
        variable = place.body.lookup(owner) if owner.type == "identifier" else None
        if variable is None or variable.constructor is None or not variable.constructor.named_children:
            return ANY
        return self.bounds(variable.constructor.named_children[0], place)


def _literal(written: str) -> Interval:
    plain = written.replace("'", "")
    try:
        if plain[:2] in ("0x", "0X"):
            number = float(int(plain.rstrip("uUlLzZ"), 16))
            return number, number
        value = float(plain.rstrip("uUlLzZfF"))
    except ValueError:
        return ANY
    return value, value


def _finite(*values: float) -> bool:
    return all(math.isfinite(value) for value in values)


def _truncated(low: float, high: float) -> Interval:
    return (math.trunc(low) if _finite(low) else low), (math.trunc(high) if _finite(high) else high)


def _root(low: float, high: float) -> Interval:
    return math.sqrt(max(low, 0.0)), math.sqrt(max(high, 0.0))


def _product(a: float, b: float) -> float:
    return 0.0 if a == 0 or b == 0 else a * b


def _quotient(a: float, b: float) -> float:
    if math.isinf(a) or math.isinf(b):
        return 0.0 if math.isinf(b) else math.copysign(math.inf, a * b)
    exact = a / b
    return float(math.floor(exact)) if a.is_integer() and b.is_integer() else exact


def _corners(a: Interval, b: Interval) -> Iterator[tuple[float, float]]:
    return ((x, y) for x in a for y in b)


def _combine(sign: str, a: Interval, b: Interval) -> Interval:  # noqa: PLR0911 - one line per operator
    match sign:
        case "+":
            return a[0] + b[0], a[1] + b[1]
        case "-":
            return a[0] - b[1], a[1] - b[0]
        case "*":
            products = [_product(x, y) for x, y in _corners(a, b)]
            return min(products), max(products)
        case "/" if b[0] > 0:
            quotients = [_quotient(x, y) for x, y in _corners(a, b)]
            return min(quotients), max(quotients)
        case "%" if b[0] > 0:
            return (0.0 if a[0] >= 0 else 1 - b[1]), min(b[1] - 1, a[1] if a[1] >= 0 else 0.0)
        case "&":
            bounded = [x[1] for x in (a, b) if x[0] >= 0]
            return (0.0, min(bounded)) if bounded else ANY
        case "|" | "^" if a[0] >= 0 and b[0] >= 0 and _finite(a[1], b[1]):
            return 0.0, float((1 << int(max(a[1], b[1])).bit_length()) - 1)
        case "<<" if b[0] == b[1] and 0 <= b[0] < 60:
            return a[0] * 2 ** b[0], a[1] * 2 ** b[0]
        case ">>" if b[0] == b[1] and 0 <= b[0] < 60 and _finite(*a):
            return float(math.floor(a[0] / 2 ** b[0])), float(math.floor(a[1] / 2 ** b[0]))
        case "<" | ">" | "<=" | ">=" | "==" | "!=" | "&&" | "||":
            return 0.0, 1.0
    return ANY
