"""The design of a program that is not written yet: functions with signatures, contracts, tests and dependencies.

A model makes it from prose. Before any of it is written it is checked: names resolve, nothing waits for itself, all is
reachable from the entry, and each signature declares one function of its name.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Annotated, Any

from pydantic import Field, ValidationError
from tree_sitter import Node

from agentpar.errors import TaskError
from agentpar.evaluation.screen import SPLICE
from agentpar.languages.source import parse, text, walk
from agentpar.languages.unit import declarators, declared_name, function_declarator, has_word, items
from agentpar.planning.plan import MOST_SUBTASKS, Plan, load_plan
from agentpar.task import Task
from agentpar.verdict import Frozen

_Name = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", max_length=100)]
_HEADERS = ("algorithm", "cmath", "cstddef", "cstdint", "numeric", "string", "vector")
_FITTING = (
    *("struct_specifier", "enum_specifier", "alias_declaration", "type_definition", "using_declaration"),
    *("preproc_include", "static_assert_declaration"),
)
# Assembler and attributes can have code run wherever the source is loaded; `gnu` and `clang` are their namespaces.
_RUNS_ITSELF = re.compile(r"\b(?:(?:__)?asm(?:__)?|__attribute\w*|__declspec|_Pragma|(?:__)?gnu(?:__)?|clang|_Clang)\b")
_CODE = (
    *("function_definition", "function_declarator", "call_expression", "lambda_expression", "compound_statement"),
    *("assignment_expression", "update_expression", "new_expression", "delete_expression"),
)
"""What no struct of plain data holds: the judge makes values of it, and would run that."""


class Designed(Frozen):
    """One function to be written. `tests` are statements with asserts; the entry's are the user's.

    `splits` says that it is too much for one function, and is to be designed as several.
    """

    name: _Name
    signature: str = Field(min_length=1, max_length=1000)
    contract: str = Field(min_length=1, max_length=4000)
    tests: str = Field("", max_length=8000)
    depends_on: tuple[_Name, ...] = Field((), max_length=MOST_SUBTASKS)
    splits: bool = False


class Design(Frozen):
    """Functions, and the `types` that they share: structs, enums, aliases and constants."""

    types: str = Field("", max_length=8000)
    functions: tuple[Designed, ...] = Field(min_length=1, max_length=MOST_SUBTASKS)

    def find(self, name: str) -> Designed:
        """The function of that name."""
        return next(each for each in self.functions if each.name == name)

    def order(self) -> tuple[Designed, ...]:
        """The functions, each after what it depends on."""
        return tuple(self.find(each.id) for each in as_plan(self).order())

    def below(self, name: str) -> list[str]:
        """All that a function depends on, directly or not, in order."""
        wanted = {name}
        for each in reversed(self.order()):
            if each.name in wanted:
                wanted |= set(each.depends_on)
        return [each.name for each in self.order() if each.name in wanted - {name}]

    def stubs(self) -> str:
        """The source before anything is written: each function, with its contract, ends the program."""
        parts = [self._head()]
        for each in self.order():
            # A line that ended in a backslash would take the next one into the comment, the signature at last.
            lines = "\n".join(f"// {line}".rstrip(" \t\\") for line in each.contract.splitlines())
            parts.append(f"{lines}\n{each.signature} {{\n    __builtin_trap();\n}}\n")
        return "\n".join(parts)

    def test_program(self, name: str) -> str:
        """The tests of one function as a program of its own, to be linked with the source."""
        declared = "".join(f"{each.signature};\n" for each in self.functions)
        body = f'int main() {{\n#line 1 "tests of {name}"\n{self.find(name).tests}\n}}\n'
        return f"#include <cassert>\n{self._head()}\n{declared}\n{body}"

    def _head(self) -> str:
        return "".join(f"#include <{header}>\n" for header in _HEADERS) + (f"\n{self.types}\n" if self.types else "")


def as_plan(design: Design) -> Plan:
    """The design as a plan, with a subtask a function.

    Raises:
        TaskError: a name does not resolve or is there twice, or functions wait for each other.
    """
    subtasks = [
        {"id": each.name, "entry": each.name, "contract": each.contract[:2000], "depends_on": each.depends_on}
        for each in design.functions
    ]
    return load_plan({"subtasks": subtasks})


def load_design(values: Mapping[str, Any], *, entry: str, declaration: str, taken: Collection[str] = ()) -> Design:
    """Check a design for `entry`, whose signature is that of `declaration`; `taken` are names of other functions.

    Raises:
        TaskError: it is refused; says which function is wrong and why.
    """
    try:
        design = Design.model_validate(values)
    except ValidationError as error:
        problem = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part)[:80] for part in problem["loc"])
        raise TaskError(f"the plan is refused: {place}: {problem['msg']}") from None
    # What others have written already may be called, and is no part of this design.
    called = {needed for each in design.functions for needed in each.depends_on} & set(taken)
    own = [each.model_copy(update={"depends_on": _without(each.depends_on, called)}) for each in design.functions]
    as_plan(design.model_copy(update={"functions": tuple(own)}))
    if wrong := next(_problems(design, entry, taken), ""):
        raise TaskError(f"the plan is refused: {wrong}")
    settled = design.find(entry).model_copy(update={"signature": declaration})
    functions = tuple(settled if each.name == entry else _tidied(each) for each in design.functions)
    return design.model_copy(update={"functions": functions})


def _problems(design: Design, entry: str, taken: Collection[str]) -> Iterator[str]:
    names = [each.name for each in design.functions]
    if entry not in names:
        yield f"it has no function {entry}"
        return
    if again := sorted(set(names) & set(taken)):
        yield f"{', '.join(again)}: there is such a function already"
    reached, waiting = {entry}, [entry]
    for name in waiting:
        news = [n for n in design.find(name).depends_on if n in names and n not in reached]
        reached |= set(news)
        waiting += news
    if unreachable := [name for name in names if name not in reached]:
        yield f"{', '.join(unreachable)}: nothing that {entry} depends on needs it"
    for each in design.functions:
        if not _declares(each.signature, each.name):
            yield f"{each.name}: its signature must declare this function and nothing else, without a body"
        if each.name != entry and not re.search(rf"\b{each.name}\s*\(", each.tests):
            yield f"{each.name}: its tests do not call it"
    if unfit := unfit_declaration(design.types, no_functions=True):
        yield f"types: only structs of plain data, enums, aliases and constants (constexpr) belong there, not `{unfit}`"


def _declares(signature: str, name: str) -> bool:
    root = parse(f"{signature.rstrip().removesuffix(';')};").root_node
    nodes = [node for node in root.named_children if node.type != "comment"]
    if root.has_error or len(nodes) != 1 or nodes[0].type != "declaration" or "{" in signature:
        return False
    return _function_name(nodes[0]) == name and not unfit_declaration(f"{signature};")


def unfit_declaration(source: str, *, no_functions: bool = False) -> str:
    """The first line of what is no plain type, constant or function; empty where there is none.

    What is left may be built into the judge: it runs nothing there.
    """
    plain = SPLICE.sub("", source)
    if found := _RUNS_ITSELF.search(plain):
        return plain[: found.end()].rpartition("\n")[2].strip()[-80:]
    for item in items(parse(source).root_node):
        is_function = item.definition is not None or function_declarator(item.inner) is not None
        if is_function:
            fits = not no_functions and not _may_be_variable(item.inner)
        else:
            fits = (_is_constant(item.inner) or item.inner.type in _FITTING) and not _has_code(item.node)
        if not fits and text(item.node) != ";":
            return text(item.inner).strip().partition("\n")[0][:80]
    return ""


def _is_constant(node: Node) -> bool:
    return node.type == "declaration" and text(node).startswith(("constexpr ", "static constexpr "))


def _may_be_variable(node: Node) -> bool:
    """Whether what looks like a function's declaration also reads as a variable: `int n(start());`."""
    if node.type != "declaration":
        return False
    return len(declarators(node)) > 1 or any(each.type == "abstract_function_declarator" for each in walk(node))


def _has_code(node: Node) -> bool:
    """Whether a struct in it has member functions, static members, or members that begin with a call."""
    for body in walk(node):
        if body.type != "field_declaration_list":
            continue
        for each in walk(body):
            if each.type in _CODE or (has_word(each, "static") and not has_word(each, "constexpr")):
                return True
    return False


def _function_name(node: Node) -> str:
    declarator = function_declarator(node)
    name = declared_name(declarator) if declarator is not None else None
    return text(name) if name is not None else ""


def _tidied(function: Designed) -> Designed:
    return function.model_copy(update={"signature": function.signature.strip().rstrip(";").rstrip()})


def _without(names: Collection[str], gone: Collection[str]) -> tuple[str, ...]:
    return tuple(name for name in names if name not in gone)


def merged(design: Design, name: str, parts: Design) -> Design:
    """The design with one function designed as several.

    Raises:
        TaskError: that is too many, or makes functions wait for each other.
    """
    whole, head = design.find(name), parts.find(name)
    needs = tuple(dict.fromkeys((*head.depends_on, *whole.depends_on)))
    split = whole.model_copy(update={"depends_on": needs, "splits": False})
    rest = [each for each in parts.functions if each.name != name]
    functions = [split if each.name == name else each for each in design.functions]
    values = {"types": "\n".join(filter(None, (design.types, parts.types))), "functions": [*functions, *rest]}
    try:
        found = Design.model_validate(values)
    except ValidationError:
        raise TaskError(
            f"the plan is refused: {name}, taken apart, makes more than {MOST_SUBTASKS} functions"
        ) from None
    as_plan(found)
    return found


def entry_declaration(task: Task) -> str:
    """How the tests of a specification declare the entry, without the semicolon.

    Raises:
        TaskError: they do not.
    """
    for item in items(parse(task.tests).root_node):
        if not item.namespace and item.inner.type == "declaration" and _function_name(item.inner) == task.entry:
            return text(item.inner).strip().rstrip(";").rstrip().removeprefix("extern ")
    raise TaskError(
        f"{task.root / task.specification.tests}: declares no function {task.entry!r}; "
        "the tests declare what they call, such as `double total(const std::vector<double>& values);`"
    )
