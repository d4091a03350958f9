"""The best few: `if (d < best) { second = best; best = d; } else if (d < second) second = d;`."""

from collections.abc import Iterator
from dataclasses import dataclass

from tree_sitter import Node

from agentpar.languages.source import Edit, text, walk
from agentpar.proposers.rewrite.blocks import BLOCKS, block_head, counts_up, extent, names_for, new_head
from agentpar.proposers.rewrite.context import Context, name_the_type
from agentpar.proposers.rewrite.directives import Variant
from agentpar.proposers.rewrite.places import identifiers
from agentpar.proposers.rewrite.reorder import statements_of
from agentpar.proposers.rewrite.sites import Loop, operator

_WORST_IN_C = {
    ("double", "<"): ("HUGE_VAL", "<math.h>"),
    ("double", ">"): ("-HUGE_VAL", "<math.h>"),
    ("int", "<"): ("INT_MAX", "<limits.h>"),
    ("int", ">"): ("INT_MIN", "<limits.h>"),
}


@dataclass(frozen=True)
class _Ladder:
    """What takes an element in, `chain`, with the names that it moves down, best first, by what they are made from.

    `value` is what is compared, and `sign` says how the better one compares.
    """

    chain: Node
    rungs: dict[str, tuple[str, ...]]
    value: str
    sign: str


def best_few(loop: Loop, context: Context) -> Iterator[Variant]:
    """The best few of each block of iterations, of which the best are then taken in the order of the blocks."""
    found, header = context.dependences(loop), loop.header
    plain = not found.conflicts and not found.reductions and not found.private and not found.last_private
    ladder = _ladder(loop, set(found.carried)) if plain and len(found.carried) > 1 and counts_up(loop) else None
    if ladder is None or header is None:
        return
    kinds = {name: name_the_type(loop.function, name) for name in found.carried}
    best = ladder.rungs[ladder.value]
    worst = _worst(kinds[best[0]], ladder.sign, context)
    if worst is None or any("decltype" in kind for kind in kinds.values()):
        return
    layout, step, names = context.layout, context.layout.indent_unit, names_for(loop, context, best[0])
    lists = {role: context.fresh(f"{rungs[0]}_of") for role, rungs in ladder.rungs.items()}
    k, block = context.fresh("k"), names.block
    own = {name: worst[0] if name in best else name for name in found.carried}
    # The last value of a name is at hand for what has fewer of them than there are best.
    kept = [
        f"{lists[role]}[{block}][{n}] = {rungs[min(n, len(rungs) - 1)]};"
        for role, rungs in ladder.rungs.items()
        for n in range(len(best))
    ]
    began = {name: context.fresh(f"{name}_before") for name in found.carried if name not in best}
    pragma, opened, *opening = block_head(header, names, step)
    again = layout.lines_of(ladder.chain, _taken(ladder, lists, f"[{block}][{k}]"))
    head = (
        *extent(header, names, context),
        *(f"const {kinds[name]} {before} = {name};" for name, before in began.items()),
        *(f"{kinds[rungs[0]]} {lists[role]}[{BLOCKS}][{len(best)}];" for role, rungs in ladder.rungs.items()),
        pragma,
        opened,
        *opening,
        *(f"{step}{kinds[name]} {name} = {began.get(name, value)};" for name, value in own.items()),
    )
    tail = (
        *(step + line for line in kept),
        "}",
        opened,
        f"{step}for (int {k} = 0; {k} < {len(best)}; ++{k}) {{",
        *(step * 2 + line for line in again),
        f"{step}}}",
        "}",
    )
    edits = (layout.wrap(loop.node, head, tail, 1, (new_head(loop, header, names),)), *layout.include(worst[1]))
    title = f"{BLOCKS} blocks over {loop.variable} at line {loop.line}, each with its own {', '.join(found.carried)}"
    yield Variant("parallel-for+best-few", f"best-few@{loop.line}", (), edits, (title,))


def _worst(kind: str, sign: str, context: Context) -> tuple[str, str] | None:
    """What no element is worse than, and the header that tells it."""
    if context.is_c:
        return _WORST_IN_C.get((kind, sign))
    is_real = kind in {"float", "double"}
    told = "infinity()" if is_real else "max()" if sign == "<" else "min()"
    minus = "-" if is_real and sign == ">" else ""
    return f"{minus}std::numeric_limits<{kind}>::{told}", "<limits>"


def _taken(ladder: _Ladder, lists: dict[str, str], at: str) -> tuple[Edit, ...]:
    """The chain with what a block has kept for what an iteration made."""
    found: list[Edit] = []
    for node in walk(ladder.chain):
        is_inside = any(edit.start <= node.start_byte and node.end_byte <= edit.end for edit in found)
        if text(node) in lists and not is_inside and node.type != "argument_list":
            found.append(Edit(node.start_byte, node.end_byte, f"{lists[text(node)]}{at}"))
    return tuple(found)


def _ladder(loop: Loop, names: set[str]) -> _Ladder | None:
    uses = [use for name in names for use in identifiers(loop.body, name)]
    chains = [
        node
        for node in statements_of(loop.body)
        if node.type == "if_statement" and all(node.start_byte <= use.start_byte < node.end_byte for use in uses)
    ]
    moves = _moves(chains[0], names) if chains else None
    if moves is None:
        return None
    above = {left: right for left, right in moves if right in names}
    made = {left: right for left, right in moves if right not in names}
    rungs: dict[str, tuple[str, ...]] = {}
    for name in sorted(names, key=lambda name: _depth(name, above)):
        top = name
        for _ in names:
            top = above.get(top, top)
        if top not in made or made.get(name, made[top]) != made[top]:
            return None
        rungs[made[top]] = (*rungs.get(made[top], ()), name)
    signs = {
        (text(left), operator(node)) if text(left) in rungs else (text(right), {"<": ">", ">": "<"}[operator(node)])
        for node in walk(chains[0])
        if node.type == "binary_expression" and operator(node) in {"<", ">"}
        for left, right in [(node.named_children[0], node.named_children[-1])]
        if (text(left) in rungs and text(right) in names) or (text(right) in rungs and text(left) in names)
    }
    equal = any(operator(node) in {"<=", ">="} for node in walk(chains[0]) if node.type == "binary_expression")
    value, sign = signs.pop() if len(signs) == 1 else ("", "")
    return _Ladder(chains[0], rungs, value, sign) if value and not equal and len(rungs[value]) > 1 else None


def _depth(name: str, above: dict[str, str]) -> int:
    """How many better ones a name has; a ring counts as long."""
    depth = 0
    while name in above and depth <= len(above):
        name, depth = above[name], depth + 1
    return depth


def _moves(chain: Node, names: set[str]) -> list[tuple[str, str]] | None:
    """The assignments of a chain, which must do nothing else, and from what it sets each name."""
    found = []
    for node in walk(chain):
        if node.type in {"update_expression", "call_expression", "declaration", "return_statement", "break_statement"}:
            return None
        if node.type != "assignment_expression":
            continue
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if left is None or right is None or operator(node) != "=" or text(left) not in names:
            return None
        if right.type != "identifier" and any(identifiers(right, name) for name in names):
            return None
        found.append((text(left), text(right)))
    return found
