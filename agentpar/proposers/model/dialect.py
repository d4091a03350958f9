"""What the model proposer has to know of the language, and of the target, that it asks for."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from agentpar.languages.prelude import prelude
from agentpar.languages.python_statements import whole_part
from agentpar.proposers.model.graft import graft, text_of, version_in
from agentpar.proposers.model.graft_python import abridged_python, graft_python, version_in_python
from agentpar.proposers.pattern import pragmas
from agentpar.proposers.python_pattern import parallel_calls
from agentpar.task import PYTHON_TARGETS, RANKS_TARGETS


class Graft(Protocol):
    """Puts the function of some code into the user's file; see `graft`."""

    def __call__(self, code: str, *, serial: str, entry: str, is_prose: bool = False) -> str:
        """Raises `Unusable` where the code does not define the function completely."""
        ...


class VersionIn(Protocol):
    """What a version has that the serial file lacks."""

    def __call__(self, source: str, *, serial: str, entry: str) -> str:
        """Its text, to be shown to a model."""
        ...


@dataclass(frozen=True)
class Dialect:
    """A language. `fence` is the word behind a fence of its code, `imports` what it calls them.

    `graft` and `version_in` are each other's opposite. `whole_part` is what is certainly complete of code that was cut
    off. `abridged` is what of a long file a model has to see, at most so many characters of it besides the function.
    `constructs` says in words what a source does in parallel, empty where it does nothing.
    """

    fence: str
    imports: str
    graft: Graft
    version_in: VersionIn
    whole_part: Callable[[str], str]
    abridged: Callable[[str, str, int], str]
    constructs: Callable[[str], str]
    no_construct: str


def _abridged_cpp(source: str, entry: str, most: int) -> str:
    return f"{prelude(source)[:most]}\n\n{text_of(source, entry)}"


CPP = Dialect(
    fence="cpp",
    imports="includes",
    graft=graft,
    version_in=version_in,
    whole_part=lambda code: code,  # without its last brace a function is seen to be cut off
    abridged=_abridged_cpp,
    constructs=pragmas,
    no_construct="no pragma",
)
PYTHON = Dialect(
    fence="python",
    imports="imports",
    graft=graft_python,
    version_in=version_in_python,
    whole_part=whole_part,
    abridged=abridged_python,
    constructs=parallel_calls,
    no_construct="no parallel call",
)


def dialect_of(target: str) -> Dialect:
    """The language that versions for a target are written in."""
    return PYTHON if target in PYTHON_TARGETS else CPP


def workers_of(target: str, count: int = 2) -> str:
    """What works side by side under a target: `thread` where it is one, else `threads`."""
    one, several = "thread", "threads"
    if target in RANKS_TARGETS:
        one, several = "rank", "ranks"
    elif target in PYTHON_TARGETS:
        one, several = "process", "processes"
    return one if count == 1 else several
