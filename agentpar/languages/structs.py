"""The names a source declares: aliases, enums, integer constants, and which structs are plain data."""

import re
from collections.abc import Sequence

from tree_sitter import Node

from agentpar.languages.choices import constant_value
from agentpar.languages.signature import Kind, Parameter, Struct
from agentpar.languages.source import line, parse, text, walk
from agentpar.languages.types import Names, UnsupportedType, fixed_extent, resolve, spell
from agentpar.languages.unit import (
    CLASSES,
    Item,
    declarators,
    declared_name,
    function_declarator,
    has_word,
    items,
)

_MOST_NESTED = 32
_MOST_SHIFT = 62
_ACCESS_FREE = frozenset({"comment", "alias_declaration", "type_definition", "static_assert_declaration"})


def structs(source: str) -> tuple[Struct, ...]:
    """The plain structs: public data members only, each a scalar, a plain struct, or an array of these.

    Structs with bases, virtual functions, destructors, or pointer, reference and container members are left
    out, and so are templates.
    """
    return scan_names(parse(source).root_node)[1]


def scan_names(root: Node) -> tuple[Names, tuple[Struct, ...]]:
    """Everything that a parameter's type may name, and the plain structs among it, in source order."""
    scan = _Scan()
    for item in items(root):
        scan.item(item)
    return scan.names, tuple(scan.plain)


def fields_of(parameter: Parameter, names: Names, plain: Sequence[Struct]) -> dict[str, Kind]:
    """The kinds of the fields in a parameter's structs or pairs, by name and by place (`#0`)."""
    if "struct" not in (parameter.kind, parameter.element_kind):
        return {}
    if parameter.element.startswith("std::pair"):
        try:
            parts = [resolve(part, names).innermost for part in spell(parameter.element).arguments]
        except UnsupportedType:  # the compiler will say so
            return {}
        named = dict(zip(("first", "second"), parts, strict=False))
    else:
        struct = next((each for each in plain if each.name == parameter.element), None)
        named = dict(zip(struct.fields, struct.kinds, strict=True)) if struct is not None else {}
    return named | {f"#{place}": kind for place, kind in enumerate(list(named.values()))}


class _Scan:
    """Collects declarations in source order, since a struct's members name what came before it."""

    def __init__(self) -> None:
        self.aliases: dict[str, str] = {}
        self.structs: dict[str, str] = {}
        self.enums: dict[str, tuple[int, int] | None] = {}
        self.constants: dict[str, int] = {}
        self.plain: list[Struct] = []

    @property
    def names(self) -> Names:
        return Names(self.aliases, self.structs, self.enums, self.constants)

    def item(self, item: Item) -> None:
        node, scope = item.inner, item.namespace
        if item.template is not None:
            if node.type in CLASSES and (name := node.child_by_field_name("name")):
                self.structs["::".join((*scope, text(name)))] = _at(node, "is a template")
        elif node.type in CLASSES or node.type == "enum_specifier":
            self._type(node, scope)
        elif node.type == "alias_declaration":
            self._alias(node, scope)
        elif node.type == "type_definition":
            self._typedef(node, scope)
        elif node.type == "declaration":
            kind = node.child_by_field_name("type")
            if kind is not None and kind.child_by_field_name("body") is not None:
                self._type(kind, scope)
            self._constant(node, scope)
        elif node.type == "preproc_def":
            name, value = node.child_by_field_name("name"), node.child_by_field_name("value")
            self._number(text(name) if name else "", text(value) if value else "", ())

    def _type(self, node: Node, scope: tuple[str, ...], name: str = "") -> None:
        named = node.child_by_field_name("name")
        qualified = "::".join((*scope, text(named) if named else name))
        if node.type == "enum_specifier":
            self.enums[qualified] = self._enumerated(node, qualified, scope) or self.enums.get(qualified)
            return
        body = node.child_by_field_name("body")
        if body is None or not qualified or qualified.endswith("::") or len(scope) > _MOST_NESTED:
            return
        inside = (*scope, qualified.removeprefix("::".join(scope)).removeprefix("::"))
        for child in body.named_children:
            kind = child.child_by_field_name("type") if child.type == "field_declaration" else child
            if kind is not None and kind.type in (*CLASSES, "enum_specifier"):
                self._type(kind, inside)
            elif child.type == "alias_declaration":
                self._alias(child, inside)
        try:
            members = self._fields(node, body, inside)
        except UnsupportedType as problem:
            self.structs[qualified] = _at(node, str(problem))
            return
        self.structs[qualified] = ""
        names, kinds = zip(*members, strict=True)
        self.plain.append(Struct(name=qualified, fields=names, kinds=kinds))

    def _fields(self, node: Node, body: Node, scope: tuple[str, ...]) -> list[tuple[str, Kind]]:
        if node.type == "union_specifier":
            raise UnsupportedType("is a union")
        if any(child.type == "base_class_clause" for child in node.children):
            raise UnsupportedType("has a base class")
        fields: list[tuple[str, Kind]] = []
        is_public = node.type == "struct_specifier"
        for child in body.named_children:
            if child.type == "access_specifier":
                is_public = text(child) == "public"
            elif child.type in _ACCESS_FREE or child.type in (*CLASSES, "enum_specifier"):
                continue
            elif child.type == "field_declaration" and function_declarator(child) is None:
                if not has_word(child, "static"):
                    fields += self._members(child, is_public, scope)
            elif child.type.startswith("preproc") or child.type == "ERROR":
                raise UnsupportedType("has directives or unusual syntax inside")
            else:
                _check_method(child)
        if not fields:
            raise UnsupportedType("has no data members")
        return fields

    def _members(self, node: Node, is_public: bool, scope: tuple[str, ...]) -> list[tuple[str, Kind]]:
        kind = node.child_by_field_name("type")
        members: list[tuple[str, Kind]] = []
        for declarator in declarators(node):
            name = declared_name(declarator)
            if name is None or kind is None or any(c.type == "bitfield_clause" for c in node.children):
                raise UnsupportedType("has an unnamed member or a bit field")
            shown = text(name)
            if not is_public:
                raise UnsupportedType(f"has the private member `{shown}`")
            if has_word(node, "const"):
                raise UnsupportedType(f"has the const member `{shown}`")
            if any(n.type in ("pointer_declarator", "reference_declarator") for n in walk(declarator)):
                raise UnsupportedType(f"has the pointer or reference member `{shown}`")
            member = kind.child_by_field_name("name") if kind.child_by_field_name("body") else kind
            value = resolve(text(member or kind), self.names, scope)
            is_array = value.kind == "container" and all(value.extents) and value.innermost != "string"
            is_plain = is_array or value.kind not in ("container", "pointer", "string")
            if not is_plain or value.element.startswith("std::pair"):
                raise UnsupportedType(f"has the {value.kind} member `{shown}`")
            members.append((shown, value.innermost if is_array else value.kind))
        return members

    def _alias(self, node: Node, scope: tuple[str, ...]) -> None:
        name, kind = node.child_by_field_name("name"), node.child_by_field_name("type")
        if name is not None and kind is not None:
            self.aliases["::".join((*scope, text(name)))] = text(kind)

    def _typedef(self, node: Node, scope: tuple[str, ...]) -> None:
        kind = node.child_by_field_name("type")
        for declarator in declarators(node):
            name = declared_name(declarator)
            if kind is None or name is None:
                continue
            qualified = "::".join((*scope, text(name)))
            has_body = kind.child_by_field_name("body") is not None
            if has_body and kind.child_by_field_name("name") is None:
                self._type(kind, scope, text(name))
                continue
            if has_body:
                self._type(kind, scope)
            tag = kind.child_by_field_name("name") if kind.type in (*CLASSES, "enum_specifier") else None
            base = text(tag) if tag is not None else text(kind)
            if base == text(name):
                continue
            around = text(declarator).replace(text(name), "", 1)
            const = "const " if has_word(node, "const") else ""
            self.aliases[qualified] = f"{const}{base} {around}"

    def _constant(self, node: Node, scope: tuple[str, ...]) -> None:
        if not has_word(node, "const", "constexpr"):
            return
        for declarator in declarators(node):
            name, value = declared_name(declarator), declarator.child_by_field_name("value")
            if name is not None and value is not None and declarator.type == "init_declarator":
                self._number(text(name), text(value).strip("(){}"), scope)

    def _enumerated(self, node: Node, qualified: str, scope: tuple[str, ...]) -> tuple[int, int] | None:
        """Takes down an enum's values; the least and the greatest, where all can be told."""
        body, values = node.child_by_field_name("body"), [-1]
        for each in body.named_children if body is not None else ():
            if (name := each.child_by_field_name("name")) is None:
                continue
            written = each.child_by_field_name("value")
            value = values[-1] + 1 if written is None else constant_value(written, self.constants)
            if value is None:
                return None
            values.append(value)
            self.constants["::".join((qualified, text(name)))] = value
            if not any(child.type in ("class", "struct") for child in node.children):
                self.constants["::".join((*scope, text(name)))] = value
        return (min(values[1:]), max(values[1:])) if len(values) > 1 else None

    def _number(self, name: str, value: str, scope: tuple[str, ...]) -> None:
        bare = value.strip().strip("()")
        extent = fixed_extent(bare, self.names, scope)
        if (shifted := re.fullmatch(r"(\w+)\s*<<\s*(\w+)", bare)) is not None:
            one, by = (fixed_extent(part, self.names, scope) for part in shifted.groups())
            extent = str(int(one) << int(by)) if one and by and int(by) <= _MOST_SHIFT else ""
        if name and extent:
            self.constants["::".join((*scope, name))] = int(extent)


def _check_method(node: Node) -> None:
    head = text(node).split("{", 1)[0]
    if has_word(node, "virtual") or re.match(r"\s*virtual\b", head):
        raise UnsupportedType("has a virtual function")
    is_special = "~" in head or re.search(r"operator\s*=(?!=)", head) or _copies(node)
    if is_special and not re.search(r"=\s*default\s*;?\s*$", text(node)):
        raise UnsupportedType("copies or destroys itself in its own way")


def _copies(node: Node) -> bool:
    """Whether a member is a copy or move constructor: no return type, takes its own name by reference."""
    declarator = function_declarator(node)
    name = declarator.child_by_field_name("declarator") if declarator is not None else None
    parameters = declarator.child_by_field_name("parameters") if declarator is not None else None
    if name is None or parameters is None or node.child_by_field_name("type") is not None:
        return False
    return re.match(rf"\(\s*(const\s+)?{re.escape(text(name))}\s*(const\s*)?&", text(parameters)) is not None


def _at(node: Node, problem: str) -> str:
    return f"declared on line {line(node)}, which {problem}"
