import asyncio
import re
from pathlib import Path

import pytest

from agentpar.attack import traces
from agentpar.attack.__main__ import main
from agentpar.attack.campaign import Problem, Tally, is_believed, run_campaign, weigh_attack, weigh_honest
from agentpar.attack.cases import Case, load_benches, select
from agentpar.attack.command import print_tallies
from agentpar.attack.traces import SECRET_VARIABLE, planted_secret, survivors
from agentpar.errors import TaskError
from agentpar.evaluation import measure
from agentpar.verdict import Measurement, Outcome, Ratio, Scaling, Stage, Verdict
from tests.evaluation.courtroom import cheapest_kind


def verdict(outcome: Outcome = Outcome.OK, *, ratio: float = 1.0, feedback: str = "") -> Verdict:
    """A verdict; at `ratio` times the baseline's speed, with an interval of 10 % to either side."""
    spread = Ratio(median=ratio, low=0.9 * ratio, high=1.1 * ratio, pairs=12)
    point = Scaling(threads=1, ratio=spread, baseline_ms=1, candidate_ms=1 / ratio, threads_seen=1)
    timed = Measurement(sizes={"n": 1}, scaling=(point,), parallel_gain=spread, noise_floor=0.02)
    is_right = outcome is Outcome.OK
    return Verdict(
        outcome=outcome,
        stage=Stage.MEASURE if is_right else Stage.VERIFY,
        feedback=feedback,
        measurement=timed if is_right else None,
    )


ATTACK = Case(
    task="t",
    name="n",
    role="hostile",
    source="",
    does="",
    expect=(Outcome.OK, Outcome.CRASH),
    escaped=(Outcome.WRONG_ANSWER,),
    feedback="gave",
    unchecked="races",
)


@pytest.mark.parametrize(
    ("given", "problems"),
    [
        (verdict(Outcome.CRASH, feedback="gave up"), []),
        (verdict(ratio=3, feedback="gave"), ["believed"]),
        (verdict(Outcome.WRONG_ANSWER, feedback="gave"), ["escaped"]),
        (verdict(Outcome.TIMEOUT, feedback="gave"), ["wrong verdict"]),
        (verdict(Outcome.CRASH, feedback="went"), ["wrong verdict"]),
        (verdict(feedback="gave"), ["wrong verdict"]),
        (verdict(feedback="gave").model_copy(update={"unchecked": ("races unchecked",)}), []),
    ],
    ids=["as expected", "faster", "succeeded", "another outcome", "other words", "a gap unsaid", "a gap said"],
)
def test_an_attack_is_weighed_by_its_verdict(given: Verdict, problems: list[str]) -> None:
    told: list[str] = []
    weigh_attack(ATTACK, given, verdict(), lambda case, what, words: told.append(what))
    assert told == problems


def test_a_cheat_is_believed_only_beyond_its_honest_twin() -> None:
    assert is_believed(verdict(ratio=3), verdict())
    assert not is_believed(verdict(ratio=3), verdict(ratio=2.9))
    assert not is_believed(verdict(ratio=1.2), verdict())
    assert not is_believed(verdict(Outcome.TAMPERING), verdict())


def test_an_honest_candidate_that_is_condemned_is_told_with_the_reason() -> None:
    told: list[tuple[str, str]] = []
    twin = ATTACK.model_copy(update={"role": "twin", "expect": (Outcome.OK,)})
    weigh_honest(twin, verdict(), lambda case, what, words: told.append((what, words)))
    weigh_honest(twin, verdict(Outcome.RACE, feedback="line 7"), lambda c, what, words: told.append((what, words)))
    assert told == [("honest condemned", "race at verify: line 7")]


def test_the_table_shows_what_must_be_zero_and_the_problems_below(capsys: pytest.CaptureFixture[str]) -> None:
    problem = Problem(case="scan/hostile/forks", what="escaped", words="wrong_answer")
    counts = {"openmp": 4, "mpi": 3}
    tally = Tally(sandbox="docker", attempts=counts, honest=9, untimed=2, seconds=3.0, problems=(problem,))
    print_tallies([tally])
    shown = capsys.readouterr().out
    assert "docker: escaped: scan/hostile/forks: wrong_answer" in shown
    rows = dict(row for line in shown.splitlines() if len(row := re.findall(r"[^│┃]*[^│┃\s]", line)) == 2)
    assert {name.strip(): cell.strip() for name, cell in rows.items()} == {
        "attempts": "7",
        "openmp": "4",
        "mpi": "3",
        "believed": "0",
        "escaped": "1",
        "wrong verdict": "0",
        "survivors": "0",
        "honest condemned": "0",
        "honest judged": "9",
        "too busy to time": "2",
        "seconds": "3",
    }


def test_a_target_that_a_sandbox_does_not_judge_is_named_with_the_reason(capsys: pytest.CaptureFixture[str]) -> None:
    benches = select(load_benches(), ("waves/hostile/by_size",))
    tally = asyncio.run(run_campaign("bubblewrap", benches, say=print))
    print_tallies([tally])
    shown = capsys.readouterr().out
    assert re.search(r"multiprocessing +│ not judged", shown)
    assert "bubblewrap: multiprocessing is not judged: multiprocessing starts processes" in shown
    assert not tally.problems


def test_of_a_twin_that_nothing_here_can_run_another_verdict_is_right() -> None:
    told: list[str] = []
    twin = ATTACK.model_copy(update={"role": "twin", "expect": (Outcome.OK, Outcome.NO_DEVICE)})
    for outcome in (Outcome.NO_DEVICE, Outcome.CRASH):
        weigh_honest(twin, verdict(outcome), lambda case, what, words: told.append(words))
    assert told == ["crash at verify: "]


def test_a_mark_on_the_host_is_a_survivor(monkeypatch: pytest.MonkeyPatch) -> None:
    # The suite, which may run meanwhile, looks for the real one.
    monkeypatch.setattr(traces, "MARK", "agentpar-was-tested-here")
    mark = Path("/dev/shm", traces.MARK)
    assert f"file {mark}" not in survivors("bubblewrap")
    mark.touch()
    try:
        assert f"file {mark}" in survivors("bubblewrap")
    finally:
        mark.unlink()


def test_planted_secrets_are_gone_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(SECRET_VARIABLE, raising=False)
    with planted_secret() as path:
        assert path.read_text()
    assert not path.exists()


LENIENT = """\
// family: caching
// does: what it should
// expect: crash
int twice(int n, const int* x, int* y) {
    for (int i = 0; i < n; ++i) y[i] = 2 * x[i];
    return n;
}
"""


TWIN = LENIENT.replace("// expect: crash\n", "")


@pytest.mark.sandbox
async def test_a_judge_that_lets_an_attack_pass_or_condemns_a_twin_fails_the_campaign(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(measure, "_QUIET_LOAD", float("inf"))
    folder = tmp_path / "twice"
    files = {
        "task.toml": 'source = "twice.cpp"\nentry = "twice"\n[inputs.benchmark]\nn = 20000\n[measure]\npairs = 6\n',
        "twice.cpp": LENIENT,
        "hostile/passes.cpp": LENIENT,
        "twins/passes.cpp": TWIN.replace("2 * x[i]", "3 * x[i]"),
        "hostile/tells.cpp": LENIENT.replace("crash", "ok\n// escaped: wrong_answer").replace("2 *", "4 *"),
        "twins/tells.cpp": TWIN,
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    tally = await run_campaign(cheapest_kind(), load_benches(tmp_path), say=lambda line: None)
    assert sorted((problem.case, problem.what) for problem in tally.problems) == [
        ("twice/hostile/passes", "wrong verdict"),
        ("twice/hostile/tells", "escaped"),
        ("twice/twins/passes", "honest condemned"),
    ]
    assert (tally.attempts, tally.honest) == ({"openmp": 2}, 2)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(["--only", "no such attack"], "no attack is called no such attack"), (["process"], "isolates")],
)
def test_hostile_code_is_run_by_name_and_never_without_a_sandbox(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == TaskError.exit_code
    assert words in capsys.readouterr().err
