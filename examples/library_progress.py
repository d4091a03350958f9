"""One function made faster from Python, with its progress as it comes."""

import asyncio

import agentpar


def tell(event: agentpar.Event) -> None:
    """Hear of everything that happens, at once."""
    if event.kind == "judged":
        speedup = f"{event.speedup:.2f}×" if event.speedup else "not timed"
        print(f"{event.evaluated}/{event.budget_candidates}: {event.outcome}, {speedup}, {event.message}", flush=True)


async def main() -> None:
    """Solve one example."""
    result = await agentpar.asolve("examples/histogram.cpp::histogram", candidates=3, emit=tell)
    print(f"{result.best.speedup:.2f}×, patch {result.patch}" if result.best else result.why)


asyncio.run(main())
