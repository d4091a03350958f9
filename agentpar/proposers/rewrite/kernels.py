"""OpenMP rewrites said in CUDA: each shared loop nest as a kernel with its launch, and with copies around it.

A nest that shares all of its loops becomes one kernel over all of its iterations; a scalar reduction goes through CUB,
block by block, and the blocks' parts are added up on the host; an atomic update one of `cuda::atomic_ref`. What has
no counterpart here (tasks, regions that merge copies, containers of containers) gives nothing.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from tree_sitter import Node

from agentpar.errors import TaskError
from agentpar.languages.cpp import find_function
from agentpar.languages.sizes import infer_inputs
from agentpar.languages.source import Edit, OverlapError, apply_edits, parse, text, walk
from agentpar.proposers.rewrite.bodies import OPEN
from agentpar.proposers.rewrite.context import Context, full_type
from agentpar.proposers.rewrite.device_text import OPERATORS, SUPPORT, Array, Kernel, Level, Sum, includes
from agentpar.proposers.rewrite.directives import Layout
from agentpar.proposers.rewrite.for_each import declared_range
from agentpar.proposers.rewrite.places import identifiers
from agentpar.proposers.rewrite.pragmas import Pragma, line_of, pragmas
from agentpar.proposers.rewrite.reached import reachable_functions
from agentpar.proposers.rewrite.shared_loop import counter_type
from agentpar.proposers.rewrite.sites import (
    Loop,
    assigned_names,
    declarations,
    function_name,
    loops_of,
)

_IDLE = re.compile(r"^[ \t]*#[ \t]*pragma[ \t]+omp[ \t]+(?:simd)\b[^\n]*\n", re.MULTILINE)
# An update that iterations share, as the rewrites write it.
_ATOMIC = re.compile(
    r"^[ \t]*#pragma omp atomic[ \t]*\n([ \t]*)(?:(?P<place>[^;=+\n]+?)\s*\+=\s*(?P<value>[^;\n]+)"
    r"|\+\+\s*(?P<pre>[^;=+\n]+)|(?P<post>[^;=+\n]+?)\s*\+\+)\s*;",
    re.MULTILINE,
)
# A word of C alone, which nvcc takes for C++.
_RESTRICT = re.compile(r"(\*\s*)restrict\b(?=\s+[A-Za-z_])")
_ONLY_ON_HOST = re.compile(r"\bstd::(?:swap|sort|vector|string|cout|cerr)\b")
_UNDERSTOOD = frozenset({"private", "firstprivate", "reduction", "schedule", "collapse", "if"})
_SCALAR = re.compile(r"(const )?[\w: ]+(?<!auto)")
_DEVICE = "__host__ __device__ "


@lru_cache(maxsize=512)
def with_kernels(source: str, entry: str, pointers: str = "host") -> str | None:
    """The source with a kernel in place of each of its shared loops; None where one cannot be said so.

    `pointers` says whose the pointer parameters are: the host's, which are copied, or the device's.
    """
    source = _RESTRICT.sub(r"\1__restrict__", _ATOMIC.sub(_atomic_add, _IDLE.sub("", source)))
    root, context = parse(source).root_node, Context(Layout(source.encode()), frozenset())
    lengths = _lengths(source, entry)
    kernels: list[Kernel] = []
    edits: list[Edit] = []
    for pragma in pragmas(root):
        loop = _loop_of(root, pragma)
        kernel = _kernel(loop, pragma, context, lengths, pointers) if loop is not None else None
        if loop is None or kernel is None:
            return None
        kernels.append(kernel)
        indent = context.layout.indent_at(loop.node.start_byte)
        launched = f"\n{indent}".join(kernel.launch(copies=pointers == "host"))
        edits += [line_of(pragma.node), Edit(loop.node.start_byte, loop.node.end_byte, launched)]
        at = loop.function.start_byte
        edits.append(Edit(at, at, kernel.definition() + "\n"))
    if not kernels:
        return None
    try:
        changed = apply_edits(source, [*edits, *_for_devices(root, kernels)])
    except OverlapError:
        return None
    return _with_support(changed, kernels)


def _atomic_add(update: re.Match[str]) -> str:
    place = update["place"] or update["pre"] or update["post"]
    kind = f"std::decay_t<decltype({place})>"
    return f"{update[1]}cuda::atomic_ref<{kind}, cuda::thread_scope_device>({place}).fetch_add({update['value'] or 1});"


def _loop_of(root: Node, pragma: Pragma) -> Loop | None:
    """The loop that a directive shares out; None for another directive."""
    if pragma.construct[:2] != ("parallel", "for") or pragma.subject is None:
        return None
    for definition in (node for node in walk(root) if node.type == "function_definition"):
        for outer in loops_of(definition):
            for loop in outer.nest():
                if loop.node.start_byte == pragma.subject.start_byte:
                    return loop
    return None


def _kernel(loop: Loop, pragma: Pragma, context: Context, lengths: Mapping[str, str], pointers: str) -> Kernel | None:
    clauses = dict(pragma.clauses)
    is_template = loop.function.parent is not None and loop.function.parent.type == "template_declaration"
    if not clauses.keys() <= _UNDERSTOOD or is_template:
        return None
    levels, inner = _levels(loop, int(clauses.get("collapse", "1")), context)
    sums = [Sum(sign, name, full_type(loop.function, name)) for sign, name in pragma.reductions]
    if not levels or any(s.sign not in OPERATORS or not _SCALAR.fullmatch(s.kind) for s in sums):
        return None
    private = [name.strip() for name in clauses.get("private", "").split(",") if name.strip()]
    own = [(full_type(loop.function, name), name) for name in private]
    known = {*private, *(s.name for s in sums), *(level.counter for level in levels)}
    first: tuple[str, ...] = ()
    names = [name for name in _outer_names(inner.body, loop) if name not in known]
    if loop.header is not None and loop.header.is_range:
        declared, elements = declared_range(loop.node)
        first, names = (f"{declared} = {elements}[{levels[0].counter}];",), list(dict.fromkeys([elements, *names]))
    found = _captured(names, inner.body, loop, context, _Where(lengths, pointers))
    if found is None or _ONLY_ON_HOST.search(text(inner.body)):
        return None
    # Directives that stand above are lines that the user's file does not have.
    added = context.layout.source[: loop.node.start_byte].count(b"#pragma omp")
    return Kernel(
        name=context.fresh(f"{function_name(loop.function)}_line_{loop.line - added}"),
        levels=tuple(levels),
        arrays=found.arrays,
        scalars=found.scalars,
        own=tuple(own),
        sums=tuple(sums),
        body=(*first, *_inside(inner.body, found.edits, context)),
    )


@dataclass(frozen=True)
class _Where:
    """How long what pointers lead to is, and whose memory it is."""

    lengths: Mapping[str, str]
    pointers: str


@dataclass(frozen=True)
class _Captured:
    """What a kernel is given of the function's variables, and the edits of its body that this calls for."""

    arrays: tuple[Array, ...]
    scalars: tuple[tuple[str, str, str], ...]
    edits: tuple[Edit, ...]


def _captured(names: Sequence[str], body: Node, loop: Loop, context: Context, where: _Where) -> _Captured | None:
    """Arrays by pointer, and plain values that the body leaves as they are; None where there is anything else."""
    written = {name for name, _ in assigned_names(body)}
    arrays: list[Array] = []
    scalars: list[tuple[str, str, str]] = []
    edits: list[Edit] = []
    for name in names:
        array = _array(name, loop, context, where)
        if array is None:
            kind = full_type(loop.function, name)
            if name in written or not _SCALAR.fullmatch(kind) or re.search(r"vector|array|string", kind):
                return None
            scalars.append((kind, name, name))
            continue
        arrays.append(array)
        asked = {f"{name}_size": _calls(body, name, "size"), name: _calls(body, name, "data")}
        edits += [Edit(call.start_byte, call.end_byte, said) for said, calls in asked.items() for call in calls]
        if asked[f"{name}_size"]:
            scalars.append(("std::size_t", f"{name}_size", f"{name}.size()"))
        if sum(map(len, asked.values())) != sum(_is_member(use) for use in identifiers(body, name)):
            return None
    return _Captured(tuple(arrays), tuple(scalars), tuple(edits))


def _inside(body: Node, edits: tuple[Edit, ...], context: Context) -> tuple[str, ...]:
    """A loop's body after edits, without its braces where these stand on lines of their own or were added."""
    first, *more = lines = context.layout.lines_of(body, edits)
    if not first.startswith(OPEN) and not (more and first.strip() == "{"):
        return lines
    unit = context.layout.indent_unit
    return tuple(line.removeprefix(unit) for line in context.layout.lines_inside(body, edits))


def _levels(loop: Loop, collapsed: int, context: Context) -> tuple[list[Level], Loop]:
    """The loops that become the kernel's index: those that are collapsed, and those right below that may be."""
    levels: list[Level] = []
    if loop.header is not None and loop.header.is_range:
        elements = loop.header.upper
        whole = Level(context.fresh("at"), "std::size_t", "0", f"{elements}.size()")
        return [whole] if re.fullmatch(r"\w+", elements) and collapsed == 1 else [], loop
    while True:
        header = loop.header
        if header is None or header.is_range or header.step != "1" or header.relation not in {"<", "<=", "!="}:
            return [], loop
        kind = counter_type(loop.node, header, loop.function)
        end = f"{header.upper} + 1" if header.relation == "<=" else header.upper
        levels.append(Level(header.variable, kind, header.lower, end))
        below = _only_loop(loop)
        if below is None or below.header is None:
            return (levels, loop) if len(levels) >= collapsed else ([], loop)
        bounds = re.findall(r"[A-Za-z_]\w*", f"{below.header.lower} {below.header.upper}")
        depends = {level.counter for level in levels} & set(bounds)
        is_free = not depends and below.is_shareable and context.dependences(below).is_clean
        if len(levels) >= collapsed and not (is_free and not context.dependences(below).reductions):
            return levels, loop
        loop = below


def _only_loop(loop: Loop) -> Loop | None:
    """The loop that is all there is to another one's body."""
    body = loop.body
    while body.type == "compound_statement":
        inside = [child for child in body.named_children if child.type != "comment"]
        if len(inside) != 1:
            return None
        body = inside[0]
    return next((child for child in loop.children if child.node.start_byte == body.start_byte), None)


def _outer_names(body: Node, loop: Loop) -> Iterator[str]:
    """The variables of the function that a body uses and does not declare, in order of use."""
    outside = {
        name for name, declaration, _ in declarations(loop.function) if declaration.start_byte < loop.node.start_byte
    }
    inside = {name for name, _, _ in declarations(body)}
    used = (text(node) for node in walk(body) if node.type == "identifier")
    yield from dict.fromkeys(name for name in used if name in outside - inside)


def _array(name: str, loop: Loop, context: Context, where: _Where) -> Array | None:
    """A pointer or vector of plain values as what a kernel takes; None for anything else."""
    storage = context.storage(name, loop)
    element, spelled = storage.element, full_type(loop.function, name)
    if storage.kind not in {"vector", "pointer"} or not element or "<" in element or element == "bool":
        return None
    is_const = spelled.startswith("const ")
    element = f"const {element}" if is_const and not element.startswith("const ") else element
    if storage.kind == "vector":
        if where.pointers == "device" or "vector" not in spelled:
            return None
        return Array(name, element, f"{name}.data()", f"{name}.size()")
    if where.pointers == "host" and name not in where.lengths:
        return None
    return Array(name, element, name, where.lengths.get(name, ""))


def _calls(body: Node, name: str, member: str) -> list[Node]:
    """The calls of a container's member that takes nothing."""
    said = re.compile(rf"{re.escape(name)}\s*\.\s*{member}\s*\(\s*\)")
    return [node for node in walk(body) if node.type == "call_expression" and said.fullmatch(text(node))]


def _is_member(use: Node) -> bool:
    """Whether something of a variable itself is asked for, and not an element."""
    parent = use.parent
    return parent is not None and parent.type == "field_expression" and parent.child_by_field_name("argument") == use


def _lengths(source: str, entry: str) -> dict[str, str]:
    """How many values each pointer parameter of the entry leads to, in the function's own words where it has them."""
    try:
        function = find_function(source, entry, path=Path("source"))
        plan = infer_inputs(source, function)
    except TaskError:
        return {}
    words = {expression: name for name, expression in plan.scalars.items()}
    found = {}
    for name, levels in plan.lengths.items():
        parts = re.split(r"([A-Za-z_]\w*)", levels[0]) if len(levels) == 1 else ["?"]
        if all(part in words for part in parts[1::2]) and "?" not in parts and ":" not in levels[0]:
            said = "".join(f"static_cast<std::size_t>({words[p]})" if i % 2 else p for i, p in enumerate(parts))
            found[name] = said
    return found


def _for_devices(root: Node, kernels: list[Kernel]) -> list[Edit]:
    """Marks on the functions of the source that kernels call."""
    called = {match for kernel in kernels for line in kernel.body for match in re.findall(r"\b(\w+)\s*\(", line)}
    names = {function_name(node) for node in walk(root) if node.type == "function_definition"}
    reached = {each.start_byte for name in sorted(called & names) for each in reachable_functions(root, name)}
    return [Edit(at, at, _DEVICE) for at in sorted(reached)]


def _with_support(source: str, kernels: list[Kernel]) -> str:
    """The source with the headers and the class that launches need, after its own headers."""
    missing = [
        name for name in includes(kernels) if not re.search(rf"^\s*#\s*include\s*<{name}>", source, re.MULTILINE)
    ]
    head = "".join(f"#include <{name}>\n" for name in sorted(missing))
    layout = Layout(source.encode())
    at = len(layout.source[: layout.after_includes].decode())
    return f"{source[:at]}{head}\n{SUPPORT}{source[at:].lstrip(chr(10))}"
