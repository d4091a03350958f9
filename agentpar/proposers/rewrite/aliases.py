"""Elements that a pointer stands for, as after `bin = &bins[key]`, under the array's name.

What several iterations may write is then seen as what it is: an update of an element of `bins`.
"""

from collections.abc import Iterator

from tree_sitter import Node

from agentpar.languages.source import Edit, ancestors, text, walk
from agentpar.proposers.rewrite.context import Context
from agentpar.proposers.rewrite.indices import Kind, index_kind, index_kinds
from agentpar.proposers.rewrite.places import identifiers, place_of, written_places
from agentpar.proposers.rewrite.reorder import statements_of
from agentpar.proposers.rewrite.sites import (
    FOR_LOOPS,
    assigned_names,
    declarations,
    declared_names,
    operator,
    read_header,
)

Step = tuple[tuple[Edit, ...], str]
_NO_PLACE = frozenset({"call_expression", "update_expression", "assignment_expression", "conditional_expression"})


def named_elements(function: Node, context: Context) -> Iterator[Step]:
    """Pointers to elements whose index follows no loop's counter, and that are written through them."""
    for block in walk(function):
        loops = [node for node in ancestors(block) if node.type in FOR_LOOPS and node.start_byte > function.start_byte]
        if block.type != "compound_statement" or not loops:
            continue
        for statement in statements_of(block):
            found = _bound(statement)
            if found is None or not _is_fixed(*found, statement, block):
                continue
            name, element = found
            is_pointer = statement.type != "declaration" or "&" not in text(statement).partition("=")[0]
            if is_pointer and _meets_itself(element, loops):
                yield from _replaced(name, element, statement, block, context)
            elif _works_in_pairs(place_of(element).name, loops[-1]):
                yield from _replaced(name, element, statement, block, context, is_read=True)


def _works_in_pairs(array: str, loop: Node) -> bool:
    """Whether a loop uses several elements of an array, and writes by name to one that other rounds may write to."""
    bound = [found for node in walk(loop) if (found := _bound(node)) is not None and place_of(found[1]).name == array]
    written = {place.name for place in written_places(loop)}
    shared = {text(element) for name, element in bound if name in written and _meets_itself(element, [loop])}
    uses = (use.parent for use in identifiers(loop, array) if use.parent is not None)
    return bool(shared) and any(use.type == "subscript_expression" and text(use) not in shared for use in uses)


def _bound(statement: Node) -> tuple[str, Node] | None:
    """The pointer's name, and the element."""
    if statement.type == "declaration":
        declarators = statement.children_by_field_name("declarator")
        shell = declarators[0].child_by_field_name("declarator") if len(declarators) == 1 else None
        value = declarators[0].child_by_field_name("value") if shell is not None else None
        names = declared_names(shell)
        if shell is None or value is None or len(names) != 1:
            return None
        target = value if shell.type == "reference_declarator" and _is_element(value) else None
        target = _addressed(value) if shell.type == "pointer_declarator" else target
        return (names[0], target) if target is not None else None
    expression = statement.named_children[0] if statement.named_children else statement
    left, right = expression.child_by_field_name("left"), expression.child_by_field_name("right")
    if statement.type != "expression_statement" or operator(expression) != "=" or left is None or right is None:
        return None
    target = _addressed(right) if left.type == "identifier" else None
    return (text(left), target) if target is not None else None


def _addressed(value: Node) -> Node | None:
    """The element in `&bins[key]`."""
    target = value.child_by_field_name("argument") if value.type == "pointer_expression" else None
    return target if target is not None and text(value).startswith("&") and _is_element(target) else None


def _is_element(node: Node) -> bool:
    return node.type == "subscript_expression" and not any(found.type in _NO_PLACE for found in walk(node))


def _meets_itself(element: Node, loops: list[Node]) -> bool:
    """Whether in none of the loops around an element its index follows the counter."""
    for loop in loops:
        header = read_header(loop)
        if header is None:
            return False
        kinds = index_kinds(loop, header.variable)
        if any(index_kind(index, kinds) is Kind.FOLLOWS for index in place_of(element).indices):
            return False
    return True


def _is_fixed(name: str, element: Node, statement: Node, block: Node) -> bool:
    """Whether a name always leads to that element, which is spelled by what does not change in the block."""
    later = [each for each in statements_of(block) if each.start_byte >= statement.end_byte]
    changed = {found for each in later for found, _ in assigned_names(each)}
    changed |= {found for each in later for found, _, _ in declarations(each)}
    indexed = {place.name for each in later for place in written_places(each)} - {name, place_of(element).name}
    return not ({text(node) for node in walk(element) if node.type == "identifier"} & (changed | indexed))


def _replaced(
    name: str, element: Node, statement: Node, block: Node, context: Context, *, is_read: bool = False
) -> Iterator[Step]:
    """The block without the name: a pointer may only be followed, and be declared there without a value.

    Unless `is_read`, it has to be written through.
    """
    edits = [context.layout.removal(statement)]
    is_declared = statement.type == "declaration"
    for use in identifiers(block, name):
        if _holds(statement, use):
            continue
        declaration = _bare_declaration(use, block)
        if statement.type == "declaration" and "&" in text(statement).partition("=")[0]:
            edits.append(Edit(use.start_byte, use.end_byte, text(element)))
            continue
        edit = followed(use, text(element)) if declaration is None else context.layout.removal(declaration)
        if edit is None or (declaration is None and use.start_byte < statement.start_byte):
            return
        is_declared = is_declared or declaration is not None
        edits.append(edit)
    if is_declared and (is_read or any(place.name == name for place in written_places(block))):
        yield tuple(edits), f"{name} as an element of {place_of(element).name}"


def _holds(outer: Node, inner: Node) -> bool:
    return outer.start_byte <= inner.start_byte and inner.end_byte <= outer.end_byte


def _bare_declaration(use: Node, block: Node) -> Node | None:
    """The declaration that a use is in `Bin *p;` of that block."""
    shell = use.parent
    declaration = shell.parent if shell is not None and shell.type == "pointer_declarator" else None
    is_one = declaration is not None and declaration.type == "declaration" and declaration.parent == block
    return declaration if is_one else None


def followed(use: Node, element: str) -> Edit | None:
    """`p->count` and `*p` as what they are of the element; nothing where the pointer itself is used."""
    around = use.parent
    if around is not None and around.type == "field_expression" and text(around).startswith(f"{text(use)}->"):
        return Edit(use.start_byte, use.start_byte + len(f"{text(use)}->"), f"{element}.")
    if around is not None and around.type == "pointer_expression" and text(around).startswith("*"):
        outer = around.parent
        if outer is not None and outer.type == "parenthesized_expression":
            around = outer
        return Edit(around.start_byte, around.end_byte, element)
    return None
