"""Whether a slow model and the evaluations wait for each other: a model over HTTP, evaluations that sleep.

python -m bench.overlap [--candidates N] [--workers N]

The model answers one request at a time, as one that uses all of its processor does. For a search that the evaluations
bound, and one that the model bounds: the wall time over the least that is possible, which is what the slower side takes
alone, and the other once. Ends with 1 when one is above the limit. The ledger waits for the disk at every verdict; with
TMPDIR on a file system in memory that is left out.
"""

import argparse
import asyncio
import json
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from rich.console import Console

from agentpar.candidate import Candidate
from agentpar.languages.fingerprint import fingerprint
from agentpar.ledger import Ledger
from agentpar.models.open import open_model
from agentpar.search.loop import search
from agentpar.search.replies import Remembered
from agentpar.search.strategy import assemble
from agentpar.task import Budget, ModelOptions, SearchOptions, Task
from agentpar.verdict import Verdict
from bench.conditions import conditions, print_conditions
from bench.orchestration import SOURCE, VERSION, Instant

LIMIT = 1.10
REPLY_S = 0.5
SAMPLES = 4
_LONG_S = 10_000.0
_ONE_AT_A_TIME = threading.Lock()


@dataclass(frozen=True)
class Case:
    """`evaluation_s` is how long one candidate is judged."""

    name: str
    evaluation_s: float

    def ideal_s(self, count: int, workers: int) -> float:
        """What the slower side takes alone, and the other once."""
        judging = count / workers * self.evaluation_s
        asking = count / SAMPLES * REPLY_S
        return max(REPLY_S + judging, asking + self.evaluation_s)


CASES = (Case("the evaluations are slower", 0.75), Case("the model is slower", 0.05))


class Slow(Instant):
    """Sleeps, as one that waits for a sandbox does."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    async def evaluate(self, candidate: Candidate) -> Verdict:
        await asyncio.sleep(self._seconds)
        return await super().evaluate(candidate)


class _Server(BaseHTTPRequestHandler):
    """As much of an OpenAI-compatible server as a search asks for."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer({"object": "list", "data": [{"id": "slow", "object": "model"}]})

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        n, seed = asked.get("n") or 1, asked.get("seed") or 0
        if asked.get("max_tokens", asked.get("max_completion_tokens", 0)) > 100:  # no trial at the start
            with _ONE_AT_A_TIME:
                time.sleep(REPLY_S)
        said = [f"```cpp\n{VERSION.format(seed + i)}```" for i in range(n)]
        choices = [
            {"index": i, "finish_reason": "stop", "message": {"role": "assistant", "content": text}}
            for i, text in enumerate(said)
        ]
        usage = {"prompt_tokens": 100, "completion_tokens": 50 * n, "total_tokens": 100 + 50 * n}
        self._answer(
            {"id": "1", "object": "chat.completion", "created": 0, "model": "slow", "choices": choices, "usage": usage}
        )

    def _answer(self, body: object) -> None:
        data = json.dumps(body).encode()
        with suppress(ConnectionError):  # a search that has ended waits for no reply
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def serving() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Server) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/v1"
        finally:
            server.shutdown()
            thread.join()


async def wall_s(case: Case, url: str, folder: Path, *, count: int, workers: int) -> float:
    """Seconds from the search's begin to its end."""
    task = Task(
        name="scale", root=folder, path=folder / "scale.cpp", source=SOURCE, entry="scale",
        search=SearchOptions(strategy="best-of-n"), model=ModelOptions(samples=SAMPLES),
    )  # fmt: skip
    run_dir = folder / case.name.replace(" ", "-")
    with Ledger.create(run_dir / "ledger.sqlite", task) as ledger:
        async with open_model(url, run_dir=run_dir) as sampler:
            assert sampler is not None  # the address of a server is given
            begun = time.monotonic()
            await search(
                subtask="scale", source=SOURCE, entry="scale", target="openmp",
                team=assemble(task, Remembered(sampler, ledger)), evaluator=Slow(case.evaluation_s), ledger=ledger,
                budget=Budget(candidates=count, seconds=_LONG_S), seed=1, workers=workers, emit=lambda _: None,
                fingerprint=fingerprint,
            )  # fmt: skip
            wall = time.monotonic() - begun
        if (judged := len(ledger.judged())) != count:
            raise RuntimeError(f"{judged} of {count} candidates were judged")
    return wall


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--candidates", type=int, default=64)
    parser.add_argument("--workers", type=int, default=4)
    chosen = parser.parse_args(arguments)
    console = Console(width=None if sys.stdout.isatty() else 140, highlight=False)
    is_within = True
    with tempfile.TemporaryDirectory(prefix="agentpar-bench-") as folder, serving() as url:
        for case in CASES:
            wall = asyncio.run(wall_s(case, url, Path(folder), count=chosen.candidates, workers=chosen.workers))
            ideal = case.ideal_s(chosen.candidates, chosen.workers)
            is_within = is_within and wall <= LIMIT * ideal
            console.print(f"{case.name}: {wall:.2f} s, ideal {ideal:.2f} s: {wall / ideal:.2f} (at most {LIMIT:.2f})")
    print_conditions(
        console,
        conditions(
            model=f"{REPLY_S:g} s a request of {SAMPLES}, one at a time, over HTTP",
            evaluations=", ".join(f"{case.evaluation_s:g} s" for case in CASES),
            workers=chosen.workers,
            candidates=chosen.candidates,
        ),
    )
    return 0 if is_within else 1


if __name__ == "__main__":
    sys.exit(main())
