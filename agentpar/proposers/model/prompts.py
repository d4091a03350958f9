"""Renders the prompts, which are prose in `prompts/`: one file a role, with the names of its variables in its head."""

from functools import cache
from typing import Any, Literal

from jinja2 import Environment, StrictUndefined, Template

from agentpar.resources import resource

Role = Literal[
    "system", "multiprocessing", "mpi4py", "owners", "outline", "write", "improve", "repair", "again",
    "author", "plan", "serial", "rejected",
]  # fmt: skip
_MARK = "---\n"


def render(role: Role, **variables: Any) -> str:
    """A role's prompt.

    Raises:
        TypeError: the variables are not those that the prompt's head names.
        FileNotFoundError: the installation is incomplete.
    """
    wanted, template = _read(role)
    if variables.keys() != wanted:
        raise TypeError(f"the prompt {role} takes {', '.join(sorted(wanted))}, not {', '.join(sorted(variables))}")
    return template.render(variables).strip()


@cache
def _read(role: Role) -> tuple[frozenset[str], Template]:
    wanted, body = split_head(resource("prompts", f"{role}.md").read_text(encoding="utf-8"))
    environment = Environment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, autoescape=False)
    return wanted, environment.from_string(body)


def split_head(text: str) -> tuple[frozenset[str], str]:
    """The variables that a prompt's head names, and the prose under it.

    Raises:
        ValueError: there is no head.
    """
    before, head, body = text.split(_MARK, 2)
    key, _, names = head.partition(":")
    if before or key != "variables":
        raise ValueError("a prompt begins with a head that names its variables")
    return frozenset(name.strip() for name in names.split(",") if name.strip()), body
