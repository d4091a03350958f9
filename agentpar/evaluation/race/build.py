"""The instrumented build: Clang's front end, a few changes to its output, then code that is not optimised."""

from agentpar.evaluation.race.visible import made_visible
from agentpar.evaluation.toolchain import SHARED, Toolchain
from agentpar.sandbox.base import Sandbox

OBJECT = "race.so"
_IR = "race.ll"


def front_end(toolchain: Toolchain) -> list[str]:
    """The command that turns `work/candidate.cpp` into unoptimised IR."""
    command = toolchain.race_candidate()
    output = command.index("-o")
    before = [word for word in command[:output] if word not in SHARED[1:]]
    # Where the user's compiler may use the machine's own instructions, intrinsics of those may be in the source.
    machine = [flag for flag in toolchain.flags if flag.startswith("-march=")]
    to_ir = ["-S", "-emit-llvm", "-Xclang", "-disable-llvm-passes", *machine]
    return [*before, *to_ir, "-o", _IR, *command[output + 2 :]]


def back_end(toolchain: Toolchain) -> list[str]:
    """The command that turns the IR into the candidate's object.

    Nothing is optimised: optimisers drop accesses whose values nobody needs, merge the lines of branches, and read
    ahead what the source reads on one path only (each measured with LLVM 16). Its own code comes first here as well:
    what libstdc++ has too is not instrumented there.
    """
    return [toolchain.clang, "-O0", "-g", "-fsanitize=thread", *SHARED, "-o", OBJECT, "-x", "ir", _IR]


async def build(sandbox: Sandbox, toolchain: Toolchain) -> str | None:
    """Build `work/race.so` from `work/candidate.cpp`; returns the IR, or None when Clang does not accept the source.

    Raises:
        SandboxError: the sandbox failed.
    """
    limit = sandbox.limits.build_seconds
    if not (await sandbox.run("builder", front_end(toolchain), timeout_s=limit)).succeeded:
        return None
    ir = (await sandbox.get("builder", f"work/{_IR}")).decode(errors="surrogateescape")
    await sandbox.put("builder", f"work/{_IR}", made_visible(ir).encode(errors="surrogateescape"))
    return ir if (await sandbox.run("builder", back_end(toolchain), timeout_s=limit)).succeeded else None
