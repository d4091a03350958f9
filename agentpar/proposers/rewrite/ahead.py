"""State that iterations hand on, told ahead: a short loop notes what each iteration begins with.

Where only a little of a loop's work makes what the next iteration waits for, as the state of a generator of random
numbers or the place where a filter reads, that work runs first and alone. Then the iterations wait for nothing.
"""

import re
from collections.abc import Iterator, Set
from dataclasses import dataclass

from tree_sitter import Node

from agentpar.languages.callgraph import called_name
from agentpar.languages.source import Edit, parse, text, walk
from agentpar.proposers.rewrite.changes import changed_by_calls
from agentpar.proposers.rewrite.context import Context, full_type
from agentpar.proposers.rewrite.counted import continues
from agentpar.proposers.rewrite.dependences import dependences
from agentpar.proposers.rewrite.fission import is_called_in_a_loop
from agentpar.proposers.rewrite.induction import count_before, in_brackets, stepped, trip_count
from agentpar.proposers.rewrite.loops import rewritten
from agentpar.proposers.rewrite.places import written_places
from agentpar.proposers.rewrite.reorder import statements_of
from agentpar.proposers.rewrite.sites import (
    LOOPS,
    Header,
    Loop,
    ancestor,
    assigned_names,
    declarations,
    loops_of,
    read_header,
    read_step,
)

Step = tuple[tuple[Edit, ...], str]
_MOST_SHARE = 0.6
"""Of a loop's operations, what makes the state may be so many."""
_LEAST_REST, _PER_LOOP = 8, 4
_WORK = frozenset({"binary_expression", "call_expression", "subscript_expression", "assignment_expression"})
_PURE = frozenset({"size", "length", "empty", "min", "max", "abs", "fabs", "sqrt", "floor", "ceil", "exp", "log"})
_UNTOLD = re.compile(r"^auto\b|decltype|\[|mt19937|minstd|ranlux|engine|vector|string|map|set|list|deque|queue")
_REAL = re.compile(r"\b(float|double)$")
_APPENDS = re.compile(r"\.\s*(push_back|emplace_back)\s*\(")


def told_ahead(function: Node, context: Context) -> Iterator[Step]:
    """A loop that notes the state of each iteration, and the loop itself, which begins each with what was noted."""
    if is_called_in_a_loop(function):
        return
    counted = {loop.node.id: loop for top in loops_of(function) for loop in top.nest()}
    for node in walk(function):
        if node.type not in {"for_statement", "while_statement"} or is_shared_out(node, counted, context):
            continue
        blocks = node.parent, node.child_by_field_name("body")
        if any(each is None or each.type != "compound_statement" for each in blocks) or not runs_through(node):
            continue
        found = _state(node, function)
        kept = Slice(node, function, set(found)) if found else None
        if kept is None or not kept.is_known() or not kept.is_worth_it():
            continue
        edits = _told(node, found, kept, context)
        if edits:
            yield edits, f"tell {', '.join(found)} ahead"


def is_shared_out(node: Node, counted: dict[int, Loop], context: Context) -> bool:
    """Whether a rewrite has something for a loop as it is, or for one around it."""
    outer: Node | None = node
    while outer is not None:
        loop = counted.get(outer.id)
        if loop is not None and loop.is_shareable and any(True for _ in rewritten(loop, context)):
            return True
        outer = ancestor(outer, LOOPS)
    return False


def runs_through(node: Node) -> bool:
    """Whether a loop has a plain condition, and rounds that are left at their end alone."""
    body, condition = node.child_by_field_name("body"), node.child_by_field_name("condition")
    if body is None or condition is None or continues(node):
        return False
    changes = any(found.type in {"update_expression", "assignment_expression"} for found in walk(condition))
    leaves = any(
        found.type in {"return_statement", "goto_statement", "throw_statement"}
        or (found.type == "break_statement" and (catcher := ancestor(found, LOOPS)) and catcher.id == node.id)
        for found in walk(body)
    )
    return not changes and not leaves


def _counted_head(node: Node) -> Header | None:
    """The head of a loop that counts, and whose body changes nothing of what it counts by."""
    header, body = read_header(node), node.child_by_field_name("body")
    if header is None or header.is_range or body is None:
        return None
    told = set(re.findall(r"[A-Za-z_]\w*", f"{header.variable} {header.lower} {header.upper} {header.step}"))
    return None if told & {name for name, _ in assigned_names(body)} else header


def _state(node: Node, function: Node) -> dict[str, str]:
    """The scalars and objects that an iteration takes over from the one before, with their types; none if unsure."""
    header, body = _counted_head(node), _body(node)
    parts = [part for key in ("condition", "update") if (part := node.child_by_field_name(key)) is not None]
    start = node.child_by_field_name("initializer")
    found = dependences(node, header.variable if header else "?", function)
    wanted = [name for name in found.carried if not _only_appended(name, body)]
    if header is None:
        stepped = {name for name, _ in assigned_names(node)} | {name for name, _ in changed_by_calls(node, function)}
        asked = {text(n) for part in parts for n in walk(part) if n.type == "identifier"}
        begun = {name for name, _, _ in declarations(start)} if start is not None else set()
        wanted += sorted((begun | asked) & stepped - {name for name, _, _ in declarations(body)})
    written = {place.name for place in written_places(body) if place.indices}
    changed = written | _mutated(body)
    asked_of = [n for part in parts for n in walk(part) if n.type == "identifier" and text(n) in changed]
    asks_others = any(text(n) not in written or not _asks_length(n) for n in asked_of)
    calls = any(True for part in parts for _ in changed_by_calls(part, function))
    types = {name: re.sub(r"\bconst\b|&", "", full_type(function, name)).strip() for name in sorted(set(wanted))}
    plain = not any(_UNTOLD.search(kind) or not kind for kind in types.values())
    return types if plain and not asks_others and not calls and not changed & types.keys() else {}


def _asks_length(use: Node) -> bool:
    call = use.parent.parent if use.parent is not None else None
    return call is not None and call.type == "call_expression" and called_name(call) in {"size", "length"}


def _mutated(body: Node) -> set[str]:
    """Containers that a loop's body changes in length."""
    return set(re.findall(r"(\w+)\s*(?:\.|->)\s*(?:push|pop|insert|erase|clear|resize|emplace)\w*\s*\(", text(body)))


def _only_appended(name: str, body: Node) -> bool:
    uses = [node for node in walk(body) if node.type == "identifier" and text(node) == name]
    spelled = (body.text or b"").decode(errors="replace")
    return len(uses) == len(re.findall(rf"\b{re.escape(name)}\s*{_APPENDS.pattern}", spelled)) > 0


_JUMPS = frozenset({"break_statement", "continue_statement"})


@dataclass
class Slice:
    """The statements of a loop's body that make `names`, and what they need in turn."""

    loop: Node
    function: Node
    names: set[str]

    def __post_init__(self) -> None:
        self.body = _body(self.loop)
        self.state = frozenset(self.names)
        self.made = {name for name, _ in assigned_names(self.body)}
        self.made |= {name for name, _, _ in declarations(self.body)}
        self.changing = [(name, call) for name, call in changed_by_calls(self.body, self.function)]
        size = -1
        while size != len(self.names):  # each round may need more names
            size = len(self.names)
            self.lines = self._lines(self.body, "")

    def is_known(self) -> bool:
        """Whether the statements call nothing unknown, and read nothing that the rest of the loop writes."""
        rest = {place.name for place in written_places(self.body) if place.indices} | _mutated(self.body)
        spelled = re.sub(r"\b\w+\s*\.\s*(size|length)\s*\(\)", "size()", " ".join(self.lines))
        if any(re.search(rf"\b{re.escape(name)}\b", spelled) for name in rest):
            return False
        found = dependences(self.loop, "?", self.function)
        own = {name for name, _, _ in declarations(self.body)} | {*found.private, *found.last_private}
        if self.names - self.state - own:
            return False  # it would be changed once more
        mine = {called_name(call) for name, call in self.changing if name in self.names}
        called = set(re.findall(r"(\w+)\s*\(", spelled)) - {"if", "for", "while", "switch", "sizeof"} - mine
        return bool(self.lines) and called <= _PURE | {"uint32_t", "uint64_t", "int", "double", "float", "long"}

    def is_worth_it(self) -> bool:
        """Whether the rest of the loop is most of its work, in operations as they are written."""
        mine, whole = _work(parse("\n".join(self.lines)).root_node), _work(self.body)
        return whole - mine >= _LEAST_REST and mine <= _MOST_SHARE * whole

    def _lines(self, node: Node, indent: str) -> list[str]:
        return [line for statement in statements_of(node) for line in self._of(statement, indent)]

    def _of(self, node: Node, indent: str) -> list[str]:
        """What remains of a statement."""
        inner = node.child_by_field_name("consequence") or node.child_by_field_name("body")
        if node.type == "compound_statement":
            lines = self._lines(node, indent + "\t")
            return [f"{indent}{{", *lines, f"{indent}}}"] if lines else []
        if inner is not None and node.type in LOOPS - {"do_statement"} | {"if_statement"}:
            return self._guarded(node, inner, indent)
        if node.type in _JUMPS:
            catcher = ancestor(node, LOOPS)  # of what a jump leaves out, nothing may be told
            return [f"{indent}{text(node)}"] if catcher is not None and self._effects(catcher) else []
        effects = self._effects(node)
        if not effects:
            return []
        is_simple = node.type in {"expression_statement", "declaration"}
        own = {name for name, _, _ in declarations(node)} | {name for name, _ in assigned_names(node)}
        top = node.named_children[0] if node.type == "expression_statement" and node.named_children else node
        whole = bool(own & self.names) and (node.type == "declaration" or _target(top) in self.names)
        if whole or not is_simple or not all(_stands_plainly(effect, node) for effect in effects):
            self._need(node)
            return [f"{indent}{' '.join(text(node).split())}"]
        for effect in effects:
            self._need(effect)
        return [f"{indent}{' '.join(text(effect).split())};" for effect in effects]

    def _guarded(self, node: Node, inner: Node, indent: str) -> list[str]:
        lines = self._lines(inner, indent + "\t")
        other = node.child_by_field_name("alternative")
        others = self._lines(other.named_children[-1], indent + "\t") if other is not None else []
        head = " ".join(text(node)[: inner.start_byte - node.start_byte].split())
        heads = [part for part in node.children if part.end_byte <= inner.start_byte]
        if not lines and not others and not any(self._effects(part) for part in heads):
            return []
        for part in heads:
            self._need(part)
        tail = [f"{indent}}} else {{", *others] if others else []
        return [f"{indent}{head} {{", *lines, *tail, f"{indent}}}"]

    def _effects(self, node: Node) -> list[Node]:
        """The outermost expressions and declarations below a statement that change one of the names."""
        calls = {call.id for name, call in self.changing if name in self.names}
        is_made = node.type in {"assignment_expression", "update_expression"} and _target(node) in self.names
        is_begun = node.type == "init_declarator" and {n for n, _, _ in declarations_of(node)} & self.names
        if is_made or is_begun or node.id in calls:
            return [node]
        if node.type == "declaration" and {n for n, _, _ in declarations(node)} & self.names:
            return [node]
        return [found for child in node.children for found in self._effects(child)]

    def _need(self, node: Node) -> None:
        self.names |= {text(n) for n in walk(node) if n.type == "identifier"} & self.made


def _work(node: Node) -> int:
    """How many operations are written below a node; those of loops inside count as many times over."""
    total = int(node.type in _WORK and not _APPENDS.search(text(node)[-200:] if node.type == "call_expression" else ""))
    inside = sum(_work(child) for child in node.children)
    return total + (inside * _PER_LOOP if node.type in LOOPS else inside)


def declarations_of(node: Node) -> Iterator[tuple[str, Node, Node]]:
    """The name that one declarator introduces."""
    inner = node.child_by_field_name("declarator")
    if inner is not None and inner.type == "identifier":
        yield text(inner), node, inner


def _target(node: Node) -> str:
    found = node.child_by_field_name("left") or node.child_by_field_name("argument")
    return text(found) if found is not None and found.type == "identifier" else ""


def _stands_plainly(effect: Node, statement: Node) -> bool:
    """Whether a statement evaluates an expression below it exactly once."""
    inner, outer = effect, effect.parent
    while outer is not None and outer.id != statement.id:
        if outer.type in {"conditional_expression", "lambda_expression"}:
            return False
        if (
            outer.type == "binary_expression"
            and re.search(r"&&|\|\|", text(outer))
            and outer.named_children[0] != inner
        ):
            return False
        inner, outer = outer, outer.parent
    return True


def _told(node: Node, found: dict[str, str], kept: Slice, context: Context) -> tuple[Edit, ...]:
    """Lists of what iterations begin with, the loop that fills them, and the loop that reads them.

    Whole numbers and pointers that grow by the same amount each time need no list.
    """
    layout, unit, header = context.layout, context.layout.indent_unit, _counted_head(node)
    steady = {
        name: told
        for name, kind in found.items()
        if not _REAL.search(kind) and (told := _steady(node, name, kept.function, context))
    }
    lists = {name: context.fresh(f"{name}_at") for name in found if name not in steady}
    total = trip_count(header) if header is not None and context.is_c else ""
    if lists and context.is_c and not total:
        return ()
    where, rounds = (count_before(header), "") if header is not None else (context.fresh("round"), "")
    setup = [_list_of(found[name], lists[name], total) for name in lists]
    setup += [f"const {found[name]} {first} = {value};" for name, (first, value, _) in steady.items() if value != "0"]
    noted = [f"{lists[name]}[{where}] = {name};" if total else f"{lists[name]}.push_back({name});" for name in lists]
    size = "long" if context.is_c else context.size_type
    if header is None:
        rounds = f"{next(iter(lists.values()))}.size()" if lists else context.fresh("rounds")
        setup += [] if lists else [f"{size} {rounds} = 0;"]
        noted += [] if lists else [f"++{rounds};"]
    head = " ".join(layout.source[node.start_byte : kept.body.start_byte].decode().split())
    lines = [*setup, f"{head} {{", *(unit + line.replace("\t", unit) for line in (*noted, *kept.lines)), "}"]
    edits = [layout.insert_lines(node.start_byte, tuple(lines))]
    if header is None:
        again = f"for ({size} {where} = 0; {where} < {rounds}; ++{where}) "
        edits.append(Edit(node.start_byte, kept.body.start_byte, again))
    begins = [f"{found[name]} {name} = {lists[name]}[{where}];" for name in lists]
    for name, (first, value, step) in steady.items():
        count = where if "*" in found[name] or found[name].endswith("size_t") else context.cast(found[name], where)
        steps = count if step == "1" else f"{count} * {in_brackets(step)}"
        begins.append(f"{found[name]} {name} = {'' if value == '0' else f'{first} + '}{steps};")
    edits += layout.into_body(kept.body, tuple(begins))
    edits += [layout.removal(statement) for statement in _superfluous(statements_of(kept.body), set(found))]
    if total:
        edits.append(layout.line_after(node, *(f"free({each});" for each in lists.values())))
    return (*edits, *(layout.include("<stdlib.h>" if total else "<vector>") if lists else ()))


def _list_of(kind: str, name: str, total: str) -> str:
    """The declaration of a list, which has a length in C."""
    if total:
        return f"{kind} *{name} = ({kind} *)malloc({total} * sizeof *{name});"
    return f"std::vector<{'char' if kind == 'bool' else kind}> {name};"


def _steady(node: Node, name: str, function: Node, context: Context) -> tuple[str, str, str] | None:
    """A name for what a variable is before the loop, that value, and how much each iteration adds to it."""
    start, update = node.child_by_field_name("initializer"), node.child_by_field_name("update")
    value = name
    for declared, _, declarator in declarations(start) if start is not None else ():
        given = declarator.child_by_field_name("value")
        if declared == name:
            value = text(given) if given is not None else ""
    in_head = read_step(update, name) if update is not None else None
    in_body = stepped(Loop(node, function, None, 0, (), ()), name)
    inside = {other for other, _ in assigned_names(node)} | {other for other, _, _ in declarations(node)}
    step = in_head or (in_body.amount if in_body is not None and in_body.sign == "+" else "")
    varies = inside & set(re.findall(r"\w+", step)) or (in_head and name in {n for n, _ in assigned_names(_body(node))})
    return (context.fresh(f"{name}_first"), value, step) if step and value and not varies and "[" not in step else None


def _body(node: Node) -> Node:
    return node.child_by_field_name("body") or node


def _superfluous(statements: list[Node], state: Set[str]) -> list[Node]:
    """The statements at a body's end that only make the state of the next iteration."""
    found: list[Node] = []
    for statement in reversed(statements):
        written = {name for name, _ in assigned_names(statement)}
        others = any(place.node.type != "identifier" for place in written_places(statement))
        calls = any(node.type == "call_expression" for node in walk(statement))
        if others or calls or not written or not written <= state or len(found) + 1 == len(statements):
            break
        found.append(statement)
    return found
