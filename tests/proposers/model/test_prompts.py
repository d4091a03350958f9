from typing import get_args

import pytest
from jinja2 import Environment, meta

from agentpar.proposers.model.prompts import Role, render, split_head
from agentpar.resources import resource

ROLES = sorted(get_args(Role))


def test_there_is_one_prompt_a_role() -> None:
    assert sorted(path.stem for path in resource("prompts").glob("*.md") if path.stem != "README") == ROLES


@pytest.mark.parametrize("role", ROLES)
def test_a_prompt_uses_the_variables_that_its_head_names(role: Role) -> None:
    wanted, body = split_head(resource("prompts", f"{role}.md").read_text())
    assert meta.find_undeclared_variables(Environment(autoescape=False).parse(body)) == wanted
    said = render(role, **{name: f"[{name}]" for name in wanted})
    assert all(f"[{name}]" in said for name in wanted) and "{" not in said.replace('{"', "").replace("[{", "")


@pytest.mark.parametrize("role", ROLES)
def test_a_prompt_without_one_of_its_variables_is_an_error(role: Role) -> None:
    wanted, _ = split_head(resource("prompts", f"{role}.md").read_text())
    with pytest.raises(TypeError, match="takes"):
        render(role, **dict.fromkeys(list(wanted)[1:], ""))
    with pytest.raises(TypeError, match="takes"):
        render(role, **dict.fromkeys([*wanted, "more"], ""))


def test_what_is_optional_leaves_no_trace_when_it_is_empty() -> None:
    words = {"language": "cpp", "imports": "includes"}
    said = render("write", source="int f();", function="f", title="", plan="", workspace="", **words)
    assert "strategy" not in said and "judged" not in said and "\n\n\n" not in said
    for said in (
        render("system", target="OpenMP", contract=""),
        render("mpi4py", contract=render("owners", owners="")),
    ):
        assert "`root`" not in said and "\n\n\n" not in said
