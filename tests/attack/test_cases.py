import re
from pathlib import Path

import pytest

from agentpar.attack.cases import FOLDER, Bench, load_benches, parse_case, select
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


def test_every_attack_and_its_twin_differ_and_both_define_the_entry() -> None:
    for bench in load_benches():
        entry = load_task(str(bench.folder)).entry
        for attack, twin in bench.attacks:
            assert attack.source != twin.source, attack.id
            assert re.search(rf"\b{entry}\b", attack.source), attack.id
        for case in [case for pair in bench.attacks for case in pair] + list(bench.good):
            assert case.does, case.id


def test_every_file_under_cases_is_used() -> None:
    used = {f"{case.id}.cpp" for b in load_benches() for case in [c for pair in b.attacks for c in pair] + list(b.good)}
    found = {str(path.relative_to(FOLDER)) for path in FOLDER.glob("*/*/*.cpp")}
    assert found == used


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
