"""What Clang sees in the text of an MPI candidate that failed: buffers of another type than the datatype says, and
requests that are never waited for, waited for without need, or begun twice.

It proves nothing and decides nothing: it is a hint beside a verdict that the judge has come to by running.
"""

import re

from agentpar.evaluation.toolchain import Toolchain
from agentpar.sandbox.base import Sandbox

_MOST = 3
_WARNING = re.compile(
    r"^\S*candidate\.\w+:(\d+):\d+: warning: (.*) \[(?:-Wtype-safety|optin\.mpi\.\S+)\]$", re.MULTILINE
)
_TYPES = re.compile(r"argument type '(?:const )?([\w ]+?) \*' doesn't match .* requires '([\w ]+?) \*'")
# Whoever sends structures as so many doubles knows what they do.
_PLAIN = re.compile(r"(?:unsigned |long )*(?:short|int|long|float|double|unsigned)|std::size_t|size_t")
_REQUESTS = re.compile(r"\bMPI_I[a-z]\w*\s*\(")


async def static_findings(sandbox: Sandbox, toolchain: Toolchain) -> str:
    """The findings in the candidate that was built last, in one line; empty where there are none.

    Raises:
        SandboxError: the sandbox failed.
    """
    source = await sandbox.get("builder", f"work/candidate{toolchain.suffix}")
    said = ""
    # Only requests that do not block need the analyser, which takes several times as long.
    for analyses in (False, True) if _REQUESTS.search(source.decode(errors="replace")) else (False,):
        ended = await sandbox.run("builder", toolchain.mpi_checks(analyses=analyses), timeout_s=30)
        said += ended.stderr
    found = dict.fromkeys(told for line, words in _WARNING.findall(said) if (told := _told(line, words)))
    return "; ".join([*found][:_MOST])


def _told(line: str, words: str) -> str:
    types = _TYPES.search(words)
    if types is None:
        return f"line {line}: {words.strip().rstrip('.')}" if "request" in words.lower() else ""
    if not _PLAIN.fullmatch(types[1]) or types[1] == types[2]:  # it may be constant where it is sent
        return ""
    return f"line {line}: the buffer holds `{types[1]}`, and the datatype says `{types[2]}`"
