"""A `parallel for` as a call that runs a lambda on blocks of the counter's values, or on each value."""

from dataclasses import dataclass

from tree_sitter import Node

from agentpar.languages.source import Edit, text, walk
from agentpar.proposers.rewrite.context import Context, full_type, name_the_type
from agentpar.proposers.rewrite.for_each import declared_range, for_each, transform_reduce, values_of
from agentpar.proposers.rewrite.places import identifiers
from agentpar.proposers.rewrite.sites import Header, ancestor, declarations, read_header

Clauses = dict[str, str]
_UNDERSTOOD = frozenset({"private", "firstprivate", "lastprivate", "reduction", "schedule", "collapse", "nowait", "if"})
FUNCTIONS = frozenset({"function_definition", "lambda_expression"})
_SIGNS = frozenset({"+", "-", "*", "^", "min", "max", "&&", "||", "&", "|"})
# Folding one of these in twice changes nothing, so a copy may begin with what is there already.
_IDEMPOTENT = frozenset({"min", "max", "&&", "||", "&", "|"})


@dataclass(frozen=True)
class Own:
    """A variable of which each block has one of its own, called `mine`.

    `before` are lines ahead of the call, `first` those that make it, `last` those that hand its value over.
    """

    name: str
    mine: str
    before: tuple[str, ...] = ()
    first: tuple[str, ...] = ()
    last: tuple[str, ...] = ()
    is_merged: bool = False


def shared_loop(
    loop: Node, clauses: Clauses, reductions: tuple[tuple[str, str], ...], context: Context, target: str
) -> Edit | None:
    """The loop shared out without OpenMP; None where its head or a clause has no counterpart."""
    header, function = read_header(loop), ancestor(loop, FUNCTIONS)
    body = loop.child_by_field_name("body")
    if header is None or function is None or body is None or not runs_upwards(header):
        return None
    if header.step != "1" and "*" in full_type(function, header.variable):  # blocks are of numbers
        return None
    own = _own(header, function, clauses, reductions, context) if clauses.keys() <= _UNDERSTOOD else None
    if own is None:
        return None
    is_plain = header.step == "1" and "schedule" not in clauses and "begin(" not in header.lower
    if target == "stdpar" and is_plain:
        values = values_of(loop, header, counter_type(loop, header, function))
        if not own:
            return for_each(loop, body, values, context)
        if len(own) == len(reductions) == 1:
            kind = own_type(function, own[0].name)
            if (summed := transform_reduce(loop, body, values, reductions[0], kind, context)) is not None:
                return summed
    return _in_blocks(loop, body, header, function, own, "schedule" in clauses, context)


def _in_blocks(
    loop: Node, body: Node, header: Header, function: Node, own: list[Own], is_uneven: bool, context: Context
) -> Edit:
    layout, step = context.layout, context.layout.indent_unit
    kind, head, first, last = block_head(loop, header, function, is_uneven, context)
    merging = context.fresh("merging")
    merged = [line for each in own if each.is_merged for line in each.last]
    kept = [line.format(last=last) for each in own if not each.is_merged for line in each.last]
    opened = (
        *(line for each in own for line in each.before),
        *((f"std::mutex {merging};",) if merged else ()),
        head,
        *(step + line for each in own for line in each.first),
    )
    closed = (
        *(step + line for line in kept),
        *((f"{step}const std::lock_guard<std::mutex> lock({merging});",) if merged else ()),
        *(step + line for line in merged),
        "});",
    )
    edits = [_renamed(use, each.mine) for each in own for use in identifiers(body, each.name)]
    if header.is_range:
        edits += over_range(loop, body, first, last, context)
    else:
        edits.append(new_head(loop, body, header, kind, first, last))
    return layout.wrap(loop, opened, closed, 1, tuple(edits))


def runs_upwards(header: Header) -> bool:
    """Whether a loop's head is one that can be cut into blocks."""
    return header.is_range or (header.relation in {"<", "<=", "!="} and not header.step.startswith("-"))


def _renamed(use: Node, mine: str) -> Edit:
    """Another name; what takes the place of a pointer is a vector."""
    is_followed = use.parent is not None and use.parent.type == "pointer_expression"
    return Edit(use.start_byte, use.end_byte, f"{mine}.data()" if is_followed else mine)


def over_range(loop: Node, body: Node, first: str, last: str, context: Context) -> list[Edit]:
    """A range-`for` by its elements' numbers."""
    declared, elements = declared_range(loop)
    k = context.fresh("k")
    head = f"for (std::size_t {k} = {first}; {k} < {last}; ++{k}) "
    element = context.layout.into_body(body, first=(f"{declared} = {elements}[{k}];",))
    if body.type == "compound_statement":
        return [Edit(loop.start_byte, body.start_byte, head), *element]
    opening, closing = element
    return [Edit(loop.start_byte, body.start_byte, head.rstrip() + opening.new), closing]


def block_head(
    loop: Node, header: Header, function: Node, is_uneven: bool, context: Context
) -> tuple[str, str, str, str]:
    """The counter's type, the line that opens the call, and the names of a block's first and last value."""
    kind = "std::size_t" if header.is_range else counter_type(loop, header, function)
    first, last = context.fresh("begin"), context.fresh("end")
    call = "for_small_blocks" if is_uneven else "for_blocks"
    lower, upper = header.lower, header.upper + (" + 1" if header.relation == "<=" else "")
    if header.is_range:
        lower, upper = "0", f"std::size({header.upper})"
    if header.step != "1":
        lower, upper = "0", f"({upper} - ({lower}) + ({header.step}) - 1) / ({header.step})"
    return kind, f"parallel::{call}<{kind}>({lower}, {upper}, [&]({kind} {first}, {kind} {last}) {{", first, last


def new_head(loop: Node, body: Node, header: Header, kind: str, first: str, last: str) -> Edit:
    """The loop's own head, over one block."""
    i = header.variable
    if header.step == "1":
        return Edit(loop.start_byte, body.start_byte, f"for ({kind} {i} = {first}; {i} < {last}; ++{i}) ")
    limit = header.upper + (" + 1" if header.relation == "<=" else "")
    start = f"({header.lower}) + {{}} * ({header.step})"
    stop = f"{i} < {start.format(last)} && {i} < {limit}"
    return Edit(
        loop.start_byte, body.start_byte, f"for ({kind} {i} = {start.format(first)}; {stop}; {i} += {header.step}) "
    )


def counter_type(loop: Node, header: Header, function: Node) -> str:
    """The counter's type as the source spells it."""
    declaration = loop.child_by_field_name("initializer")
    spelled = declaration.child_by_field_name("type") if declaration is not None and header.declared else None
    kind = text(spelled) if spelled is not None else name_the_type(function, header.variable)
    parts = walk(declaration) if declaration is not None else ()
    is_pointer = any(node.type == "pointer_declarator" for node in parts)
    is_pointer |= spelled is None and "*" in full_type(function, header.variable)
    is_told = kind != "auto" and "decltype" not in kind and not is_pointer
    return kind if is_told else f"std::decay_t<decltype({header.lower})>"


def own_type(function: Node, name: str) -> str:
    """The type of a variable's copies."""
    spelled = full_type(function, name).removeprefix("static ").removeprefix("const ")
    return spelled if spelled != "auto" and "*" not in spelled else f"std::decay_t<decltype({name})>"


def _own(
    header: Header, function: Node, clauses: Clauses, reductions: tuple[tuple[str, str], ...], context: Context
) -> list[Own] | None:
    found: list[Own] = []
    for name in _names(clauses, "private"):
        mine = context.fresh(f"{name}_mine")
        found.append(Own(name, mine, first=(f"{own_type(function, name)} {mine}{{}};",)))
    for name in _names(clauses, "firstprivate"):
        mine = context.fresh(f"{name}_mine")
        first: tuple[str, ...] = (f"auto {mine} = {name};",)
        if is_array(function, name):  # which `auto` would only point to
            copied = f"std::copy_n(&{name}[0], std::size({name}), &{mine}[0]);"
            first = (f"std::remove_const_t<decltype({name})> {mine};", copied)
        found.append(Own(name, mine, first=first))
    for name in _names(clauses, "lastprivate"):
        if header.step != "1" or header.is_range:
            return None
        mine = context.fresh(f"{name}_mine")
        limit = header.upper + (" + 1" if header.relation == "<=" else "")
        kept = f"if ({{last}} == {limit}) {name} = {mine};"
        found.append(Own(name, mine, first=(f"{own_type(function, name)} {mine}{{}};",), last=(kept,)))
    if any(sign not in _SIGNS or is_table(function, name) for sign, name in reductions):
        return None
    if any(is_table(function, name) for name in _names(clauses, "firstprivate")):
        return None
    found += [_reduced(sign, name, function, context) for sign, name in reductions]
    return found


def _names(clauses: Clauses, clause: str) -> list[str]:
    return [name.strip() for name in clauses.get(clause, "").split(",") if name.strip()]


def _reduced(sign: str, spelled: str, function: Node, context: Context) -> Own:
    name, _, section = spelled.partition("[")
    if not section and is_array(function, name):
        section = f"std::size({name})"
    mine, begun = context.fresh(f"{name}_mine"), context.fresh(f"{name}_begun")
    if section:
        length, each = section.strip(":]"), context.fresh("k")
        element = f"std::decay_t<decltype({name}[0])>"
        fold = _fold(sign, f"{name}[{each}]", f"{mine}[{each}]")
        merged = (f"for (std::size_t {each} = 0; {each} < {mine}.size(); ++{each}) {fold}",)
        if sign in _IDEMPOTENT:
            before = (f"const std::vector<{element}> {begun}({name}, {name} + {length});",)
            return Own(name, mine, before, (f"auto {mine} = {begun};",), merged, is_merged=True)
        made = f"std::vector<{element}> {mine}({length}{', 1' if sign == '*' else ''});"
        return Own(name, mine, first=(made,), last=merged, is_merged=True)
    kind = own_type(function, name)
    if sign in _IDEMPOTENT:
        before = (f"const {kind} {begun} = {name};",)
        return Own(name, mine, before, (f"{kind} {mine} = {begun};",), (_fold(sign, name, mine),), is_merged=True)
    made = f"{kind} {mine} = 1;" if sign == "*" else f"{kind} {mine}{{}};"
    return Own(name, mine, first=(made,), last=(_fold(sign, name, mine),), is_merged=True)


def is_array(function: Node, name: str) -> bool:
    """Whether a name is declared as an array of C's."""
    return _dimensions(function, name) > 0


def is_table(function: Node, name: str) -> bool:
    """Whether a name is declared as an array of C's of several dimensions, whose elements are arrays."""
    return _dimensions(function, name) > 1


def _dimensions(function: Node, name: str) -> int:
    declarators = [declarator for declared, _, declarator in declarations(function) if declared == name]
    return max((sum(n.type == "array_declarator" for n in walk(each)) for each in declarators), default=0)


def _fold(sign: str, into: str, value: str) -> str:
    if sign in {"min", "max"}:
        return f"{into} = std::{sign}({into}, {value});"
    if sign in {"&&", "||"}:
        return f"{into} = {into} {sign} {value};"
    return f"{into} {'+' if sign == '-' else sign}= {value};"
