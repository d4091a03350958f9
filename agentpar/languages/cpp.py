"""C and C++ source: functions and their parameters, structs, aliases, the prelude."""

from agentpar.languages.functions import find_function, list_functions, require_function
from agentpar.languages.prelude import leading_includes, prelude, quoted_includes
from agentpar.languages.signature import Definition, Function, Kind, Parameter, Struct
from agentpar.languages.structs import structs

__all__ = [
    "Definition",
    "Function",
    "Kind",
    "Parameter",
    "Struct",
    "find_function",
    "leading_includes",
    "list_functions",
    "prelude",
    "quoted_includes",
    "require_function",
    "structs",
]
