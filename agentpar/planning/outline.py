"""Cuts hot loop nests out of a large function, each into a function of its own, so that each can be a subtask.

A nest is cut out only where its new function is exact: what it reads is the function's own parameters, containers made
before it, and constants that are worked out again from parameters alone; what it writes is in arrays and containers;
and no jump leaves it. All else stays where it is, such as a nest that calls a lambda of its function's.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from tree_sitter import Node

from agentpar.languages.callgraph import call_graph, called_name
from agentpar.languages.changes import is_settled, may_change
from agentpar.languages.source import Edit, apply_edits, encode, parse, text, walk
from agentpar.languages.unit import Item, declarators, declared_name, items
from agentpar.proposers.rewrite.sites import assigned_names, declarations
from agentpar.sections import is_head

LARGE_LINES = 40
"""A shorter function is searched with all its loops at once."""
_NESTS = ("for_statement", "for_range_loop", "while_statement", "do_statement")
_LEAVING = ("return_statement", "goto_statement", "labeled_statement", "co_await_expression", "co_yield_statement")
_CONTAINER = re.compile(r"(std::)?(vector|array|deque|string)\b")
_NUMBER = re.compile(r"(std::)?(size_t|ptrdiff_t|u?int(8|16|32|64)_t)$")
_STOPS = re.compile(r"\b(return|goto|break|continue|throw)\b")


@dataclass(frozen=True)
class Nest:
    """A loop nest that can be cut out: of which function, the name it gets, its lines from 1, and the changes."""

    function: str
    name: str
    lines: range
    edits: tuple[Edit, ...]


def nests_of(source: str, functions: Iterable[str]) -> Mapping[str, tuple[Nest, ...]]:
    """The loop nests that can be cut out of each of these functions, in source order.

    None of one that is short, a template, defined more than once, or defined by a qualified name, such as a member of a
    class.
    """
    root = parse(source).root_node
    defined: dict[str, list[Item]] = {}
    for item in items(root):
        defined.setdefault(_qualified(item), []).append(item)
    unit = _Unit(macros=_macros(root), words=frozenset(re.findall(r"\w+", source)))
    found: dict[str, tuple[Nest, ...]] = {}
    for name in functions:
        own = defined.get(name, [])
        is_apart = len(own) == 1 and own[0].template is None and _is_plain(own[0]) and _height(own[0]) >= LARGE_LINES
        found[name] = tuple(_Body(own[0], name, unit).nests()) if is_apart else ()
    return found


def outlined(source: str, names: Collection[str]) -> str:
    """The source with the nests of these names cut out; a name that no nest has says nothing."""
    nests = [nest for found in nests_of(source, call_graph(source)).values() for nest in found]
    return apply_edits(source, _merged(edit for nest in nests if nest.name in names for edit in nest.edits))


def _merged(edits: Iterator[Edit]) -> list[Edit]:
    """Insertions at one place as one, in their order."""
    found: dict[tuple[int, int], str] = {}
    for edit in edits:
        found[edit.start, edit.end] = found.get((edit.start, edit.end), "") + edit.new
    return [Edit(start, end, new) for (start, end), new in found.items()]


def _qualified(item: Item) -> str:
    declarator = item.definition
    name = declarator.child_by_field_name("declarator") if declarator is not None else None
    return "::".join((*item.namespace, text(name).removeprefix("::"))) if name is not None else ""


def _is_plain(item: Item) -> bool:
    """Whether a function is defined by a name that nothing qualifies: `S::f` may be a member, and use others."""
    declarator = item.definition
    name = declarator.child_by_field_name("declarator") if declarator is not None else None
    return name is not None and name.type == "identifier"


def _height(item: Item) -> int:
    return item.inner.end_point[0] - item.inner.start_point[0] + 1


@dataclass(frozen=True)
class _Unit:
    """What the whole source has to say of each function: its macros that matter, and every word in it."""

    macros: frozenset[str]
    words: frozenset[str]


class _Body:
    """One function's parameters and locals, and which of its nests need nothing else."""

    def __init__(self, item: Item, function: str, unit: _Unit) -> None:
        self._item = item
        self._function = function
        self._unit = unit
        declarator, body = item.definition, item.inner.child_by_field_name("body")
        assert declarator is not None and body is not None  # a definition has both
        self._body = body
        listed = declarator.child_by_field_name("parameters")
        self._parameters = {
            text(name): node
            for node in (listed.named_children if listed is not None else [])
            if (inner := node.child_by_field_name("declarator")) is not None and (name := declared_name(inner))
        }
        self._assigned = may_change(body)
        self._outer = {name for name, _, _ in declarations(body)} | set(self._parameters)
        self._containers: dict[str, str] = {}
        self._constants: dict[str, Node] = {}
        self._types: set[str] = set()

    def nests(self) -> Iterator[Nest]:
        """Every nest that stands directly in the body and can be cut out."""
        number = 0
        for statement in self._body.named_children:
            named = statement.child_by_field_name("name") or statement.child_by_field_name("declarator")
            if statement.type == "declaration":
                self._declare(statement)
            elif statement.type == "using_declaration":  # from here on names may mean what they mean in it alone
                return
            elif named is not None:
                self._types |= {text(node) for node in walk(named) if node.type.endswith("identifier")}
            elif statement.type in _NESTS:
                number += 1
                name = f"{self._function.replace('::', '_')}_loop{number}"
                before = statement.prev_named_sibling
                if before is not None and before.type.startswith("preproc"):  # it says something of the loop
                    continue
                if (made := self._cut(statement, name)) is not None:
                    yield made

    def _declare(self, node: Node) -> None:
        """Take note of a local that a nest behind it may use."""
        kind = node.child_by_field_name("type")
        values = [each.child_by_field_name("value") for each in declarators(node)]
        names = [name for each in declarators(node) if (name := declared_name(each)) is not None]
        is_container = kind is not None and _CONTAINER.match(text(kind)) is not None
        heads = [each.child_by_field_name("declarator") if "init" in each.type else each for each in declarators(node)]
        if kind is None or len(names) != len(heads) or any(head is None or head.type != "identifier" for head in heads):
            return
        if is_container:
            const = "const " if any(text(each) == "const" for each in node.children) else ""
            self._containers |= {text(name): const + text(kind) for name in names}
        elif (
            _is_number(kind)
            and all(value is not None and is_settled(value, self._is_fixed) for value in values)
            and not (self._assigned & {text(name) for name in names} or "static" in text(node).split())
        ):
            self._constants |= {text(name): node for name in names}

    def _is_fixed(self, name: str) -> bool:
        """Whether a name is a constant, or a parameter that nothing is assigned to."""
        return name in self._constants or (name in self._parameters and name not in self._assigned)

    def _cut(self, nest: Node, name: str) -> Nest | None:
        inside = list(walk(nest))
        if any(n.type in _LEAVING or n.type.startswith("preproc") or n.type == "ERROR" or n.is_missing for n in inside):
            return None
        names = {text(node) for node in inside if node.type.endswith("identifier")}
        if names & self._unit.macros or names & self._types:
            return None
        own = {declared for declared, _, _ in declarations(nest)}
        used = list(dict.fromkeys(text(node) for node in inside if node.type == "identifier"))
        needed = [each for each in used if each in self._outer and each not in own]
        everywhere = set(self._parameters) | set(self._containers) | set(self._constants)
        if own & everywhere or not set(needed) <= everywhere or name in self._unit.words:
            return None
        copied = self._copied(needed)
        needed = list(dict.fromkeys([*needed, *(text(n) for c in copied for n in walk(c) if n.type == "identifier")]))
        given = [each for each in [*self._parameters, *self._containers] if each in needed]
        if any(self._is_own(each) for each in given):
            return None
        parameters = ", ".join(
            text(self._parameters[each]) if each in self._parameters else f"{self._containers[each]}& {each}"
            for each in given
        )
        indent = " " * nest.start_point[1]
        lines = [*(f"{indent}{text(node)}\n" for node in copied), f"{indent}{text(nest)}\n"]
        cut = f"static void {name}({parameters}) {{\n{''.join(lines)}}}\n\n"
        begin = _above_comments(self._item.node)
        qualified = "::".join(filter(None, (self._function.rpartition("::")[0], name)))
        return Nest(
            function=self._function,
            name=qualified,
            lines=range(nest.start_point[0] + 1, nest.end_point[0] + 2),
            edits=(Edit(begin, begin, cut), Edit(nest.start_byte, nest.end_byte, f"{name}({', '.join(given)});")),
        )

    def _is_own(self, name: str) -> bool:
        """Whether a parameter changes in its function alone: a number or a pointer that is assigned to, or a copy of
        something larger.
        """
        if name not in self._parameters:
            return False
        node = self._parameters[name]
        declarator, kind = node.child_by_field_name("declarator"), node.child_by_field_name("type")
        if declarator is None or kind is None or declarator.type == "reference_declarator":
            return False
        return name in self._assigned or (declarator.type == "identifier" and not _is_number(kind))

    def _copied(self, needed: Collection[str]) -> list[Node]:
        """The declarations of the constants that are needed, and of those that these need, in source order."""
        waiting, found = [each for each in needed if each in self._constants], dict[int, Node]()
        while waiting:
            node = self._constants[waiting.pop()]
            if node.start_byte not in found:
                found[node.start_byte] = node
                inside = (text(n) for n in walk(node) if n.type == "identifier")
                waiting += [each for each in inside if each in self._constants]
        return [found[at] for at in sorted(found)]


def _is_number(kind: Node) -> bool:
    """Whether a type is one of the language's numbers, by its name."""
    return kind.type in ("primitive_type", "sized_type_specifier") or _NUMBER.match(text(kind)) is not None


def _macros(root: Node) -> frozenset[str]:
    """The macros of a source that take arguments, or that leave where they stand."""
    found = set()
    for node in walk(root):
        name = node.child_by_field_name("name") if node.type in ("preproc_def", "preproc_function_def") else None
        if name is not None and (node.type == "preproc_function_def" or _STOPS.search(text(node))):
            found.add(text(name))
    return frozenset(found)


def _above_comments(node: Node) -> int:
    """Where a definition begins, with the comments right above it, but for what begins one of several files."""
    while (before := node.prev_sibling) is not None and before.type == "comment" and not is_head(text(before)):
        earlier = before.prev_sibling
        is_behind = earlier is not None and earlier.end_point[0] == before.start_point[0]
        if before.end_point[0] + 1 != node.start_point[0] or is_behind:
            break
        node = before
    return node.start_byte


def put_back(source: str, names: Collection[str]) -> str:
    """The source with the nests of these names where they were cut out, as they are now; one that leaves its function
    early, or is called from elsewhere too, stays a function.
    """
    for name in names:
        source = _put_back(source, name)
    return source


def _put_back(source: str, name: str) -> str:
    root = parse(source).root_node
    found = [item for item in items(root) if _qualified(item) == name]
    plain = name.rpartition("::")[2]
    if len(re.findall(rf"\b{plain}\b", source)) != 2:
        return source
    calls = [node for node in walk(root) if node.type == "call_expression" and called_name(node) == plain]
    body = found[0].inner.child_by_field_name("body") if len(found) == 1 else None
    statement = calls[0].parent if len(calls) == 1 else None
    if body is None or statement is None or statement.type != "expression_statement":
        return source
    if statement.parent is None or any(node.type in _LEAVING for node in walk(body)):
        return source
    if _is_its_own(found[0], calls[0], body, _macros(root)):
        return source
    around = {text(node) for node in statement.parent.named_children if node.end_byte <= statement.start_byte}
    own = body.named_children
    while own and own[0].type == "declaration" and text(own[0]) in around:
        own = own[1:]
    if not own:
        return source
    data, indent = encode(source), " " * statement.start_point[1]
    inside = data[own[0].start_byte : own[-1].end_byte].decode(errors="surrogatepass").rstrip()
    if sum(node.type != "comment" and not node.type.startswith("preproc") for node in own) > 1:
        deeper = indent * 2
        lines = [line.replace(indent, deeper, 1) if line.startswith(indent) else line for line in inside.split("\n")]
        inside = "\n".join(["{", f"{deeper}{lines[0]}", *lines[1:], f"{indent}}}"])
    node = found[0].node
    end = node.end_byte
    while data[end : end + 1] == b"\n":
        end += 1
    return apply_edits(source, [Edit(node.start_byte, end, ""), Edit(statement.start_byte, statement.end_byte, inside)])


def _is_its_own(item: Item, call: Node, body: Node, macros: Collection[str]) -> bool:
    """Whether a nest's function has become one: it changes what it was given, or knows it by other names."""
    declarator, given = item.definition, call.child_by_field_name("arguments")
    listed = declarator.child_by_field_name("parameters") if declarator is not None else None
    heads = [each.child_by_field_name("declarator") for each in (listed.named_children if listed is not None else [])]
    names = [text(name) for head in heads if head is not None and (name := declared_name(head)) is not None]
    if given is None or names != [text(each) for each in given.named_children]:
        return True
    inside = list(walk(body))
    changed = {text(n) for n in inside if n.type == "identifier"} & set(macros)
    counted = {name for name, _ in assigned_names(body)}
    return bool(changed or counted & set(names)) or any("raw_string" in node.type for node in inside)
