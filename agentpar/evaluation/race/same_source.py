"""What a source says once its macros are expanded, and whether it says the same to both compilers."""

import re

from agentpar.evaluation.race.build import front_end
from agentpar.evaluation.toolchain import SHARED, Toolchain
from agentpar.sandbox.base import Sandbox
from agentpar.verdict import Frozen

_BUILD_ONLY = (
    *SHARED[1:],
    "-S",
    "-emit-llvm",
    "-o",
    "candidate.so",
    "race.ll",
    "-include",
    "../task/public/pch.hpp",
)
_MARKER = re.compile(r'^# (\d+) "([^"]*)"')
_OWN = re.compile(r"(^|/)candidate\.c(pp)?$")
# What can be asked about and stays the same in both: whole numbers, and what is put into strings.
_CONSTANT = re.compile(r'"(?:[^"\\\n]|\\.)*"|(?<![\w.])(?:0[xX][0-9a-fA-F]+|\d+)(?=[uUlLzZ]*(?![\w.]))')
# Each compiler's headers spell intrinsics and C's atomics in words of its own.
_SPELLED_APART = re.compile(r"\b__(?:builtin_ia32|c11_atomic)_")


class OwnText(Frozen):
    """The candidate's own lines with all macros expanded, as the user's compiler reads them.

    `differs_at` is the first line where Clang reads other numbers or strings, or 0.
    """

    text: str
    differs_at: int = 0


async def own_text(sandbox: Sandbox, toolchain: Toolchain) -> OwnText | None:
    """The candidate's own lines, or None when Clang reads others: conditions could hide a race from it.

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
    if users.keys() != clangs.keys():
        return None
    differing = (n for n, line in users.items() if line != clangs[n] and reads_apart(line, clangs[n]))
    return OwnText(text="\n".join(users.values()), differs_at=next(differing, 0))


def reads_apart(users: str, clangs: str) -> bool:
    """Whether a line holds other constants for Clang than for the user's compiler."""
    return not _SPELLED_APART.search(clangs) and _constants(users) != _constants(clangs)


def _constants(line: str) -> list[str | int]:
    found = _CONSTANT.findall(line)
    return [text if text.startswith('"') else int(text, 16 if text[:2] in ("0x", "0X") else 10) for text in found]


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
