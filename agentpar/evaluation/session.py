"""One session of judge, baseline and candidate: the plan that goes in, and what comes back, as values."""

import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic import field_validator

from agentpar.errors import SandboxError
from agentpar.evaluation.statistics import Pair
from agentpar.sandbox.base import Sandbox, Session, obeyed_by_none
from agentpar.verdict import Frozen, Outcome, Team

JUDGE = "task/private/judge"
WORKER = "task/public/worker"
BASELINE = "task/private/baseline.so"

# libgomp's spinning threads look like work off the clock, and disturb whoever runs next. Threads that sleep instead are
# often woken on their waker's core, and stay there for longer than a timed run (measured: 1.0 for a true 1.9), so each
# gets a place of its own.
WORKER_ENVIRONMENT = {
    "OMP_WAIT_POLICY": "passive",
    "OMP_PROC_BIND": "spread",
    "OMP_PLACES": "threads",
    "OMP_DYNAMIC": "false",
    "OMP_MAX_ACTIVE_LEVELS": "2",
}

# The kernel counts the whole machine's work in hundredths of a second: in a short session two of them are no load.
_GRAIN_NS = 20_000_000

# What the launcher of ranks exits with where mpirun failed it; see sandboxes/harness/ranks.hpp.
_CANNOT_LAUNCH = 73

_DRAWS = 80

GENERATORS = {"uniform": 0, "ties": 1}


class Round(Frozen):
    """One line of a plan.

    `threads` are all that may work; of MPI's `ranks` each has its share of them. `extra_calls` are made by the
    candidate alone, before the one that counts: whose answer depends on the number of calls gives itself away. A `seed`
    of 0 lets the judge draw a secret one.
    """

    dims: tuple[int, ...]
    threads: int = 1
    ranks: int = 0
    baseline_ms: int = 10_000
    candidate_ms: int = 10_000
    generator: str = "uniform"
    with_const: bool = True
    shuffle: bool = False
    extra_calls: int = 0
    seed: int = 0

    @property
    def team(self) -> Team:
        """Who works on the candidate's call."""
        return Team(self.threads, self.ranks)

    def line(self) -> str:
        """The line as the judge reads it, who knows how many ranks there are."""
        words: list[int] = [
            self.threads, self.baseline_ms, self.candidate_ms, GENERATORS[self.generator],
            int(self.with_const), int(self.shuffle), self.extra_calls, self.seed, *self.dims,
        ]  # fmt: skip
        return "round " + " ".join(map(str, words)) + "\n"


_UNLIKE_IT = ", which the reference does not"


class Failed(Frozen):
    """Why a session ended early: who failed, the outcome, and words for whoever repairs it."""

    culprit: str
    outcome: Outcome
    feedback: str

    @field_validator("feedback")
    @classmethod
    def _is_obeyed_by_none(cls, feedback: str) -> str:
        """A candidate's words came in JSON, whose escapes hid control characters until now."""
        return obeyed_by_none(feedback)

    @property
    def of_the_reference(self) -> str:
        """The feedback where what failed was the reference itself."""
        return self.feedback.replace(_UNLIKE_IT, "")


class Judged(Frozen):
    """What a session found: its rounds in order, and the first failure."""

    rounds: tuple[dict[str, Any], ...]
    failed: Failed | None
    candidate_output: str
    candidate_ending: str
    foreign_load: float = 0.0
    """Cores that were kept busy, over the session, by processes that are not part of it."""

    def answers_vary(self, drawn: tuple[int, ...]) -> bool:
        """Whether the same sizes and scalars had several answers, and so had, at the sizes `drawn`, all that a call
        leaves as it is; as far as any of it recurred. Else so little decides answers that they could be kept.
        """
        by_scalars = [((r["scalars"], *r["dims"]), r["digest"]) for r in self.rounds]
        by_all = [(r["unchanged"], r["digest"]) for r in self.rounds if tuple(r["dims"]) == drawn]
        return _vary(by_scalars) and _vary(by_all)

    def constant_outputs(self, drawn: tuple[int, ...]) -> tuple[str, ...]:
        """The outputs that each round at the sizes `drawn` gave the same values, or left as they were."""
        told: list[dict[str, str]] = [r["outputs"] for r in self.rounds if tuple(r["dims"]) == drawn]
        return tuple(name for name in (told[0] if told else ()) if len({each.get(name) for each in told}) == 1)

    @property
    def pairs(self) -> tuple[Pair, ...]:
        """The paired timings of the rounds."""
        return tuple(
            Pair(
                threads=r["threads"],
                ranks=r.get("ranks", 0),
                baseline_ns=r["baseline_ns"],
                candidate_ns=r["candidate_ns"],
                cpu_ns=r["cpu_ns"],
                wall_ns=r["wall_ns"],
                delay_ns=r["delay_ns"],
                handover_ns=r["baseline_off_clock_ns"],
                startup_ns=r["startup_ns"],
            )
            for r in self.rounds
        )


def _vary(given: Iterable[tuple[object, str]]) -> bool:
    """Whether any key that recurs has several answers, or none recurs."""
    answers: dict[object, list[str]] = {}
    for key, answer in given:
        answers.setdefault(key, []).append(answer)
    recurring = [several for several in answers.values() if len(several) > 1]
    return not recurring or any(len(set(several)) > 1 for several in recurring)


def drawn_rounds(edges: Sequence[tuple[int, ...]], size: tuple[int, ...]) -> list[Round]:
    """Rounds that tell `answers_vary`: so many that of some hundred values some recur."""
    return [Round(dims=dims) for dims in (*8 * tuple(edges), *_DRAWS * (size,))]


async def judge(
    sandbox: Sandbox,
    rounds: Sequence[Round],
    *,
    tolerance: str,
    candidate: str,
    dim_names: Iterable[str],
    program: str = JUDGE,
    baseline: str = BASELINE,
    candidate_worker: str = WORKER,
    environment: Mapping[str, str] | None = None,
    bounded: bool = True,
    ranks: int = 1,
    extra_s: float = 0.0,
) -> Judged:
    """Run a plan against one candidate object, which `ranks` processes work on together. `extra_s` is time beyond what
    the rounds may take.

    Raises:
        SandboxError: the sandbox, not the candidate, failed.
    """
    lines: list[dict[str, Any]] = []
    longest = sum(r.baseline_ms + 3 * r.candidate_ms for r in rounds) / 1000 + 20 + extra_s
    session = await sandbox.judge(
        judge=program,
        baseline=(WORKER, baseline),
        candidate=(candidate_worker, candidate),
        plan=tolerance + "".join(r.line() for r in rounds),
        timeout_s=min(longest, 300.0),
        environment={**WORKER_ENVIRONMENT, **(environment or {})},
        memory_bytes=sandbox.limits.candidate_memory_bytes if bounded else 0,
        on_line=lambda line: lines.append(json.loads(line)),
        ranks=ranks,
    )
    names = tuple(dim_names)
    done = tuple(line for line in lines if line["event"] == "round")
    return Judged(
        rounds=tuple(r for r in done if not r["difference"]),
        failed=_failure(lines, session, names),
        candidate_output=session.candidate_output,
        candidate_ending=session.candidate,
        foreign_load=_foreign_load(lines),
    )


def _foreign_load(lines: Sequence[dict[str, Any]]) -> float:
    for line in lines:
        if line["event"] == "end":
            return float(max(0, line["foreign_cpu_ns"] - _GRAIN_NS) / max(line["session_ns"], 1))
    return 0.0


def _failure(lines: Sequence[dict[str, Any]], session: Session, names: Sequence[str]) -> Failed | None:
    for line in lines:
        if line["event"] == "round" and line["difference"]:
            where = _where(line, names)
            return Failed(culprit="candidate", outcome=Outcome.WRONG_ANSWER, feedback=f"{line['difference']} ({where})")
        if line["event"] == "failure":
            return _explain(line, session, names)
    if session.timed_out:
        return Failed(culprit="candidate", outcome=Outcome.TIMEOUT, feedback="the whole session took too long")
    if not any(line["event"] == "end" for line in lines):  # the judge's last word, unless it reported a failure
        return Failed(
            culprit="judge",
            outcome=Outcome.CRASH,
            feedback=f"the judge ended early ({session.judge}): {session.judge_output[:500]}",
        )
    return None


def _where(line: Mapping[str, Any], names: Sequence[str]) -> str:
    sizes = ", ".join(f"{n}={d}" for n, d in zip(names, line.get("dims", ()), strict=False))
    team = Team(line.get("threads", 1), line.get("ranks", 0))
    return f"{sizes}; {team.described}; seed {line.get('seed', '')}"


def _explain(line: Mapping[str, Any], session: Session, names: Sequence[str]) -> Failed:
    who, kind, detail = line["who"], line["kind"], line["detail"]
    if kind == "inputs":
        sizes = _where(line, names)
        return Failed(culprit="judge", outcome=Outcome.CRASH, feedback=f"inputs cannot be made: {detail} ({sizes})")
    ending = session.candidate if who == "candidate" else session.baseline
    output = (session.candidate_output if who == "candidate" else session.baseline_output).strip()
    said = f"; it printed: {output[:600]}" if output else ""
    where = f" ({_where(line, names)})" if "dims" in line else ""
    if kind in ("lost", "timeout") and detail == "start":  # nothing of a candidate's is loaded before that
        what = "MPI's ranks cannot be started" if ending == f"exit {_CANNOT_LAUNCH}" else f"the {who} does not start"
        raise SandboxError(f"{what} ({ending}){said}")
    on = f"rank {line['rank']}: " if "rank" in line else ""
    if kind == "lost":
        outcome, words = _ending(ending, output, detail)
        words = f"{on}{words}"
        return Failed(culprit=who, outcome=outcome, feedback=f"{words}{where}{said}")
    outcome, words = {
        "timeout": (Outcome.TIMEOUT, f"too slow or hanging during {detail}"),
        "deadlock": (Outcome.DEADLOCK, f"ranks wait for each other for ever{detail}"),
        "tampering": (Outcome.TAMPERING, f"{on}{detail}"),
        "threw": (Outcome.CRASH, f"{on}threw {detail!r}{_UNLIKE_IT}"),
        "failed": (Outcome.CRASH, f"{on}{detail}"),
        "left_over": (Outcome.WRONG_ANSWER, f"{on}{detail}"),
        "out_of_memory": (Outcome.OUT_OF_MEMORY, f"{on}out of memory during {detail}"),
        "test": (Outcome.WRONG_ANSWER, f"a test fails: {detail}"),
        "malformed": (Outcome.WRONG_ANSWER, f"{on}the outputs are malformed: {detail}"),
    }[kind]
    return Failed(culprit=who, outcome=outcome, feedback=f"{words}{where}{said}")


_SIGNALS = {
    4: "illegal instruction",
    6: "aborted",
    7: "bus error",
    8: "arithmetic error",
    11: "segmentation fault",
}


def _ending(ending: str, output: str, phase: str) -> tuple[Outcome, str]:
    word, _, number = ending.partition(" ")
    if word == "signal" and int(number) == 9:
        return Outcome.OUT_OF_MEMORY, f"killed for memory during {phase}"
    if "bad_alloc" in output or "Cannot allocate memory" in output:
        return Outcome.OUT_OF_MEMORY, f"out of memory during {phase}"
    if word == "signal":
        return Outcome.CRASH, f"{_SIGNALS.get(int(number), 'signal ' + number)} during {phase}"
    if ending == "exit 71":
        return Outcome.BUILD_ERROR, "the built object cannot be loaded"
    return Outcome.CRASH, f"the process left ({ending}) during {phase}; nothing it printed is believed"


def secret_shuffle(rounds: Sequence[Round]) -> list[Round]:
    """The rounds in an order that a candidate cannot predict."""
    shuffled = list(rounds)
    secrets.SystemRandom().shuffle(shuffled)
    return shuffled
