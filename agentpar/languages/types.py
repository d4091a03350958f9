"""Resolves C++ type names: aliases, containers, pointers, and what kind of value lies at the bottom."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from agentpar.languages.signature import Kind

SUPPORTED = (
    "integers, floating point, bool, enums, std::string, std::complex, std::pair, plain structs declared in this file, "
    "std::vector and std::array (nested too), and std::span and one-level pointers of these scalars and structs"
)
_TOKEN = re.compile(r"[A-Za-z_]\w*|\d[\w']*|::|&&|\S")
_IGNORED = frozenset(
    [
        "volatile",
        "struct",
        "class",
        "enum",
        "typename",
        "restrict",
        "__restrict__",
        "__restrict",
        "register",
        "inline",
        "static",
    ]
)
_INTEGER_WORDS = frozenset({"char", "short", "int", "long", "unsigned", "signed"})
_INTEGER_NAME = re.compile(
    r"(u?int(_fast|_least)?(8|16|32|64)|size|ssize|ptrdiff|u?intptr|u?intmax|wchar|char8|char16|char32)_t"
)
_REALS = frozenset({"float", "double", "long double"})
_V = TypeVar("_V")


class UnsupportedType(ValueError):
    """A type that agentpar cannot generate, copy and compare; the message says why."""


@dataclass(frozen=True)
class Names:
    """What the source declares. Keys are qualified names; a struct's value says why it is refused, or "", an enum's the
    least and the greatest of its values, where they can be told. These are among the constants, too.
    """

    aliases: Mapping[str, str] = field(default_factory=dict)
    structs: Mapping[str, str] = field(default_factory=dict)
    enums: Mapping[str, tuple[int, int] | None] = field(default_factory=dict)
    constants: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Spelled:
    """A type name taken apart: `const std::vector<int>* const&` is vector, (int,), 1 pointer, const, &."""

    base: str
    arguments: tuple[str, ...] = ()
    pointers: int = 0
    is_const: bool = False
    reference: str = ""


@dataclass(frozen=True)
class Resolved:
    """A type with every alias resolved; fields as in `Parameter`, `element` for scalars too."""

    kind: Kind
    element: str = ""
    element_kind: Kind | None = None
    depth: int = 0
    extents: tuple[str, ...] = ()
    is_const: bool = False
    is_reference: bool = False

    @property
    def innermost(self) -> Kind:
        """The kind of the value at the bottom."""
        return self.element_kind or self.kind


def spell(name: str) -> Spelled:
    """Take a type name apart.

    Raises:
        UnsupportedType: for function types and arrays.
    """
    tokens = _TOKEN.findall(name)
    words: list[str] = []
    spelled = Spelled("")
    position = 0
    while position < len(tokens):
        token = tokens[position]
        if token == "<":
            close = _closing(tokens, position)
            spelled = replace(spelled, arguments=_arguments(tokens[position + 1 : close]))
            position = close
        elif token == "const":
            spelled = replace(spelled, is_const=spelled.is_const or spelled.pointers == 0)
        elif token == "*":
            spelled = replace(spelled, pointers=spelled.pointers + 1)
        elif token in ("&", "&&"):
            spelled = replace(spelled, reference=token)
        elif token in "()":
            raise UnsupportedType("is a function type")
        elif token in "[]":
            raise UnsupportedType("is an array of arrays or a reference to an array")
        elif token not in _IGNORED:
            words.append(token)
        position += 1
    return replace(spelled, base=re.sub(r"\s*::\s*", "::", " ".join(words)).removeprefix("::"))


def _closing(tokens: list[str], start: int) -> int:
    depth = 0
    for position in range(start, len(tokens)):
        depth += {"<": 1, ">": -1}.get(tokens[position], 0)
        if depth == 0:
            return position
    return len(tokens)


def _arguments(tokens: list[str]) -> tuple[str, ...]:
    arguments: list[list[str]] = [[]]
    depth = 0
    for token in tokens:
        depth += {"<": 1, "(": 1, ">": -1, ")": -1}.get(token, 0)
        if token == "," and depth == 0:
            arguments.append([])
        else:
            arguments[-1].append(token)
    return tuple(re.sub(r"\s*(::|<|>)\s*", r"\1", " ".join(a)) for a in arguments if a)


def lookup(table: Mapping[str, _V], name: str, namespace: tuple[str, ...]) -> tuple[str, _V] | None:
    """Find a name as C++ would: innermost namespace outwards, then (using directives) anywhere."""
    for depth in range(len(namespace), -1, -1):
        qualified = "::".join((*namespace[:depth], name))
        if qualified in table:
            return qualified, table[qualified]
    for key, value in table.items():
        if key.endswith("::" + name):
            return key, value
    return None


def resolve(name: str, names: Names, namespace: tuple[str, ...] = (), *, depth: int = 0) -> Resolved:
    """Resolve a parameter's or member's type.

    Raises:
        UnsupportedType: with a reason that continues "parameter `x` ...".
    """
    if depth > 20:
        raise UnsupportedType("has a type alias that never ends")
    spelled = spell(name)
    if spelled.reference == "&&":
        raise UnsupportedType("is an rvalue reference")
    value = _resolve_base(spelled, names, namespace, depth)
    if value.kind == "container" and value.is_reference and spelled.reference and not spelled.is_const:
        raise UnsupportedType("is a reference to a std::span; take it by value")
    value = replace(
        value,
        is_const=value.is_const or (spelled.is_const and value.kind != "pointer" and not value.is_reference),
        is_reference=value.is_reference or bool(spelled.reference),
    )
    if not spelled.pointers:
        return value
    if spelled.pointers > 1 or value.kind == "pointer":
        raise UnsupportedType("is a pointer to a pointer")
    if value.kind in ("container", "string"):
        raise UnsupportedType("is a pointer to a container; take it by reference")
    return replace(
        value,
        kind="pointer",
        element=value.element,
        element_kind=value.kind,
        depth=1,
        extents=("",),
    )


def _resolve_base(spelled: Spelled, names: Names, namespace: tuple[str, ...], depth: int) -> Resolved:
    base = spelled.base
    if not spelled.arguments and (alias := lookup(names.aliases, base, namespace)):
        if alias[1].startswith("!"):
            raise UnsupportedType(alias[1][1:])
        scope = tuple(alias[0].split("::")[:-1])
        return resolve(alias[1], names, scope, depth=depth + 1)
    if struct := lookup(names.structs, base, namespace):
        if struct[1]:
            raise UnsupportedType(f"has type `{base}`, {struct[1]}")
        return Resolved("struct", element=struct[0])
    if enum := lookup(names.enums, base, namespace):
        return Resolved("integer", element=enum[0])
    plain = base.removeprefix("std::")
    if plain in ("vector", "array") and spelled.arguments:
        return _container(plain, spelled, names, namespace, depth)
    if plain == "span" and spelled.arguments:
        return _view(spelled, names, namespace, depth)
    return _scalar(plain, spelled)


def _container(plain: str, spelled: Spelled, names: Names, namespace: tuple[str, ...], depth: int) -> Resolved:
    inner = resolve(spelled.arguments[0], names, namespace, depth=depth + 1)
    if inner.kind == "pointer" or inner.is_reference:
        raise UnsupportedType("is a container of pointers or views")
    extent = ""
    if plain == "array":
        written = spelled.arguments[1] if len(spelled.arguments) > 1 else ""
        extent = fixed_extent(written, names, namespace)
        if not extent:
            raise UnsupportedType(f"is a std::array whose length `{written}` is no integer constant")
    return Resolved(
        "container",
        element=inner.element,
        element_kind=inner.innermost,
        depth=inner.depth + 1,
        extents=(extent, *inner.extents),
    )


def _view(spelled: Spelled, names: Names, namespace: tuple[str, ...], depth: int) -> Resolved:
    """A span: its elements are its owner's, and constant where its argument says so."""
    if len(spelled.arguments) > 1:
        raise UnsupportedType("is a std::span of a fixed length")
    element = resolve(spelled.arguments[0], names, namespace, depth=depth + 1)
    if element.kind in ("container", "pointer", "string") or element.extents:
        raise UnsupportedType("is a std::span of containers or pointers")
    return Resolved(
        "container",
        element=element.element,
        element_kind=element.kind,
        depth=1,
        extents=("",),
        is_const=element.is_const,
        is_reference=True,
    )


def _scalar(plain: str, spelled: Spelled) -> Resolved:
    words = plain.split()
    if plain in _REALS:
        return Resolved("real", element=plain)
    if plain == "bool":
        return Resolved("boolean", element=plain)
    if words and (set(words) <= _INTEGER_WORDS or _INTEGER_NAME.fullmatch(plain)):
        return Resolved("integer", element=spelled.base)
    if plain == "string":
        return Resolved("string", element="std::string", extents=("",))
    if plain == "complex" and spelled.arguments:
        return Resolved("complex", element=f"std::complex<{spelled.arguments[0]}>")
    if plain == "pair" and len(spelled.arguments) == 2:
        named = any(re.fullmatch(r"(const )?(std::)?string", part) for part in spelled.arguments)
        element = f"std::pair<{', '.join(spelled.arguments)}>"
        return Resolved("struct", element=element, extents=("",) if named else ())
    if plain == "void" and spelled.pointers:
        raise UnsupportedType("is an untyped pointer (void*)")
    if plain == "function":
        raise UnsupportedType("is a std::function")
    if "iterator" in plain:
        raise UnsupportedType("is an iterator")
    shown = spelled.base or "nothing"
    raise UnsupportedType(f"has type `{shown}`, which is not supported or not declared in this file")


def fixed_extent(written: str, names: Names, namespace: tuple[str, ...] = ()) -> str:
    """An array bound as a decimal number, or "" when it is no plain integer constant."""
    literal = re.fullmatch(r"\s*(0[xX][\da-fA-F']+|[\d']+)[uUlLzZ]*\s*", written)
    if literal:
        digits = literal[1].replace("'", "")
        return str(int(digits, 16) if digits[:2] in ("0x", "0X") else int(digits))
    constant = lookup(names.constants, written.strip(), namespace)
    return str(constant[1]) if constant else ""
