"""Values that each iteration multiplies by the same factor: every block of iterations starts from a power of it."""

import re
from collections.abc import Iterator
from dataclasses import replace

from agentpar.languages.source import Edit
from agentpar.proposers.rewrite.blocks import BLOCKS, block_head, counts_up, extent, names_for, new_head
from agentpar.proposers.rewrite.context import Context, full_type
from agentpar.proposers.rewrite.directives import Variant
from agentpar.proposers.rewrite.induction import Stepped, in_brackets, is_wanted_later, stepped
from agentpar.proposers.rewrite.places import identifiers
from agentpar.proposers.rewrite.sharing import shared_out, sharing_clauses
from agentpar.proposers.rewrite.sites import Loop

_FEW = 8


def powers_by_block(loop: Loop, context: Context) -> Iterator[Variant]:
    """Blocks of the loop side by side, each from its own power of the factor."""
    edit = _blocks(loop, "", context)
    if edit is not None:
        title = f"blocks over {loop.variable} at line {loop.line}, each from its own power"
        yield Variant("parallel-for+powers", f"powers@{loop.line}", (), (edit,), (title,))


def outer_or_blocks(loop: Loop, context: Context) -> Iterator[Variant]:
    """Where a loop has such a loop in it: share out the outer one if it is long, else the blocks of the inner one.

    That is what the stages of a Fourier transform need, whose outer loops grow shorter as the inner ones grow longer.
    """
    header = loop.header
    if len(loop.children) != 1 or header is None or header.relation not in {"<", "!="} or header.lower != "0":
        return
    if not context.dependences(loop).is_clean or header.step == "1":
        return
    trips = f"{in_brackets(header.upper)} / {in_brackets(header.step)}"
    edit = _blocks(loop.children[0], f"{trips} <= {_FEW}", context)
    if edit is not None:
        whole = shared_out(loop, context).with_directive(0, condition=f"{trips} > {_FEW}")
        title = f"or blocks over {loop.children[0].variable}, each from its own power"
        yield replace(
            whole, pattern="parallel-for+powers", family=f"powers@{loop.line}", edits=(edit,), titles=(title,)
        )


def _blocks(loop: Loop, condition: str, context: Context) -> Edit | None:
    found, header = context.dependences(loop), loop.header
    steps = [step for name in found.carried if (step := stepped(loop, name)) is not None and step.sign == "*"]
    powers = steps and len(steps) == len(found.carried) and all(_is_real(loop, step) for step in steps)
    if not counts_up(loop) or header is None or not powers or found.conflicts or found.last_private:
        return None
    if any(is_wanted_later(loop, step.name) for step in steps):
        return None
    layout, unit = context.layout, context.layout.indent_unit
    names = names_for(loop, context, steps[0].name)
    blocks = context.fresh("blocks") if condition else str(BLOCKS)
    pragma, *opening = block_head(header, names, unit, blocks)
    distance = names.start if header.lower == "0" else f"({names.start} - {names.first})"
    power = f"{{0}} * std::pow({{1}}, {distance})"
    whole = f"{distance} == 0 ? {{0}} : {power}" if condition else power
    starts = [
        f"{full_type(loop.function, step.name)} {mine} = {whole.format(step.name, step.amount)};"
        for step in steps
        if (mine := _mine(step, context))
    ]
    head = (
        *extent(header, names, context),
        *((f"const int {blocks} = {condition} ? {BLOCKS} : 1;",) if condition else ()),
        " ".join([pragma, *sharing_clauses(found, loop), *([f"if({blocks} > 1)"] if condition else [])]),
        *opening,
        *(unit + line for line in starts),
    )
    renames = [
        Edit(use.start_byte, use.end_byte, _mine(step, context))
        for step in steps
        for use in identifiers(loop.body, step.name)
    ]
    return layout.wrap(loop.node, head, ("}",), 1, (new_head(loop, header, names), *renames))


def _mine(step: Stepped, context: Context) -> str:
    return context.fresh(f"{step.name}_block")


def _is_real(loop: Loop, step: Stepped) -> bool:
    """Whether powers of the value can be told by `std::pow` well enough."""
    kind = full_type(loop.function, step.name)
    return re.search(r"\b(double|float|complex|real\w*|Real|T|cd|cplx|Complex|cpx)\b", kind) is not None
