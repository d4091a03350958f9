"""What agentpar knows of a C++ function: its parameters, where it stands, and the structs it may take."""

from typing import Literal

from agentpar.verdict import Frozen

Kind = Literal["integer", "real", "boolean", "string", "struct", "container", "pointer", "complex"]


class Parameter(Frozen):
    """One parameter of an entry function, with typedefs and usings resolved.

    `type` is as written (a C array parameter as the pointer it is); `kind` is that of the value (references
    stripped). For containers (vector, array, and nests of them) and pointers, `element` is the innermost
    element's type and `element_kind` its kind, `depth` the number of levels (a pointer has 1,
    `std::vector<std::vector<double>>` 2). `extents` has one entry per level: the fixed length of a
    `std::array` or of a C array with a known bound, and "" where the length is free. Strings at the bottom
    are a level more: `std::vector<std::string>` has depth 1 and two extents.
    `is_output` holds for every non-const reference or pointer. `line` counts from 1.
    """

    name: str
    type: str
    kind: Kind
    element: str = ""
    element_kind: Kind | None = None
    depth: int = 0
    extents: tuple[str, ...] = ()
    is_const: bool = False
    is_reference: bool = False
    is_output: bool = False
    line: int


class Function(Frozen):
    """One function definition. Byte offsets are into the UTF-8 source; lines count from 1.

    `call` is how C++ names it, with namespaces and explicit template arguments: `lib::scale<double>`.
    `start` is that of the template header where there is one. `result_depth` is a result's `depth`, as of a parameter.
    """

    name: str
    call: str
    returns: str
    result_depth: int = 0
    parameters: tuple[Parameter, ...]
    start: int
    end: int
    body_start: int
    body_end: int
    line: int


class Definition(Frozen):
    """Where a function is defined, whatever it takes; offsets are those of `Function`."""

    name: str
    start: int
    end: int
    body_start: int


class Struct(Frozen):
    """A trivially copyable struct declared in the source: its qualified name and data members, in order."""

    name: str
    fields: tuple[str, ...]
    kinds: tuple[Kind, ...]
