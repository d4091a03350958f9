"""Python source: functions and their parameters, the module a file is, and which other files it reaches."""

import ast
import difflib
import re
import warnings
from collections.abc import Iterator
from pathlib import Path

from agentpar.errors import TaskError
from agentpar.verdict import Frozen

_MOST_BITS = 14_000  # written in decimal, as a tree is when two are compared, more are refused (4,300 digits)
_LONG_NUMBER = re.compile(r"0[xXoObB][\da-fA-F_]{3500}")


class PythonParameter(Frozen):
    """One parameter. `annotation` and `default` are source text, empty where there is none."""

    name: str
    annotation: str
    default: str


class PythonFunction(Frozen):
    """One function at the top level of a module."""

    name: str
    line: int
    parameters: tuple[PythonParameter, ...]


def syntax_tree(source: str) -> ast.Module:
    """The syntax tree; what is odd but no error, such as an escape that is none, is passed over in silence.

    Raises:
        SyntaxError: it is no Python, no text, nested too deeply to be read, or has a number too long to be written.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            tree = ast.parse(source)
        except (ValueError, RecursionError, MemoryError) as error:
            raise SyntaxError(str(error) or "nested too deeply") from error
    if _LONG_NUMBER.search(source):
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, int) and node.value.bit_length() > _MOST_BITS:
                raise SyntaxError("a number of thousands of digits")
    return tree


def parse_python(source: str, path: Path) -> ast.Module:
    """The syntax tree. Raises TaskError with the line where the source is no Python."""
    try:
        return syntax_tree(source)
    except SyntaxError as error:
        line = f":{error.lineno}" if error.lineno else ""
        raise TaskError(f"{path}{line}: not Python: {error.msg}") from error


def list_python_functions(source: str) -> tuple[str, ...]:
    """Names of the functions at the top level, in order; empty where the source is no Python."""
    try:
        tree = syntax_tree(source)
    except SyntaxError:
        return ()
    return tuple(each.name for each in tree.body if isinstance(each, ast.FunctionDef))


def find_node(tree: ast.Module, entry: str) -> ast.FunctionDef | None:
    """The definition of a function that counts: the last one of that name at the top level."""
    found = [each for each in tree.body if isinstance(each, ast.FunctionDef) and each.name == entry]
    return found[-1] if found else None


def find_python_function(source: str, entry: str, path: Path) -> PythonFunction:
    """Find one function.

    Raises:
        TaskError: there is no such function, or it takes what cannot be made.
    """
    tree = parse_python(source, path)
    node = find_node(tree, entry)
    if node is None:
        raise TaskError(_missing(tree, source, entry, path))
    place = f"{path}:{node.lineno}"
    if any(isinstance(each, (ast.Yield, ast.YieldFrom)) for each in _own(node)):
        raise TaskError(f"{place}: {entry} is a generator; wrap it in a function that returns a list")
    given = node.args
    if given.vararg or given.kwarg:
        raise TaskError(f"{place}: {entry} takes any number of arguments; wrap it in a function with fixed ones")
    if any(default is None for default in given.kw_defaults):
        raise TaskError(f"{place}: {entry} has keyword-only parameters without defaults; wrap it in a function")
    positional = [*given.posonlyargs, *given.args]
    defaults = [None] * (len(positional) - len(given.defaults)) + list(given.defaults)
    return PythonFunction(
        name=entry,
        line=node.lineno,
        parameters=tuple(
            PythonParameter(name=each.arg, annotation=_text(each.annotation), default=_text(default))
            for each, default in zip(positional, defaults, strict=True)
        ),
    )


def _missing(tree: ast.Module, source: str, entry: str, path: Path) -> str:
    if any(isinstance(each, ast.AsyncFunctionDef) and each.name == entry for each in tree.body):
        return f"{path}: {entry} is a coroutine; wrap it in a function that runs it"
    if "." in entry:
        return f"{path}: {entry} is a method; wrap one in a function of the module"
    known = list_python_functions(source)
    near = difflib.get_close_matches(entry, known, n=1)
    hint = f"did you mean {near[0]}?" if near else f"it defines {', '.join(known[:8]) or 'none'}"
    return f"{path}: no function {entry!r} at the top level; {hint}"


def _own(node: ast.AST) -> Iterator[ast.AST]:
    """All nodes of a function's body but those of functions within it."""
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)):
            yield child
            yield from _own(child)


def _text(node: ast.expr | None) -> str:
    return ast.unparse(node) if node is not None else ""


def module_of(path: Path) -> tuple[str, Path]:
    """The dotted name that a file is imported by, and the folder that has to be on the path for it."""
    folder, parts = path.resolve().parent, [path.stem]
    while (folder / "__init__.py").exists() and folder != folder.parent:
        parts.insert(0, folder.name)
        folder = folder.parent
    if parts[-1] == "__init__":
        parts.pop()
    return ".".join(parts), folder


def reached_modules(path: Path, source: str) -> dict[str, bytes]:
    """The project's other files that a module's imports reach, by their paths below the project's root.

    The module itself is not among them: a worker must not see another version of it than the one it runs.
    """
    module, root = module_of(path)
    found: dict[str, bytes] = {}
    waiting = [(module, source, path.name == "__init__.py")]
    own = path.resolve()
    while waiting:
        name, text, is_package = waiting.pop()
        for wanted in _imports(name, text, is_package):
            for file in _files(root, wanted):
                relative = file.relative_to(root).as_posix()
                if file == own or relative in found:
                    continue
                found[relative] = file.read_bytes()
                is_init = file.name == "__init__.py"
                dotted = relative.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
                waiting.append((dotted, found[relative].decode(errors="replace"), is_init))
    return found


def imported_names(source: str) -> set[str]:
    """Dotted names of modules that a source outside of any package may import."""
    return set(_imports("", source, False))


def _imports(module: str, source: str, is_package: bool) -> Iterator[str]:
    """Dotted names that a module may import, itself included."""
    yield module
    try:
        tree = syntax_tree(source)
    except SyntaxError:
        return
    package = module.split(".") if is_package else module.split(".")[:-1]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            yield base
            yield from (f"{base}.{each.name}" for each in node.names)


def _files(root: Path, module: str) -> Iterator[Path]:
    """The files that importing a dotted name runs, as far as they are the project's."""
    parts = [part for part in module.split(".") if part]
    for count in range(1, len(parts) + 1):
        place = root.joinpath(*parts[:count])
        for file in (place / "__init__.py", place.with_name(f"{place.name}.py")):
            if file.is_file():
                yield file.resolve()
