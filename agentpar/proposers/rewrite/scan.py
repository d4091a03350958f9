"""Scans: loops whose iterations store a sum or an extreme of all iterations so far, or at a place they count.

`blocked_scan` finds the value of each block of iterations by itself, combines these in order, and then runs the loop
again, each block from the value that precedes it. Only the second pass writes, so that the first one costs little
where memory is what bounds the loop. Where it is what is added up that costs, the first pass stores each block's own
sums instead, and the second adds to them what precedes the block, so that nothing is worked out twice. OpenMP 5's
own scan is not proposed: what Clang 16 makes of it crashes on loops of fewer than two iterations.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tree_sitter import Node

from agentpar.languages.source import Edit, text, walk
from agentpar.proposers.rewrite.append import stepped_somewhere
from agentpar.proposers.rewrite.blocks import BLOCKS, block_head, counts_up, extent, names_for, new_head, stem_for
from agentpar.proposers.rewrite.context import Context, name_the_type
from agentpar.proposers.rewrite.directives import Variant
from agentpar.proposers.rewrite.induction import stepped
from agentpar.proposers.rewrite.places import identifiers, place_of
from agentpar.proposers.rewrite.reorder import statements_of
from agentpar.proposers.rewrite.sharing import sharing_clauses
from agentpar.proposers.rewrite.sites import Loop, assigned_names, declarations, operator
from agentpar.proposers.rewrite.updates import Update, fold_of, match_update, updates_in

_OPERATORS = frozenset({"+", "max", "min"})
_LITERAL = re.compile(r"-?[\d.]+\w*|INT_MIN|false")


@dataclass(frozen=True)
class _Running:
    """A scalar that is folded into at every iteration, stored by `stores`, and begun anew by `resets`.

    `others` are the statements that make something else of it: an element, or a part of a reduction.
    """

    name: str
    update: Update
    stores: tuple[Node, ...]
    resets: tuple[Node, ...]
    others: tuple[Node, ...]


@dataclass(frozen=True)
class _Scan:
    """Both passes of a scan.

    `name` is the scalar that runs through a block, `opening` what it is before the loop, if the source has not named
    it so. `first` and `second` are the loop's lines, `clauses` are for the second; `is_plain` says that the first only
    adds up.
    """

    name: str
    kind: str
    sign: str
    opening: str
    first: tuple[str, ...]
    second: tuple[Edit, ...]
    is_plain: bool
    reset: str = ""
    clauses: tuple[str, ...] = ()


def _running(loop: Loop, context: Context) -> _Running | None:
    found = context.dependences(loop)
    if len(found.carried) != 1 or found.conflicts or found.private or loop.children:
        return None
    name = found.carried[0]
    if stepped(loop, name) is not None:  # told from the counter
        return None
    resets = tuple(node for node in statements_of(loop.body) if _begins_anew(node, name))
    updates = [update for update in updates_in(loop.body) if text(update.target) == name]
    updates = [update for update in updates if update.statement not in resets]
    if len(updates) != 1 or updates[0].operator not in _OPERATORS or not _is_top_level(updates[0].statement, loop):
        return None
    if resets and (updates[0].operator != "+" or found.reductions):
        return None
    needed = _needed(loop, updates[0].statement, resets)
    stores: list[Node] = []
    others = [node for node in statements_of(loop.body) if node.id not in needed and _is_left_out(node, loop, context)]
    for use in identifiers(loop.body, name):
        if any(_holds(node, use) for node in (updates[0].statement, *resets)):
            continue
        whole = next((node for node in statements_of(loop.body) if _holds(node, use)), None)
        store = use.parent
        right = store.child_by_field_name("right") if store is not None else None
        is_store = store is not None and right is not None and right.id == use.id and operator(store) == "="
        if is_store and store is not None and store.parent == whole:
            stores += [whole] if whole is not None else []
        elif whole not in others:
            return None
    is_told = any(_holds(node, use) for node in others for use in identifiers(loop.body, name))
    return _Running(name, updates[0], tuple(stores), resets, tuple(others)) if stores or is_told else None


def _needed(loop: Loop, *folding: Node | tuple[Node, ...]) -> set[int]:
    """The statements of a loop's body that make what is folded into the scalar."""
    whole = [node for each in folding for node in (each if isinstance(each, tuple) else (each,))]
    size = -1
    while size != len(whole):
        size = len(whole)
        asked = {text(node) for each in whole for node in walk(each) if node.type == "identifier"}
        whole += [node for node in statements_of(loop.body) if node not in whole and asked & _made(node)]
    return {node.id for node in whole}


def _made(statement: Node) -> set[str]:
    """The variables that a statement declares or sets."""
    return {name for name, _, _ in declarations(statement)} | {name for name, _ in assigned_names(statement)}


def _is_left_out(statement: Node, loop: Loop, context: Context) -> bool:
    """Whether a statement is of no use to the first pass: an element is set, a local is made, or it goes into a sum."""
    reduced = {name for _, name in context.dependences(loop).reductions}
    update = match_update(statement)
    folds = update is not None and text(update.target) in reduced
    return folds or statement.type == "declaration" or _only_stores(statement, _made(loop.body))


def _begins_anew(statement: Node, name: str) -> bool:
    """Whether a statement is `if (…) name = literal;`, whose condition does not look at the name."""
    condition, body = statement.child_by_field_name("condition"), statement.child_by_field_name("consequence")
    if statement.type != "if_statement" or condition is None or body is None or identifiers(condition, name):
        return False
    if statement.child_by_field_name("alternative") is not None:
        return False
    inner = statements_of(body)
    return len(inner) == 1 and re.fullmatch(rf"{name}\s*=\s*({_LITERAL.pattern});", text(inner[0])) is not None


def _holds(outer: Node, inner: Node) -> bool:
    return outer.start_byte <= inner.start_byte and inner.end_byte <= outer.end_byte


def _is_top_level(statement: Node, loop: Loop) -> bool:
    parent = statement.parent
    return parent is not None and parent.id in {loop.body.id, loop.node.id}


def blocked_scan(loop: Loop, context: Context) -> Iterator[Variant]:
    """Two passes over fixed blocks, for a running scalar and for `out[i] = out[i - 1] + …`."""
    if not counts_up(loop):
        return
    found = _running(loop, context)
    scan = _of_scalar(loop, found, context) if found is not None else None
    scan = scan or _of_chain(loop, context) or _of_count(loop, context)
    if scan is None:
        return
    if found is not None and (shifted := _of_costly_sum(loop, found, context)) is not None:
        title = (
            f"scan of {found.name} in {BLOCKS} blocks over {loop.variable} at line {loop.line}, then what precedes each"
        )
        yield Variant("scan", f"shift@{loop.line}", (), (_two_passes(loop, shifted, context),), (title,))
    title = f"two-pass scan of {scan.name} in {BLOCKS} blocks over {loop.variable} at line {loop.line}"
    yield Variant("scan", f"scan@{loop.line}", (), (_two_passes(loop, scan, context),), (title,))


def _of_scalar(loop: Loop, found: _Running, context: Context) -> _Scan:
    layout, local = context.layout, {name for name, _, _ in declarations(loop.body)}
    idle = [
        node for node in statements_of(loop.body) if _only_stores(node, local | {found.name}) or node in found.others
    ]
    edits = [layout.removal(node) for node in idle]
    names = names_for(loop, context, found.name)
    assert loop.header is not None
    head = new_head(loop, loop.header, names)
    kind, sign = name_the_type(loop.function, found.name), found.update.operator
    if not found.resets:
        is_plain = len(statements_of(loop.body)) == len(idle) + 1
        first = layout.lines_of(loop.node, (head, *edits))
        clauses = tuple(c for c in sharing_clauses(context.dependences(loop), loop) if c.startswith("reduction"))
        return _Scan(found.name, kind, sign, "", first, (), is_plain, clauses=clauses)
    reset, variable, step = context.fresh(f"{found.name}_reset"), loop.variable, layout.indent_unit
    if len(found.resets) == 1 and found.resets[0].id == statements_of(loop.body)[0].id:  # look for the last one first
        condition = found.resets[0].child_by_field_name("condition")
        begin, start = context.fresh("begin"), names.start
        last = (
            f"{names.counter} {begin} = {names.stop};",
            f"while ({begin} > {start} && !{reset}) {{",
            f"{step}const {names.counter} {variable} = --{begin};",
            f"{step}{reset} = {text(condition)};" if condition is not None else "",
            "}",
        )
        head = Edit(head.start, head.end, head.new.replace(f"= {start};", f"= {begin};", 1))
        return _Scan(found.name, kind, sign, "", (*last, *layout.lines_of(loop.node, (head, *edits))), (), False, reset)
    for node in found.resets:
        body = node.child_by_field_name("consequence")
        inner = statements_of(body)[0] if body is not None else node
        edits.append(Edit(inner.start_byte, inner.end_byte, f"{{ {text(inner)} {reset} = true; }}"))
    return _Scan(found.name, kind, sign, "", layout.lines_of(loop.node, (head, *edits)), (), False, reset)


def _of_costly_sum(loop: Loop, found: _Running, context: Context) -> _Scan | None:
    """The first pass is the loop, block by block; the second adds to every stored sum what precedes its block."""
    layout, local = context.layout, {name for name, _, _ in declarations(loop.body)}
    places = {store.id: _assigned(store) for store in found.stores}
    is_costly = any(node.type == "call_expression" for node in walk(loop.body))
    uses_more = any(identifiers(node, found.name) for node in found.others if node not in found.stores)
    if found.resets or uses_more or found.update.operator != "+" or loop.header is None or not is_costly:
        return None
    if any(place is None or local & set(re.findall(r"\w+", text(place))) for place in places.values()):
        return None
    edits = []
    for node in statements_of(loop.body):
        place = places.get(node.id)
        edits.append(
            Edit(node.start_byte, node.end_byte, f"{text(place)} += {found.name};") if place else layout.removal(node)
        )
    first = layout.lines_of(loop.node, (new_head(loop, loop.header, names_for(loop, context, found.name)),))
    kind = name_the_type(loop.function, found.name)
    if not all(context.holds(place_of(place).name, kind, loop) for place in places.values() if place is not None):
        return None
    return _Scan(found.name, kind, "+", "", first, tuple(edits), is_plain=False)


def _only_stores(statement: Node, names: set[str]) -> bool:
    """Whether a statement does nothing but to store an element, so that the first pass may leave it out."""
    whole = _assignment(statement)
    target = whole.child_by_field_name("left") if whole is not None else None
    return target is not None and text(target) not in names


def _assignment(statement: Node) -> Node | None:
    """The assignment that a statement consists of."""
    inner = statement.named_children if statement.type == "expression_statement" else []
    return inner[0] if len(inner) == 1 and inner[0].type == "assignment_expression" else None


def _of_chain(loop: Loop, context: Context) -> _Scan | None:
    """`a[i] = a[i - 1] + x`, `a[i] += a[i - 1]`, and the same with the larger or the smaller of two."""
    found, statements = context.dependences(loop), statements_of(loop.body)
    if len(found.carried) != 1 or found.conflicts or found.private or found.reductions or len(statements) != 1:
        return None
    name = found.carried[0]
    kind, header = context.storage(name, loop).element, loop.header
    uses = [node for node in walk(loop.body) if node.type == "subscript_expression" and place_of(node).name == name]
    update = match_update(statements[0])
    target = update.target if update is not None else _assigned(statements[0])
    before = [use for use in uses if target is not None and _is_one_before(use, target, loop.variable)]
    if not kind or header is None or target is None or not before:
        return None
    run = context.fresh(f"{name}_run")
    names = names_for(loop, context, run)
    others = [use for use in uses if use not in before and use.id != target.id]
    renamed = tuple(Edit(use.start_byte, use.end_byte, run) for use in before)
    if update is not None:  # the element itself is folded into
        sign = update.operator
        folded = _folded(sign, run, text(target)) if all(text(use) == text(target) for use in others) else ""
    else:
        right = statements[0].named_children[0].child_by_field_name("right")
        sign = fold_of(right, before[0]) if right is not None else ""
        lines = context.layout.lines_of(statements[0], (Edit(target.start_byte, target.end_byte, run), *renamed))
        folded = " ".join(map(str.strip, lines)) if not others else ""
    if sign not in _OPERATORS or not folded:
        return None
    first = (new_head(loop, header, names).new, context.layout.indent_unit + folded)
    kept = context.layout.into_body(loop.body, last=(f"{run} = {text(target)};",))
    opening = re.sub(rf"\b{re.escape(loop.variable)}\b", "0" if header.lower == "0" else names.first, text(before[0]))
    zero = f"({kind})0" if context.is_c else f"{kind}(0)"
    return _Scan(run, kind, sign, f"{names.count} > 0 ? {opening} : {zero}", first, (*renamed, *kept), sign == "+")


def _of_count(loop: Loop, context: Context) -> _Scan | None:
    """`if (…) out[k++] = x`: the first pass only counts, which is worth its while where the condition is cheap."""
    found, header = context.dependences(loop), loop.header
    count = stepped_somewhere(loop, found.carried[0]) if len(found.carried) == 1 else None
    calls = any(node.type == "call_expression" for node in walk(loop.body))
    if count is None or header is None or found.reductions or found.private or found.last_private:
        return None
    if not found.conflicts or loop.children or (calls and not context.is_c):
        return None
    edits, stores = [], []
    for conflict in found.conflicts:
        for use in conflict.uses:
            store = use.node.parent
            statement = store.parent if store is not None else None
            place = "".join(map(text, use.indices)).removesuffix("++")
            if store is None or statement is None or store.child_by_field_name("left") != use.node:
                return None
            if statement.type != "expression_statement" or operator(store) != "=" or place != count.name:
                return None
            stores.append(statement)
            steps = _holds(statement, count.change)
            kept = Edit(store.start_byte, store.end_byte, f"{count.name}++")
            edits.append(kept if steps else context.layout.removal(statement))
    outside = [use for use in identifiers(loop.body, count.name) if not any(_holds(store, use) for store in stores)]
    if any(not _holds(count.change, use) for use in outside):
        return None
    kind, names = name_the_type(loop.function, count.name), names_for(loop, context, count.name)
    first = context.layout.lines_of(loop.node, (new_head(loop, header, names), *edits))
    return _Scan(count.name, kind, "+", "", first, (), is_plain=False)


def _assigned(statement: Node) -> Node | None:
    whole = _assignment(statement)
    return whole.child_by_field_name("left") if whole is not None and operator(whole) == "=" else None


def _is_one_before(use: Node, element: Node, variable: str) -> bool:
    """Whether one subscript is that of the element which the iteration before wrote."""
    read, written = (re.sub(r"\s+", "", text(node)).partition("[")[2].removesuffix("]") for node in (use, element))
    return (written, read) in {(variable, f"{variable}-1"), (f"{variable}+1", variable)}


def _folded(sign: str, run: str, value: str) -> str:
    """The statement that folds a value into a scalar."""
    if sign == "+":
        return f"{run} += {value};"
    return f"if ({run} {'<' if sign == 'max' else '>'} {value}) {run} = {value};"


def _two_passes(loop: Loop, scan: _Scan, context: Context) -> Edit:
    header, layout = loop.header, context.layout
    assert header is not None
    names, step = names_for(loop, context, scan.name), layout.indent_unit
    block, sums, before = names.block, names.sums, context.fresh(f"{stem_for(loop, scan.name)}_before")
    blocks = f"for (int {block} = 0; {block} < {BLOCKS}; ++{block}) {{"
    adds = scan.sign == "+"
    start = "0" if adds else before  # an extreme may be taken in twice
    simd = (f"{step}#pragma omp simd reduction(+:{scan.name})",) if adds and scan.is_plain else ()
    combined = _folded(scan.sign, scan.name, f"{sums}[{block}]")
    resets = context.fresh(f"{stem_for(loop, scan.name)}_resets")
    again, *opening = block_head(header, names, step)
    if scan.reset:
        combined = f"{scan.name} = {resets}[{block}] ? {sums}[{block}] : {scan.name} + {sums}[{block}];"
    head = (
        *extent(header, names, context),
        *((f"{scan.kind} {scan.name} = {scan.opening};",) if scan.opening else ()),
        *(() if adds else (f"const {scan.kind} {before} = {scan.name};",)),
        f"{scan.kind} {sums}[{BLOCKS}];",
        *((f"bool {resets}[{BLOCKS}];",) if scan.reset else ()),
        *block_head(header, names, step),
        f"{step}{scan.kind} {scan.name} = {start};",
        *((f"{step}bool {scan.reset} = false;",) if scan.reset else ()),
        *simd,
        *(step + line for line in scan.first),
        f"{step}{sums}[{block}] = {scan.name};",
        *((f"{step}{resets}[{block}] = {scan.reset};",) if scan.reset else ()),
        "}",
        blocks,
        f"{step}const {scan.kind} {names.start} = {scan.name};",
        f"{step}{combined}",
        f"{step}{sums}[{block}] = {names.start};",
        "}",
        " ".join([again, *scan.clauses]),
        *opening,
        f"{step}{scan.kind} {scan.name} = {sums}[{block}];",
    )
    return layout.wrap(loop.node, head, ("}",), 1, (new_head(loop, header, names), *scan.second))
