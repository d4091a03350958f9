"""A process that opens a sandbox, starts something in it, says so, and waits to be killed: `victim.py KIND`."""

import asyncio
import sys

from agentpar.sandbox.base import Limits
from agentpar.sandbox.kinds import open_sandbox


async def main(kind: str) -> None:
    sandbox = await open_sandbox(kind, "victim", Limits())  # type: ignore[arg-type]
    await sandbox.run("builder", ["sh", "-c", "(setsid sleep 4321 >/dev/null 2>&1 &)"], timeout_s=10)
    print("open", flush=True)
    await sandbox.run("builder", ["sleep", "4321"], timeout_s=300)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
