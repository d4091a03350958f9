"""Puts a Python function that somebody wrote into the user's module, with what it needs of all that came with it."""

import ast
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import dropwhile

from agentpar.languages.python import syntax_tree
from agentpar.languages.python_statements import (
    Statement,
    first_line,
    lines_of,
    needed_by,
    salvage,
    statements,
    with_comments,
)
from agentpar.proposers.model.graft import Unusable

_LONGEST = 400_000
_DEFINITION = re.compile(r"^(?:@|(?:async def|def|class)\b)", re.MULTILINE)


@dataclass(frozen=True)
class _Parts:
    """A function's text up to its body, the indentation of the body, and the body's text after its docstring."""

    head: str
    indent: str
    docstring: str
    body: str


@dataclass(frozen=True)
class _Place:
    """Where the function stands in the user's module, as indices of lines, and what the module binds.

    `start` is that of the `comments` right above it.
    """

    node: ast.FunctionDef
    start: int
    end: int
    comments: str
    decorators: str
    parts: _Parts
    names: frozenset[str]
    imported: frozenset[str]
    packages: frozenset[str]
    imports_end: int
    has_imports: bool


def graft_python(code: str, *, serial: str, entry: str, is_prose: bool = False) -> str:
    """The user's module with the function of `code`, and what the function needs of what `code` has besides.

    What the module binds already is left out, as is what nobody needs: a main part, examples. Only the function itself
    is replaced. A head that differs in annotations or defaults alone is put right, and further parameters that have
    defaults become locals. Around the code there may be sentences, whether `is_prose` says so or not.

    Raises:
        Unusable: `code` does not define the function completely, or for other parameters.
    """
    if len(code) > _LONGEST:
        raise Unusable("the code is far too long")
    place = _place(serial, entry)
    given, broken = salvage(code)
    chosen, definition = _chosen(given, broken, place)
    others = [each for each in given if _may_come_along(each, place)]
    names, helpers = needed_by(chosen.needs, others)
    if cut := [each for each in broken if each in names]:
        raise Unusable(f"`{cut[0]}`, which the function needs, is no Python: {broken[cut[0]]}")
    helpers = [each for each in helpers if not each.is_import]
    position = given.index(chosen)
    before = [each.text for each in helpers if given.index(each) < position]
    after = [each.text for each in helpers if given.index(each) > position]
    lines, imports = lines_of(serial), _imports(given, names, place)
    head = "".join([*lines[: place.imports_end], *_led(place, imports, lines)])
    middle = "".join(lines[place.imports_end : place.start])
    tail = "".join(lines[place.end :])
    source = f"{head}{middle}{_spaced([*before, place.comments + definition, *after])}{tail}"
    try:
        syntax_tree(source)
    except SyntaxError as error:
        raise Unusable(f"with it the module is no Python: {error.msg}") from error
    return source


def version_in_python(source: str, *, serial: str, entry: str) -> str:
    """What a version has that the serial module lacks: its imports, what it needs, and the function."""
    known = {each.text for each in statements(serial)}
    try:
        own = [each.text for each in statements(source) if each.text not in known or _defines(each, entry)]
    except SyntaxError:  # what was judged need not be Python
        return source
    return _spaced(own).strip()


def abridged_python(source: str, entry: str, most: int) -> str:
    """The function behind what it needs of its module, at most so many characters of that."""
    every = statements(source)
    own = [each for each in every if _defines(each, entry)][-1]
    _, needed = needed_by(own.needs, [each for each in every if each is not own])
    return f"{_spaced(each.text for each in needed)[:most]}\n\n{own.text}".strip()


def _chosen(given: Sequence[Statement], broken: dict[str, str], place: _Place) -> tuple[Statement, str]:
    """The last definition that fits, and its text."""
    entry = place.node.name
    ours = [each for each in given if _defines(each, entry)]
    if not ours and entry in broken:
        raise Unusable(f"`{entry}` is no Python: {broken[entry]}")
    if not ours:
        raise Unusable(f"the reply does not define the function `{entry}` at the top level")
    for each in reversed(ours):
        definition = _definition(each, place)
        if definition:
            return each, definition
    wanted = " ".join(place.parts.head.split())
    raise Unusable(f"the signature was changed; it must stay `{wanted}`")


def _defines(statement: Statement, entry: str) -> bool:
    return isinstance(statement.node, ast.FunctionDef) and statement.node.name == entry


def _definition(given: Statement, place: _Place) -> str:
    """The function's text with the user's head; empty where the parameters are others."""
    node = given.node
    assert isinstance(node, ast.FunctionDef)  # it was chosen as a definition
    own, wanted = node.args, place.node.args
    is_same = ast.dump(own) == ast.dump(wanted) and _dumped(node.returns) == _dumped(place.node.returns)
    if is_same and (node.decorator_list or not place.decorators):
        return "".join(dropwhile(lambda line: line.startswith("#"), lines_of(given.text)))
    more = _further_parameters(own, wanted)
    if more is None:
        return ""
    parts = _parts(given.text)
    locals_ = "".join(f"{parts.indent}{name} = {ast.unparse(value)}\n" for name, value in more)
    return f"{place.decorators}{place.parts.head}{parts.docstring}{locals_}{parts.body}"


def _dumped(node: ast.expr | None) -> str:
    return ast.dump(node) if node is not None else ""


def _further_parameters(own: ast.arguments, wanted: ast.arguments) -> list[tuple[str, ast.expr]] | None:
    """Parameters beyond those that are wanted, with their defaults; None where the two do not fit."""
    names, expected = _positional(own), _positional(wanted)
    defaults: dict[str, ast.expr | None] = dict(zip(reversed(names), reversed(own.defaults), strict=False))
    keywords = dict(zip([each.arg for each in own.kwonlyargs], own.kw_defaults, strict=True))
    needed = {each.arg for each in wanted.kwonlyargs}
    if own.vararg or own.kwarg or names[: len(expected)] != expected or not needed <= keywords.keys():
        return None
    found = []
    for name in [*names[len(expected) :], *(each for each in keywords if each not in needed)]:
        value = {**defaults, **keywords}.get(name)
        if value is None:
            return None
        found.append((name, value))
    return found


def _positional(arguments: ast.arguments) -> list[str]:
    return [each.arg for each in (*arguments.posonlyargs, *arguments.args)]


def _parts(text: str) -> _Parts:
    """A function's text, which may have decorators and comments above it, taken apart."""
    lines = lines_of(text)
    (node,) = syntax_tree(text).body
    assert isinstance(node, ast.FunctionDef)  # of whom else
    first = node.body[0]
    line = lines[first.lineno - 1].encode()
    ahead, behind = line[: first.col_offset].decode(), line[first.col_offset :].decode()
    if ahead.strip():  # the body follows the colon on its line
        head = "".join([*lines[node.lineno - 1 : first.lineno - 1], ahead.rstrip(), "\n"])
        return _Parts(head, "    ", "", "".join([f"    {behind}", *lines[first.lineno :]]))
    start = rest = _above(lines, first_line(first) - 1)
    documented = first.end_lineno or first.lineno
    if ast.get_docstring(node, clean=False) is not None and first_line(node.body[-1]) > documented:
        rest = documented
    head = "".join(lines[node.lineno - 1 : start])
    return _Parts(head, ahead, "".join(lines[start:rest]), "".join(lines[rest:]))


def _above(lines: Sequence[str], start: int) -> int:
    """Where the comments begin that stand right above a line."""
    while lines[start - 1].strip().startswith("#") or not lines[start - 1].strip():
        start -= 1
    return start


def _imports(given: Iterable[Statement], names: frozenset[str], place: _Place) -> list[str]:
    """The imports that the module lacks, but for those of the future, which would change how all of it is read."""
    found = []
    for each in given:
        node = each.node
        is_future = isinstance(node, ast.ImportFrom) and node.module == "__future__"
        if is_future or not isinstance(node, (ast.Import, ast.ImportFrom)):
            continue
        wanted = [one for one in node.names if _is_wanted(node, one, names, place)]
        missing = [one for one in wanted if _key(node, one) not in place.imported]
        if missing:
            found.append(each.text if missing == node.names else f"{ast.unparse(_only(node, missing))}\n")
    return list(dict.fromkeys(found))


def _is_wanted(node: ast.Import | ast.ImportFrom, one: ast.alias, names: frozenset[str], place: _Place) -> bool:
    """Whether a name is looked up, and stands for nothing else in the user's module."""
    bound = one.asname or one.name.partition(".")[0]
    is_package = isinstance(node, ast.Import) and one.asname is None and bound in place.packages
    return one.name == "*" or (bound in names and (bound not in place.names or is_package))


def _only(node: ast.Import | ast.ImportFrom, aliases: list[ast.alias]) -> ast.stmt:
    if isinstance(node, ast.Import):
        return ast.Import(names=aliases)
    return ast.ImportFrom(module=node.module, names=aliases, level=node.level)


def _key(node: ast.Import | ast.ImportFrom, one: ast.alias) -> str:
    return ast.dump(_only(node, [one]))


def _led(place: _Place, imports: Sequence[str], lines: Sequence[str]) -> list[str]:
    """Imports with the blank lines that part them from what stands around them."""
    if not imports or place.has_imports:
        return [*imports]
    goes_on = place.imports_end < len(lines) and lines[place.imports_end].strip()
    return ["\n" if place.imports_end else "", *imports, "\n\n" if goes_on else ""]


def _spaced(texts: Iterable[str]) -> str:
    """Statements one after the other, with two blank lines around definitions."""
    spaced, was_definition = "", False
    for text in texts:
        is_definition = _DEFINITION.search(text) is not None
        gap = "\n\n" if spaced and (is_definition or was_definition) else ""
        spaced += gap + (text if text.endswith("\n") else f"{text}\n")
        was_definition = is_definition
    return spaced


@lru_cache(maxsize=16)
def _place(serial: str, entry: str) -> _Place:
    every, lines = statements(serial), lines_of(serial)
    own = [each for each in every if _defines(each, entry)][-1]
    assert isinstance(own.node, ast.FunctionDef)  # as it was sought
    first, end = first_line(own.node) - 1, own.node.end_lineno or own.node.lineno
    imports = [each.node for each in every if isinstance(each.node, (ast.Import, ast.ImportFrom))]
    start = with_comments(lines, first)
    imports_end, has_imports = _end_of_imports(every, lines)
    return _Place(
        node=own.node,
        start=start,
        end=end,
        comments="".join(lines[start:first]),
        decorators="".join(lines[first : own.node.lineno - 1]),
        parts=_parts("".join(lines[first:end])),
        names=frozenset(name for each in every for name in each.binds),
        imported=frozenset(_key(node, one) for node in imports for one in node.names),
        packages=frozenset(
            one.name.partition(".")[0] for node in imports if isinstance(node, ast.Import) for one in node.names
        ),
        imports_end=min(imports_end, start),
        has_imports=has_imports,
    )


def _end_of_imports(every: Sequence[Statement], lines: Sequence[str]) -> tuple[int, bool]:
    """The line behind the imports that the module begins with, or else behind its docstring or its first comments."""
    end, has_imports = 0, False
    while end < len(lines) and lines[end].startswith("#"):
        end += 1
    for place, each in enumerate(every):
        is_documentation = place == 0 and isinstance(each.node, ast.Expr) and isinstance(each.node.value, ast.Constant)
        if not is_documentation and not each.is_import:
            break
        end, has_imports = each.node.end_lineno or end, has_imports or each.is_import
    return end, has_imports


def _may_come_along(statement: Statement, place: _Place) -> bool:
    """Whether a statement binds nothing that the user's module binds, and is not the main part of a program."""
    node = statement.node
    tested = ast.walk(node.test) if isinstance(node, ast.If) else ()
    is_main = any(isinstance(each, ast.Name) and each.id == "__name__" for each in tested)
    return statement.is_import or not (is_main or statement.binds & place.names)
