"""Finds function definitions, and says plainly why one cannot be taken."""

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tree_sitter import Node

from agentpar.errors import TaskError
from agentpar.languages.signature import Definition, Function, Parameter
from agentpar.languages.source import encode, line, parse, text
from agentpar.languages.structs import scan_names
from agentpar.languages.types import SUPPORTED, Names, UnsupportedType, fixed_extent, resolve
from agentpar.languages.unit import (
    CLASSES,
    Item,
    declarators,
    declared_name,
    function_declarator,
    has_word,
    inner_declarator,
    items,
)


@dataclass(frozen=True)
class _Definition:
    """A free function or method with a body. `qualified` has the namespaces (and class) in front."""

    item: Item
    declarator: Node
    qualified: str
    arguments: tuple[str, ...]
    is_method: bool

    @property
    def namespace(self) -> tuple[str, ...]:
        return tuple(self.qualified.split("::")[:-1])


def list_functions(source: str) -> tuple[str, ...]:
    """Qualified names of the free functions defined in the source, in order; without `main` and methods."""
    root = parse(source).root_node
    names, _ = scan_names(root)
    free = (d.qualified for d in _definitions(root, names) if not d.is_method)
    return tuple(dict.fromkeys(name for name in free if name != "main"))


def find_function(source: str, entry: str, *, path: Path) -> Function:
    """Find one function by its plain or qualified name, with template arguments where it is a template.

    Raises:
        TaskError: where there is no such function, several, or one whose parameters are not supported.
    """
    root = parse(source).root_node
    names, _ = scan_names(root)
    definition, arguments = _select(_definitions(root, names), entry, path)
    node, declarator = definition.item.inner, definition.declarator
    body = node.child_by_field_name("body")
    assert body is not None  # a definition has one
    values = _template_values(definition, arguments, entry, path)
    place = f"{path}:{line(declarator)}"
    parameters = tuple(
        _parameter(child, position, names, definition.namespace, values=values, path=path)
        for position, child in enumerate(_parameter_nodes(declarator, place))
    )
    suffix = f"<{', '.join(arguments)}>" if arguments else ""
    returns = _substitute(_returns(node, declarator), values)
    _require_carried(returns, place)
    return Function(
        name=definition.qualified.split("::")[-1],
        call=definition.qualified + suffix,
        returns=returns,
        result_depth=_result_depth(returns, names, definition.namespace),
        parameters=parameters,
        start=definition.item.node.start_byte,
        end=definition.item.node.end_byte,
        body_start=body.start_byte,
        body_end=body.end_byte,
        line=line(declarator),
    )


def require_function(source: str, entry: str, *, path: Path) -> Definition:
    """Find where the source defines a function of this name, whatever its parameters.

    Raises:
        TaskError: there is no such free function, or several.
    """
    root = parse(source).root_node
    names, _ = scan_names(root)
    found, _ = _select(_definitions(root, names), entry, path)
    body = found.item.inner.child_by_field_name("body")
    assert body is not None  # a definition has one
    return Definition(
        name=found.qualified.split("::")[-1],
        start=found.item.node.start_byte,
        end=found.item.node.end_byte,
        body_start=body.start_byte,
    )


def _definitions(root: Node, names: Names) -> list[_Definition]:
    found = []
    for item in items(root):
        found += _methods_inside(item)
        declarator = item.definition
        name = declarator.child_by_field_name("declarator") if declarator is not None else None
        if declarator is None or name is None or name.type in ("operator_name", "destructor_name"):
            continue
        written = re.sub(r"\s+", "", text(name)) if name.type != "template_function" else text(name)
        plain, arguments = _split_arguments(written)
        qualified = "::".join((*item.namespace, plain.removeprefix("::")))
        owner = "::".join(qualified.split("::")[:-1])
        found.append(_Definition(item, declarator, qualified, arguments, owner in names.structs))
    return found


def _methods_inside(item: Item) -> list[_Definition]:
    """The methods that a class defines in its own body, so that one that is asked for can be told."""
    kind = item.inner.child_by_field_name("type") if item.inner.type == "declaration" else item.inner
    if kind is None or kind.type not in CLASSES:
        return []
    name, body = kind.child_by_field_name("name"), kind.child_by_field_name("body")
    found = []
    for member in body.named_children if name is not None and body is not None else ():
        declarator = function_declarator(member) if member.type == "function_definition" else None
        called = declarator.child_by_field_name("declarator") if declarator is not None else None
        if declarator is not None and called is not None and name is not None:
            qualified = "::".join((*item.namespace, text(name), text(called)))
            found.append(_Definition(item, declarator, qualified, (), is_method=True))
    return found


def _split_arguments(name: str) -> tuple[str, tuple[str, ...]]:
    if not name.rstrip().endswith(">") or "<" not in name:
        return name.strip(), ()
    plain, _, rest = name.strip().partition("<")
    arguments, depth, current = [], 0, ""
    for character in rest[:-1]:
        depth += {"<": 1, "(": 1, ">": -1, ")": -1}.get(character, 0)
        if character == "," and depth == 0:
            arguments.append(current.strip())
            current = ""
        else:
            current += character
    return plain.strip(), (*arguments, current.strip()) if current.strip() else tuple(arguments)


def _select(found: list[_Definition], entry: str, path: Path) -> tuple[_Definition, tuple[str, ...]]:
    wanted, arguments = _split_arguments(entry)
    wanted = wanted.removeprefix("::")
    free = [d for d in found if not d.is_method]
    if not found:
        raise TaskError(f"{path}:1: no function is defined here; give a C++ source file that defines `{entry}`")
    matches = [d for d in found if d.qualified == wanted]
    matches = matches or [d for d in found if d.qualified.endswith("::" + wanted)]
    matches = [d for d in matches if not d.is_method] or matches
    if not matches:
        raise TaskError(_missing(free, wanted, path))
    exact = [d for d in matches if d.arguments and _same(d.arguments, arguments)]
    matches = exact or [d for d in matches if not d.arguments] or matches
    first = matches[0]
    place = f"{path}:{line(first.declarator)}"
    if first.is_method:
        raise TaskError(f"{place}: `{wanted}` is a class method; wrap it in a free function and name that")
    if len({d.qualified for d in matches}) > 1:
        choices = ", ".join(dict.fromkeys(d.qualified for d in matches))
        raise TaskError(f"{place}: `{wanted}` is ambiguous; name one of {choices}")
    if len(matches) > 1:
        lines = ", ".join(str(line(d.declarator)) for d in matches)
        raise TaskError(
            f"{place}: `{wanted}` is defined {len(matches)} times (lines {lines}); "
            "rename the one you mean, or wrap it in a function with its own name"
        )
    return first, arguments


def _same(left: Sequence[str], right: Sequence[str]) -> bool:
    return [re.sub(r"\s", "", x) for x in left] == [re.sub(r"\s", "", x) for x in right]


def _missing(free: list[_Definition], wanted: str, path: Path) -> str:
    available = list(dict.fromkeys(d.qualified for d in free))
    plain = {name.split("::")[-1]: name for name in available}
    near = difflib.get_close_matches(wanted.rsplit("::", maxsplit=1)[-1], plain, n=2)
    hint = f"did you mean {' or '.join(f'`{plain[name]}`' for name in near)}? " if near else ""
    shown = ", ".join(available[:20]) + (", ..." if len(available) > 20 else "")
    return f"{path}:1: no function `{wanted}` is defined here; {hint}available: {shown or 'none but methods'}"


def _template_values(definition: _Definition, arguments: tuple[str, ...], entry: str, path: Path) -> dict[str, str]:
    """Template parameter names to what they stand for in this instantiation."""
    header = definition.item.template
    place = f"{path}:{line(definition.declarator)}"
    if header is None or not header.named_children:
        if arguments and header is None:
            raise TaskError(f"{place}: `{definition.qualified}` is no template; leave out the <...>")
        return {}
    values: dict[str, str] = {}
    wanted: list[str] = []
    parameters = [child for child in header.named_children if child.type != "comment"]
    for position, parameter in enumerate(parameters):
        name, default = _template_parameter(parameter)
        if parameter.type.startswith("variadic"):
            raise TaskError(f"{place}: `{definition.qualified}` is a variadic template; wrap one instance of it")
        if position < len(arguments):
            values[name] = arguments[position]
        elif default:
            values[name] = _substitute(default, values)
        else:
            wanted.append("double" if parameter.type.startswith("type_") else "8")
    if wanted and (not arguments or len(arguments) > len(parameters)):
        example = f"{definition.qualified}<{', '.join(wanted)}>"
        raise TaskError(
            f"{place}: `{entry}` is a template; name an instance of it: '{path}::{example}', or --function '{example}'"
        )
    return values


def _template_parameter(node: Node) -> tuple[str, str]:
    default = node.child_by_field_name("default_type") or node.child_by_field_name("default_value")
    name = node.child_by_field_name("name") or node.child_by_field_name("declarator")
    if name is None:
        names = [child for child in node.named_children if child.type in ("type_identifier", "identifier")]
        name = names[0] if names else None
    return text(name) if name is not None else "", text(default) if default is not None else ""


def _substitute(written: str, values: dict[str, str]) -> str:
    if not values:
        return written
    return re.sub(r"[A-Za-z_]\w*", lambda match: values.get(match[0], match[0]), written)


def _returns(node: Node, declarator: Node) -> str:
    for child in declarator.children:
        if child.type == "trailing_return_type":
            return text(child).removeprefix("->").strip()
    kind, outer = node.child_by_field_name("type"), node.child_by_field_name("declarator")
    if kind is None or outer is None:
        return ""
    const = "const " if has_word(node, "const") else ""
    between = encode(text(outer))[: declarator.start_byte - outer.start_byte].decode(errors="replace")
    return f"{const}{text(kind)}{between.strip()}"


def _require_carried(returns: str, place: str) -> None:
    if returns.endswith("*"):
        raise TaskError(f"{place}: returns a pointer; wrap it in a function that returns `void` or a value")
    if re.fullmatch(r"(const )?(auto|decltype\(auto\))&*", returns):
        raise TaskError(f"{place}: its result's type is deduced from its body; write the type in place of `{returns}`")


def _result_depth(returns: str, names: Names, namespace: tuple[str, ...]) -> int:
    """The levels of a result's containers; 0 of `void` and whatever else no parameter could be."""
    try:
        return resolve(returns, names, namespace).depth
    except UnsupportedType:
        return 0


def _parameter_nodes(declarator: Node, place: str) -> list[Node]:
    parameters = declarator.child_by_field_name("parameters")
    if parameters is None:
        return []
    nodes = [child for child in parameters.named_children if child.type != "comment"]
    if any(child.type == "..." for child in parameters.children):
        raise TaskError(f"{place}: takes variable arguments (...); wrap it in a function with fixed parameters")
    if len(nodes) == 1 and re.sub(r"\s", "", text(nodes[0])) == "void":
        return []
    return nodes


def _parameter(
    node: Node,
    position: int,
    names: Names,
    namespace: tuple[str, ...],
    *,
    values: dict[str, str],
    path: Path,
) -> Parameter:
    found = declarators(node)
    declarator = found[0] if found else None
    name = declared_name(declarator) if declarator is not None else None
    shown = f"`{text(name)}`" if name is not None else str(position + 1)
    try:
        if name is None or declarator is None:
            raise UnsupportedType("has no name; name it")
        if "variadic" in node.type or "variadic" in declarator.type:
            raise UnsupportedType("is a parameter pack")
        written, extent = _written_type(node, declarator, name)
        written = _substitute(written, values)
        value = resolve(written, names, namespace)
    except UnsupportedType as problem:
        raise TaskError(f"{path}:{line(node)}: parameter {shown} {problem}; supported: {SUPPORTED}") from None
    is_const = value.is_const
    extents = value.extents
    if value.kind == "pointer" and extent:
        extents = (fixed_extent(_substitute(extent, values), names, namespace),)
    return Parameter(
        name=text(name),
        type=written,
        kind=value.kind,
        element=value.element if value.depth or value.kind == "struct" else "",
        element_kind=value.element_kind,
        depth=value.depth,
        extents=extents,
        is_const=is_const,
        is_reference=value.is_reference,
        is_output=not is_const and (value.is_reference or value.kind == "pointer"),
        line=line(node),
    )


def _written_type(node: Node, declarator: Node, name: Node) -> tuple[str, str]:
    """A parameter's type without its name, and the bound of a C array parameter."""
    if "function_declarator" in declarator.type:
        raise UnsupportedType("is a function pointer")
    before = encode(text(node))
    start, end = name.start_byte - node.start_byte, name.end_byte - node.start_byte
    kind = before[:start].decode(errors="replace")
    outer: Node | None = declarator
    arrays = []
    while outer is not None and outer.type.endswith("declarator"):
        if outer.type == "function_declarator":
            raise UnsupportedType("is a function pointer")
        if outer.type == "array_declarator":
            arrays.append(outer)
        elif arrays:
            raise UnsupportedType("is a pointer or reference to an array")
        outer = inner_declarator(outer)
    if len(arrays) > 1:
        raise UnsupportedType("is a C array of two or more dimensions; take a pointer to its first element")
    if not arrays:
        default = node.child_by_field_name("default_value")
        stop = default.start_byte - node.start_byte if default is not None else len(before)
        tail = before[end:stop].decode(errors="replace").rstrip(" =\t\r\n")
        return " ".join((kind + tail).split()), ""
    size = arrays[0].child_by_field_name("size")
    return " ".join(kind.split()) + "*", text(size) if size is not None else ""
