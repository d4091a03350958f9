"""A command that is struck down at a chosen moment of its life, seen from outside as its user sees it."""

import random
import re
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Stage = Literal["start", "preparation", "evaluation", "re-test", "report"]
"""Where a command is, by what it said last: the re-test begins when the search is over, the report after it."""
Target = Literal["agentpar", "one sandbox", "all sandboxes"]

STAGES: tuple[Stage, ...] = ("start", "preparation", "evaluation", "re-test", "report")
# Twenty moments, dealt out so that every part of a run's life has its share of the kills.
_DECK: tuple[Stage, ...] = (
    ("start",) * 3 + ("preparation",) * 5 + ("evaluation",) * 7 + ("re-test",) * 3 + ("report",) * 2
)

_JUDGED = re.compile(r"^  #(\d+) (\w+)", re.MULTILINE)
_PREPARES = "· sizes: "
_SEARCHED = re.compile(r"^· (nothing left to propose|\d+ candidates? judged|[\d.]+ s are over)", re.MULTILINE)
_CONFIRMS = "· the re-test "
_LAST_WORDS_S = 10  # what outlives the command may hold its standard error open


@dataclass(frozen=True)
class Strike:
    """SIGKILL to `target`, `delay_s` after the command has come to `stage` and told of `verdicts` verdicts."""

    stage: Stage
    delay_s: float
    verdicts: int = 0
    target: Target = "agentpar"


def deal(chance: random.Random, count: int, *, evaluations: int) -> Iterator[Strike]:
    """So many strikes in an order in which each can happen, at the cost of about `evaluations` verdicts in all.

    One in ten goes to the sandboxes and not to agentpar, and at most one in a run: a candidate whose sandbox ends twice
    is rightly blamed for it.
    """
    stages = [stage for _ in range(count // len(_DECK) + 1) for stage in chance.sample(_DECK, len(_DECK))][:count]
    stages.sort(key=lambda stage: stage in ("re-test", "report"))
    early = [place for place, stage in enumerate(stages) if stage in ("preparation", "evaluation")]
    spared = chance.choice(early) if early and chance.random() < count / 10 else -1
    step = max(1, 2 * evaluations // (stages.count("evaluation") + 1))
    for place, stage in enumerate(stages):
        target: Target = chance.choice(("one sandbox", "all sandboxes")) if place == spared else "agentpar"
        verdicts = chance.randint(1, step) if stage == "evaluation" else 0
        yield Strike(stage, _delay(chance, stage), verdicts, target)


def _delay(chance: random.Random, stage: Stage) -> float:
    """Seconds: over about as long as the stage takes on an idle machine."""
    longest = {"start": 1.5, "preparation": 2.0, "evaluation": 0.5, "re-test": 3.0, "report": 0.1}
    return chance.uniform(0, longest[stage])


class Session:
    """One command from its start to its end. Leaving the `with` statement kills it if it still lives."""

    def __init__(self, command: Sequence[str], *, environment: Mapping[str, str], folder: Path) -> None:
        self._process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=environment, cwd=folder
        )
        self.pid = self._process.pid
        self.seconds = 0.0
        """How long it lived."""
        self._since = time.monotonic()
        self._said = ""
        self._news = threading.Condition()
        self._is_over = False
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> "Session":
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def _read(self) -> None:
        assert self._process.stderr is not None
        with self._process.stderr as lines:
            for line in lines:
                with self._news:
                    self._said += line
                    self._news.notify_all()
        with self._news:
            self._is_over = True
            self._news.notify_all()

    @property
    def said(self) -> str:
        """Everything on its standard error so far."""
        with self._news:
            return self._said

    @property
    def told(self) -> dict[int, str]:
        """The outcome of each candidate whose verdict it told, by number."""
        return {int(number): outcome for number, outcome in _JUDGED.findall(self.said)}

    @property
    def stage(self) -> Stage:
        """How far it has come."""
        said = self.said
        if _CONFIRMS in said:
            return "report"
        if _SEARCHED.search(said):
            return "re-test"
        if _JUDGED.search(said):
            return "evaluation"
        return "preparation" if _PREPARES in said else "start"

    def comes_to(self, strike: Strike, *, within_s: float) -> bool:
        """Wait for the strike's moment; False when the command ended before it, or does not come to it in time."""

        def is_there() -> bool:
            return STAGES.index(self.stage) >= STAGES.index(strike.stage) and len(self.told) >= strike.verdicts

        with self._news:
            self._news.wait_for(lambda: self._is_over or is_there(), timeout=within_s)
            if self._is_over or not is_there():
                return False
        time.sleep(strike.delay_s)
        return self._process.poll() is None

    def ends(self, *, within_s: float) -> int | None:
        """Its exit code, or None when it goes on for longer."""
        try:
            self._process.wait(within_s)
        except subprocess.TimeoutExpired:
            return None
        self._reader.join(_LAST_WORDS_S)
        return self._process.returncode

    def kill(self) -> bool:
        """SIGKILL, and wait; False when it had ended by itself."""
        self._process.kill()
        self._process.wait()
        self.seconds = time.monotonic() - self._since
        self._reader.join(_LAST_WORDS_S)
        return self._process.returncode == -signal.SIGKILL
