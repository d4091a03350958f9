"""Makes ThreadSanitizer see what it does not see in Clang's output, by editing the text of the IR.

Measured with LLVM 16. Not seen are accesses of a size that is no power of two up to 16 bytes (long double, the vectors
of AVX), atomic sums of floating-point numbers, and, with the option that Archer asks for, blocks copied or filled.
"""

import re

_ACCESS = re.compile(
    r"^ +(?:%\S+ = )?(?P<kind>load|store) (?:volatile )?"
    r"(?P<type>x86_fp80|i\d+|<(?P<count>\d+) x (?P<element>fp128|x86_fp80|double|float|half|bfloat|i\d+)>)"
    r"(?: .+?)?, ptr (?P<pointer>.+?), align \d+(?:, !nontemporal !\d+)?(?P<place>, !dbg !\d+)?",
    re.MULTILINE,
)
_BITS = {"fp128": 128, "x86_fp80": 80, "double": 64, "float": 32, "half": 16, "bfloat": 16}
_SEEN_BYTES = {1, 2, 4, 8, 16}
_SUM = re.compile(r"\batomicrmw (?:volatile )?f(add|sub) ptr (.+), (float|double) (\S+) [a-z_]+, align \d+")
_BLOCK = re.compile(
    r"^ +(?:%\S+ = )?(?:tail )?call (?:void|i32) @(?:llvm\.)?(?P<name>memcpy|memmove|memset|memcmp)[.\w]*"
    r"\((?P<arguments>.+)\)(?: #\d+)?(?P<place>, !dbg !\d+)?",
    re.MULTILINE,
)
# What each does with its first and its second argument.
_BLOCK_ACCESSES = {"memcpy": "wr", "memmove": "wr", "memset": "w", "memcmp": "rr"}
_ATTRIBUTES = re.compile(r"^(?:ptr|i64)(?: (?:align \d+|no[a-z]+|readonly|writeonly|dereferenceable\w*\(\d+\)))* ")
# Which arguments of the C library's functions are written through, and how many bytes at least. The library is not
# instrumented, and with the option that Archer asks for its calls are not looked at.
_LIBRARY_WRITES: dict[str, tuple[tuple[int, int], ...]] = {
    "modf": ((1, 8),), "modff": ((1, 4),), "modfl": ((1, 10),),
    "frexp": ((1, 4),), "frexpf": ((1, 4),), "frexpl": ((1, 4),),
    "remquo": ((2, 4),), "remquof": ((2, 4),), "remquol": ((2, 4),),
    "sincos": ((1, 8), (2, 8)), "sincosf": ((1, 4), (2, 4)),
    **dict.fromkeys(("erand48", "nrand48", "jrand48"), ((0, 6),)),
    # Whatever follows the format is written to.
    "sscanf": tuple((at, 1) for at in range(2, 12)), "_ZSt10from_chars": ((2, 4),),
    "lgamma_r": ((1, 4),), "lgammaf_r": ((1, 4),), "rand_r": ((0, 4),),
    **dict.fromkeys(("strtol", "strtoll", "strtoul", "strtoull", "strtod", "strtof", "strtold"), ((1, 8),)),
    **dict.fromkeys(("sprintf", "snprintf", "vsprintf", "vsnprintf", "strcpy", "strncpy", "stpcpy", "strcat", "strncat",
                     "wmemcpy", "wmemmove", "wmemset", "wcscpy", "wcscat", "qsort"), ((0, 1),)),
}  # fmt: skip
_LIBRARY_CALL = re.compile(
    r"^ +(?:%\S+ = )?(?:tail )?call [^@\n]*@(?:__isoc\d\d_)?(?P<begin>_*)"
    rf"(?P<name>{'|'.join(_LIBRARY_WRITES)}|_ZSt8to_chars)(?P<end>_chk|PcS_\w+|PKcS0_R\w+)?"
    r"\((?P<arguments>.+)\)(?: #\d+)?(?P<place>, !dbg !\d+)?$",
    re.MULTILINE,
)
_RANGE = {"r": "read", "w": "write", "load": "read", "store": "write"}
# GCC has a barrier between the copies that a declared reduction begins with and the first sum that is added; Clang lets
# a thread begin with what another has added already, which is no fault of the source.
_INITIALIZER = re.compile(
    r"^define [^\n]*@\.omp_initializer\.[^\n]*\{\n(?:\w+:[^\n]*\n)?(?P<body>.*?)^\}", re.MULTILINE | re.DOTALL
)
# Functions that ask not to be watched are watched all the same.
_UNWATCHED = re.compile(r'^(attributes #\d+ = \{)(?!(?:[^"\n]|"[^"\n]*")*\bsanitize_thread\b)', re.MULTILINE)
_BLIND = "  call void @AnnotateIgnoreReads{}(ptr null, i32 0)\n"
_DECLARED = """
declare void @AnnotateIgnoreReadsBegin(ptr, i32)
declare void @AnnotateIgnoreReadsEnd(ptr, i32)
declare void @__tsan_read_range(ptr, i64)
declare void @__tsan_write_range(ptr, i64)
declare float @agentpar_atomic_add_float(ptr, float)
declare float @agentpar_atomic_sub_float(ptr, float)
declare double @agentpar_atomic_add_double(ptr, double)
declare double @agentpar_atomic_sub_double(ptr, double)
"""


def made_visible(ir: str) -> str:
    """The IR with what ThreadSanitizer would not see in a form that it sees.

    Accesses are announced by a call before them, atomic sums become calls of the worker's functions, and copies of
    library functions that are only there to be inlined become the functions that are called. What a declared reduction
    begins with is read unseen.
    """
    ir = ir.replace("\ndefine available_externally ", "\ndefine linkonce_odr ")
    ir = _UNWATCHED.sub(r"\1 sanitize_thread", ir.replace("disable_sanitizer_instrumentation", ""))
    ir = _SUM.sub(r"call \3 @agentpar_atomic_\1_\3(ptr \2, \3 \4)", ir)
    ir = _BLOCK.sub(_announced_block, ir)
    ir = _LIBRARY_CALL.sub(_announced_call, ir)
    ir = _ACCESS.sub(_announced_access, ir)
    return _INITIALIZER.sub(_blinded, ir) + _DECLARED


def _announced_access(access: re.Match[str]) -> str:
    scalar = access["element"] or access["type"]
    bits = _BITS[scalar] if scalar in _BITS else int(scalar[1:])
    size = (int(access["count"] or 1) * bits + 7) // 8
    if size in _SEEN_BYTES:
        return access.group()
    return _call(access["kind"], access["pointer"], str(size), access["place"]) + access.group()


def _announced_block(call: re.Match[str]) -> str:
    arguments = [_ATTRIBUTES.sub("", argument) for argument in _split(call["arguments"])]
    accesses = zip(_BLOCK_ACCESSES[call["name"]], arguments, strict=False)
    return "".join(_call(kind, pointer, arguments[2], call["place"]) for kind, pointer in accesses) + call.group()


def _announced_call(call: re.Match[str]) -> str:
    arguments = [_ATTRIBUTES.sub("", argument) for argument in _split(call["arguments"])]
    writes = [(at, size) for at, size in _LIBRARY_WRITES.get(call["name"], ((0, 1),)) if at < len(arguments)]
    # A null pointer asks for no answer.
    written = [(arguments[at], size) for at, size in writes if arguments[at] != "null"]
    return "".join(_call("w", pointer, str(size), call["place"]) for pointer, size in written) + call.group()


def _blinded(function: re.Match[str]) -> str:
    body = function["body"].replace("  ret void", f"{_BLIND.format('End')}  ret void")
    return function.group().replace(function["body"], _BLIND.format("Begin") + body)


def _call(kind: str, pointer: str, size: str, place: str | None) -> str:
    return f"  call void @__tsan_{_RANGE[kind]}_range(ptr {pointer}, i64 {size}){place or ''}\n"


def _split(arguments: str) -> list[str]:
    """The arguments of a call: commas within brackets do not part them."""
    parts, depth = [""], 0
    for character in arguments:
        depth += (character in "([{<") - (character in ")]}>")
        if character == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    return [part.strip() for part in parts]
