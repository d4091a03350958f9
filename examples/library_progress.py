"""One function made faster from Python, with its progress as it comes."""

import asyncio

import agentpar


def tell(event: agentpar.Event) -> None:
    """Hear of everything that happens, at once."""
    if event.kind == "judged":
        print(f"{event.evaluated}/{event.budget_candidates} {event.outcome} {event.speedup or 0:.2f}× {event.message}")


async def main() -> None:
    """Solve one example."""
    result = await agentpar.asolve("examples/histogram.cpp::histogram", candidates=3, emit=tell)
    print(f"{result.best.speedup:.2f}×, patch {result.patch}" if result.best else result.why)


asyncio.run(main())
