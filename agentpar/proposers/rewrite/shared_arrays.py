"""Which elements of the arrays that a loop writes its iterations share: as light and optimistic as `dependences`."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tree_sitter import Node

from agentpar.languages.source import parse, text, walk
from agentpar.proposers.rewrite.distances import never_meet
from agentpar.proposers.rewrite.indices import Kind, index_kind, index_kinds, walked_references
from agentpar.proposers.rewrite.places import Place, are_apart, identifiers, outermost_places, place_of, written_places
from agentpar.proposers.rewrite.sites import FOR_LOOPS, assigned_names, declarations, operator, read_header
from agentpar.proposers.rewrite.updates import Update


@dataclass(frozen=True)
class Conflict:
    """Writes to an array that different iterations may make to the same element.

    `operator` is the reduction that would mend it: all uses of the array in the loop are such updates.
    """

    name: str
    operator: str
    updates: tuple[Update, ...]
    uses: tuple[Place, ...]


def body_of(region: Node) -> Node:
    """What a loop does again, or the node itself."""
    return region.child_by_field_name("body") or region


def holds(outer: Node, inner: Node) -> bool:
    """Whether a node stands in another, or is it."""
    return outer.start_byte <= inner.start_byte and inner.end_byte <= outer.end_byte


def is_folded(use: Place, fold: Update) -> bool:
    """Whether a use of an array is the element that an update is about, and not another that it reads."""
    return holds(fold.statement, use.node) and text(use.node) == text(fold.target)


class SharedArrays:
    """Sorts the outer arrays that a loop writes by whether iterations can meet at an element."""

    def __init__(self, region: Node, variable: str, local: set[str], updates: tuple[Update, ...]) -> None:
        self.region, self.variable, self.updates = region, variable, updates
        body = body_of(region)
        self.kinds = index_kinds(region, variable)
        self.definitions = {
            name: value
            for name, _, declarator in declarations(body)
            if (value := declarator.child_by_field_name("value")) is not None
        }
        self.aliases = frozenset(self._aliases(body))
        local = local - self.aliases
        self.writes: dict[str, list[Place]] = {}
        for place in written_places(body):
            if place.name not in local:
                self.writes.setdefault(place.name, []).append(place)
        self.uses: dict[str, list[Place]] = {name: [] for name in self.writes}
        for place in outermost_places(body):
            written = self.writes.get(place.name, [])
            meets = not all(are_apart(place, other) for other in written)
            if written and meets and not _is_declared_by(place.node):
                self.uses[place.name].append(place)

    def _aliases(self, body: Node) -> Iterator[str]:
        """Pointers and references that are declared inside, but lead to what all iterations share."""
        apart: set[str] = set()
        for name, _, declarator in declarations(body):
            value = declarator.child_by_field_name("value")
            shell = declarator.child_by_field_name("declarator")
            if value is None or shell is None or shell.type not in {"pointer_declarator", "reference_declarator"}:
                continue
            place, made = place_of(value), {"new_expression", "call_expression", "lambda_expression"}
            inside = [node.id for index in place.indices for node in walk(index)]
            makes = any(node.type in made and node.id not in inside for node in walk(value))
            ways = (value, *place.indices)
            follows = any(index_kind(way, self.kinds) is Kind.FOLLOWS for way in ways)
            if follows or apart & {text(n) for n in walk(value) if n.type == "identifier"}:
                apart.add(name)
            elif not makes:
                yield name
        yield from walked_references(body, self.kinds, apart)

    def conflicts(self) -> Iterator[Conflict]:
        """Arrays of which two iterations may write, or write and read, one element."""
        for name, writes in self.writes.items():
            if all(self._kind(place) is Kind.FOLLOWS for place in writes):
                continue
            folds = tuple(u for u in self.updates if place_of(u.target).name == name)
            operators = {update.operator for update in folds}
            uses = tuple(self.uses[name])
            if self._has_another_name(name):
                yield Conflict(name, "", (), uses)
                continue
            covered = all(any(is_folded(use, fold) for fold in folds) for use in uses)
            found = operators.pop() if len(operators) == 1 and covered else ""
            yield Conflict(name, found, folds, uses)

    def _has_another_name(self, alias: str) -> bool:
        """Whether what is written through a pointer or reference to an element is also reached by another name."""
        value = self.definitions.get(alias) if alias in self.aliases else None
        root = place_of(value).name if value is not None else ""
        others = {name for name, each in self.definitions.items() if name != alias and place_of(each).name == root}
        body = body_of(self.region)
        used = [place for place in outermost_places(body) if place.name in others and not _is_declared_by(place.node)]
        return bool(root) and any(not are_apart(use, place) for use in used for place in self.writes[alias])

    def carried(self) -> Iterator[str]:
        """Arrays read at another offset of the counter than written: `a[i] = f(a[i - 1])`.

        Elements that lie in another row, `b[i][j]` and `b[i - 1][j - 1]` for the loop over `j`, are another matter.
        """
        for name, writes in self.writes.items():
            written = [(self._terms(place), self._row(place)) for place in writes]
            terms = {term for found, _ in written for term in found}
            rows = {row for _, row in written}
            read = {term for place in self.uses[name] if self._row(place) in rows for term in self._terms(place)}
            shifted = terms and (read - terms or self._meets_itself(writes)) and not self._are_apart(name, writes)
            if shifted or self._reads_back(name, writes):
                yield name

    def _are_apart(self, name: str, writes: list[Place]) -> bool:
        """Whether no other round reads what one writes, as along the diagonals of a table."""
        body = body_of(self.region)
        varying = {found for found, _ in assigned_names(body)} | {found for found, _, _ in declarations(body)}
        told = [[self._expanded(index) for index in place.indices] for place in self.uses[name]]
        return all(
            never_meet([self._expanded(index) for index in place.indices], other, self.variable, varying)
            for place in writes
            for other in told
        )

    def _meets_itself(self, writes: list[Place]) -> bool:
        """Whether a round writes an element that another round writes as well, `b[i]` and `b[i + 1]`."""
        header = read_header(self.region)
        step = header.step.strip("-()") if header is not None else ""
        plain = ["".join(text(place.indices[0]).split()) for place in writes if len(place.indices) == 1]
        told = [re.fullmatch(rf"\(*{re.escape(self.variable)}\)*([+-]\d+)?\)*", each) for each in plain]
        offsets = {int(each[1] or 0) for each in told if each is not None}
        return step.isdecimal() and any(
            one < two and (two - one) % int(step) == 0 for one in offsets for two in offsets
        )

    def _reads_back(self, name: str, writes: list[Place]) -> bool:
        """Whether elements are read where rounds before may have written them, and loops inside write side by side.

        So are tables filled by diagonals, whose inner counters run between bounds that move with the outer one.
        """
        inside = [loop for loop in walk(body_of(self.region)) if loop.type in FOR_LOOPS]
        if not any(holds(loop, place.node) for loop in inside for place in writes):
            return False
        header = read_header(self.region)
        begun = set(re.findall(r"[A-Za-z_]\w*", header.lower)) if header is not None else set()
        written = {self._spelled(place) for place in writes}
        return any(
            self._spelled(place) not in written
            and (names := {text(n) for index in place.indices for n in walk(index) if n.type == "identifier"})
            and any(self.kinds.get(name) is Kind.SCATTERED for name in names)
            and not names & begun  # beyond which the counter begins
            for place in self.uses[name]
        )

    def _spelled(self, place: Place) -> str:
        return "".join(" ".join(self._expanded(index) for index in place.indices).split())

    def _row(self, place: Place) -> tuple[str, ...]:
        """What says in which row an element lies, if the counter runs along rows: subscripts and products before it."""
        found: list[str] = []
        for index in place.indices:
            terms = _terms_of(re.sub(r"\s+", "", self._expanded(index)))
            mine = [term for term in terms if re.search(rf"\b{re.escape(self.variable)}\b", term)]
            found += [term for term in terms if term not in mine and ("*" in term or not mine)]
            if mine:
                return tuple(found) if not any("*" in term for term in mine) else ()
        return ()

    def _kind(self, place: Place) -> Kind:
        kinds = [index_kind(index, self.kinds) for index in place.indices]
        spelled = " ".join(self._expanded(index) for index in place.indices)
        if "%" in spelled and "/" in spelled:  # a flattened counter taken apart and put together again
            return Kind.FOLLOWS
        if "/" in spelled and self._counts_rounds(spelled):
            return Kind.FOLLOWS
        stepped = (_stepped_name(index) for index in place.indices if index.type == "update_expression")
        begun = (self.definitions[name] for name in stepped if name in self.definitions)
        if any(value.type != "number_literal" for value in begun):
            return Kind.FOLLOWS  # a place of its own, which was told before
        return max(kinds, default=Kind.FIXED)

    def _counts_rounds(self, spelled: str) -> bool:
        """Whether an index divides the counter by what it is stepped by, which differs from round to round."""
        header = read_header(self.region)
        for node in walk(parse(f"{spelled};").root_node) if header is not None else ():
            if node.type != "binary_expression" or operator(node) != "/" or header is None:
                continue
            left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
            by_step = right is not None and text(right).strip("()") == header.step.strip("()")
            plain = left is not None and not re.search(r"[%/&>\[*]", text(left))
            if by_step and plain and left is not None and identifiers(left, self.variable):
                return True
        return False

    def _terms(self, place: Place) -> set[str]:
        spelled = " ".join(self._expanded(index) for index in place.indices)
        found = re.findall(rf"\b{re.escape(self.variable)}\b(?:\s*[+-]\s*\w+)?", spelled)
        return {re.sub(r"\s+", "", term) for term in found}

    def _expanded(self, node: Node, levels: int = 3) -> str:
        """The index with the loop's own locals replaced by their definitions."""
        spelled = text(node)
        if levels:
            for name in {text(n) for n in walk(node) if n.type == "identifier"} & self.definitions.keys():
                value = f"({self._expanded(self.definitions[name], levels - 1)})"
                spelled = value.join(re.split(rf"\b{re.escape(name)}\b", spelled))
        return spelled


def _stepped_name(step: Node) -> str:
    name = step.child_by_field_name("argument")
    return text(name) if name is not None else ""


def _is_declared_by(name: Node) -> bool:
    """Whether an identifier is not a use of a pointer or reference, but its declaration."""
    return name.parent is not None and name.parent.type in {"pointer_declarator", "reference_declarator"}


def _terms_of(expression: str) -> list[str]:
    """The terms of a sum without spaces, split where no bracket is open."""
    terms, depth = [""], 0
    for character in expression:
        depth += (character in "([") - (character in ")]")
        if depth == 0 and character in "+-":
            terms.append("")
        else:
            terms[-1] += character
    return terms
