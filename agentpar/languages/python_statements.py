"""The statements at the top level of a module: what each of them binds, and which of the module's names it needs."""

import ast
import io
import re
import symtable
import textwrap
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from agentpar.languages.python import syntax_tree

_CONTINUES = re.compile(r"[)\]}]|(?:else|elif|except|finally)\b")
_BEGINS = re.compile(r"@|(?:async\s+def|def|class|if|try|with|for|while|import|from)\b|[\w.\[\]'\", ]+=")
_REACH = 16
"""So many lines without indentation may belong to one statement, as in strings of several lines."""
_HEADING = re.compile(r"(?:async\s+def|def|class)\s+(\w+)")


@dataclass(frozen=True)
class Statement:
    """A statement; `text` is its whole lines, with decorators and the comments right above it.

    `binds` are the names of the module that it gives a value, or whose value it changes; `needs` are those that it, or
    a function in it, looks up.
    """

    node: ast.stmt
    text: str
    binds: frozenset[str]
    needs: frozenset[str]

    @property
    def is_import(self) -> bool:
        """Whether it does nothing but import."""
        return isinstance(self.node, (ast.Import, ast.ImportFrom))


def lines_of(source: str) -> list[str]:
    """The lines with their ends, as the syntax tree counts them: a form feed begins none."""
    return list(io.StringIO(source, newline=""))


def first_line(node: ast.stmt) -> int:
    """The line on which a statement begins, its decorators included, from 1."""
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(each.lineno for each in decorators)])


def with_comments(lines: Sequence[str], start: int) -> int:
    """The place of the first of the comments right above a line, or of the line itself; places count from 0."""
    while start and lines[start - 1].startswith("#") and not lines[start - 1].startswith("#!"):
        start -= 1
    return start


def statements(source: str) -> list[Statement]:
    """The statements of a module in order.

    Raises:
        SyntaxError: it is no Python.
    """
    body, lines = syntax_tree(source).body, lines_of(source)
    shared = {first_line(node) for before, node in pairwise(body) if _last(before) == first_line(node)}
    found = []
    for node in body:
        if {first_line(node), _last(node)} & shared:  # behind or ahead of a semicolon
            text = f"{ast.unparse(node)}\n"
        else:
            text = "".join(lines[with_comments(lines, first_line(node) - 1) : _last(node)])
        found.append(Statement(node, text, *_names(node, text)))
    return found


def salvage(code: str) -> tuple[list[Statement], dict[str, str]]:
    """The statements of a text that need not all be code, and what is wrong with each definition that is no Python."""
    if re.match(r"\s*[ \t]", code):
        code = textwrap.dedent(code)
    try:
        return statements(code), {}
    except SyntaxError:
        pass
    found, broken = list[Statement](), dict[str, str]()
    for chunk in _chunks(code):
        try:
            found += statements(chunk)
        except SyntaxError as error:
            if heading := _HEADING.search(chunk):
                line = f": `{error.text.strip()}`" if error.text else ""
                broken[heading[1]] = f"{error.msg}{line}"
    return found, broken


def whole_part(code: str) -> str:
    """What is certainly complete of a code that was cut off: all but its last statement at the top level."""
    lines = lines_of(code)
    starts = [place for place, line in enumerate(lines) if line.strip() and line[0] not in " \t#)]}"]
    return "".join(lines[: starts[-1]]) if starts else ""


def needed_by(wanted: Iterable[str], among: Sequence[Statement]) -> tuple[frozenset[str], list[Statement]]:
    """The statements that a lookup of these names may lead to, in order, and all names that they need."""
    names, kept, grows = {*wanted}, set[int](), True
    while grows:
        grows = False
        for place, each in enumerate(among):
            if place not in kept and each.binds & names:
                kept.add(place)
                names |= each.needs
                grows = True
    return frozenset(names), [each for place, each in enumerate(among) if place in kept]


def scopes(source: str) -> symtable.SymbolTable:
    """What the compiler knows of the names of a module.

    Raises:
        SyntaxError: names are used in a way that is no Python.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return symtable.symtable(source, "module", "exec")
        except (ValueError, RecursionError, MemoryError) as error:
            raise SyntaxError(str(error) or "nested too deeply") from error


def _names(node: ast.stmt, text: str) -> tuple[frozenset[str], frozenset[str]]:
    """What a statement binds and needs."""
    module = scopes(text)
    binds = {each.get_name() for each in module.get_symbols() if each.is_assigned() or each.is_imported()}
    needs = {each.get_name() for each in module.get_symbols() if each.is_referenced()}
    inner = module.get_children()
    while inner:
        scope = inner.pop()
        inner += scope.get_children()
        needs |= {each.get_name() for each in scope.get_symbols() if each.is_global()}
    return frozenset({*binds, *_changed(node)}), frozenset(needs)


def _changed(node: ast.stmt) -> Iterator[str]:
    """Names whose elements or attributes a statement assigns while the module is imported."""
    waiting: list[ast.AST] = [node]
    while waiting:
        each = waiting.pop()
        if isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)):
            continue
        waiting += ast.iter_child_nodes(each)
        if isinstance(each, (ast.Subscript, ast.Attribute)) and isinstance(each.ctx, ast.Store):
            root: ast.expr = each
            while isinstance(root, (ast.Subscript, ast.Attribute)):
                root = root.value
            if isinstance(root, ast.Name):
                yield root.id


def _last(node: ast.stmt) -> int:
    return node.end_lineno or node.lineno


def _chunks(code: str) -> Iterator[str]:
    """Pieces of a code that are statements or nothing, cut where a line begins without indentation."""
    lines, starts = lines_of(code), list[int]()
    for place, line in enumerate(lines):
        is_start = line.strip() and not line[0].isspace() and line[0] != "#" and not _CONTINUES.match(line)
        if is_start and not (starts and lines[place - 1].startswith("@")):
            starts.append(place)
    starts.append(len(lines))
    at = 0
    while at + 1 < len(starts):
        reach = _REACH if _BEGINS.match(lines[starts[at]]) else 1
        ends = range(at + 1, min(at + 1 + reach, len(starts)))
        pieces = ((end, "".join(lines[starts[at] : starts[end]])) for end in ends)
        end, piece = next(((end, piece) for end, piece in pieces if _is_python(piece)), (at + 1, ""))
        yield piece or "".join(lines[starts[at] : starts[end]])
        at = end


def _is_python(code: str) -> bool:
    try:
        syntax_tree(code)
    except SyntaxError:
        return False
    return True
