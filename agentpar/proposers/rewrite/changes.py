"""What calls change besides what they return: numbers and objects that a function of the file takes by reference.

Containers are left out: of these a callee hardly ever changes more than the elements of its iteration.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from tree_sitter import Node

from agentpar.languages.callgraph import called_name
from agentpar.languages.source import ancestors, text, walk
from agentpar.proposers.rewrite.places import Place, place_of, written_places
from agentpar.proposers.rewrite.sites import assigned_names, declarations, declared_names, function_name

_DEEPEST = 3
_ENGINE = re.compile(r"\b(mt19937(_64)?|minstd_rand0?|default_random_engine|ranlux\w+|knuth_b)\b")
MUTATORS = frozenset(
    {"push_back", "emplace_back", "pop_back", "push", "pop", "insert", "emplace", "erase"}
    | {"clear", "resize", "assign", "append", "swap"}
)
"""The methods that change which elements a container has."""
_STATEFUL = frozenset({"rand", "random", "drand48", "lrand48", "mrand48", "strtok"})
_CLASSES = frozenset({"struct_specifier", "class_specifier"})


def changed_by_calls(region: Node, function: Node) -> Iterator[tuple[str, Node]]:
    """The variables that calls in a region change, each with the call."""
    for call in walk(region):
        if call.type != "call_expression":
            continue
        for name in (*_owner(call), *_handed(call)):
            if _is_state(name, function):
                yield name, call
        for name in (*_handed_on(call), *_grown(call), *changes_outside(call)):
            yield name, call
        if called_name(call) in _STATEFUL:
            yield f"{called_name(call)}()", call


def changed_elements(region: Node) -> Iterator[Place]:
    """The elements of arrays that calls in a region take by reference to change, or whose methods do."""
    for call in walk(region):
        if call.type != "call_expression" or not (callees := definitions_of(call)):
            continue
        target, arguments = call.child_by_field_name("function"), call.child_by_field_name("arguments")
        owner = target.child_by_field_name("argument") if target is not None else None
        if owner is not None and owner.type == "subscript_expression" and not all(map(_is_const, callees)):
            yield place_of(owner)
        for position, argument in enumerate(arguments.named_children if arguments is not None else []):
            if argument.type == "subscript_expression" and any(_takes_to_change(each, position) for each in callees):
                yield place_of(argument)


def changed_arguments(call: Node) -> Iterator[Node]:
    """The arguments of a call that a function of the file takes by reference or by pointer to change."""
    arguments = call.child_by_field_name("arguments")
    for position, argument in enumerate(arguments.named_children if arguments is not None else []):
        if any(_takes_to_change(each, position) for each in definitions_of(call)):
            yield argument


def _owner(call: Node) -> Iterator[str]:
    """The object whose own method may change it, `rng` of `rng.next()`, and the engine `gen` of `gen()`."""
    target = call.child_by_field_name("function")
    if target is None:
        return
    owner = target.child_by_field_name("argument") if target.type == "field_expression" else None
    if owner is not None and owner.type == "identifier":
        methods = [each for each in _definitions(_root(call)).get(called_name(call), []) if _is_method(each)]
        if methods and not all(_is_const(each) or _gives_element(each) for each in methods):
            yield text(owner)
    if target.type == "identifier":
        methods = _definitions(_root(call)).get("operator()", [])
        changing = [each for each in methods if not _is_const(each) and not _gives_element(each)]
        if changing or not (methods or _definitions(_root(call)).get(text(target))):
            yield text(target)  # an object that is called


def _handed(call: Node) -> Iterator[str]:
    """The variables handed by reference that may be changed, or by address, and engines handed to a distribution."""
    arguments = call.child_by_field_name("arguments")
    given = arguments.named_children if arguments is not None else []
    callees = _definitions(_root(call)).get(called_name(call), [])
    for position, argument in enumerate(given):
        inner = argument.child_by_field_name("argument") if argument.type == "pointer_expression" else argument
        if inner is None or inner.type != "identifier":
            continue
        if not callees and argument is inner:
            yield from [text(inner)] if _ENGINE.search(_type_of(text(inner), call)) else []
        if any(_takes_to_change(each, position) for each in callees):
            yield text(inner)


def _handed_on(call: Node) -> Iterator[str]:
    """The pointers to an object that a function gets as they are, and writes to members of, `t->count++`."""
    arguments = call.child_by_field_name("arguments")
    for position, argument in enumerate(arguments.named_children if arguments is not None else []):
        for callee in definitions_of(call) if argument.type == "identifier" else ():
            name, body = _pointer_at(callee, position), callee.child_by_field_name("body")
            if (
                name
                and body is not None
                and any(text(each.node).startswith(f"{name}->") for each in written_places(body))
            ):
                yield text(argument)


def _grown(call: Node) -> Iterator[str]:
    """The containers that a function gets by reference, and adds elements to or takes them from."""
    arguments = call.child_by_field_name("arguments")
    for position, argument in enumerate(arguments.named_children if arguments is not None else []):
        for callee in definitions_of(call) if argument.type == "identifier" else ():
            names = declared_names(_parameter_at(callee, position)) if _takes_to_change(callee, position) else ()
            inside = (node for node in walk(callee) if names and node.type == "call_expression")
            methods = (each.child_by_field_name("function") for each in inside if called_name(each) in MUTATORS)
            if any(method is not None and place_of(method).name in names for method in methods):
                yield text(argument)


def changes_outside(call: Node, levels: int = _DEEPEST) -> Iterator[str]:
    """The variables of the file, of the same object or of a lambda's function, and the statics, that a call sets."""
    caller = next((each for each in ancestors(call) if each.type == "function_definition"), None)
    target = call.child_by_field_name("function")
    same = caller is not None and _is_method(caller) and target is not None and target.type == "identifier"
    for callee in (*definitions_of(call), *lambdas_of(call)):
        own = {name for name, _, _ in declarations(callee)}
        statics = {name for name, whole, _ in declarations(callee) if is_static(whole)}
        shared = _globals(_root(call)) if callee.type == "function_definition" else frozenset[str]()
        calls = [node for node in walk(callee) if node.type == "call_expression" and called_name(node) in MUTATORS]
        grown = (place_of(node.child_by_field_name("function") or node) for node in calls)
        written = {name for name, _ in assigned_names(callee)} | {each.name for each in grown if not each.indices}
        for name in sorted(written | {place.name for place in written_places(callee)} & statics):
            of_object = same and _is_method(callee) and not _is_constructor(callee)
            if name in statics or (
                name not in own and (name in shared or of_object or callee.type == "lambda_expression")
            ):
                yield name
        for inner in walk(callee) if levels else ():
            if inner.type == "call_expression" and called_name(inner) != called_name(call):
                yield from (name for name in changes_outside(inner, levels - 1) if name not in own)


def is_static(declaration: Node) -> bool:
    """Whether a variable lives on from one round, or one call, to the next, for all threads."""
    words = {text(child) for child in declaration.children if child.type.endswith(("specifier", "qualifier"))}
    return "static" in words and not words & {"const", "constexpr", "thread_local"}


def lambdas_of(call: Node) -> Iterator[Node]:
    """The lambdas by the name of what is called, in the same function."""
    function = next((each for each in ancestors(call) if each.type == "function_definition"), None)
    for name, _, declarator in declarations(function) if function is not None else ():
        value = declarator.child_by_field_name("value")
        if name == called_name(call) and value is not None and value.type == "lambda_expression":
            yield value


def _parameter_at(definition: Node, position: int) -> Node | None:
    """The declarator of a function's parameter."""
    found = next((node for node in walk(definition) if node.type == "parameter_list"), None)
    parameters = [each for each in found.named_children if "parameter" in each.type] if found is not None else []
    return parameters[position].child_by_field_name("declarator") if position < len(parameters) else None


def _pointer_at(definition: Node, position: int) -> str:
    """The name of a function's parameter, if it is a pointer."""
    declarator = _parameter_at(definition, position)
    names = declared_names(declarator) if declarator is not None and declarator.type == "pointer_declarator" else ()
    return names[0] if names else ""


def definitions_of(call: Node) -> list[Node]:
    """The definitions in the file by the name of what is called."""
    return _definitions(_root(call)).get(called_name(call), [])


def _is_state(name: str, function: Node) -> bool:
    """Whether a variable is a number, an engine of random numbers, or an object of a class of this file."""
    for declared, declaration, declarator in declarations(function):
        kind = declaration.child_by_field_name("type")
        if declared != name or kind is None:
            continue
        shapes = {node.type for node in walk(declarator)}
        if shapes & {"pointer_declarator", "array_declarator", "lambda_expression"}:
            return False
        plain = kind.type in {"primitive_type", "sized_type_specifier"} or re.fullmatch(
            r"(std::)?(u?int\w*_t|size_t)", text(kind)
        )
        is_own = re.sub(r"\s*<.*", "", text(kind), flags=re.DOTALL) in _classes(_root(kind))
        return bool(plain) or is_own or _ENGINE.search(text(kind)) is not None
    return False


def _type_of(name: str, node: Node) -> str:
    function = next((each for each in ancestors(node) if each.type == "function_definition"), None)
    for declared, declaration, _ in declarations(function) if function is not None else ():
        kind = declaration.child_by_field_name("type")
        if declared == name and kind is not None:
            return text(kind)
    return ""


def _takes_to_change(definition: Node, position: int) -> bool:
    """Whether a function's parameter is a reference or a pointer to what it may change."""
    found = next((node for node in walk(definition) if node.type == "parameter_list"), None)
    parameters = [each for each in found.named_children if "parameter" in each.type] if found is not None else []
    if position >= len(parameters):
        return False
    shapes = {node.type for node in walk(parameters[position])}
    return bool(shapes & {"reference_declarator", "pointer_declarator"}) and "const" not in text(parameters[position])


def _is_method(definition: Node) -> bool:
    return any(node.type in _CLASSES for node in ancestors(definition))


def _is_const(definition: Node) -> bool:
    """Whether a method leaves its object as it is; what it returns a pointer or a reference to is another matter."""
    declarator = definition.child_by_field_name("declarator")
    while declarator is not None and declarator.type in {"pointer_declarator", "reference_declarator"}:
        declarator = declarator.named_children[-1] if declarator.named_children else None
    parts = [child for child in declarator.children if child.type == "type_qualifier"] if declarator is not None else []
    return any(text(part) == "const" for part in parts)


def _is_constructor(definition: Node) -> bool:
    return definition.child_by_field_name("type") is None


def _root(node: Node) -> Node:
    return next((each for each in ancestors(node) if each.parent is None), node)


def _gives_element(definition: Node) -> bool:
    """Whether a method only returns a reference, as to an element of a matrix: what is written shows where it is."""
    declarator, body = definition.child_by_field_name("declarator"), definition.child_by_field_name("body")
    returns = [child for child in body.named_children if child.type != "comment"] if body is not None else []
    is_reference = declarator is not None and declarator.type == "reference_declarator"
    changes = any(node.type in {"assignment_expression", "update_expression"} for node in walk(definition))
    return is_reference and [each.type for each in returns] == ["return_statement"] and not changes


@lru_cache(maxsize=8)
def _definitions(root: Node) -> dict[str, list[Node]]:
    found: dict[str, list[Node]] = {}
    for node in walk(root):
        if node.type == "function_definition":
            found.setdefault(function_name(node), []).append(node)
    return found


@lru_cache(maxsize=8)
def _globals(root: Node) -> frozenset[str]:
    """The variables of the file."""
    inside = _CLASSES | {"function_definition", "parameter_list"}
    return frozenset(
        name for name, whole, _ in declarations(root) if not any(each.type in inside for each in ancestors(whole))
    )


@lru_cache(maxsize=8)
def _classes(root: Node) -> frozenset[str]:
    named = (node.child_by_field_name("name") for node in walk(root) if node.type in _CLASSES)
    return frozenset(text(name) for name in named if name is not None)
