"""Arrays that all iterations add to: a copy for each thread, put together at the end."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tree_sitter import Node

from agentpar.languages.source import Edit, text, walk
from agentpar.proposers.rewrite.context import Context, Storage
from agentpar.proposers.rewrite.directives import Directive, Variant
from agentpar.proposers.rewrite.lengths import Length, length_of
from agentpar.proposers.rewrite.places import Place, are_apart, identifiers, members, outermost_places, place_of
from agentpar.proposers.rewrite.shared_arrays import Conflict, is_folded
from agentpar.proposers.rewrite.sharing import sharing_clauses
from agentpar.proposers.rewrite.sites import Loop, ancestor, declarations
from agentpar.proposers.rewrite.updates import Update

LONG = "empty arrays, and on those that are longer than a stack"
FROM_NOTHING = ("+", "|", "^")  # what a thread's copy starts with is 0


def accumulated(loop: Loop, context: Context) -> Iterator[Variant]:
    """Array reductions and private copies: first the former where the array is short, else the latter.

    OpenMP's copies are on the threads' stacks, which a large array overflows: those of long ones are marked, and are
    for ranks alone.
    """
    are_short = all(_is_short(conflict, loop, context) for conflict in context.dependences(loop).conflicts)
    copies = list(_private_copies(loop, context))
    reductions = list(_array_reduction(loop, context, "empty arrays" if are_short else LONG))
    yield from [*reductions, *copies] if are_short else [*copies, *reductions]


def _is_short(conflict: Conflict, loop: Loop, context: Context) -> bool:
    storage = context.storage(conflict.name, loop)
    if storage.kind == "pointer":
        length = length_of(conflict, loop, context)
        return length is not None and length.is_short
    return storage.kind == "array" or "array" in storage.type


def _array_reduction(loop: Loop, context: Context, crash: str) -> Iterator[Variant]:
    """A private copy of each accumulated array per thread, made and merged by OpenMP."""
    found = context.dependences(loop)
    if found.carried or not found.conflicts:
        return
    parts = [_reduced(conflict, loop, context) for conflict in found.conflicts]
    if any(part is None for part in parts):
        return
    whole = [part for part in parts if part is not None]
    directive = Directive(
        loop,
        clauses=(*sharing_clauses(found, loop), *(part.clauses[0] for part in whole)),
        setup=(*(line for part in whole for line in part.setup), *_unless_empty(whole, loop, crash)),
        edits=tuple(edit for part in whole for edit in part.edits),
    )
    yield Variant("parallel-for+array-reduction", f"array-reduction@{loop.line}", (directive,))


def _unless_empty(parts: list[Directive], loop: Loop, crash: str) -> tuple[str, ...]:
    """A line that skips the loop where an array to be reduced has no elements."""
    lengths = re.findall(r"\[:([A-Za-z_]\w*)\]", " ".join(part.clauses[0] for part in parts))
    known = {name for name, _, _ in declarations(loop.function)}
    checks = [f"{name} > 0" for name in dict.fromkeys(lengths) if name in known or not name.isupper()]  # no macros
    return (f"if ({' && '.join(checks)})  // GCC's reductions crash on {crash}",) if checks else ()


def _reduced(conflict: Conflict, loop: Loop, context: Context) -> Directive | None:
    """The clause, set-up line and renames with which one array is reduced."""
    sign, name = conflict.operator, conflict.name
    subscripted = all(use.indices for use in conflict.uses)
    storage = context.storage(name, loop)
    if not sign or any(_member(update) for update in conflict.updates):
        return None
    if storage.kind == "array" and subscripted:
        return Directive(loop, clauses=(f"reduction({sign}:{name})",))
    if storage.kind == "pointer":
        single = all(use.node.type == "pointer_expression" for use in conflict.uses)
        length = Length("1") if single else length_of(conflict, loop, context) if subscripted else None
        if length is None or (length.setup and not loop.stands_in_block):
            return None
        return Directive(loop, clauses=(f"reduction({sign}:{name}[:{length.expression}])",), setup=length.setup)
    flat = all(len(use.indices) == 1 for use in conflict.uses)
    if storage.kind not in {"vector", "view"} or not flat or not loop.stands_in_block:
        return None
    data, size = context.fresh(f"{name}_data"), context.fresh(f"{name}_size")
    return Directive(
        loop,
        clauses=(f"reduction({sign}:{data}[:{size}])",),
        setup=(f"auto* {data} = {name}.data();", f"const auto {size} = {name}.size();"),
        edits=tuple(edit for use in conflict.uses for edit in _by_pointer(use, data)),
    )


def _by_pointer(use: Place, data: str) -> tuple[Edit, ...]:
    """An element of a vector, `v[i]` or `v.at(i)`, by a pointer to the first."""
    arguments = use.node.child_by_field_name("arguments")
    if use.root is None or arguments is None:
        return (Edit(use.root.start_byte, use.root.end_byte, data),) if use.root is not None else ()
    return (
        Edit(use.root.start_byte, arguments.start_byte + 1, f"{data}["),
        Edit(arguments.end_byte - 1, arguments.end_byte, "]"),
    )


def _renames(conflict: Conflict, name: str) -> tuple[Edit, ...]:
    roots = [use.root for use in conflict.uses if use.root is not None and use.indices]
    return tuple(Edit(root.start_byte, root.end_byte, name) for root in roots)


def _member(update: Update) -> str:
    """What of an element is updated: `.sum` in `groups[g].sum += x`, `.at[]` in `bodies[b].at[k] += x`."""
    whole = node = update.target
    while (inner := _owner(node)) is not None:
        node = inner
    spelled, elements = text(whole)[len(text(node)) :], 1
    while elements:  # from within: `.at[to[i]]` is an element by another one
        spelled, elements = re.subn(r"\[[^][]*\]", "\0", spelled)
    return spelled.replace("\0", "[]")


def _owner(node: Node) -> Node | None:
    """What a member belongs to, or an array that is a member; nothing where a node is an element, or no member."""
    inner = node.child_by_field_name("argument")
    if node.type == "field_expression":
        return inner
    is_element = node.type == "subscript_expression" and inner is not None and inner.type == "field_expression"
    return inner if is_element else None


def _is_held_inside(member: str, loop: Loop) -> bool:
    """Whether a member is a number, or an array whose elements lie in the struct, as every struct says that has it."""
    found = re.fullmatch(r"(?:.*\W)?(\w+?)(\[\])?", member)
    if found is None or not found[2]:
        return not member or (found is not None and "[" not in member)
    name = found[1]
    root = ancestor(loop.function, frozenset({"translation_unit"}))
    shapes = {
        declarator.type == "array_declarator" or "array" in text(kind)
        for node in (walk(root) if root is not None else ())
        if node.type == "field_declaration" and (kind := node.child_by_field_name("type")) is not None
        for declarator in node.children_by_field_name("declarator")
        if re.match(rf"{re.escape(name)}\b", text(declarator))
    }
    return shapes == {True} and "[" not in member.removesuffix("[]")


@dataclass(frozen=True)
class _Copied:
    """An array of which each thread has a copy `mine`: how that is made, ended and merged, and the loop's changes."""

    name: str
    mine: str
    length: Length
    made: tuple[str, ...]
    ended: str
    merged: tuple[str, ...]
    edits: tuple[Edit, ...]


def _private_copies(loop: Loop, context: Context) -> Iterator[Variant]:
    """Local copies per thread on the heap, added to the shared arrays at the end."""
    found = context.dependences(loop)
    if found.carried or not found.conflicts or not loop.stands_in_block:
        return
    copies = [_copied(conflict, loop, context) for conflict in found.conflicts]
    known = [copy for copy in copies if copy is not None]
    if len(known) != len(copies):
        return
    layout, step, each = context.layout, context.layout.indent_unit, context.fresh("k")
    adds = all(conflict.operator in FROM_NOTHING for conflict in found.conflicts)
    schedule = ("schedule(dynamic,16)",) if context.wants_balance(loop) else ()
    # A merge must not begin while another thread still copies what is to be merged into; sums start from nothing.
    worksharing = " ".join(["#pragma omp for", *(["nowait"] if adds else []), *sharing_clauses(found, loop), *schedule])
    head = (
        *(line for copy in known for line in copy.length.setup),
        "#pragma omp parallel",
        "{",
        *(step + line for copy in known for line in copy.made),
        step + worksharing,
    )
    merges = []
    for copy in known:
        is_size = copy.length.expression.endswith(".size()")
        counter = context.size_type if is_size and not context.is_c else "long"
        merges.append(f"for ({counter} {each} = 0; {each} < {copy.length.expression}; ++{each}) {{")
        merges += [f"{step}{line.format(each)}" for line in copy.merged]
        merges.append("}")
    if len(known) > 1:
        merges = ["{", *(step + line for line in merges), "}"]
    ended = [step + copy.ended for copy in known if copy.ended]
    tail = (f"{step}#pragma omp critical", *(step + line for line in merges), *ended, "}")
    edits = [layout.wrap(loop.node, head, tail, 1, tuple(edit for copy in known for edit in copy.edits))]
    if any(copy.length.expression != f"{copy.name}.size()" or "std::vector" in copy.made[0] for copy in known):
        for header in reversed(_headers(known, context)):  # the later stands first
            edits += layout.include(header)
    names = ", ".join(copy.name for copy in known)
    title = f"parallel for over {loop.variable} at line {loop.line}, private copies of {names}"
    yield Variant("parallel-for+private-copies", f"private-copies@{loop.line}", (), tuple(edits), (title,))


def _headers(copies: list[_Copied], context: Context) -> tuple[str, ...]:
    """What declares all that makes and ends the copies."""
    if not context.is_c:
        return ("<vector>",)
    return ("<stdlib.h>", *(["<string.h>"] if any("memcpy" in copy.made[0] for copy in copies) else []))


def _copied(conflict: Conflict, loop: Loop, context: Context) -> _Copied | None:
    name, edits = _array_of(conflict, loop)
    storage, signs = context.storage(name, loop), _signs(conflict, context)
    uses = [use for use in identifiers(loop.body, name) if use.parent is None or text(use.parent) != f"{name}.size"]
    targets = [place_of(update.target) for update in conflict.updates]
    places = [place for place in outermost_places(loop.body) if place.name == name and place.indices]
    others = [place for place in places if all(are_apart(place, target) for target in targets)]
    if not signs or not set(signs.values()) <= {*FROM_NOTHING, "max", "min"}:
        return None
    if len(uses) != len(edits) + len(others) or not all(_is_held_inside(member, loop) for member in signs):
        return None
    inner = {text(update.target): _member(update).count("[]") for update in conflict.updates}
    if not storage.element or any(len(use.indices) - inner.get(text(use.node), 0) > 1 for use in conflict.uses):
        return None
    asks = storage.kind in {"vector", "view"}
    length = Length(f"{name}.size()") if asks else length_of(conflict, loop, context)
    if storage.kind not in {"vector", "view", "pointer"} or length is None:
        return None
    mine = context.fresh(f"{name}_mine")
    sign = next((sign for sign in signs.values() if sign not in FROM_NOTHING), "+")
    made, ended = _made(name, mine, length.expression, storage, sign, context)
    if len(signs) > 1 and sign not in FROM_NOTHING:
        each = context.fresh("each")
        sums = "".join(f" {each}{member} = 0;" for member, other in signs.items() if other in FROM_NOTHING)
        made = (*made, f"for (auto& {each} : {mine}) {{{sums} }}") if sums else made
    # `{0}` stands for the counter of the loop that merges.
    merges = tuple(
        merged(by, f"{name}[{{0}}]{member}", f"{mine}[{{0}}]{member}", context) for member, by in signs.items()
    )
    renamed = tuple(Edit(edit.start, edit.end, mine) for edit in edits)
    return _Copied(name, mine, length, made, ended, merges, renamed)


def _signs(conflict: Conflict, context: Context) -> dict[str, str]:
    """What is updated of an element, with the operator; nothing where one member takes several, or has other uses."""
    found: dict[str, set[str]] = {}
    for update in conflict.updates:
        found.setdefault(_member(update), set()).add(update.operator)
    signs = {member: min(operators) for member, operators in found.items() if len(operators) == 1}
    is_mixed = not conflict.operator
    uses = [use for use in conflict.uses if use.node.type != "identifier"]
    folded = all(any(is_folded(use, update) for update in conflict.updates) for use in uses)
    if any("[]" in member and sign not in FROM_NOTHING for member, sign in signs.items()):
        return {}
    if len(signs) != len(found) or (is_mixed and (not folded or "" in signs or context.is_c)):
        return {}
    return signs


def _array_of(conflict: Conflict, loop: Loop) -> tuple[str, tuple[Edit, ...]]:
    """The array's name and where the loop spells it, also behind a reference such as `auto& g = groups[key[i]]`."""
    for name, _, declarator in declarations(loop.body):
        value = declarator.child_by_field_name("value")
        place = place_of(value) if name == conflict.name and value is not None else None
        if place is not None and place.root is not None and len(place.indices) == 1 and not members(place):
            return place.name, (Edit(place.root.start_byte, place.root.end_byte, ""),)
    return conflict.name, _renames(conflict, "")


def _made(
    name: str, mine: str, length: str, storage: Storage, sign: str, context: Context
) -> tuple[tuple[str, ...], str]:
    """The lines that make a thread's copy and that end it."""
    if context.is_c:
        room = f"calloc({length}, sizeof *{mine})"
        if sign not in FROM_NOTHING:
            room = f"memcpy(malloc({length} * sizeof *{mine}), {name}, {length} * sizeof *{mine})"
        return (f"{storage.element} *{mine} = ({storage.element} *){room};",), f"free({mine});"
    if storage.kind in {"pointer", "view"}:
        ends = f"{name}, {name} + {length}" if storage.kind == "pointer" else f"{name}.begin(), {name}.end()"
        start = length if sign in FROM_NOTHING else ends
        return (f"std::vector<{storage.element}> {mine}({start});",), ""
    if sign not in FROM_NOTHING:
        return (f"{storage.type} {mine} = {name};",), ""
    return (f"{storage.type} {mine}{'{}' if 'array' in storage.type else f'({length})'};",), ""


def merged(sign: str, shared: str, mine: str, context: Context) -> str:
    """The statement that adds a thread's own number to the shared one, or keeps the greater; `[]` is each element."""
    if shared.endswith("[]"):
        each, shared, mine = context.fresh("m"), shared[:-2], mine[:-2]
        length = f"sizeof {shared} / sizeof {shared}[0]" if context.is_c else f"std::size({shared})"
        head = f"for ({context.size_type} {each} = 0; {each} < {length}; ++{each})"
        return f"{head} {shared}[{each}] {sign}= {mine}[{each}];"
    if sign in FROM_NOTHING:
        return f"{shared} {sign}= {mine};"
    return f"if ({shared} {'<' if sign == 'max' else '>'} {mine}) {shared} = {mine};"
