"""Small functions that change what all iterations share, `stats.add(x)` or `extend(&box, p)`, in place of their calls.

Written out, their updates of numbers and members are those that reductions are made of.
"""

import re
from collections.abc import Iterator, Mapping
from itertools import pairwise

from tree_sitter import Node

from agentpar.languages.callgraph import called_name
from agentpar.languages.source import Edit, ancestors, apply_edits, text, walk
from agentpar.proposers.rewrite.aliases import followed
from agentpar.proposers.rewrite.changes import changed_by_calls, changed_elements, definitions_of
from agentpar.proposers.rewrite.context import Context, full_type
from agentpar.proposers.rewrite.places import identifiers, place_of
from agentpar.proposers.rewrite.reorder import statements_of
from agentpar.proposers.rewrite.sites import FOR_LOOPS, LOOPS, assigned_names, declarations, declared_names

Step = tuple[tuple[Edit, ...], str]
_MOST_STATEMENTS = 12
_BARRED = LOOPS | {"return_statement", "goto_statement", "throw_statement", "try_statement", "lambda_expression"}
_INDENT = "\x01"
"""Marks a line that opens a block which the lines below it stand in."""
_CALLS = frozenset({"call_expression", "update_expression", "assignment_expression"})
_CLASSES = frozenset({"struct_specifier", "class_specifier"})
_ANY_CLASS = _CLASSES | {"template_declaration"}
_BEFORE = frozenset({"compound_statement", "if_statement", "else_clause"}) | FOR_LOOPS


def inlined(function: Node, context: Context) -> Iterator[Step]:
    """Calls that stand as statements in a loop and change an object or a number from outside of it."""
    for statement in walk(function):
        block = statement.parent
        call = next(iter(statement.named_children), None) if statement.type == "expression_statement" else None
        if call is None or call.type != "call_expression" or block is None or block.type not in _BEFORE:
            continue
        around = [each for each in ancestors(statement) if each.type in LOOPS and each.start_byte > function.start_byte]
        if not around or not _changes_what_is_shared(call, around[-1], function):
            continue
        lines = _written_out(call, function, context)
        if lines is not None:
            layout = context.layout
            if block.type != "compound_statement" or _declares(call, lines):
                lines = ["{", *(layout.indent_unit + line for line in lines), "}"]
            whole = (layout.newline + layout.indent_at(statement.start_byte)).join(lines)
            yield (Edit(statement.start_byte, statement.end_byte, whole),), f"write {called_name(call)} out"


def _changes_what_is_shared(call: Node, loop: Node, function: Node) -> bool:
    """Whether a call changes what is declared outside of a loop, elements of arrays too that the call goes on."""
    inside = {name for name, _, _ in declarations(loop)}
    target = call.child_by_field_name("function")
    owner = target.child_by_field_name("argument") if target is not None and target.type == "field_expression" else None
    named = _elements(loop)
    if owner is not None and (owner.type != "identifier" or text(owner) in named):
        return named.get(place_of(owner).name, place_of(owner).name) not in inside and bool(definitions_of(call))
    handed = {place.name for place in changed_elements(call) if owner is None}
    if handed - inside:
        return True
    return any(found.id == call.id and name not in inside for name, found in changed_by_calls(loop, function))


def _elements(loop: Node) -> dict[str, str]:
    """The references to elements that a loop declares, each with the array's name."""
    return {
        name: place_of(value).name
        for name, _, declarator in declarations(loop)
        if (value := declarator.child_by_field_name("value")) is not None and value.type == "subscript_expression"
        for shape in [declarator.child_by_field_name("declarator")]
        if shape is not None and shape.type == "reference_declarator"
    }


def _written_out(call: Node, function: Node, context: Context) -> list[str] | None:
    """The lines that stand for a call, or nothing where its function is not that plain."""
    callees = definitions_of(call)
    body = callees[0].child_by_field_name("body") if len(callees) == 1 else None
    target, arguments = call.child_by_field_name("function"), call.child_by_field_name("arguments")
    guards = _guards(body) if body is not None else []
    if body is None or target is None or arguments is None or _is_barred(body, guards):
        return None
    parameters = _parameters(callees[0])
    given = [each for each in arguments.named_children if each.type != "comment"]
    is_generic = any(each.type == "template_declaration" for each in ancestors(callees[0]))
    locals_ = {name for name, _, _ in declarations(body)}
    bound = {text(node) for node in walk(arguments) if node.type == "identifier"}
    if len(given) != len(parameters) or len(statements_of(body)) > _MOST_STATEMENTS or locals_ & bound:
        return None
    edits, opening = _on_members(target, callees[0], locals_, parameters)
    types = _template_types(callees[0], target, function) if is_generic else {}
    is_generic = is_generic and not types
    if edits is None or (is_generic and locals_):
        return None
    edits += [Edit(n.start_byte, n.end_byte, types[text(n)]) for n in walk(body) if _is_type(n) and text(n) in types]
    edits += [edit for guard, leaves in guards for edit in _as_block(guard, leaves)]
    for parameter, argument in zip(parameters, given, strict=True):
        found = _handed_over(parameter, argument, body, function, context, types)
        if found is None or (is_generic and found[1]):
            return None
        edits, opening = [*edits, *found[0]], [*opening, *found[1]]
    free = {text(n) for n in walk(body) if n.type == "identifier"} - locals_ - {name for name, _ in _names(parameters)}
    moved = {edit.start for edit in edits}
    hidden = {name for name, _, _ in declarations(function)} & free
    if any(use.start_byte not in moved for name in hidden for use in identifiers(body, name)):
        return None
    return _as_lines(body, edits, opening, context)


def _declares(call: Node, lines: list[str]) -> bool:
    """Whether what stands for a call brings names of its own, or is several statements that one `if` may not hold."""
    body = definitions_of(call)[0].child_by_field_name("body")
    return body is None or len(lines) > text(body).count("\n") or any(True for _ in declarations(body))


def _as_lines(body: Node, edits: list[Edit], opening: list[str], context: Context) -> list[str] | None:
    statements = statements_of(body)
    if not statements:
        return None
    start, end = statements[0].start_byte, statements[-1].end_byte
    own = [Edit(edit.start - start, edit.end - start, edit.new) for edit in edits]
    spelled = apply_edits(context.layout.source[start:end].decode(), own)
    first, *rest = spelled.split(context.layout.newline)
    gap, unit, depth = context.layout.indent_at(start), context.layout.indent_unit, 0
    lines = list(opening)
    for line in (first, *(line.removeprefix(gap) for line in rest)):
        lines.append(unit * depth + line.replace(_INDENT, ""))
        depth += line.count(_INDENT)
    return [*lines, *(unit * left + "}" for left in reversed(range(depth)))]


def _as_block(guard: Node, leaves: Node) -> Iterator[Edit]:
    """`if (…) return;` as the head of a block for what follows, `if (…) { …; return; }` with that as its `else`."""
    condition = guard.child_by_field_name("condition")
    if condition is not None and _is_all(leaves, guard):
        yield Edit(guard.start_byte, condition.start_byte + 1, f"{_INDENT}if (!(")
        yield Edit(condition.end_byte - 1, guard.end_byte, ")) {")
    elif condition is not None and leaves.prev_named_sibling is not None:
        yield Edit(leaves.prev_named_sibling.end_byte, leaves.end_byte, "")
        yield Edit(guard.end_byte, guard.end_byte, f"{_INDENT} else {{")


def _is_barred(body: Node, guards: list[tuple[Node, Node]]) -> bool:
    kept = {leaves.id for _, leaves in guards}
    return any(node.type in _BARRED and node.id not in kept for node in walk(body))


def _guards(body: Node) -> list[tuple[Node, Node]]:
    """Statements `if (…) return;` of a body, with or without others before the `return`, which each comes with.

    What follows may as well stand in a block of theirs. One statement a line: what stands behind a guard on its line
    is not seen to be inside.
    """
    found = []
    for guard, after in pairwise(statements_of(body)):
        leaves = guard.child_by_field_name("consequence") if guard.type == "if_statement" else None
        if leaves is not None and leaves.type == "compound_statement" and leaves.named_children:
            leaves = leaves.named_children[-1]
        is_alone = guard.child_by_field_name("alternative") is None and after.start_point[0] > guard.end_point[0]
        if leaves is not None and is_alone and text(leaves) == "return;":
            found.append((guard, leaves))
    return found


def _is_all(leaves: Node, guard: Node) -> bool:
    """Whether a guard does nothing but leave."""
    taken = guard.child_by_field_name("consequence")
    return taken is not None and (taken.id == leaves.id or len(taken.named_children) == 1)


def _is_type(node: Node) -> bool:
    return node.type == "type_identifier"


def _template_types(definition: Node, target: Node, function: Node) -> dict[str, str]:
    """What the parameters of a template stand for in a call, where a declaration or the call itself spells it."""
    template = next((each for each in ancestors(definition) if each.type == "template_declaration"), None)
    owner = target.child_by_field_name("argument") if target.type == "field_expression" else None
    spelled = full_type(function, text(owner)) if owner is not None else text(target)
    given = re.fullmatch(r"[\w:\s]+<([\w:\s,]+)>\s*&?", spelled)
    listed = template.child_by_field_name("parameters") if template is not None else None
    named = listed.named_children if listed is not None else []
    if given is None or any(each.type != "type_parameter_declaration" for each in named):
        return {}
    names = [text(each).split()[-1] for each in named]
    types = [each.strip() for each in given[1].split(",")]
    return dict(zip(names, types, strict=True)) if len(names) == len(types) else {}


def _parameters(definition: Node) -> list[Node]:
    found = next((node for node in walk(definition) if node.type == "parameter_list"), None)
    return [each for each in found.named_children if each.type != "comment"] if found is not None else []


def _names(parameters: list[Node]) -> Iterator[tuple[str, Node]]:
    for parameter in parameters:
        for name in declared_names(parameter.child_by_field_name("declarator")):
            yield name, parameter


def _on_members(
    target: Node, definition: Node, locals_: set[str], parameters: list[Node]
) -> tuple[list[Edit] | None, list[str]]:
    """The members that a method names, as those of the object it is called on."""
    owner = target.child_by_field_name("argument") if target.type == "field_expression" else None
    kind = next((each for each in ancestors(definition) if each.type in _CLASSES), None)
    if (owner is None) != (kind is None):
        return None, []
    if owner is None or kind is None:
        return [], []
    if re.search(r"\bvirtual\b|\boverride\b", text(definition)[: text(definition).find("{")]):
        return None, []  # the object may be of a class that has a method of its own
    if any(node.type in _CALLS for node in walk(owner)) or re.search(r"\b(private|protected)\s*:", text(kind)):
        return None, []
    body = definition.child_by_field_name("body")
    assert body is not None
    fields = {
        text(name)
        for field in walk(kind)
        if field.type == "field_declaration"
        for name in walk(field)
        if name.type == "field_identifier"
    }
    fields -= locals_ | {name for name, _ in _names(parameters)}
    access = f"{text(owner)}{'->' if '->' in {child.type for child in target.children} else '.'}"
    edits = [Edit(use.start_byte, use.start_byte, access) for name in fields for use in identifiers(body, name)]
    for node in walk(body):
        if node.type == "this":
            around = node.parent
            if around is None or around.type != "field_expression":
                return None, []
            edits.append(Edit(node.start_byte, node.start_byte + len("this->"), access))
    is_method = kind.type == "struct_specifier" and bool(fields)
    return (edits, []) if is_method else (None, [])


def _handed_over(
    parameter: Node, argument: Node, body: Node, function: Node, context: Context, types: Mapping[str, str]
) -> tuple[list[Edit], list[str]] | None:
    """What stands for a parameter where it is used: the argument, or a local that starts with it."""
    names = declared_names(parameter.child_by_field_name("declarator"))
    if len(names) != 1 or parameter.type != "parameter_declaration":
        return None
    name, declarator = names[0], parameter.child_by_field_name("declarator")
    assert declarator is not None
    uses, is_const = identifiers(body, name), "const" in text(parameter).split()
    is_changed = name in {found for found, _ in assigned_names(body)}
    is_place = place_of(argument).root is not None and not any(node.type in _CALLS for node in walk(argument))
    whole = [Edit(use.start_byte, use.end_byte, text(argument)) for use in uses]
    if declarator.type == "pointer_declarator":
        if argument.type == "pointer_expression" and text(argument).startswith("&"):
            element = argument.child_by_field_name("argument")
            steps = [followed(use, text(element)) for use in uses] if element is not None else [None]
            return None if None in steps else ([step for step in steps if step is not None], [])
        return (whole, []) if argument.type == "identifier" and not is_changed else None
    if declarator.type == "reference_declarator" and not is_const:
        return (whole, []) if is_place else None
    kind = parameter.child_by_field_name("type")
    spelled = text(kind) if kind is not None else ""
    spelled = types.get(spelled, spelled)
    same = argument.type == "identifier" and full_type(function, text(argument)).removeprefix("const ") == spelled
    if same and not is_changed:
        return whole, []
    mine = context.fresh(f"{name}_given")
    constant = "" if is_changed or is_const else "const "
    own = re.sub(r"[A-Za-z_]\w*", lambda found: types.get(found[0], found[0]), text(parameter))
    line = f"{constant}{own} = {text(argument)};"
    before, _, after = line.partition(f"{name} = ")
    return [Edit(use.start_byte, use.end_byte, mine) for use in uses], [f"{before}{mine} = {after}"]
