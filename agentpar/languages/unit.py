"""The declarations of a translation unit, seen through namespaces, `extern "C"` and `#if`."""

from collections.abc import Iterator
from dataclasses import dataclass

from tree_sitter import Node

from agentpar.languages.source import text

CLASSES = ("struct_specifier", "class_specifier", "union_specifier")
_TRANSPARENT = (
    "translation_unit",
    "declaration_list",
    "linkage_specification",
    "preproc_if",
    "preproc_ifdef",
    "preproc_else",
    "preproc_elif",
    "preproc_elifdef",
    "ERROR",
)


@dataclass(frozen=True)
class Item:
    """One declaration at namespace scope: `node` is all of it, `inner` what a template header introduces."""

    node: Node
    inner: Node
    namespace: tuple[str, ...]

    @property
    def template(self) -> Node | None:
        """The template header's parameter list, if this is a template."""
        return self.node.child_by_field_name("parameters") if self.node is not self.inner else None

    @property
    def definition(self) -> Node | None:
        """The function declarator, when this defines a function with a body."""
        if self.inner.type != "function_definition" or self.inner.child_by_field_name("body") is None:
            return None
        return function_declarator(self.inner)


def items(root: Node) -> Iterator[Item]:
    """Every declaration of the unit outside functions and classes, in source order."""
    stack: list[tuple[Node, tuple[str, ...]]] = [(root, ())]
    while stack:
        node, namespace = stack.pop()
        if node.type == "namespace_definition":
            name = node.child_by_field_name("name")
            inside = namespace + (tuple(text(name).split("::")) if name else ())
            body = node.child_by_field_name("body")
            stack.extend((child, inside) for child in reversed(body.named_children if body else []))
        elif node.type in _TRANSPARENT:
            stack.extend((child, namespace) for child in reversed(_live_children(node)))
        elif node.type == "template_declaration":
            inner = node
            while inner.type == "template_declaration" and inner.named_children:
                inner = inner.named_children[-1]
            yield Item(node, inner, namespace)
        elif node.is_named and node.type != "comment":
            yield Item(node, node, namespace)


def _live_children(node: Node) -> list[Node]:
    condition = node.child_by_field_name("condition")
    if node.type == "preproc_if" and condition is not None and text(condition).strip() == "0":
        alternative = node.child_by_field_name("alternative")
        return [alternative] if alternative is not None else []
    named = ("condition", "name", "value", "directive")
    return [
        child
        for index, child in enumerate(node.children)
        if child.is_named and (node.type == "ERROR" or node.field_name_for_child(index) not in named)
    ]


def function_declarator(node: Node) -> Node | None:
    """The function declarator in a declaration or definition; None for variables and function pointers."""
    current = node.child_by_field_name("declarator")
    while current is not None and current.type != "function_declarator":
        current = inner_declarator(current)
    if current is None:
        return None
    name = current.child_by_field_name("declarator")
    return None if name is None or name.type == "parenthesized_declarator" else current


def inner_declarator(node: Node) -> Node | None:
    """What a pointer, reference, array, initialised or parenthesised declarator wraps; None for a name."""
    if not node.type.endswith("declarator"):
        return None
    field = node.child_by_field_name("declarator")
    if field is not None:
        return field
    named = [child for child in node.named_children if child.type != "comment"]
    return named[-1] if named else None


def declared_name(declarator: Node) -> Node | None:
    """The name at the heart of a declarator; None when it has none (an unnamed parameter)."""
    current: Node | None = declarator
    while current is not None and current.type.endswith("declarator"):
        current = inner_declarator(current)
    if current is None or current.type not in (
        "identifier",
        "field_identifier",
        "type_identifier",
        "primitive_type",
        "qualified_identifier",
        "template_function",
        "operator_name",
        "destructor_name",
        "operator_cast",
    ):
        return None
    return current


def declarators(node: Node) -> list[Node]:
    """All declarators of a declaration: `int a, *b = p;` has two."""
    return node.children_by_field_name("declarator")


def has_word(node: Node, *words: str) -> bool:
    """Whether a declaration carries one of these specifiers or qualifiers (`static`, `const`, ...)."""
    return any(
        child.type in ("type_qualifier", "storage_class_specifier", "virtual") and text(child) in words
        for child in node.children
    )
