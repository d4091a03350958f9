"""The parallel construct that a source uses, for the archive's cells."""

import re

_PRAGMA = re.compile(r"^[ \t]*#[ \t]*pragma[ \t]+omp[ \t]+((?:[^\n\\]|\\\r?\n|\\.)*)", re.MULTILINE)
_LIBRARY = {r"\bstd::(?:execution|par)\b": "stdpar", r"\bstd::(?:jthread|thread|async)\b": "threads"}


def pattern_of(source: str) -> str:
    """Name the construct: `parallel-for+reduction`, `tasks`, `parallel-region`, `simd`, `threads`, …, or `serial`."""
    pragmas = [" ".join(each.replace("\\", " ").split()) for each in _PRAGMA.findall(source)]
    words = {word for each in pragmas for word in re.findall(r"[a-z]+", each)}
    if words & {"task", "taskloop", "sections"}:
        base = "tasks"
    elif any(re.match(r"parallel\b.*\bfor\b", each) for each in pragmas):
        base = "parallel-for"
    elif "parallel" in words:
        base = "parallel-region"
    else:
        base = next((name for sign, name in _LIBRARY.items() if re.search(sign, source)), "")
    if not base:
        return "simd" if "simd" in words else "serial"
    extras = [word for word in ("reduction", "atomic", "critical", "collapse", "scan", "simd") if word in words]
    return "+".join([base, *extras[:2]])
