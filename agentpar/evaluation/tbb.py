"""Whether the library that runs the standard parallel algorithms is there."""

from agentpar.sandbox.base import Sandbox

MEND = "TBB is missing: install libtbb-dev on this host, and run `agentpar sandbox build` for Docker"


async def has_tbb(sandbox: Sandbox) -> bool:
    """Whether programs that need TBB can be built and linked in a sandbox.

    Raises:
        SandboxError: the sandbox failed.
    """
    # Without a file to compile there would be no program; any that is empty will do.
    command = ["g++", "-include", "tbb/tbb.h", "-shared", "-fPIC", "-o", "tbb.so", "-x", "c++", "/dev/null", "-ltbb"]
    return (await sandbox.run("builder", command, timeout_s=30)).succeeded
