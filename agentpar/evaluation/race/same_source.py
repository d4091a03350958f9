"""What a source says once its macros are expanded, and whether it says the same to both compilers."""

import re

from agentpar.evaluation.race.build import front_end
from agentpar.evaluation.toolchain import Toolchain
from agentpar.sandbox.base import Sandbox

_BUILD_ONLY = ("-shared", "-S", "-emit-llvm", "-o", "candidate.so", "race.ll", "-include", "../task/public/pch.hpp")
_MARKER = re.compile(r'^# (\d+) "([^"]*)"')
_OWN = re.compile(r"(^|/)candidate\.c(pp)?$")


async def own_text(sandbox: Sandbox, toolchain: Toolchain) -> str | None:
    """The candidate's own lines with all macros expanded, as the user's compiler reads them.

    None when Clang reads others: conditions could hide a race from it.

    Raises:
        SandboxError: the sandbox failed.
    """
    seen = []
    for command in (toolchain.candidate(), front_end(toolchain)):
        plain = [word for word in command if word not in _BUILD_ONLY]
        listed = await sandbox.run(
            "builder", [*plain, "-E", "-dD", "-o", "preprocessed"], timeout_s=sandbox.limits.build_seconds
        )
        if not listed.succeeded:
            return None
        seen.append(own_lines((await sandbox.get("builder", "work/preprocessed")).decode(errors="replace")))
    users, clangs = seen
    return "\n".join(users.values()) if users.keys() == clangs.keys() else None


def own_lines(preprocessed: str) -> dict[int, str]:
    """What the preprocessor leaves of each line of the candidate's own file, by line number."""
    kept: dict[int, str] = {}
    own, number = False, 0
    for line in preprocessed.splitlines():
        marker = _MARKER.match(line)
        if marker:
            number, own = int(marker.group(1)), bool(_OWN.search(marker.group(2)))
            continue
        if own and line.strip() and not line.startswith(("#undef", "# ")):
            kept[number] = kept.get(number, "") + line
        number += 1
    return kept
