"""The result of a run as one plain value, read from the ledger: the same for JSON, reports and the library."""

from pathlib import Path
from typing import Any, Literal

from agentpar.candidate import Candidate
from agentpar.events import NOTHING_LEFT
from agentpar.ledger import Ledger
from agentpar.ledger_file import LEDGER, writer
from agentpar.proposers.rewrite.reasons import why_nothing
from agentpar.records import PROBE, PROBES, Probed
from agentpar.reporting.decomposition import Decomposition, awaits_review, read_decomposition
from agentpar.reporting.words import counted, in_one_line, interval
from agentpar.sections import located, texts_of
from agentpar.task import PYTHON_TARGETS, Budget, Target
from agentpar.verdict import Frozen, Measurement, Outcome, Ratio, Verdict

SCHEMA = "agentpar.result/1"
PATCH = "best.patch"

Status = Literal["improved", "no_improvement", "no_verdict", "unfinished"]
State = Literal["finished", "running", "review", "interrupted"]


class Best(Frozen):
    """The champion.

    `speedup` and `measurement` are its fresh re-test, which is the answer: the median ratio at its best thread count.
    `selection` is the measurement that chose it, and flatters it: the highest of many noisy figures.
    """

    id: str
    number: int
    strategy: str
    source: str
    speedup: float
    speedup_from: Literal["re-test"] = "re-test"
    measurement: Measurement
    selection: Measurement
    unchecked: tuple[str, ...]


class ModelUse(Frozen):
    """The model that proposed, and what it cost: `seconds` sums its requests. Its replies are in the run's folder."""

    name: str
    strategy: str
    replies: int
    prompt_tokens: int
    completion_tokens: int
    seconds: float
    judged: int
    """How many of the judged candidates it wrote."""


class Judgement(Frozen):
    """One candidate's line in the result."""

    number: int
    id: str
    subtask: str
    proposer: str
    strategy: str
    outcome: Outcome
    stage: str
    feedback: str
    speedup: float | None
    ratio: Ratio | None
    """The speed-up with its 95 % interval."""


class Result(Frozen):
    """What a run came to. `evidence` holds the conditions: sizes, tolerance, compiler, flags, machine, sandbox.

    `state` says whether the search ended by itself, or waits for a review of its plan; one that did not end, and has no
    re-tested champion yet, is `unfinished`. `why` says what an unfinished search has come to, or why a finished one has
    no improvement.
    """

    schema_version: str = SCHEMA
    status: Status
    state: State
    task: str
    file: str
    files: tuple[str, ...] = ()
    """All files that are changed together, where there are several; `best.source` holds them one after the other."""
    entry: str
    target: Target
    targets: tuple[Probed, ...] = ()
    """What the targets came to that the run chose among; `target` is the one that it chose."""
    run_dir: str
    seconds: float
    evaluated: int
    in_flight: int
    """Candidates that were proposed and have no verdict; a resumed run judges them first."""
    budget: Budget
    counts: dict[str, int]
    model: ModelUse | None = None
    best: Best | None
    why: str
    patch: str | None
    reference: str | None = None
    """The serial code that a model wrote from a specification: what speed-ups are over."""
    build_flags: tuple[str, ...]
    evidence: dict[str, Any]
    candidates: tuple[Judgement, ...]
    decomposition: Decomposition | None = None
    """How the task was taken apart; None of one that is searched as a whole."""

    def what(self, candidate: Judgement) -> str:
        """What a candidate is, in words; where there are parts, with the part that it is a version of."""
        return f"{candidate.subtask}: {candidate.strategy}" if self.decomposition else candidate.strategy


def read_result(run_dir: Path) -> Result:
    """The result as the ledger has it now; also of a run that is still going.

    Raises:
        LedgerError: there is no readable ledger.
    """
    path = run_dir / LEDGER
    with Ledger.read(path) as ledger:
        task, judged, whole = ledger.task, ledger.judged(), ledger.judged_whole()
        state = _state(ledger, path)
        best = _best(ledger, whole)
        evidence = ledger.notes().get("evidence", {})
        patch = run_dir / PATCH
        why, put_off = "", _put_off(ledger)
        if state == "review":
            why = "the plan waits to be looked at"
        elif state != "finished":
            why = _progress(judged, whole, ledger)
        elif best is None:
            why = "; ".join(filter(None, (_why(judged, whole, ledger) if judged or not put_off else "", put_off)))
        return Result(
            status=_status(state, best, judged),
            state=state,
            task=task.name,
            file=str(task.path),
            files=tuple(map(str, texts_of(task, task.source))) if task.others else (),
            entry=task.entry,
            target=task.target,
            targets=tuple(Probed.model_validate(each) for each in ledger.notes().get(PROBES, ())),
            run_dir=str(run_dir),
            seconds=round(ledger.elapsed_seconds(), 2),
            evaluated=len(judged),
            in_flight=len(_pending(ledger)),
            budget=ledger.budget,
            counts=ledger.counts(),
            model=_model_use(ledger, judged),
            best=best,
            why=why,
            patch=str(patch) if best and patch.exists() else None,
            reference=str(run_dir / f"reference{task.path.suffix}") if task.tests and task.source else None,
            build_flags=tuple(
                f for f in evidence.get("candidate_flags", ()) if f not in evidence.get("baseline_flags", ())
            ),
            evidence=evidence,
            candidates=tuple(_judgement(candidate, verdict) for candidate, verdict in judged),
            decomposition=read_decomposition(ledger),
        )


def _state(ledger: Ledger, path: Path) -> State:
    if ledger.is_finished:
        return "finished"
    if writer(path):
        return "running"
    return "review" if awaits_review(ledger) else "interrupted"


def _model_use(ledger: Ledger, judged: list[tuple[Candidate, Verdict]]) -> ModelUse | None:
    name = ledger.notes().get("model")
    if name is None:
        return None
    return ModelUse(
        name=name,
        strategy=ledger.task.search.strategy,
        judged=sum(candidate.proposer.startswith("model ") for candidate, _ in judged),
        **ledger.spent().model_dump(),
    )


def _pending(ledger: Ledger) -> list[Candidate]:
    """What a resumed run judges first: candidates of a target that was not chosen are left."""
    is_settled = not ledger.task.targets
    return [each for each in ledger.pending() if not (is_settled and PROBE in each.subtask)]


def _put_off(ledger: Ledger) -> str:
    """Which candidates without a verdict are known to be right, and how to have them timed; empty without one."""
    known = {event.number for event in ledger.events() if event.puts_off}
    right = [f"#{each.number}" for each in _pending(ledger) if each.number in known]
    if not right:
        return ""
    are = "version is right and was" if len(right) == 1 else "versions are right and were"
    return (
        f"{len(right)} {are} not timed: other work kept this machine busy ({', '.join(right)}); "
        "`agentpar resume` on this run with more --seconds goes on with that"
    )


def _status(state: State, best: Best | None, judged: list[tuple[Candidate, Verdict]]) -> Status:
    if best:
        return "improved"
    if state != "finished":
        return "unfinished"
    return "no_improvement" if judged else "no_verdict"


def _improvements(judged: list[tuple[Candidate, Verdict]]) -> list[tuple[Candidate, Measurement]]:
    """What was measurably faster when it was judged, fastest first."""
    found = [(c, v.measurement) for c, v in judged if v.is_improvement and v.measurement]
    return sorted(found, key=lambda each: -each[1].speedup)


def _best(ledger: Ledger, judged: list[tuple[Candidate, Verdict]]) -> Best | None:
    """The first of the improvements whose re-test is an improvement too."""
    for candidate, selection in _improvements(judged):
        verdict = ledger.confirmation_of(candidate)
        if verdict is None or not verdict.is_improvement or verdict.measurement is None:
            continue
        return Best(
            id=candidate.id,
            number=candidate.number,
            strategy=candidate.strategy,
            source=candidate.source,
            speedup=verdict.measurement.speedup,
            measurement=verdict.measurement,
            selection=selection,
            unchecked=verdict.unchecked,
        )
    return None


def _progress(judged: list[tuple[Candidate, Verdict]], whole: list[tuple[Candidate, Verdict]], ledger: Ledger) -> str:
    """How far a search is that has not ended."""
    budget, in_flight = ledger.budget, len(_pending(ledger))
    far = f"{len(judged)} of {counted(budget.candidates, 'candidate')} judged in {ledger.elapsed_seconds():.0f} s"
    if in_flight:
        far += f", {in_flight} in flight"
    for candidate, measured in _improvements(whole):
        again = ledger.confirmation_of(candidate)
        if again is None:
            return f"{far}; best so far #{candidate.number} with {interval(measured.best.ratio)}, not re-tested yet"
        if again.is_improvement:
            return far
    return f"{far}; no improvement so far"


def _why(judged: list[tuple[Candidate, Verdict]], whole: list[tuple[Candidate, Verdict]], ledger: Ledger) -> str:
    """One line on why a search that ended has no improvement."""
    right = [v for _, v in whole or judged if v.outcome is Outcome.OK]
    timed = [v.measurement for v in right if v.measurement]
    if right and not timed:
        return "the speed-up is not measurable here: other work kept this machine busy; try a quieter one"
    if judged and not whole and not any(v.outcome is Outcome.NO_DEVICE for _, v in judged):
        return "no subtask has a version that is measurably faster, so there is nothing to compose"
    judged = whole or judged
    if improvements := _improvements(judged):
        return _why_not_confirmed(*improvements[0], ledger)
    if not judged:
        is_late = ledger.elapsed_seconds() >= ledger.budget.seconds
        late = "; its seconds were spent before: `agentpar resume` on this run with more --seconds goes on"
        return f"no candidate was judged{late if is_late else _why_none_was_offered(ledger)}"
    among = counted(len(judged), "candidate")
    if not right:
        return _why_none_is_right(judged)
    others = f"; the others: {_reasons(judged)}" if len(right) < len(judged) else ""
    fastest = max(timed, key=lambda measured: measured.speedup)
    return (
        f"{len(right)} of {among} proved right, but none distinguishably faster than the baseline "
        f"(best {interval(fastest.best.ratio)}){others}"
    )


def _why_none_was_offered(ledger: Ledger) -> str:
    """Of a search that ended because there was nothing to propose: why those who took part had nothing."""
    task, ends = ledger.task, [event.message for event in ledger.events() if event.kind == "finished"]
    if not ends or not ends[-1].startswith(NOTHING_LEFT):
        return ""
    model = ledger.notes().get("model")
    told = [f"nothing that {model} said could be judged"] if model else []
    has_rewrites = not model or task.search.strategy == "evolve"
    if has_rewrites and task.target not in PYTHON_TARGETS:
        told.append(located(why_nothing(task.source, task.entry, task.target), task.source))
    return f": {'; '.join(told)}" if told else ""


def _why_none_is_right(judged: list[tuple[Candidate, Verdict]]) -> str:
    """What failed; where candidates need a device and there is none, that they build, and what the first needs."""
    among = counted(len(judged), "candidate")
    absent = [(c, v) for c, v in judged if v.outcome is Outcome.NO_DEVICE]
    if not absent:
        return f"none of {among} is right: {_reasons(judged)}"
    others = [(c, v) for c, v in judged if v.outcome is not Outcome.NO_DEVICE]
    candidate, verdict = absent[0]
    said, *needs = verdict.feedback.splitlines()
    told = f"{said} {'; '.join(needs)}"
    rest = f"; the others: {_reasons(others)}" if others else ""
    return f"{len(absent)} of {among} built, and none could be run. #{candidate.number}: {told}{rest}"


def _why_not_confirmed(champion: Candidate, measured: Measurement, ledger: Ledger) -> str:
    found = f"#{champion.number} was {interval(measured.best.ratio)} when it was judged, but"
    again = ledger.confirmation_of(champion)
    if again is None:
        return f"{found} this machine was too busy to re-test it; run `agentpar resume` on this run when it is quiet"
    if again.measurement is None:
        return f"{found} its fresh re-test ended with {again.outcome}: {in_one_line(again.feedback, 140)}"
    return f"{found} its fresh re-test gave {interval(again.measurement.best.ratio)}; try --pairs 60"


def _reasons(judged: list[tuple[Candidate, Verdict]]) -> str:
    """How often each failure occurred, with the first of its feedback."""
    counts: dict[Outcome, list[str]] = {}
    for _, verdict in judged:
        if verdict.outcome is not Outcome.OK:
            counts.setdefault(verdict.outcome, []).append(verdict.feedback)
    return "; ".join(f"{len(said)} {outcome} (e.g. {in_one_line(said[0], 140)})" for outcome, said in counts.items())


def _judgement(candidate: Candidate, verdict: Verdict) -> Judgement:
    return Judgement(
        number=candidate.number,
        id=candidate.id,
        subtask=candidate.subtask,
        proposer=candidate.proposer,
        strategy=candidate.strategy,
        outcome=verdict.outcome,
        stage=verdict.stage,
        feedback=verdict.feedback,
        speedup=verdict.measurement.speedup if verdict.measurement else None,
        ratio=verdict.measurement.best.ratio if verdict.measurement else None,
    )
