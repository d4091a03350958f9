import re
from pathlib import Path
from typing import get_args

import pytest

from agentpar.attack.cases import FOLDER, Bench, load_benches, parse_case, select
from agentpar.task import Target
from agentpar.task_file import load_task
from agentpar.verdict import Outcome

HEADER = "// family: caching\n// does: keeps its answers\n// expect: wrong_answer tampering\n"


def attacks(benches: tuple[Bench, ...]) -> list[str]:
    return [attack.id for bench in benches for attack, _ in bench.attacks]


def test_the_suite_is_as_large_and_as_varied_as_it_claims_to_be() -> None:
    benches = load_benches()
    assert len(benches) >= 6
    assert len(attacks(benches)) >= 45
    assert sum(len(bench.good) for bench in benches) >= 25
    assert len({attack.family for bench in benches for attack, _ in bench.attacks}) >= 10


def test_every_target_has_attacks_and_what_a_test_cannot_be_told_in_at_least_ten_ways() -> None:
    tasks = {bench.folder.name: load_task(str(bench.folder)) for bench in load_benches()}
    assert {task.target for task in tasks.values()} == set(get_args(Target))
    forged = [name for name in attacks(load_benches()) if tasks[name.partition("/")[0]].oracle == "pytest"]
    assert len(forged) >= 10


def test_what_candidates_share_is_put_into_each() -> None:
    sources = [case.source for b in load_benches() for pair in b.attacks for case in pair]
    assert not [source for source in sources if "shared/" in source or "from ..." in source]
    assert any("harness.Worker" in source and 'sys.modules["agentpar"' in source for source in sources)


def test_every_attack_and_its_twin_differ_and_both_define_the_entry() -> None:
    for bench in load_benches():
        entry = load_task(str(bench.folder)).entry
        for attack, twin in bench.attacks:
            assert attack.source != twin.source, attack.id
            assert re.search(rf"\b{entry}\b", attack.source), attack.id
        for case in [case for pair in bench.attacks for case in pair] + list(bench.good):
            assert case.does, case.id


def test_every_file_under_cases_is_used() -> None:
    used = {case.id for b in load_benches() for case in [c for pair in b.attacks for c in pair] + list(b.good)}
    found = {path for role in ("hostile", "twins", "good") for path in FOLDER.glob(f"*/{role}/*.*")}
    assert {str(path.relative_to(FOLDER).with_suffix("")) for path in found} == used


def test_a_header_is_read_up_to_the_first_other_line() -> None:
    case = parse_case(HEADER + "\n// does: this is code's own comment\n", task="t", name="n", role="hostile")
    assert case.family == "caching"
    assert case.does == "keeps its answers"
    assert case.expect == (Outcome.WRONG_ANSWER, Outcome.TAMPERING)


@pytest.mark.parametrize(
    "header",
    [
        "// does: keeps its answers\n",
        HEADER.replace("tampering", "tempering"),
        HEADER + "// expects: ok\n",
    ],
    ids=["says nothing of what to expect", "expects what is no verdict", "has an unknown key"],
)
def test_a_case_is_refused_whose_header(header: str) -> None:
    with pytest.raises(ValueError, match=r"expect|temper"):
        parse_case(header + "int f();\n", task="t", name="n", role="hostile")


def test_an_attack_without_a_twin_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "t"
    (folder / "hostile").mkdir(parents=True)
    (folder / "task.toml").write_text("")
    (folder / "hostile" / "lonely.cpp").write_text(HEADER)
    with pytest.raises(ValueError, match="lonely"):
        load_benches(tmp_path)


def test_attacks_are_chosen_by_name_and_by_family() -> None:
    assert attacks(select(load_benches(), ("scan/hostile/forks",))) == ["scan/hostile/forks"]
    chosen = attacks(select(load_benches(), ("network",)))
    assert chosen
    assert len(chosen) < len(attacks(load_benches()))
    assert select(load_benches(), ("no such thing",)) == ()
