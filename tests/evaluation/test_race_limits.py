"""What a candidate may not say or do where races are looked for, and what the gate then says of itself."""

import pytest

from agentpar.evaluation.race.limits import blind_spots, deceit, has_fences, unknown_threads
from agentpar.evaluation.race.same_source import OwnText, own_lines, reads_apart
from agentpar.evaluation.race.visible import made_visible
from agentpar.evaluation.screen import screen, screen_words


@pytest.mark.parametrize(
    ("ir", "name"),
    [
        ("declare extern_weak void @AnnotateIgnoreWritesBegin(ptr, i32) #3", "AnnotateIgnoreWritesBegin"),
        ("  call void @__tsan_acquire(ptr %p)", "__tsan_acquire"),
        ("define dso_local void @__tsan_write4(ptr %0) #0 {", "__tsan_write4"),
        ("define dso_local void @__kmpc_fork_call(ptr %0, i32 %1, ptr %2, ...) #0 {", "__kmpc_fork_call"),
        ("define i32 @omp_get_max_threads() #0 {", "omp_get_max_threads"),
        (r'declare void @"\01AnnotateIgnoreReadsEnd"(ptr, i32) #3', "AnnotateIgnoreReadsEnd"),
        (r'define void @"\01omp_set_num_threads"(i32 %0) #0 {', "omp_set_num_threads"),
        ("@pthread_create = alias i32 (ptr), ptr @mine", "pthread_create"),
    ],
)
def test_what_calls_or_replaces_the_watching_is_deceit(ir: str, name: str) -> None:
    assert f"`{name}` blinds the race gate" in deceit(f"; ModuleID = 'candidate.cpp'\n{ir}\n}}\n")


def test_using_openmp_and_threads_is_no_deceit() -> None:
    ir = """\
declare void @__kmpc_fork_call(ptr, i32, ptr, ...)
declare i32 @pthread_create(ptr, ptr, ptr, ptr)
@AnnotateWeight = global double 1.0, align 8
@omp_help = global [24 x i8] c"also known by an alias.\\00"
define i32 @omp_helper_index(i32 %0) #0 {
}
define void @step(ptr %0) #0 {
  %1 = call i32 @omp_get_thread_num()
  call void (ptr, i32, ptr, ...) @__kmpc_fork_call(ptr @1, i32 1, ptr @step.omp_outlined, ptr %0)
}
"""
    assert deceit(ir) == "" and unknown_threads(ir) == "" and not has_fences(ir)


def test_a_function_that_asks_not_to_be_watched_is_watched() -> None:
    ir = made_visible(
        "attributes #0 = { nounwind sanitize_thread }\n"
        'attributes #1 = { disable_sanitizer_instrumentation noinline "frame-pointer"="all" }\n'
    )
    told = made_visible('attributes #0 = { noinline "llvm.assume"="sanitize_thread" }\n')
    assert told.startswith("attributes #0 = { sanitize_thread noinline")
    lines = ir.splitlines()
    assert lines[0] == "attributes #0 = { nounwind sanitize_thread }"
    assert lines[1].startswith("attributes #1 = { sanitize_thread") and "disable" not in lines[1]


@pytest.mark.parametrize(
    ("ir", "own", "said"),
    [
        ('  call void asm sideeffect "movl $1, $0", "=*m,r"(ptr @x, i32 1)', "", "inline assembly"),
        ("  %f = call ptr @dlsym(ptr null, ptr @name)", "", "looked up while it runs"),
        ("", "constexpr int n = sizeof __PRETTY_FUNCTION__;", "`__PRETTY_FUNCTION__` can tell"),
        ("", "if (__builtin_constant_p(n)) x = 1;", "`__builtin_constant_p` can tell"),
        ('  call void asm sideeffect "incq ($0)", "r,~{flags}"(ptr @x)', "", "inline assembly"),
        ('module asm "bump: incq (%rdi); ret"', "", "inline assembly"),
        ("  call void @llvm.x86.avx512.mask.scatter.dpd.512(ptr @x, <8 x i1> %m, i32 8)", "", "vector instructions"),
        ("declare ptr @mremap(ptr noundef, i64 noundef, i64 noundef, i32 noundef, ...)", "", "mapped twice"),
        ("  %1 = call ptr @mmap(ptr noundef null, i64 noundef 9, i32 noundef 7, i32 noundef 34)", "", "run as code"),
        ("  store ptr @mmap, ptr %f, align 8", "", "mapped twice"),
        ("  store i64 4, ptr addrspace(256) %2, align 8", "", "segment registers"),
        (
            "  fence seq_cst\n  store atomic i32 1, ptr %flag monotonic, align 4",
            "",
            "knows no fences",
        ),
        ('  call void asm sideeffect "pause", "~{memory}"()', "", ""),
        ('  %1 = call i64 asm "popcntq $1, $0", "=r,r,~{flags}"(i64 %2)', "", ""),
        ("  call void @llvm.x86.sse.ldmxcsr(ptr %1)\n  call void @llvm.x86.sse2.clflush(ptr %1)", "", ""),
        ("  %1 = call ptr @mmap(ptr noundef null, i64 noundef %2, i32 noundef 3, i32 noundef 34)", "", ""),
        ("  %1 = call i64 (i64, ...) @syscall(i64 noundef 186)", "", ""),
        (
            "",
            '(static_cast<bool>(n) ? void (0) : __assert_fail ("n", "c.cpp", 3, __extension__ __PRETTY_FUNCTION__))',
            "",
        ),
    ],
)
def test_what_was_perhaps_not_watched_is_said(ir: str, own: str, said: str) -> None:
    found = blind_spots(ir, OwnText(text=own))
    assert said in found and bool(found) == bool(said)


def test_what_the_library_reads_into_a_variable_is_seen_as_a_write() -> None:
    call = "call i32 (ptr, ptr, ...) @__isoc99_sscanf(ptr noundef @s, ptr noundef @f, ptr noundef @x) #3, !dbg !7"
    assert "__tsan_write_range(ptr @x, i64 1), !dbg !7\n  %1 = call" in made_visible(f"  %1 = {call}\n")


def test_a_flush_behind_an_ordered_atomic_is_no_fence_and_any_other_is() -> None:
    flush = "  call void @__kmpc_flush(ptr @1)\n"
    ordered = "  %1 = atomicrmw add ptr %p, i32 1 seq_cst, align 4\n  store i32 %1, ptr %v, align 4\n"
    relaxed = "  %1 = atomicrmw add ptr %p, i32 1 monotonic, align 4\n"
    assert not has_fences(ordered + flush)
    assert has_fences(relaxed + flush) and has_fences(ordered + flush + flush)


@pytest.mark.parametrize(
    ("users", "clangs", "is_apart"),
    [
        ("if (1017 > 1002) x = 1;", "if (1002 > 1002) x = 1;", True),
        ('s = "0x7f";', 's = "127";', True),
        ("long a = 0x7fffffffL;", "long a = 2147483647L;", False),
        ("d = double(1.79769313486231570814527423731704357e+308L);", "d = 1.7976931348623157e+308;", False),
        ("v = _mm_slli_epi32(v, 3);", "v = ((__m128i)__builtin_ia32_pslldi128((v), (3), 0));", False),
    ],
)
def test_macros_that_stand_for_other_constants_tell_compilers_apart(users: str, clangs: str, is_apart: bool) -> None:
    assert reads_apart(users, clangs) == is_apart
    assert bool(blind_spots("", OwnText(text=users, differs_at=7 * is_apart))) == is_apart


def test_words_are_read_after_macros_are_expanded_and_only_in_the_candidates_own_file() -> None:
    preprocessed = """\
# 1 "candidate.cpp"
# 1 "/usr/include/features.h" 1 3
int __clang_major__;
# 3 "candidate.cpp" 2
#define JOIN(a,b) a##b
__attribute__((no_sanitize("thread"))) void f();
"""
    own = own_lines(preprocessed)
    assert list(own) == [3, 4]
    assert "`no_sanitize` addresses the judge" in screen_words("\n".join(own.values()), "")
    assert screen_words("\n".join(own.values()), 'void f() __attribute__((no_sanitize("thread")));') == ""


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("int a;\0", "NUL"),
        ("# line 7\n", "#line"),
        ("#\\\nline 7\n", "#line"),
        ("??=line 7\n", "#line"),
        ("int x = agentpar_entry;", "agentpar_entry"),
        ("#if __has_include(<quadmath.h>)\n#endif\n", "__has_include"),
        ("#if __has_include(<sanitizer/tsan_interface.h>)\n#endif\n", "__has_include"),
        ("#define THERE(x) __has_include(x)\n", "__has_include"),
        ("#define THERE __has_include\n", "__has_include"),
        ("#if __has_include_next(<omp.h>)\n#endif\n", "__has_include_next"),
        ("#if defined(__has_include) && __has_include(<omp.h>)\n#include <omp.h>\n#endif\n", ""),
        ("#ifdef __has_include\n#if __has_include ( <execution> )\n#endif\n#endif\n", ""),
        ("PMPI_Isend(b, n, t, 1, 7, c, r);", "PMPI_Isend"),
        ("MPI_Isend(b, n, t, 1, 7, c, r);", ""),
        ("#ifdef __cla\\\nng__\n#endif\n", "__clang__"),
        ("int line = 7; // # line of text\n", ""),
    ],
)
def test_what_is_not_worth_building_is_screened(source: str, said: str) -> None:
    found = screen(source, "int original;\n")
    assert said in found and bool(found) == bool(said)
