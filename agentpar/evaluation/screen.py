"""Words that no candidate needs: they address the harness, blind the race gate, or tell compilers apart."""

import re

_FORBIDDEN = re.compile(
    r"\b(agentpar_\w+|_*no_sanitize\w*|__tsan_\w+|__asan_\w+|AnnotateHappens\w+|AnnotateIgnore\w+|__clang\w*|__llvm__"
    r"|__has_\w+|__SANITIZE_\w+|__GNUC\w*|__VERSION__|disable_sanitizer_instrumentation|PMPI_\w+)\b"
)
# Whether `__has_include` is there, and whether headers are that the user's compiler and the gate's take from one place
# or both bring along. Of other headers only one may know: with <quadmath.h>, say, GCC could be told from Clang.
_HONEST = re.compile(
    r"\b(?:ifn?def[ \t]+|defined[ \t]*\(?[ \t]*)__has_include\b(?![ \t]*\()"
    r"|\b__has_include[ \t]*\([ \t]*<(?:[a-z_]+|(?:immintrin|math|omp|pthread|stdint)\.h)>[ \t]*\)"
)
SPLICE = re.compile(r"\\[ \t]*\r?\n")
_LINE_DIRECTIVE = re.compile(r"^\s*(?:#|%:|\?\?=)\s*(?:line\b|\d)", re.MULTILINE)


def screen(source: str, original: str) -> str:
    """Why a candidate is not worth building, or nothing. The compiler decides about syntax, never a grammar."""
    if "\0" in source:
        return "the source holds a NUL byte"
    joined = SPLICE.sub("", source)
    if _LINE_DIRECTIVE.search(joined) and not _LINE_DIRECTIVE.search(original):
        return "`#line` hides where the code stands; leave it out"
    return screen_words(joined, original)


def screen_words(text: str, original: str) -> str:
    """The same for words alone; `text` may be what the preprocessor made of a source, where no macro hides them."""
    for word in _FORBIDDEN.findall(_HONEST.sub("", text)):
        if word not in original:
            return f"`{word}` addresses the judge or blinds the race gate; leave it out"
    return ""
