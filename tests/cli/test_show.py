import json
from pathlib import Path

import pytest

from agentpar.events import NOTHING_LEFT, Event, put_off_event
from agentpar.ledger import Ledger
from agentpar.task import SearchOptions
from agentpar.verdict import Verdict
from tests.cli.program import agentpar
from tests.search.doubles import a_task, failed, ok, proposal


@pytest.fixture
def run_dir(tmp_path: Path) -> Path:
    return tmp_path / "a run"


def begun(run_dir: Path, *verdicts: Verdict | None, candidates: int = 40) -> Ledger:
    """A run whose search is on; None is a candidate in flight."""
    ledger = Ledger.create(run_dir / "ledger.sqlite", a_task(candidates=candidates))
    ledger.begin(ledger.budget)
    for number, verdict in enumerate(verdicts):
        candidate = ledger.record_candidate(proposal(number), subtask="scale", fingerprint=f"{number}", seen=0)
        if verdict:
            ledger.record_verdict(candidate, verdict)
    return ledger


def confirm(ledger: Ledger, number: int, verdict: Verdict) -> None:
    ledger.record_confirmation(ledger.judged()[number - 1][0], verdict)


def shown(run_dir: Path) -> str:
    ran = agentpar("show", run_dir, COLUMNS="100", NO_COLOR="1")
    assert ran.returncode == 0 and ran.stderr == ""
    return ran.stdout


def test_an_interrupted_run_says_so_how_far_it_got_and_how_to_go_on(run_dir: Path) -> None:
    begun(run_dir, failed(), ok(2.0), ok(1.5), None).close()
    text = shown(run_dir)
    assert "scale: interrupted, 3 judged" in text
    assert "interrupted: 3 of 40 candidates judged in 0 s, 1 in flight" in text
    assert "best so far #2 with 2.00× (1.98–2.02), not re-tested yet" in text
    assert f"agentpar resume '{run_dir}'" in text
    assert "no improvement" not in text and "no verified improvement" not in text and "report.md" not in text
    result = json.loads(agentpar("show", run_dir, "--json").stdout)
    assert (result["status"], result["state"], result["in_flight"]) == ("unfinished", "interrupted", 1)


def test_a_run_without_a_verdict_says_so_instead_of_an_empty_table(run_dir: Path) -> None:
    begun(run_dir, None).close()
    text = shown(run_dir)
    assert "scale: interrupted, nothing is judged yet" in text and "speed-up (95 %)" not in text


def test_an_interrupted_run_without_an_improvement_claims_none(run_dir: Path) -> None:
    begun(run_dir, failed(), candidates=1).close()
    assert "1 of 1 candidate judged in 0 s; no improvement so far" in shown(run_dir)


def test_a_run_that_goes_on_is_not_called_interrupted(run_dir: Path) -> None:
    with begun(run_dir, ok(2.0)):
        text = shown(run_dir)
        assert "going on: 1 of 40 candidates judged" in text
        assert "interrupted" not in text and "agentpar resume" not in text


def test_the_answer_is_the_re_test_and_the_selection_is_told_apart(run_dir: Path) -> None:
    with begun(run_dir, ok(3.0), ok(2.5)) as ledger:
        confirm(ledger, 1, ok(1.0))
        confirm(ledger, 2, ok(2.0))
        ledger.finish()
    text = shown(run_dir)
    assert "scale: improved" in text and "interrupted" not in text
    assert "2.00× faster, verified: variant 1" in text
    assert "fresh re-test; what chose it was 2.50× (95 %: 2.48–2.52, 20 pairs)" in text
    assert "3.00× (2.97–3.03)" in text  # the table has every interval
    best = json.loads(agentpar("show", run_dir, "--json").stdout)["best"]
    assert best["speedup"] == 2.0 and best["speedup_from"] == "re-test"
    assert best["measurement"]["scaling"][0]["ratio"]["median"] == 2.0
    assert best["selection"]["scaling"][0]["ratio"]["median"] == 2.5


def test_a_better_candidate_of_an_interrupted_resumption_is_not_the_answer_yet(run_dir: Path) -> None:
    with begun(run_dir, ok(2.0)) as ledger:
        confirm(ledger, 1, ok(1.9))
        candidate = ledger.record_candidate(proposal("new"), subtask="scale", fingerprint="new", seen=1)
        ledger.record_verdict(candidate, ok(4.0))
    text = shown(run_dir)
    assert "1.90× faster, verified" in text
    assert "interrupted: 2 of 40 candidates judged in 0 s; best so far #2 with 4.00× (3.96–4.04), not re-tested" in text


@pytest.mark.parametrize(
    ("verdicts", "again", "words"),
    [
        ([], None, "no candidate was judged"),
        ([failed()], None, "none of 1 candidate is right: 1 wrong_answer (e.g. x[3] is 6, not 4)"),
        ([ok(1.0), failed()], None, "1 of 2 candidates proved right, but none distinguishably faster"),
        ([ok(2.0)], None, "#1 was 2.00× (1.98–2.02) when it was judged, but this machine was too busy"),
        ([ok(2.0)], ok(1.0), "(1.98–2.02) when it was judged, but its fresh re-test gave 1.00× (0.99–1.01)"),
        ([ok(2.0)], failed(), "but its fresh re-test ended with wrong_answer: x[3] is 6, not 4"),
    ],
    ids=["nothing", "wrong", "slow", "busy", "luck", "wrong at last"],
)  # fmt: skip
def test_a_search_that_found_nothing_says_why(
    run_dir: Path, verdicts: list[Verdict], again: Verdict | None, words: str
) -> None:
    with begun(run_dir, *verdicts) as ledger:
        if again:
            confirm(ledger, 1, again)
        ledger.finish()
    text = shown(run_dir)
    assert "no verified improvement: " in text and words in text


@pytest.mark.parametrize(
    ("verdicts", "words"),
    [
        ([None, None], "no verified improvement: 2 versions are right and were not timed: other work kept"),
        (
            [failed(), None, None],
            "none of 1 candidate is right: 1 wrong_answer (e.g. x[3] is 6, not 4); 2 versions are",
        ),
    ],
)
def test_versions_that_are_right_and_were_put_off_at_the_end_are_told_as_that(
    run_dir: Path, verdicts: list[Verdict | None], words: str
) -> None:
    with begun(run_dir, *verdicts, None) as ledger:  # of the last nothing is known
        right = ledger.pending()[:2]
        for candidate in right:
            for _ in range(2):
                ledger.record_event(put_off_event(candidate, "is right"))
        ledger.finish()
    text = shown(run_dir)
    first, second = (each.number for each in right)
    assert words in text and f"busy (#{first}, #{second}); `agentpar resume` on this run with more --seconds" in text
    assert "no candidate was judged" not in text


def test_a_search_that_had_nothing_to_propose_says_what_stood_in_the_way(run_dir: Path) -> None:
    body = "    unsigned h = 7;\n    while (n--) h = h * 31 + *s++;\n    return h;\n"
    hash_of = f"unsigned scale(const char* s, int n) {{\n{body}}}\n"
    task = a_task().model_copy(update={"source": hash_of})
    with Ledger.create(run_dir / "ledger.sqlite", task) as ledger:
        ledger.begin(ledger.budget)
        ledger.record_event(Event(kind="finished", seconds=1, message=NOTHING_LEFT))
        ledger.finish()
    text = " ".join(shown(run_dir).split())
    assert "no candidate was judged: the loop at line 3 does not count" in text


@pytest.mark.parametrize(("strategy", "has_rewrites"), [("best-of-n", False), ("refine", False), ("evolve", True)])
def test_where_a_model_said_nothing_of_use_only_those_who_took_part_are_blamed(
    run_dir: Path, strategy: str, has_rewrites: bool
) -> None:
    task = a_task().model_copy(update={"search": SearchOptions.model_validate({"strategy": strategy})})
    with Ledger.create(run_dir / "ledger.sqlite", task) as ledger:
        ledger.begin(ledger.budget)
        ledger.note("model", "small")
        ledger.record_event(Event(kind="finished", seconds=1, message=NOTHING_LEFT))
        ledger.finish()
    text = " ".join(shown(run_dir).split())
    assert "no candidate was judged: nothing that small said could be judged" in text
    assert ("the loop at line" in text) is has_rewrites


def test_showing_a_run_leaves_its_folder_as_it_was(run_dir: Path) -> None:
    begun(run_dir, ok(2.0)).close()
    before = sorted(run_dir.iterdir())
    shown(run_dir)
    assert sorted(run_dir.iterdir()) == before
