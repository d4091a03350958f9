"""Bounds of integer expressions at a sample point, over the syntax tree."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import count

from tree_sitter import Node

from agentpar.languages.access import MAX_DEPTH, Place, Term, access, lambda_call
from agentpar.languages.body import Variable, returned
from agentpar.languages.guards import Guard, fails, holds, normal, operator, unwrap
from agentpar.languages.helpers import Helpers, called_name
from agentpar.languages.intervals import ANY, Interval, combine, finite, literal, root, truncated, union
from agentpar.languages.source import text, walk

_MAX_STEPS = 5000
_MOST_VALUES = 200
_LONGEST_SUBJECT = 200
_SIZE_CALLS = ("size", "length", "end", "cend")
_PASSING = ("static_cast", "int", "long", "size_t", "floor", "round", "lround", "trunc", "unsigned", "abs")
_SEARCHES = ("lower_bound", "upper_bound", "find", "find_if", "min_element", "max_element", "partition_point")


def size_symbol(parameter: str, level: int) -> str:
    """The name of a container's length at one level among the symbols."""
    return f"|{parameter}|{level}"


def value_symbol(source: str) -> str:
    """The name of the greatest element of an integer container, or of a field of its structs, among the symbols."""
    return f"max {source}"


@dataclass(frozen=True)
class Evaluator:
    """Evaluates expressions where every symbol has a value.

    Symbols are the integer parameters, `size_symbol`s and `value_symbol`s; what has no value is unbounded.
    `resized` holds the new length of containers that the function itself resizes. `never` gathers what conditions leave
    no value: where there is any, what was asked for is not run.
    """

    symbols: Mapping[str, float]
    constants: Mapping[str, int]
    resized: Mapping[str, Term]
    helpers: Helpers
    steps: Iterator[int] = field(default_factory=count)
    never: list[str] = field(default_factory=list)

    def bounds(self, node: Node, place: Place) -> Interval:
        """The least and greatest value of an expression; unbounded where it is too entangled to tell."""
        if place.depth > MAX_DEPTH or next(self.steps) > _MAX_STEPS:
            return ANY
        place = replace(place, depth=place.depth + 1)
        node = unwrap(node)
        low, high = self._plain(node, place)
        if low == high or not place.guards or node.end_byte - node.start_byte > _LONGEST_SUBJECT:
            return low, high
        return self._guarded((low, high), normal(node), place)

    def total(self, terms: tuple[Term, ...]) -> Interval:
        """The bounds of a sum."""
        low, high = 0.0, 0.0
        for term in terms:
            a, b = self._walked(term) if term.is_walked else self.bounds(term.node, term.place)
            low, high = low + a, high + b
        return low, high

    def _guarded(self, value: Interval, subject: str, place: Place) -> Interval:
        for guard in place.guards:
            if guard.subject == subject:
                rest = replace(place, guards=tuple(g for g in place.guards if g is not guard))
                value = self._clip(value, guard, rest)
        if value[0] > value[1]:
            self.never.append(subject)
        return value

    def _clip(self, value: Interval, guard: Guard, place: Place) -> Interval:
        low, high = (float(guard.bound),) * 2 if isinstance(guard.bound, int) else self.bounds(guard.bound, place)
        shift = self.bounds(guard.shift, place) if guard.shift is not None else (0.0, 0.0)
        step = (1.0 if guard.is_strict else 0.0) * (1 if guard.is_upper else -1) + guard.offset
        high = float(math.ceil(high - step - shift[0])) if finite(high, shift[0]) else high
        low = low - step - shift[1] if finite(low, shift[1]) else low
        for assignment in guard.otherwise:
            given = self._assigned(assignment, place)
            low, high = min(low, given[0]), max(high, given[1])
        return (value[0], min(value[1], high)) if guard.is_upper else (max(value[0], low), value[1])

    def _plain(self, node: Node, place: Place) -> Interval:  # noqa: PLR0911 - one case a return
        match node.type:
            case "number_literal":
                return literal(text(node))
            case "char_literal":
                return (float(ord(text(node)[1])),) * 2 if len(text(node)) == 3 else ANY
            case "identifier":
                return self._name(node, place)
            case "binary_expression":
                return self._binary(node, place)
            case "unary_expression" | "cast_expression":
                return self._unary(node, place)
            case "update_expression":
                return self._updated(node, place)
            case "call_expression":
                return self._call(node, place)
            case "conditional_expression":
                return self._either(node, place)
            case "subscript_expression" | "field_expression":
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
        if variable.ranges_over is not None or variable.member is not None:
            return self._element(node, place)
        low, high = self._values(variable, inside)
        high = self._risen(variable, high, inside)
        low = min([low, *(self._assigned(step, inside)[0] for step in variable.falls)])
        return low, high

    def _values(self, variable: Variable, place: Place) -> Interval:
        if len(variable.values) > _MOST_VALUES:
            return ANY
        found = [self.bounds(value, place) for value in variable.values]
        bound = place.bound.get(id(variable))
        if variable.is_parameter:
            bound = place.arguments.get(variable.name)
            if bound is None and not place.arguments and variable.name in self.symbols:
                found.append((self.symbols[variable.name],) * 2)
            elif bound is None:
                return ANY
        if bound is not None:
            found.append(self.bounds(bound.node, replace(bound.place, depth=place.depth)))
        return union(found)

    def _risen(self, variable: Variable, high: float, place: Place) -> float:
        """The most that steps up make of a variable: what conditions allow, or as many steps as loops run."""
        allowed = max([high, *(self._assigned(step, place)[1] for step in variable.rises)])
        if finite(allowed) or not finite(high):
            return allowed
        return high + sum(self._times(step, variable.start, place) for step in variable.rises)

    def _walked(self, term: Term) -> Interval:
        """How far a pointer is stepped at most, from each place where it is set to the next."""
        variable = term.place.body.lookup(term.node)
        if variable is None:
            return ANY
        inside = replace(term.place, active=term.place.active | {id(variable)})
        starts = [variable.start, *(value.start_byte for value in variable.values)]
        ends = [*starts[1:], variable.end]
        far = 0.0
        for start, end in zip(starts, ends, strict=True):
            steps = [step for step in variable.rises if start <= step.start_byte < end]
            last = max((self._amount(step, inside) for step in steps), default=0.0) if term.is_last else 0.0
            far = max(far, sum(self._times(step, start, inside, in_heads=True) for step in steps) - last)
        return 0.0, far

    def _amount(self, step: Node, place: Place) -> float:
        """How far one step goes at most."""
        value = step.child_by_field_name("right")
        if value is None:
            return 1.0 if operator(step) == "++" else math.inf
        return self.bounds(value, place.at(step))[1] if operator(step) == "+=" else math.inf

    def _times(self, step: Node, since: int, place: Place, *, in_heads: bool = False) -> float:
        """How far a variable is stepped at most, once it has been set; `since` is where."""
        times, child = self._amount(step, place), step
        run = ("body", "condition", "update") if in_heads else ("body", "condition")
        parts: set[str] = set()
        for loop in place.body.ancestors(step):
            is_loop = loop.type in ("for_statement", "for_range_loop", "while_statement")
            if loop.type == "do_statement":
                return math.inf
            if is_loop and child not in [loop.child_by_field_name(part) for part in run]:
                return math.inf
            if loop.start_byte < since:
                break
            counter = _counter(loop)
            is_parted = counter is not None and text(counter) in parts  # the rounds inside are shared among its own
            inside = loop.child_by_field_name("body") if child == loop.child_by_field_name("update") else step
            trips = self._trips(loop, place.at(inside or step)) if is_loop and not is_parted else 1.0
            if trips <= 0:
                return trips  # where the loop does not run, what is in it says nothing
            times, child, parts = times * trips, loop, parts | _parting(loop)
        return times

    def _trips(self, loop: Node, place: Place) -> float:
        over, counter = loop.child_by_field_name("right"), _counter(loop)
        if loop.type == "for_range_loop":
            return self._size(over, place)[1] if over is not None else math.inf
        low, high = self.bounds(counter, place) if counter is not None else ANY
        return high - low + 1 if finite(low, high) else self._trips_of_pointer(loop, place)

    def _trips_of_pointer(self, loop: Node, place: Place) -> float:
        """The rounds of a loop that goes on up to `p + n`, or that counts down by `n--`."""
        condition = loop.child_by_field_name("condition")
        condition = unwrap(condition) if condition is not None else None
        if condition is None:
            return math.inf
        left, right = condition.child_by_field_name("left"), condition.child_by_field_name("right")
        down = left if left is not None and right is not None and text(right) == "0" else condition
        if down.type == "update_expression" and text(down).endswith("--"):
            name = down.child_by_field_name("argument")
            return self.bounds(name, replace(place, guards=()))[1] if name is not None else math.inf
        end = access(right, place) if right is not None and operator(condition) in ("<", "!=") else None
        return self.total(end.offset)[1] if end is not None and end.offset else math.inf

    def _assigned(self, node: Node, place: Place) -> Interval:
        """What an assignment or a step makes of its variable; in a loop the conditions there are all that is known."""
        target = node.child_by_field_name("argument") or node.child_by_field_name("left")
        value, sign = node.child_by_field_name("right"), operator(node)
        if target is None or place.depth > MAX_DEPTH:
            return ANY
        at = replace(place.at(node), depth=place.depth + 1)
        amount = self.bounds(value, at) if value is not None else (1.0, 1.0)
        if sign == "=":
            return amount
        return combine(sign[0], self.bounds(target, at), amount) if sign in ("++", "--", "+=", "-=") else ANY

    def _updated(self, node: Node, place: Place) -> Interval:
        name = node.child_by_field_name("argument")
        if name is None:
            return ANY
        low, high = self.bounds(name, place)
        if name.type == "subscript_expression" and not finite(high) and operator(node) == "++":
            owner = name.child_by_field_name("argument")
            counters = place.body.lookup(owner) if owner is not None and owner.type == "identifier" else None
            since = counters.start if counters is not None and not counters.is_parameter else 0
            return 0.0, self._times(
                node, since, place
            ) - 1  # the places that counters hand out are as many as these steps
        step = {"+": 1, "-": -1}.get(text(node)[0], 0)
        variable = place.body.lookup(name) if name.type == "identifier" else None
        is_bounded = any(guard.subject == text(name) for guard in place.guards)
        if variable is not None and variable.rises == [node] and not step and not is_bounded:
            high -= 1  # the most that it becomes, it becomes here
        return low + step, high + step

    def _binary(self, node: Node, place: Place) -> Interval:
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if left is None or right is None:
            return ANY
        if operator(node) == "-" and (position := self._position(right, left, place)) is not None:
            return position
        return combine(operator(node), self.bounds(left, place), self.bounds(right, place))

    def _position(self, first: Node, found: Node, place: Place) -> Interval | None:
        """Where a search of the standard library ends, counted from where it began; None where this is no search."""
        call = unwrap(found)
        variable = place.body.lookup(call) if call.type == "identifier" else None
        if variable is not None and len(variable.values) == 1 and not variable.rises and not variable.falls:
            call = variable.values[0]
        function, arguments = call.child_by_field_name("function"), call.child_by_field_name("arguments")
        if function is None or arguments is None or called_name(function) not in _SEARCHES:
            return None
        values = arguments.named_children
        if len(values) < 2 or normal(values[0]) != normal(first):
            return None
        end = access(values[1], place)
        return 0.0, (self.total(end.offset) if end is not None else self.bounds(values[1], place))[1]

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
        return ANY if node.type == "unary_expression" and sign == "~" else truncated(low, high)

    def _call(self, node: Node, place: Place) -> Interval:  # noqa: PLR0911 - one case a return
        function, arguments = node.child_by_field_name("function"), node.child_by_field_name("arguments")
        if function is None or arguments is None:
            return ANY
        values = [child for child in arguments.named_children if child.type != "comment"]
        if function.type == "field_expression":
            return self._method(node, function, place)
        name = called_name(function)
        if name in ("min", "max") and len(values) == 2:
            a, b = self.bounds(values[0], place), self.bounds(values[1], place)
            pick = min if name == "min" else max
            return pick(a[0], b[0]), pick(a[1], b[1])
        if name == "clamp" and len(values) == 3:
            x, low, high = (self.bounds(value, place) for value in values)
            return max(low[0], min(x[0], high[0])), max(low[1], min(x[1], high[1]))
        if name == "distance" and len(values) == 2:
            return self._position(values[0], values[1], place) or ANY
        if len(values) == 1 and name in _PASSING:
            return truncated(*self.bounds(values[0], place))
        if len(values) == 1 and name in ("sqrt", "ceil"):
            least, most = self.bounds(values[0], place)
            return (least, float(math.ceil(most))) if name == "ceil" and finite(most) else root(least, most)
        if len(values) == 1 and name in ("size", "ssize"):
            return self._size(values[0], place)
        return self._returned(function, values, place)

    def _method(self, node: Node, function: Node, place: Place) -> Interval:
        owner, name = function.child_by_field_name("argument"), function.child_by_field_name("field")
        if owner is not None and name is not None and text(name) in _SIZE_CALLS:
            return self._size(owner, place)
        if name is not None and text(name) in ("begin", "cbegin"):
            return 0.0, 0.0
        return self._element(node, place)

    def _returned(self, function: Node, values: list[Node], place: Place) -> Interval:
        """What a helper or a lambda gives that does nothing but return an expression."""
        helper = self.helpers.called(function)
        if helper is not None:
            given = {name: Term(value, place) for name, value in zip(helper.parameters, values, strict=False)}
            inside = Place(helper, arguments=given, depth=place.depth)
            return self.bounds(helper.result, inside) if helper.result is not None else ANY
        inner = lambda_call(function, values, place)
        result = returned(inner[0]) if inner is not None else None
        return self.bounds(result, inner[1]) if inner is not None and result is not None else ANY

    def _either(self, node: Node, place: Place) -> Interval:
        found = []
        condition = node.child_by_field_name("condition")
        for name, known in (("consequence", holds), ("alternative", fails)):
            branch = node.child_by_field_name(name)
            if branch is None or self._is_active(branch, place):
                continue  # `b = c ? x : b` gives b nothing new
            guards = tuple(known(condition)) if condition is not None else ()
            found.append(self.bounds(branch, replace(place, guards=(*guards, *place.guards))))
        return union(found)

    def _is_active(self, node: Node, place: Place) -> bool:
        variable = place.body.lookup(node) if node.type == "identifier" else None
        return variable is not None and id(variable) in place.active

    def _element(self, node: Node, place: Place) -> Interval:
        reached = access(node, place)
        if reached is None:
            return self._numbered(node, place)
        if value_symbol(reached.source) not in self.symbols:
            return ANY
        return 0.0, self.symbols[value_symbol(reached.source)]

    def _numbered(self, node: Node, place: Place) -> Interval:
        """An element of a local that counts up, also after it was sorted."""
        owner = node.child_by_field_name("argument") if node.type == "subscript_expression" else None
        if node.type == "identifier" and (element := place.body.lookup(node)) is not None:
            owner = element.ranges_over
        variable = place.body.lookup(owner) if owner is not None and owner.type == "identifier" else None
        if owner is None or variable is None or len(variable.numbered) != 1:
            return ANY
        first, size = self.bounds(variable.numbered[0], place), self._size(owner, place)
        return first[0], first[1] + size[1] - 1

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


def _counter(loop: Node) -> Node | None:
    """What the head of a `for` loop steps; of several, what its condition asks for."""
    update, condition = loop.child_by_field_name("update"), loop.child_by_field_name("condition")
    steps = [update] if update is not None else []
    while steps and steps[0].type == "comma_expression":
        steps[:1] = steps[0].named_children
    names = [step.child_by_field_name("argument") or step.child_by_field_name("left") for step in steps]
    asked = {text(node) for node in walk(condition)} if condition is not None else set()
    found = [name for name in names if name is not None]
    return next((name for name in found if text(name) in asked), found[0] if found else None)


def _parting(loop: Node) -> set[str]:
    """The names by which a loop's range is chosen, where `start[i]` and `start[i + 1]` bound it."""
    start, condition = loop.child_by_field_name("initializer"), loop.child_by_field_name("condition")
    end = condition.child_by_field_name("right") if condition is not None else None
    if start is None or end is None or end.type != "subscript_expression":
        return set()
    array = end.child_by_field_name("argument")
    firsts = [node for node in walk(start) if node.type == "subscript_expression"]
    alike = [node for node in firsts if array is not None and node.child_by_field_name("argument") is not None]
    return {
        text(name)
        for node in alike
        if array is not None and text(node).startswith(f"{text(array)}[")
        for name in walk(node)
        if name.type == "identifier"
    }
