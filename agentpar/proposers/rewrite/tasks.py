"""Recursion as OpenMP tasks: a copy of the function spawns them down to a depth, and the serial one goes on below."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tree_sitter import Node

from agentpar.languages.callgraph import called_name
from agentpar.languages.source import Edit, OverlapError, ancestors, apply_edits, text, walk
from agentpar.proposers.rewrite.context import Context
from agentpar.proposers.rewrite.directives import Variant
from agentpar.proposers.rewrite.places import identifiers
from agentpar.proposers.rewrite.sites import (
    LOOPS,
    ancestor,
    assigned_names,
    declarations,
    declared_names,
    function_name,
    operator,
)

_SHARED_TASK = "#pragma omp task default(shared)"
_OTHERS = re.compile(r"\.|->|^\s*(::)?std::")  # of other objects, or of the standard library
_LAZY = frozenset({"conditional_expression", "lambda_expression"})


@dataclass(frozen=True)
class _Recursion:
    """A function that calls itself, its calls, and the names that the generated code goes by."""

    function: Node
    name: str
    kind: str
    calls: tuple[Node, ...]
    tasks: str
    depth: str
    serial: str
    outer: Node | None


def recursive_tasks(functions: Sequence[Node], context: Context) -> Iterator[Variant]:
    """Tasks for every function that calls itself more than once, callers first."""
    names = [function_name(function) for function in functions]
    for function, name in zip(functions, names, strict=True):
        found = _recursion(function, name, functions, context)
        lets_out = name in context.effects.throwing | context.effects.printing
        if found is None or names.count(name) > 1 or lets_out:
            continue
        spawned = _spawned(found, context)
        if spawned is None:
            continue
        edits, branches = spawned
        for depth in _depths(branches):
            try:
                whole = _parallel(found, edits, depth, context)
            except OverlapError:
                break
            yield Variant("tasks", f"tasks@{name}", (), whole, (f"tasks in {name} down to depth {depth}",))


def _depths(branches: int) -> tuple[int, ...]:
    """Depths that make some hundreds of tasks, and far fewer; 0 branches stand for a loop of them."""
    return {0: (2, 4), 2: (8, 5, 11), 3: (5, 3), 4: (4, 3)}.get(branches, (2, 3))


def _recursion(function: Node, name: str, functions: Sequence[Node], context: Context) -> _Recursion | None:
    calls = [
        node
        for node in walk(function)
        if node.type == "call_expression" and called_name(node) == name and not _OTHERS.search(text(node).split("(")[0])
    ]
    loops = any(node.type in LOOPS and node.start_byte > function.start_byte for c in calls for node in ancestors(c))
    kind = function.child_by_field_name("type")
    parameters = _parameters(function)
    plain = parameters is not None and "=" not in text(parameters) and parameters.named_children
    if any(node.type == "qualified_identifier" and text(node).endswith(f"::{name}") for node in _declared_as(function)):
        return None  # a member function that is defined apart from its class, which declares no copies
    if not plain or kind is None or (len(calls) < 2 and not (calls and loops)):
        return None
    spelled = context.layout.source[kind.start_byte : _name_node(function, name).start_byte].decode().strip()
    spelled = re.sub(r"\b(static|inline)\s+", "", spelled)
    outer = _only_call(function, name, functions)
    serial = name if outer is not None else context.fresh(f"{name}_serial")
    tasks, depth = context.fresh(f"{name}_tasks"), context.fresh("depth")
    return _Recursion(function, name, spelled, tuple(calls), tasks, depth, serial, outer)


def _parameters(function: Node) -> Node | None:
    for node in walk(function):
        if node.type == "function_declarator":
            return node.child_by_field_name("parameters")
    return None


def _declared_as(function: Node) -> Iterator[Node]:
    """The nodes of a definition's name and parameters."""
    declarator = function.child_by_field_name("declarator")
    return walk(declarator) if declarator is not None else iter(())


def _name_node(function: Node, name: str) -> Node:
    names = {"identifier", "field_identifier"}  # the latter of a member function
    return next(node for node in walk(function) if node.type in names and text(node) == name)


def _arguments(function: Node) -> str:
    parameters = _parameters(function)
    declarators = [p.child_by_field_name("declarator") for p in (parameters.named_children if parameters else [])]
    return ", ".join(declared_names(d)[0] for d in declarators if declared_names(d))


def _spawned(found: _Recursion, context: Context) -> tuple[list[Edit], int] | None:
    """The edits that turn recursive calls into tasks, and into how many branches one call splits."""
    statements: list[Node] = []
    for call in found.calls:
        statement = _statement_of(call)
        if statement is None:
            return None
        if statement not in statements:
            statements.append(statement)
    edits: list[Edit] = []
    branches: list[int] = []
    statements.sort(key=lambda statement: statement.start_byte)
    while statements:
        group = _consecutive(statements)
        statements = statements[len(group) :]
        if len(group) > 1 and _are_independent(group):
            edits += _grouped(group, found, context)
            branches.append(len(group))
        elif len(group) == 1 and (several := _calls_in(group[0], found)) and len(several) > 1:
            if (inside := _within(group[0], several, found, context)) is None:
                continue
            edits += inside
            branches.append(len(several))
        elif (looped := _in_loop(group[0], found, context)) and len(group) == 1:
            edits += looped
            branches.append(0)
    return (edits, max(branches)) if branches else None


def _calls_in(node: Node, found: _Recursion) -> list[Node]:
    return [c for c in found.calls if node.start_byte <= c.start_byte and c.end_byte <= node.end_byte]


def _statement_of(call: Node) -> Node | None:
    """The statement around a call: the outermost one below the nearest block that is no branch of that alone."""
    inner = call
    for outer in ancestors(call):
        if outer.type == "compound_statement" and _is_branch_of_one(outer):
            continue
        if outer.type == "compound_statement" or (outer.type == "else_clause" and inner.type == "return_statement"):
            return inner
        if outer.type in LOOPS:
            return inner
        inner = outer
    return None


def _is_branch_of_one(block: Node) -> bool:
    """Whether a block is what an `if` runs, and holds but one expression."""
    held = [child.type for child in block.named_children if child.type != "comment"]
    return held == ["expression_statement"] and block.parent is not None and block.parent.type == "if_statement"


def _consecutive(statements: list[Node]) -> list[Node]:
    """The statements that follow one another with nothing between but comments, from the first on."""
    group = [statements[0]]
    for statement in statements[1:]:
        following = group[-1].next_named_sibling
        while following is not None and following.type == "comment":
            following = following.next_named_sibling
        if following is None or following.id != statement.id:
            break
        group.append(statement)
    return group


def _are_independent(group: list[Node]) -> bool:
    """Whether the statements only call and store: no later one reads an earlier one's result, none leaves."""
    results: set[str] = set()
    for position, statement in enumerate(group):
        leaves = any(node.type in {"return_statement", "break_statement"} for node in walk(statement))
        reads = {name for name in results if len(identifiers(statement, name))}
        is_last = position == len(group) - 1
        fits = statement.type in {"expression_statement", "if_statement", "declaration"}
        if leaves or reads or not (fits or is_last):
            return False
        results |= {name for name, _, _ in declarations(statement)} | {n for n, _ in assigned_names(statement)}
    return True


def _grouped(group: list[Node], found: _Recursion, context: Context) -> list[Edit]:
    layout, edits = context.layout, []
    for statement in group[:-1]:
        if statement.type != "declaration":
            edits.append(layout.insert_lines(statement.start_byte, (_SHARED_TASK,)))
            continue
        declarator = statement.child_by_field_name("declarator")
        value = declarator.child_by_field_name("value") if declarator is not None else None
        if declarator is None or value is None:
            continue
        name = declared_names(declarator)[0]
        lines = (f"{found.kind} {name};", _SHARED_TASK)
        edits.append(layout.insert_lines(statement.start_byte, lines))
        edits.append(Edit(statement.start_byte, value.start_byte, f"{name} = "))
    return [*edits, layout.line_after(group[-1], "#pragma omp taskwait")]


def _within(statement: Node, calls: list[Node], found: _Recursion, context: Context) -> list[Edit] | None:
    """Calls in one expression: each gets a variable, all but the last are tasks."""
    lazy = any(
        outer.type in _LAZY or (outer.type == "binary_expression" and operator(outer) in {"&&", "||"})
        for call in calls
        for outer in ancestors(call)
        if outer.start_byte >= statement.start_byte and outer.end_byte <= statement.end_byte
    )
    nested = any(a.id != b.id and a.start_byte <= b.start_byte < a.end_byte for a in calls for b in calls)
    if lazy or nested or found.kind == "void" or statement.type not in {"return_statement", "expression_statement"}:
        return None
    names = ("left", "right") if len(calls) == 2 else tuple(f"part{n}" for n in range(1, len(calls) + 1))
    lines: list[str] = []
    edits: list[Edit] = []
    for call, stem in zip(calls, names, strict=True):
        name = context.fresh(stem)
        spelled = _called(call, found)
        last = call.id == calls[-1].id
        lines += (
            [f"{found.kind} {name} = {spelled};"]
            if last
            else [f"{found.kind} {name};", _SHARED_TASK, f"{name} = {spelled};"]
        )
        edits.append(Edit(call.start_byte, call.end_byte, name))
    lines.append("#pragma omp taskwait")
    if statement.parent is not None and statement.parent.type == "compound_statement":
        return [context.layout.insert_lines(statement.start_byte, tuple(lines)), *edits]
    whole = [*lines, apply_edits(text(statement), [_moved(edit, statement) for edit in edits])]
    indent = context.layout.indent_at(statement.start_byte)
    step = context.layout.indent_unit
    block = context.layout.newline.join(["{", *(f"{indent}{step}{line}" for line in whole), f"{indent}}}"])
    return [Edit(statement.start_byte, statement.end_byte, block)]


def _moved(edit: Edit, origin: Node) -> Edit:
    return Edit(edit.start - origin.start_byte, edit.end - origin.start_byte, edit.new)


def _called(call: Node, found: _Recursion) -> str:
    """The call to the copy, one level deeper."""
    spelled = text(call)
    return f"{found.tasks}{spelled[spelled.index('(') : -1]}, {found.depth} - 1)"


def _in_loop(statement: Node, found: _Recursion, context: Context) -> list[Edit]:
    """A call in a loop: a task for each round, with its own copies of the locals; results are added atomically."""
    loops = [outer for outer in ancestors(statement) if outer.type in LOOPS]
    loops = [loop for loop in loops if loop.start_byte > found.function.start_byte]
    calls = _calls_in(statement, found)
    if not loops or len(calls) != 1 or statement.type != "expression_statement" or _undoes(loops[-1]):
        return []
    layout, expression = context.layout, statement.named_children[0]
    shared = [
        name
        for name, _, declarator in declarations(found.function)
        if declarator.type == "reference_declarator" and identifiers(statement, name)
    ]
    after = layout.line_after(loops[-1], "#pragma omp taskwait")
    if expression.id == calls[0].id:
        clause = f" shared({', '.join(shared)})" if shared else ""
        return [layout.insert_lines(statement.start_byte, (f"#pragma omp task{clause}",)), after]
    left = expression.child_by_field_name("left")
    right = expression.child_by_field_name("right")
    if operator(expression) != "+=" or left is None or right is None or right.id != calls[0].id:
        return []
    clause = ", ".join(dict.fromkeys([text(left), *shared]))
    part, step = context.fresh("part"), layout.indent_unit
    indent = layout.indent_at(statement.start_byte)
    lines = (
        "{",
        f"{step}const {found.kind} {part} = {_called(calls[0], found)};",
        f"{step}#pragma omp atomic",
        f"{step}{text(left)} += {part};",
        "}",
    )
    whole = f"{layout.newline}{indent}".join(lines)
    return [
        layout.insert_lines(statement.start_byte, (f"#pragma omp task shared({clause})",)),
        Edit(statement.start_byte, statement.end_byte, whole),
        after,
    ]


def _undoes(loop: Node) -> bool:
    """Whether each round sets elements itself, not in a loop of its own: a search's board cannot be shared."""
    for node in walk(loop):
        if ancestor(node, LOOPS) != loop:
            continue
        left = node.child_by_field_name("left") if node.type == "assignment_expression" else None
        if left is not None and left.type in {"subscript_expression", "pointer_expression"}:
            return True
        if node.type == "call_expression" and called_name(node) in {"push_back", "pop_back", "swap", "insert"}:
            return True
    return False


def _parallel(found: _Recursion, edits: list[Edit], depth: int, context: Context) -> tuple[Edit, ...]:
    """The copy after the function, and where threads come in: around the one call from outside, or in a wrapper."""
    layout, function, name = context.layout, found.function, found.name
    parent = function.parent
    whole = parent if parent is not None and parent.type == "template_declaration" else function
    start = layout.source.rfind(b"\n", 0, whole.start_byte) + 1
    if layout.source[start : whole.start_byte].strip():  # of what shares its line
        start = whole.start_byte
    copied = layout.newline * 2 + _copy(found, edits, start, whole.end_byte, context)
    if found.outer is not None:
        return (Edit(whole.end_byte, whole.end_byte, copied), _opened(found.outer, found, depth, context))
    body = function.child_by_field_name("body")
    assert body is not None
    head, step = layout.source[start : body.start_byte].decode().rstrip(), layout.indent_unit
    indent = layout.indent_at(function.start_byte)
    lines = _lines(found, f"{found.tasks}({_arguments(function)}, {depth})", context)
    inside = "".join(f"{layout.newline}{indent}{step}{line}" for line in lines)
    wrapper = f"{layout.newline * 2}{head} {{{inside}{layout.newline}{indent}}}"
    renamed = [_name_node(function, name)]
    renamed += [called for call in found.calls if (called := call.child_by_field_name("function")) is not None]
    return (
        *(Edit(node.start_byte, node.end_byte, found.serial) for node in renamed),
        Edit(whole.end_byte, whole.end_byte, copied + wrapper),
    )


def _lines(found: _Recursion, call: str, context: Context) -> tuple[str, ...]:
    """The outermost call, made by one thread of a team; its value is returned."""
    opening = ("#pragma omp parallel", "#pragma omp single")
    if found.kind.split()[-1] == "void":
        return (*opening, f"{call};")
    result = context.fresh("result")
    return (f"{found.kind} {result};", *opening, f"{result} = {call};", f"return {result};")


def _opened(outer: Node, found: _Recursion, depth: int, context: Context) -> Edit:
    call = outer.named_children[0]
    lines = _lines(found, f"{found.tasks}{text(call)[len(found.name) : -1]}, {depth})", context)
    *first, last = lines
    before = context.layout.insert_lines(outer.start_byte, tuple(first))
    return Edit(
        before.start, outer.end_byte, before.new + context.layout.source[before.end : outer.start_byte].decode() + last
    )


def _copy(found: _Recursion, edits: list[Edit], start: int, end: int, context: Context) -> str:
    """The text of the copy that spawns tasks."""
    function, layout = found.function, context.layout
    parameters, body = _parameters(function), function.child_by_field_name("body")
    assert parameters is not None and body is not None
    name = _name_node(function, found.name)
    replaced = [edit for edit in edits if edit.end > edit.start]
    for call in found.calls:
        if not any(edit.start <= call.start_byte and call.end_byte <= edit.end for edit in replaced):
            edits = [*edits, Edit(call.start_byte, call.end_byte, _called(call, found))]
    leaf = f"{layout.newline}{layout.indent_at(function.start_byte)}{layout.indent_unit}"
    leaf += f"if ({found.depth} == 0) return {found.serial}({_arguments(function)});"
    changes = [
        *dict.fromkeys(edits),  # two calls in a loop wait at the same place
        Edit(name.start_byte, name.end_byte, found.tasks),
        Edit(parameters.end_byte - 1, parameters.end_byte - 1, f", int {found.depth}"),
        Edit(body.start_byte + 1, body.start_byte + 1, leaf),
    ]
    moved = [Edit(edit.start - start, edit.end - start, edit.new) for edit in changes]
    return apply_edits(layout.source[start:end].decode(), moved)


def _only_call(function: Node, name: str, functions: Sequence[Node]) -> Node | None:
    """The statement with the only call from outside, if it is nothing but that call and comes later."""
    calls = [
        node
        for other in functions
        if other.id != function.id
        for node in walk(other)
        if node.type == "call_expression" and text(node.child_by_field_name("function") or node) == name
    ]
    statement = calls[0].parent if len(calls) == 1 else None
    plain = {"expression_statement", "return_statement"}
    if statement is None or statement.type not in plain or statement.named_children[0].id != calls[0].id:
        return None
    in_block = statement.parent is not None and statement.parent.type == "compound_statement"
    if statement.type == "return_statement" and not in_block:
        return None
    looped = any(outer.type in LOOPS for outer in ancestors(statement))
    return statement if statement.start_byte > function.end_byte and not looped else None
