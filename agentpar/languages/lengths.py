"""Solves for the lengths of containers: which are free dimensions, and what the others follow from."""

import math
import operator
import re
from collections.abc import Callable, Mapping
from functools import partial
from itertools import chain, combinations

from agentpar.languages.access import Term
from agentpar.languages.bounds import Evaluator, size_symbol, value_symbol
from agentpar.languages.fit import Expression, constant, fit, plus, sample_points, symbol
from agentpar.languages.helpers import Helpers
from agentpar.languages.inputs import LETTERS, STRING_LENGTHS, has_strings, is_byte, is_sized
from agentpar.languages.needs import Facts, Need, is_offsets, lone_name, picks
from agentpar.languages.polynomials import interpolated
from agentpar.languages.signature import Function, Kind, Parameter
from agentpar.languages.solution import DataIndex, Key, Solution
from agentpar.languages.source import text

_HUGE = 1e12  # stands for an element's value: an index this large is bounded by the data alone
_DATA = 1e9
_PROBE = 100003.0
_LEAST_POINTS = 4
_REAL_VALUE = 0.999
_LAST_LETTER = float(LETTERS[1])
_LAST_BYTE = 255.0


class Solver:
    """Finds lengths one after another, since one container's loops may be bounded by another's size."""

    def __init__(
        self,
        function: Function,
        facts: Facts,
        helpers: Helpers,
        *,
        constants: Mapping[str, int],
        fields: Mapping[str, Mapping[str, Kind]],
    ) -> None:
        self.parameters = {p.name: p for p in function.parameters}
        self.facts = facts
        self._helpers = helpers
        self.constants = constants
        self._fields = fields
        self.integers = [p.name for p in function.parameters if p.kind == "integer"]
        self.picks = picks(facts, self.integers)
        self.offsets = [p.name for p in function.parameters if is_offsets(p, facts)]
        self.solution = Solution()
        self._indices: dict[tuple[int, tuple[tuple[str, float], ...]], float] = {}
        self._open: list[Key] = []
        for p in function.parameters:
            self._add_levels(p)
        for name in self.offsets:
            self.solution.totals[name] = self._fresh("nnz", f"{name}_total")
        for name in self.integers:
            if (least := self._least_stride(name)) is not None:
                self.solution.strides[name] = least

    def solve(self) -> Solution:
        """Run to the end; what has no length is in `unknown`."""
        while self._open:
            known = [key for key in self._open if self._is_known(key)]
            for key in known:
                self._settle(key, self._fitted(key))
            if not known:
                self._free_one()
        return self.solution

    def dims(self) -> list[str]:
        """Every name that a length may be made of."""
        return [*self.integers, *self.solution.free, *self.solution.totals.values()]

    def points(self) -> list[dict[str, int]]:
        """Sample points over all dimensions, at which rows do not overlap."""
        points = sample_points(self.dims())
        for name, least in self.solution.strides.items():
            points = [{**point, name: least.value(point) + 1} for point in points]
        return points

    def needed(self, key: Key, point: Mapping[str, int]) -> int | None:
        """The length that the subscripts ask for at a point; None when they say nothing."""
        lengths = [self._length_at(need, point) for need in self._needs(key)]
        found = [length for length in lengths if length is not None]
        return max(found) if found else None

    def data_indices(self) -> list[DataIndex]:
        """Every subscript whose index is an element of an integer container."""
        found = [
            index
            for need in self.facts.needs
            if need.parameter in self.parameters and is_sized(self.parameters[need.parameter])
            for source in self._sources()
            if (index := self._data_index(need, source)) is not None
        ]
        return list(dict.fromkeys(found))

    def local_index(self, name: str) -> tuple[DataIndex, Expression] | None:
        """Where elements of a parameter are indices of a vector that the function makes, and how long that is."""
        for need, size in self.facts.locals:
            for source in self._sources():
                index = self._data_index(need, source) if source.partition(".")[0] == name else None
                length = self._local_length(size) if index is not None else None
                if index is not None and length is not None:
                    return index, length
        return None

    def _local_length(self, size: Term) -> Expression | None:
        points, names = self.points(), [name for name in self.dims() if name not in self.picks]

        def lengths(points: list[dict[str, int]]) -> list[float]:
            return [self._evaluator(self._symbols(point)).total((size,))[1] for point in points]

        needed = lengths(points)
        if not all(1 <= length < _DATA for length in needed):
            return None
        relevant = [n for n in names if lengths([{**point, n: point[n] + 97} for point in points]) != needed]
        return fit(relevant, points, [int(length) for length in needed])

    def picked_from(self, name: str) -> Key | None:
        """The container that an integer parameter picks an element of."""
        if name not in self.picks:
            return None
        return next((n.parameter, n.level) for n in self.facts.needs if lone_name(n) == name)

    def influences(self, parameter: str) -> bool:
        """Whether elements of a parameter, or fields of its structs, take part in any subscript."""
        high = self._symbols(self.points()[0])
        mine = [key for key in high if key.partition(".")[0] == value_symbol(parameter)]
        low = {**high, **dict.fromkeys(mine, 0.0)}
        return any(self._index(need, low) != self._index(need, high) for need in self.facts.needs)

    def holds_integers(self, parameter: str) -> bool:
        """Whether the structs or pairs in a parameter hold integers, and nothing else."""
        return set(self._fields[parameter].values()) == {"integer"}

    def mixes_integers(self, parameter: str) -> bool:
        """Whether the structs or pairs in a parameter hold integers beside other values."""
        kinds = set(self._fields[parameter].values())
        return "integer" in kinds and len(kinds) > 1

    def _add_levels(self, parameter: Parameter) -> None:
        if not is_sized(parameter):
            return
        extents = parameter.extents or ("",)
        for level, extent in enumerate(extents):
            key = parameter.name, level
            if extent:
                self.solution.lengths[key] = constant(int(extent))
            else:
                self._open.append(key)

    def _sources(self) -> list[str]:
        """What holds integers that may be indices: containers, and fields of the structs in containers."""
        sized = [p for p in self.parameters.values() if p.depth]
        whole = [p.name for p in sized if p.element_kind == "integer" and p.name not in self.offsets]
        fields = self._fields
        return whole + [f"{p.name}.{name}" for p in sized for name, kind in fields[p.name].items() if kind == "integer"]

    def _least_stride(self, name: str) -> Expression | None:
        """How long a row is, where this integer is but the distance of rows: `a[i * pitch + j]` with j < cols."""
        names = [each for each in self.integers if each != name]
        if not names or name in self.picks or name in self.facts.bounding:
            return None
        points = [{**point, **dict.fromkeys(self.solution.totals.values(), 1)} for point in sample_points(names)]

        def apart(need: Need, point: Mapping[str, int]) -> tuple[float, float]:
            """How long the rows are, and how far apart."""
            near, far = (self._index(need, self._symbols({**point, name: distance})) for distance in (1, 2))
            if not (math.isfinite(near) and math.isfinite(far)):
                return math.nan, math.nan
            return near - (far - near) + (0 if need.is_end else 1), far - near

        rows: dict[tuple[float, ...], Callable[[Mapping[str, int]], float]] = {}
        for need in self.facts.needs:
            row, steps = zip(*(apart(need, point) for point in points), strict=True)
            if all(each >= 1 for each in row) and min(steps) > 0 and len(set(row)) > 1 and len(set(steps)) > 1:
                rows[row] = lambda point, n=need: apart(n, point)[0]  # type: ignore[misc]
        if not rows:
            return None
        most = [math.ceil(max(column)) for column in zip(*rows, strict=True)]
        return fit(sorted(names), points, most, interpolated(sorted(names), points, rows.values()))

    def _needs(self, key: Key) -> list[Need]:
        mine = [need for need in self.facts.needs if (need.parameter, need.level) == key]
        return [need for need in mine if lone_name(need) not in self.picks]

    def _symbols(self, point: Mapping[str, int], probe: Key | None = None) -> dict[str, float]:
        """What is known at a point; with `probe`, every open length but its own has a stand-in."""
        symbols: dict[str, float] = {name: float(point[name]) for name in self.integers if name not in self.picks}
        for p in self.parameters.values():
            if "string" in (p.kind, p.element_kind):
                symbols[value_symbol(p.name)] = _LAST_LETTER
            elif p.element_kind == "integer":
                total = self.solution.totals.get(p.name)
                most = _LAST_BYTE if is_byte(p.element) else _HUGE
                symbols[value_symbol(p.name)] = float(point.get(total, _HUGE)) if total else most
            elif p.element_kind == "real":
                symbols[value_symbol(p.name)] = _REAL_VALUE
            for name, kind in self._fields[p.name].items():
                if kind in ("integer", "real"):
                    symbols[value_symbol(f"{p.name}.{name}")] = _HUGE if kind == "integer" else _REAL_VALUE
        for (name, level), length in self.solution.lengths.items():
            symbols[size_symbol(name, level)] = float(length.value(point))
        if probe is not None:
            symbols |= {size_symbol(*key): _PROBE for key in self._open if key != probe}
        return symbols

    def _index(self, need: Need, symbols: Mapping[str, float]) -> float:
        asked = (id(need), tuple(symbols.items()))  # the facts keep every need, and one can take thousands of steps
        if asked not in self._indices:
            self._indices[asked] = self._evaluator(symbols).total(need.terms)[1]
        return self._indices[asked]

    def _evaluator(self, symbols: Mapping[str, float]) -> Evaluator:
        return Evaluator(symbols, self.constants, self.facts.resized, self._helpers)

    def _length(self, need: Need, symbols: Mapping[str, float]) -> int | None:
        high = self._index(need, symbols)
        if not math.isfinite(high) or high >= _DATA * 10:
            return None
        return max(math.floor(high + 1e-9) + (0 if need.is_end else 1), 0)

    def _length_at(self, need: Need, point: Mapping[str, int]) -> int | None:
        return self._length(need, self._symbols(point))

    def _is_known(self, key: Key) -> bool:
        """Whether some subscript bounds the length, and none waits for a length that is still open.

        A constant subscript (`in[0]`) says little beside one that runs with the container's own size.
        """
        first = self.points()[0]
        now, later = self._symbols(first), self._symbols(first, probe=key)
        lengths = [(self._length(need, now), self._length(need, later)) for need in self._needs(key)]
        if any(a is None and b is not None for a, b in lengths) or not any(a is not None for a, _ in lengths):
            return False
        grows = self.needed(key, first) != self.needed(key, {name: 3 * v + 2 for name, v in first.items()})
        varies = key[0] in self.facts.traversed or self._is_text(key)
        return grows or ((all(a is not None for a, _ in lengths) or self._is_cleared(key, now)) and not varies)

    def _is_cleared(self, key: Key, symbols: Mapping[str, float]) -> bool:
        """Whether a loop sets all of it, as many elements as any other subscript asks for that can be told.

        What is left are loops that leave early, whose counters nothing bounds thereafter.
        """
        needs = self._needs(key)
        lengths = [self._length(need, symbols) for need in needs]
        if any(math.isfinite(self._index(n, symbols)) for n, a in zip(needs, lengths, strict=True) if a is None):
            return False
        counted = [n for n in needs if n.is_store and any(t.node.type != "number_literal" for t in n.terms)]
        most = max((length for length in lengths if length is not None), default=0)
        return any(self._length(need, symbols) == most > 1 for need in counted)

    def _is_waiting(self, key: Key) -> bool:
        point = self.points()[0]
        now, later = self._symbols(point), self._symbols(point, probe=key)
        needs = self._needs(key)
        return any(self._length(n, now) is None and self._length(n, later) is not None for n in needs)

    def _fitted(self, key: Key) -> Expression:
        names = self.dims()
        points = self._running_points(key)
        needed = [self.needed(key, point) or 0 for point in points]
        relevant = [name for name in names if self._matters(key, name, points)]
        relevant.sort(key=self._stride_order(key))
        symbols = [self._symbols(point) for point in points]
        alike = {tuple(self._length(need, each) for each in symbols): need for need in self._needs(key)}
        furthest = [need for lengths, need in alike.items() if any(map(operator.eq, lengths, needed))]
        asked = [partial(self._length_at, need) for need in furthest]
        return fit(relevant, points, needed, interpolated(relevant, points, asked))

    def runs(self, key: Key, point: Mapping[str, int]) -> bool:
        """Whether any subscript is come to at a point: loops up to `n - 2 * r` end at once where r is large."""
        symbols = self._symbols(point)
        return any(self._is_run(need, symbols) for need in self._needs(key))

    def _is_run(self, need: Need, symbols: Mapping[str, float]) -> bool:
        evaluator = self._evaluator(symbols)
        evaluator.total(need.terms)
        return not evaluator.never

    def _running_points(self, key: Key) -> list[dict[str, int]]:
        """Sample points at which loops run; where there are hardly any, such with few of one or two dimensions."""
        points = self.points()
        running = [point for point in points if self.runs(key, point)]
        if len(running) >= min(len(points), _LEAST_POINTS):
            return running
        for few in chain(combinations(self.integers, 1), combinations(self.integers, 2)):
            fewer = [{**point, **dict.fromkeys(few, i % 3 + 1)} for i, point in enumerate(points)]
            if all(self.runs(key, point) for point in fewer):
                return fewer
        return points

    def _stride_order(self, key: Key) -> Callable[[str], int]:
        """Slowest dimension first: `B[k*N+j]` is K*N, for a subscript names its strides, not its extent."""
        written = " ".join(text(term.node) for need in self._needs(key) for term in need.terms)

        def place(name: str) -> int:
            found = re.search(rf"\b{re.escape(name)}\b", written)
            return found.start() if found else -1

        return place

    def _matters(self, key: Key, name: str, points: list[dict[str, int]]) -> bool:
        moved = [{**point, name: point[name] + step} for point in points for step in (97, -5)]
        before = [self.needed(key, point) for point in points for _ in (97, -5)]
        return any(self.needed(key, point) != old for point, old in zip(moved, before, strict=True))

    def _settle(self, key: Key, length: Expression) -> None:
        self.solution.lengths[key] = length
        self._open.remove(key)

    def _free_one(self) -> None:
        """Decide one length that nothing else decides."""
        key = min(self._open, key=lambda key: (self._is_waiting(key), self._is_target(key)))
        name, level = key
        is_text = self._is_text(key)
        if name in self.facts.grown and (level == 0 or is_text):
            self._settle(key, constant(0))
        elif is_text and (varied := self._varied(key)) is not None:
            self._settle(key, varied)
        elif (tied := self._tied_by_data(key)) is not None:
            self._settle(key, tied)
        else:
            if not self._has_evidence(key):
                self.solution.unknown.append(key)
            self._make_free(key)

    def _is_text(self, key: Key) -> bool:
        parameter = self.parameters[key[0]]
        return has_strings(parameter) and key[1] == parameter.depth > 0

    def _varied(self, key: Key) -> Expression | None:
        """Short lengths that differ from string to string; no less than what constant subscripts ask for."""
        needed = {self.needed(key, point) or 0 for point in self.points()}
        if len(needed) > 1 or self._is_target(key):
            return None
        shortest, longest = map(int, STRING_LENGTHS.split(":"))
        least = max(shortest, *needed)
        most = max(longest, least)
        return Expression(f"{least}:{most}", lambda point: most)

    def _make_free(self, key: Key) -> None:
        name, level = key
        if name in self.offsets:
            dim, extra = self._fresh("rows", f"n_{name}"), 1
        elif self.parameters[name].extents[: self.parameters[name].depth].count("") > 1:
            suffix = "" if level == 0 else str(level)
            dim, extra = self._fresh(("rows", "cols", "layers")[min(level, 2)], f"n_{name}{suffix}"), 0
        else:
            dim, extra = self._fresh("n", f"n_{name}"), 0
        self.solution.free[dim] = key
        self._settle(key, plus(symbol(dim), extra))

    def _fresh(self, wanted: str, otherwise: str) -> str:
        taken = {*self.parameters, *self.solution.free, *self.solution.totals.values()}
        name = wanted if wanted not in taken else otherwise
        while name in taken:
            name += "_"
        return name

    def _has_evidence(self, key: Key) -> bool:
        """Whether a free length is safe to choose: the code asks the container itself, or data bound it."""
        parameter = self.parameters[key[0]]
        needs = self._needs(key)
        if parameter.kind == "pointer":
            return self._is_target(key) or self._is_waiting(key)
        if not needs or key[0] in self.facts.traversed or self._is_target(key) or self._is_waiting(key):
            return True
        point = self.points()[0]
        symbols = {**self._symbols(point, probe=key), size_symbol(*key): _PROBE}
        return any(self._length(need, symbols) is not None for need in needs)

    def _is_target(self, key: Key) -> bool:
        return any(index.target == key for index in self.data_indices())

    def _tied_by_data(self, key: Key) -> Expression | None:
        """Arrays indexed by the same data are equally long, and a permutation is as long as its target."""
        mine = [index for index in self.data_indices() if index.target == key]
        for index in mine:
            for other in self.data_indices():
                length = self.solution.lengths.get(other.target)
                same = (other.parameter, other.slope, other.offset) == (index.parameter, index.slope, index.offset)
                if same and length is not None and other.target != key:
                    return length
            scatter = index.is_store and index.slope == 1 and index.offset == 0
            length = self.solution.lengths.get((index.source, 0))
            if scatter and length is not None and index.source != key[0]:
                return length
        return None

    def _data_index(self, need: Need, source: str) -> DataIndex | None:
        point = self.points()[0]
        symbols = self._symbols(point, probe=(need.parameter, need.level))
        symbols |= {value_symbol(name): 0.0 for name in self._sources()}
        own = value_symbol(source)
        base, unit, far = (self._index(need, {**symbols, own: v}) for v in (0.0, 1.0, _HUGE))
        if not math.isfinite(far) or not math.isfinite(base) or far < _DATA * 10 or unit <= base:
            return None
        moved = self._symbols({name: value + 11 for name, value in point.items()}, probe=(need.parameter, need.level))
        moved |= {value_symbol(name): 0.0 for name in self._sources()}
        if self._index(need, moved) != base:
            return None
        return DataIndex(source, (need.parameter, need.level), int(unit - base), int(base), need.is_store)
