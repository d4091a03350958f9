"""Where a Python function does the same for many items, and what of it has to come back.

The judge is strict, so this need not prove anything: what is read from here is what the work of one item seems to be.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

_LEAVES = (ast.Return, ast.Yield, ast.YieldFrom, ast.Await, ast.Global, ast.Nonlocal)
_GATHERED = ("sum", "min", "max", "any", "all", "list", "set", "tuple", "sorted")


@dataclass(frozen=True)
class Comprehension:
    """A comprehension over `items`, or the function and items of a `map`, that `gather` takes; empty: a list."""

    node: ast.expr
    items: ast.expr
    text: str
    """What a part computes of `_items`."""
    gather: str
    shared: tuple[str, ...]


@dataclass(frozen=True)
class Loop:
    """A `for` statement. Names by how what a part did to them is joined: added up, the least or greatest, appended in
    order, or written at the place of the item.
    """

    node: ast.For
    sums: tuple[str, ...] = ()
    extremes: dict[str, str] = field(default_factory=dict)
    appended: tuple[str, ...] = ()
    written: tuple[str, ...] = ()
    shared: tuple[str, ...] = ()

    @property
    def outputs(self) -> tuple[str, ...]:
        """All names of which a part's values come back."""
        return (*self.sums, *self.extremes, *self.appended, *self.written)


Site = Comprehension | Loop


def sites(tree: ast.Module, entry: str) -> Iterator[tuple[ast.FunctionDef, Site]]:
    """Sites in the entry and in the functions of its module that it calls, outermost first."""
    functions = {each.name: each for each in tree.body if isinstance(each, ast.FunctionDef)}
    waiting, seen = [entry], {entry}
    while waiting:
        function = functions.get(waiting.pop(0))
        if function is None:
            continue
        yield from ((function, site) for site in _of(function))
        for name in _loads(function):
            if name in functions and name not in seen:
                seen.add(name)
                waiting.append(name)


def _of(function: ast.FunctionDef) -> Iterator[Site]:
    outer = _locals(function)
    for node in _outermost_first(function):
        found: Site | None = None
        if isinstance(node, ast.For):
            found = _loop(node, outer)
        elif isinstance(node, (ast.ListComp, ast.Call)):
            found = _comprehension(node, outer)
        if found is not None:
            yield found


def _outermost_first(function: ast.FunctionDef) -> Iterator[ast.AST]:
    level: list[ast.AST] = [function]
    while level:
        yield from level
        level = [child for node in level for child in ast.iter_child_nodes(node)]


def _locals(function: ast.FunctionDef) -> set[str]:
    given = function.args
    names = {each.arg for each in (*given.posonlyargs, *given.args, *given.kwonlyargs)}
    return names | _stores(function)


def _loads(node: ast.AST) -> set[str]:
    return {each.id for each in ast.walk(node) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load)}


def _stores(node: ast.AST) -> set[str]:
    return {each.id for each in ast.walk(node) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)}


# Comprehensions


def _comprehension(node: ast.expr, outer: set[str]) -> Comprehension | None:
    """A list comprehension; or a call such as `sum(… for …)`, `list(map(f, xs))`."""
    gather, inner = "", node
    if isinstance(node, ast.Call):
        gather = _called(node)
        if gather not in _GATHERED or len(node.args) != 1 or node.keywords:
            return None
        inner = node.args[0]
        if isinstance(inner, ast.Call) and _called(inner) == "map":
            return _mapped(node, inner, gather, outer)
    # A generator is taken with the call around it.
    if not isinstance(inner, (ast.GeneratorExp, ast.ListComp) if gather else ast.ListComp):
        return None
    first = inner.generators[0]
    if first.is_async or _is_short(first.iter):
        return None
    rest = ast.ListComp(elt=inner.elt, generators=[_over_items(first), *inner.generators[1:]])
    text = ast.unparse(ast.fix_missing_locations(rest))
    shared = tuple(sorted((_loads(rest) & outer) - _stores(inner)))
    return Comprehension(node=node, items=first.iter, text=text, gather=gather, shared=shared)


def _over_items(first: ast.comprehension) -> ast.comprehension:
    return ast.comprehension(target=first.target, iter=ast.Name("_items", ast.Load()), ifs=first.ifs, is_async=0)


def _mapped(node: ast.expr, inner: ast.Call, gather: str, outer: set[str]) -> Comprehension | None:
    if len(inner.args) != 2:
        return None
    function, items = inner.args
    text = f"list(map({ast.unparse(function)}, _items))"
    own = {each.arg for each in function.args.args} if isinstance(function, ast.Lambda) else set()
    shared = tuple(sorted((_loads(function) & outer) - own))
    return Comprehension(node=node, items=items, text=text, gather=gather, shared=shared)


def _called(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else ""


def _is_short(items: ast.expr) -> bool:
    """Whether items are few and written down: a range up to a small number."""
    if not isinstance(items, ast.Call) or _called(items) != "range" or not items.args:
        return False
    last = items.args[-1] if len(items.args) < 3 else items.args[1]
    return isinstance(last, ast.Constant) and isinstance(last.value, int) and last.value < 16


# Loops


def _loop(node: ast.For, outer: set[str]) -> Loop | None:
    leaves = any(isinstance(each, _LEAVES) for each in ast.walk(node))
    if node.orelse or leaves or _breaks(node.body) or _is_short(node.iter):
        return None
    index = node.target.id if isinstance(node.target, ast.Name) else ""
    steps = isinstance(node.iter, ast.Call) and _called(node.iter) == "range" and len(node.iter.args) < 3
    effects = _Effects(index if steps else "")
    for statement in node.body:
        effects.visit(statement)
    effects.close(node)
    if effects.is_beyond or not (effects.sums or effects.extremes or effects.appended or effects.written):
        return None
    private = (_stores(node) - effects.joined) | {*effects.appended, *effects.sums}
    return Loop(
        node=node,
        sums=tuple(sorted(effects.sums)),
        extremes=dict(sorted(effects.extremes.items())),
        appended=tuple(sorted(effects.appended)),
        written=tuple(sorted(effects.written)),
        shared=tuple(sorted((_loads(node) - _loads(node.iter) | effects.needed(node)) & outer - private)),
    )


def _breaks(body: list[ast.stmt]) -> bool:
    """Whether a `break` ends this loop; one of an inner loop does not."""
    for each in body:
        if isinstance(each, ast.Break):
            return True
        if isinstance(each, (ast.For, ast.While)):
            if _breaks(each.orelse):
                return True
            continue
        if any(_breaks(getattr(each, part, [])) for part in ("body", "orelse", "finalbody")):
            return True
    return False


class _Effects(ast.NodeVisitor):
    """What the body of a loop does to names that were there before it."""

    def __init__(self, index: str) -> None:
        self.index = index
        self.sums: set[str] = set()
        self.extremes: dict[str, str] = {}
        self.appended: set[str] = set()
        self.written: set[str] = set()
        self.is_beyond = False
        self._assigned: set[str] = set()
        self._own: set[str] = set()

    @property
    def joined(self) -> set[str]:
        """Names of which parts come back."""
        return {*self.sums, *self.extremes, *self.appended, *self.written}

    def needed(self, node: ast.For) -> set[str]:
        """Names whose values a part begins with."""
        return {*self.extremes, *self.written} | (_loads(node.iter) & {n for s in node.body for n in _loads(s)})

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        """`total += x` adds up; `out[i] += x` writes at the item's place."""
        if isinstance(node.target, ast.Name):
            name = node.target.id
            if name in self._assigned:
                pass  # of a name that each item makes anew
            elif isinstance(node.op, (ast.Add, ast.Sub)):
                self.sums.add(name)
            else:
                self.is_beyond = True
        else:
            self._store(node.target)
        self.visit(node.value)

    def visit_Assign(self, node: ast.Assign) -> None:
        """Names that each item makes anew, extremes, and elements."""
        self.visit(node.value)
        for target in node.targets:
            extreme = _extreme(target, node.value)
            if extreme:
                self.extremes[ast.unparse(target)] = extreme
            else:
                self._store(target)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        """As without the annotation."""
        if node.value is not None:
            self.visit(node.value)
        self._store(node.target)

    def visit_For(self, node: ast.For) -> None:
        """An inner loop's variable is made anew."""
        self._store(node.target)
        self.generic_visit(node)

    def visit_Expr(self, node: ast.Expr) -> None:
        """`out.append(x)` appends; another call of a method may change what it likes."""
        name = _appended(node.value)
        if name and name not in self._assigned:
            self.appended.add(name)
        self.generic_visit(node)

    def _store(self, target: ast.expr) -> None:
        if isinstance(target, ast.Name):
            self._assigned.add(target.id)
        elif isinstance(target, (ast.Tuple, ast.List)):
            for each in target.elts:
                self._store(each)
        elif isinstance(target, ast.Subscript):
            first = target
            while isinstance(first.value, ast.Subscript):
                first = first.value
            if not isinstance(first.value, ast.Name):
                self.is_beyond = True
            elif first.value.id not in self._assigned:
                at = first.slice.elts[0] if isinstance(first.slice, ast.Tuple) else first.slice
                is_own = isinstance(at, ast.Name) and at.id == self.index and bool(self.index)
                self.written.add(first.value.id)
                self.is_beyond = self.is_beyond or not is_own
        else:
            self.is_beyond = True

    def close(self, node: ast.For) -> None:
        """Look at all of it: what is added up and appended must not be read, and nobody joins in two ways."""
        reads = [each.id for each in ast.walk(node) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load)]
        appends = [_appended(each) for each in ast.walk(node)]
        groups = (self.sums, set(self.extremes), self.appended, self.written)
        if sum(map(len, groups)) != len(set().union(*groups)) or self.sums & set(reads):
            self.is_beyond = True
        if any(reads.count(name) != appends.count(name) for name in self.appended):
            self.is_beyond = True


def _appended(node: ast.AST) -> str:
    """The name that a call such as `out.append(x)` adds to."""
    method = node.func if isinstance(node, ast.Call) else None
    if not isinstance(method, ast.Attribute) or method.attr not in ("append", "extend"):
        return ""
    return method.value.id if isinstance(method.value, ast.Name) else ""


def _extreme(target: ast.expr, value: ast.expr) -> str:
    """`min` or `max` where a name becomes the least or greatest of itself and something else."""
    if not isinstance(target, ast.Name) or not isinstance(value, ast.Call) or _called(value) not in ("min", "max"):
        return ""
    is_own = any(isinstance(each, ast.Name) and each.id == target.id for each in value.args)
    return _called(value) if is_own and len(value.args) == 2 else ""
