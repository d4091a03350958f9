"""What a candidate's IR holds that ThreadSanitizer does not know of, or is not to know; measured with LLVM 16."""

import re

from agentpar.evaluation.race.same_source import OwnText

_FENCE = re.compile(r"^ +(?:fence |call [^@\n]*@__kmpc_flush\()", re.MULTILINE)
# Clang puts a flush behind OpenMP's atomics that order by themselves.
_ORDERED_ATOMIC = re.compile(
    r"^ +.*\b(?:acquire|release|acq_rel|seq_cst), align .*\n(?:(?!.*@__kmpc_flush).*\n)?.*@__kmpc_flush\(.*\n",
    re.MULTILINE,
)
_RELAXED = re.compile(
    r"^ +.*\b(?:(?:load|store) atomic .*|atomicrmw .*|cmpxchg .* monotonic) monotonic, align ", re.MULTILINE
)
_C11_THREADS = re.compile(r"@(?:thrd_create|mtx_lock)\(")
_TBB = re.compile(r"@_ZNK?3tbb\w+\(")
# Assembly that may touch memory, whatever it declares: by an address in a register too, or as a function of its own.
# The empty kind holds the compiler back, and one may pause while spinning.
_ASSEMBLY = re.compile(
    r'\basm (?:\w+ )*"(?!"|pause"|rep; ?nop")(?:[^"\n]*", "[^"\n]*(?:\*m|~\{memory\})|[^"\n]*(?:[(\[.]|:a\}'
    r'|\b(?:call|jmp|push|pop|ret|syscall|int|xlat|rep|(?:movs|stos|lods|scas|cmps)[bwlq])\b))|^module asm "(?!")',
    re.MULTILINE,
)
# Found by name while it runs, a function can be any, also one that turns the sanitizer off.
_LOOK_UP = re.compile(r"@(?:dlsym|dlvsym|dlopen|dl_iterate_phdr)\(")
# Names of the sanitizer's and the gate's own functions, and definitions in place of those that it must hear of.
# An `asm` label puts quotes and a \01 before a name.
_LABEL = r'@"?(?:\\01)?'
_WATCHING = (
    r"__tsan_\w+|__sanitizer_\w+|RunningOnValgrind|agentpar_(?:atomic|start)_\w+"
    r"|Annotate(?:Happens|Ignore|RWLock|CondVar|Mutex|Benign|Thread|NewMemory|Flush|Enable|Publish|Unpublish|Expect"
    r"|NoOp|Trace|Unprotected|Memory)\w*"
)
_RUNTIME = (
    r"(?:__kmpc|kmp|ompt|GOMP|__cxa_guard)_\w+|omp_(?:get|set|unset|test|init|destroy|in|is|pause|display)_\w+"
    r"|pthread_(?:create|join|detach|exit|once|mutex|cond|rwlock|spin|barrier|key|self)\w*"
    r"|mtx_(?:init|lock|unlock|trylock|timedlock)|sem_(?:init|wait|post|trywait|timedwait)"
)
_DECEIT = re.compile(
    rf'{_LABEL}({_WATCHING})\b|^define [^"\n]*{_LABEL}({_RUNTIME})\b.*\{{$|^{_LABEL}({_RUNTIME})"? = [^"\n]*\balias ',
    re.MULTILINE,
)
_TELLS_COMPILERS_APART = re.compile(
    r"\b(__PRETTY_FUNCTION__|__builtin_FUNCTION|source_location|__builtin_constant_p|__builtin_(?:dynamic_)?object_size)\b"
)
# What the C library's own assert expands to.
_ASSERTION = re.compile(r"\b__assert_fail\s*\(.*?__PRETTY_FUNCTION__\s*\)")
# Those that gather, scatter or store by themselves. Flushing a line and the floating-point modes are no data.
_VECTORS = re.compile(r"@llvm\.(?:masked\.|x86\.(?!sse2?\.(?:clflush|ldmxcsr|stmxcsr))[\w.]+\([^\n]*\bptr\b)")
# What has one place under two addresses, or data run as code. `mmap` does neither without PROT_EXEC, which is 4.
_MAPPINGS = re.compile(
    r"@(?:mremap|remap_file_pages|(?:pkey_)?mprotect)\b|\bptr @(?:mmap(?:64)?|syscall)\b(?!\()"
    r"|@mmap(?:64)?\(ptr [^,\n]*, i64 [^,\n]*, i32 noundef (?![0-3],|\))"
    r"|@syscall\(i64 noundef (?:%|(?:9|10|25|216|222|226|234|288|329)\b)"
)
_SEGMENTS = re.compile(r"\bptr addrspace\(")


def has_fences(ir: str) -> bool:
    """Whether threads are ordered by fences: ThreadSanitizer knows none, unless every atomic access counts as one."""
    return bool(_FENCE.search(_ORDERED_ATOMIC.sub("", ir)))


def unknown_threads(ir: str) -> str:
    """Why this candidate's threads cannot be watched, or nothing."""
    if _C11_THREADS.search(ir):
        return "ThreadSanitizer does not know C11 threads; use OpenMP, std::thread or pthreads"
    if _TBB.search(ir):
        return "ThreadSanitizer does not see into TBB's library; call the standard library's algorithms instead"
    return ""


def deceit(ir: str) -> str:
    """Why this candidate is not to be watched, or nothing: it calls or replaces what the watching depends on."""
    found = _DECEIT.search(ir)
    return f"`{next(filter(None, found.groups()))}` blinds the race gate; leave it out" if found else ""


def blind_spots(ir: str, own: OwnText) -> str:
    """Which accesses were perhaps not watched, or nothing."""
    spots = [
        f"does not see into {name}"
        for name, pattern in (
            ("inline assembly", _ASSEMBLY),
            ("vector instructions with masks or indices", _VECTORS),
            ("what is mapped twice or run as code", _MAPPINGS),
            ("memory behind segment registers", _SEGMENTS),
            ("functions that are looked up while it runs", _LOOK_UP),
        )
        if pattern.search(ir)
    ]
    if told := _TELLS_COMPILERS_APART.search(_ASSERTION.sub("", own.text)):
        spots.append(f"sees the code of Clang, from which `{told.group()}` can tell the user's compiler")
    elif own.differs_at:
        spots.append(f"sees the code of Clang, for which a macro at line {own.differs_at} stands for something else")
    if has_fences(ir) and _RELAXED.search(ir):
        spots.append("knows no fences: relaxed atomics were taken for ordered ones")
    return f"ThreadSanitizer {' and '.join(spots)}" if spots else ""
