"""Tells whether two sources are the same program but for formatting, comments and the names of locals."""

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from tree_sitter import Node

from agentpar.languages.python_fingerprint import fingerprint_python
from agentpar.languages.source import ancestors, encode, parse, text, walk
from agentpar.languages.unit import declarators, declared_name

_NAME = re.compile(r"[A-Za-z_]\w*")
_STRING = r'"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\''
_DIRECTIVE_TOKEN = re.compile(rf"{_STRING}|[\w.]+|[^\s\w\"']+|\S")
_PRAGMA_TOKEN = re.compile(rf"{_STRING}|[\w.]+|\S")
_COMMENT = re.compile(rf"({_STRING})|//[^\n]*|/\*.*?\*/", re.DOTALL)
_ATOMS = ("string_literal", "raw_string_literal", "char_literal", "preproc_arg", "preproc_directive")
_DECLARATIONS = (
    "declaration",
    "parameter_declaration",
    "optional_parameter_declaration",
    "for_range_loop",
)
_SCOPES = (
    "function_definition",
    "compound_statement",
    "for_statement",
    "for_range_loop",
    "while_statement",
    "if_statement",
    "switch_statement",
    "lambda_expression",
    "catch_clause",
)
# Words that OpenMP itself uses inside parentheses. A local with such a name keeps it: `default(none)` must
# not be taken for the variable `none`.
_OPENMP_WORDS = frozenset(
    [
        "static",
        "dynamic",
        "guided",
        "auto",
        "runtime",
        "none",
        "shared",
        "private",
        "firstprivate",
        "monotonic",
        "nonmonotonic",
        "simd",
        "close",
        "spread",
        "primary",
        "master",
        "max",
        "min",
        "to",
        "from",
        "tofrom",
        "alloc",
        "release",
        "delete",
        "in",
        "out",
        "inout",
        "inoutset",
        "depobj",
        "sink",
        "source",
        "mutexinoutset",
        "concurrent",
        "seq_cst",
        "acq_rel",
        "acquire",
        "relaxed",
        "release",
        "strict",
        "parallel",
        "task",
        "taskloop",
        "target",
        "data",
        "cancel",
        "conditional",
        "always",
        "present",
        "val",
        "ref",
        "uval",
        "omp_default_mem_alloc",
        "iterator",
        "present",
        "reproducible",
        "order",
        "unconstrained",
        "device",
        "host",
        "nohost",
        "any",
    ]
)


def fingerprint(source: str) -> str:
    """A hash equal for sources that differ only in comments, formatting and names of locals and parameters.

    Any other token, any literal and any pragma makes a difference.
    """
    digest = hashlib.sha256()
    for token in _Tokens(source):
        data = encode(token)
        digest.update(len(data).to_bytes(4, "little") + data)
    return digest.hexdigest()


def fingerprint_for(path: Path) -> Callable[[str], str]:
    """The fingerprint of sources in the language of a file."""
    return fingerprint_python if path.suffix == ".py" else fingerprint


class _Tokens(Iterable[str]):
    """The tokens of a source in order, each local replaced by the number of its declaration."""

    def __init__(self, source: str) -> None:
        self._data = encode(source)
        self._root = parse(source).root_node
        self._scopes: list[tuple[int, dict[str, str]]] = []
        self._declaring: set[int] = set()
        self._fixed = _fixed_names(self._root) | _OPENMP_WORDS
        self._count = 0

    def __iter__(self) -> Iterator[str]:
        position = 0
        stack = [self._root]
        while stack:
            node = stack.pop()
            self._leave_scopes(node.start_byte)
            if node.type == "comment":
                yield from self._gap(position, node.start_byte)
                position = node.end_byte
            elif node.child_count and node.type not in _ATOMS:
                self._enter(node)
                stack.extend(reversed(node.children))
            else:
                yield from self._gap(position, node.start_byte)
                yield from self._leaf(node)
                position = max(position, node.end_byte)
        yield from self._gap(position, len(self._data))

    def _gap(self, start: int, end: int) -> Iterator[str]:
        """What lies between two tokens: blanks, line splices, or text that the grammar skipped."""
        between = self._data[start:end].decode(errors="replace").replace("\\", " ").strip("\ufeff \t\r\n\f\v")
        if between:
            yield between

    def _leave_scopes(self, position: int) -> None:
        while self._scopes and self._scopes[-1][0] <= position:
            self._scopes.pop()

    def _enter(self, node: Node) -> None:
        if node.type == "function_definition" or (self._scopes and node.type in _SCOPES):
            self._scopes.append((node.end_byte, {}))
        if not self._scopes:
            return
        if node.type in ("parameter_declaration", "optional_parameter_declaration") and not _is_own(node):
            return
        if node.type == "for_range_loop" and (over := node.child_by_field_name("right")) is not None:
            # The range is read before its variable exists: `for (auto x : x)` speaks of two different x.
            self._fixed |= set(_NAME.findall(text(over))) & _declared_names(node)
        if node.type in _DECLARATIONS:
            for declarator in declarators(node):
                self._declare(declarator)

    def _declare(self, declarator: Node) -> None:
        bindings = [n for n in walk(declarator) if n.type == "structured_binding_declarator"]
        for binding in bindings:
            self._declaring |= {n.id for n in binding.named_children if n.type == "identifier"}
        name = declared_name(declarator)
        is_function = any(n.type == "function_declarator" for n in walk(declarator) if n.type != "init_declarator")
        if name is not None and name.type == "identifier" and (not is_function or _has_value(declarator)):
            self._declaring.add(name.id)

    def _leaf(self, node: Node) -> Iterator[str]:
        written = text(node)
        if node.type in ("identifier", "type_identifier"):  # `T t(n);` takes the variable n for a type
            if node.id in self._declaring and written not in self._fixed:
                self._count += 1
                self._scopes[-1][1][written] = f"\0{self._count}"
            yield self._renamed(written)
        elif node.type == "preproc_arg":
            yield self._directive(node, written)
        elif node.type == "preproc_directive":
            yield re.sub(r"\s", "", written)
        elif written.strip():
            yield written
        elif "\n" in written:
            yield "\n"

    def _renamed(self, name: str) -> str:
        for _, names in reversed(self._scopes):
            if name in names:
                return names[name]
        return name

    def _directive(self, node: Node, written: str) -> str:
        plain = _COMMENT.sub(lambda match: match[1] or " ", re.sub(r"\\\r?\n", " ", written))
        parent = node.parent
        if parent is None or parent.type != "preproc_call":
            return " ".join(_DIRECTIVE_TOKEN.findall(plain))
        depth, tokens = 0, []
        for token in _PRAGMA_TOKEN.findall(plain):
            depth += {"(": 1, ")": -1}.get(token, 0)
            tokens.append(self._renamed(token) if depth > 0 else token)
        return " ".join(tokens)


def _is_own(parameter: Node) -> bool:
    """Whether a parameter is that of a function with a body: in prototypes and pointers it names nothing."""
    for node in ancestors(parameter):
        if node.type in ("function_definition", "lambda_expression", "catch_clause"):
            return True
        if node.type == "parameter_declaration" or not node.type.endswith(("declarator", "parameter_list")):
            return False
    return False


def _declared_names(node: Node) -> set[str]:
    return {text(n) for d in declarators(node) for n in walk(d) if n.type == "identifier"}


def _has_value(declarator: Node) -> bool:
    return declarator.type == "init_declarator"


def _fixed_names(root: Node) -> set[str]:
    """Names that macros, conditions, `_Pragma` and assembly may mention: renaming them changes meaning."""
    fixed: set[str] = set()
    for node in walk(root):
        if node.type in ("preproc_def", "preproc_function_def", "gnu_asm_expression"):
            fixed |= set(_NAME.findall(text(node)))
        elif node.type in ("preproc_if", "preproc_elif", "preproc_ifdef"):
            condition = node.child_by_field_name("condition") or node.child_by_field_name("name")
            fixed |= set(_NAME.findall(text(condition))) if condition is not None else set()
        elif node.type == "call_expression" and text(node).startswith("_Pragma"):
            fixed |= set(_NAME.findall(text(node)))
    return fixed
