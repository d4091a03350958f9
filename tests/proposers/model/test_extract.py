import pytest

from agentpar.languages.cpp import find_function
from agentpar.proposers.model.extract import BlockMismatch, source_from, without_thinking
from agentpar.proposers.model.graft import Unusable

SERIAL = """\
#include <cstddef>
#include <vector>

struct Body { double x, y; };

static double twice(double x) { return 2.0 * x; }

double total(const std::vector<double>& values, std::size_t n) {
    double sum = 0.0;
    for (std::size_t i = 0; i < n; ++i) sum += twice(values[i]);
    return sum;
}

int other() { return 1; }
"""
PARALLEL = """\
double total(const std::vector<double>& values, std::size_t n) {
    double sum = 0.0;
#pragma omp parallel for reduction(+ : sum)
    for (std::size_t i = 0; i < n; ++i) sum += twice(values[i]);
    return sum;
}"""
WANTED = SERIAL.replace("    for (", "#pragma omp parallel for reduction(+ : sum)\n    for (")


def source(reply: str, **options: bool) -> str:
    return source_from(reply, serial=SERIAL, base=SERIAL, entry="total", **options)


@pytest.mark.parametrize(
    "reply",
    [
        f"```cpp\n{PARALLEL}\n```",
        f"Here is the faster version:\n\n```c++\n{PARALLEL}\n```\nIt sums in parallel: total(values, n) is kept.",
        f"~~~\n{PARALLEL}\n~~~",
        PARALLEL,
        f"Sure! The function total(values, n) can be parallel.\n\n{PARALLEL}\n\nThis uses a reduction (of sum).",
        f"<think>total is a loop; ```cpp\ndouble total(){{}}\n```</think>\n```cpp\n{PARALLEL}\n```",
        f"the opening tag is missing ```cpp\nint x;\n```</think>```\n```cpp\n{PARALLEL}\n```",
        f"```cpp\n{WANTED}```",
        f"```cpp\n{PARALLEL}\n\nint main() {{ return total({{}}, 0) > 0; }}\n```",
        f"Before:\n```cpp\n{SERIAL}```\nAfter:\n```cpp\n{PARALLEL}\n```\nRun it with:\n```sh\ng++ -fopenmp a.cpp\n```",
        f"After:\n```cpp\n{PARALLEL}\n```\nIt was:\n```cpp\n{SERIAL}```",
        f"```cpp\n{PARALLEL}",
        f"```cpp\n{PARALLEL.replace('std::size_t n)', 'long n)')}\n```",
        f"```cpp\nstatic {PARALLEL}\n```",
        f"```cpp\n{PARALLEL.replace('std::size_t n)', 'std::size_t n = 3)')}\n```",
        f"```cpp\n{PARALLEL.replace('double total', 'float total')}\n```",
        f"```cpp\ndouble twice(double x) {{ return x + x; }}\n{PARALLEL}\n```",
    ],
    ids=[
        "fence", "fence in prose", "tildes", "bare", "bare in prose", "thinking with code", "half a thinking tag",
        "whole file", "main", "before and after", "after and before", "fence left open", "types changed",
        "static", "default argument", "another result",
        "helper of the file again",
    ],
)  # fmt: skip
def test_the_function_is_found_in_a_reply_of_any_shape(reply: str) -> None:
    assert source(reply) == WANTED


def test_helpers_and_includes_that_were_added_come_along() -> None:
    helpers = "#define CHUNK 64\n#pragma omp declare reduction(plus : Body : omp_out.x += omp_in.x)\n"
    added = "struct Part { double sum; };\n\ntemplate <class T>\nT add(T a, T b) { return a + b; }\n\n"
    reply = f"```cpp\n#include <omp.h>\n#include <vector>\n{helpers}{added}{PARALLEL}\n```"
    found = source(reply)
    head = found[: found.index("double total")]
    assert found.startswith("#include <cstddef>\n#include <vector>\n#include <omp.h>\n\nstruct Body")
    for piece in ("#define CHUNK 64", "declare reduction", "struct Part { double sum; };", "T add(T a, T b)"):
        assert head.count(piece) == 1
    assert found.count("#include <vector>") == 1 and find_function(found, "total", path=__file__)


def test_a_conditional_include_goes_to_the_top_as_it_is() -> None:
    conditional = "#ifdef _OPENMP\n#include <omp.h>\n#endif"
    found = source(f"```cpp\n{conditional}\n{PARALLEL}\n```")
    assert found == WANTED.replace("#include <vector>\n", f"#include <vector>\n{conditional}\n")


def test_a_reply_that_nests_without_end_is_read_all_the_same() -> None:
    deep = 20_000
    nested = "#if 1\n" * deep + PARALLEL + "\n#endif" * deep
    assert source(f"```cpp\n{nested}\n```") == WANTED


def test_the_rest_of_the_file_cannot_be_changed() -> None:
    changed = WANTED.replace("return 1;", "return 2;").replace("return 2.0 * x", "return 0 * x")
    assert source(f"```cpp\n{changed}```") == WANTED


def test_a_function_in_a_namespace_keeps_its_place() -> None:
    serial = f"#include <vector>\nnamespace lib {{\n{PARALLEL.replace('twice', '')}\n}}  // namespace lib\n"
    new = PARALLEL.replace("twice", "").replace("+ : sum", "+:sum")
    for written in (new, f"namespace lib {{\n{new}\n}}", f"namespace lib {{ namespace detail {{ int y; }}\n{new}\n}}"):
        found = source_from(f"```cpp\n{written}\n```", serial=serial, base=serial, entry="lib::total")
        assert "reduction(+:sum)" in found and "reduction(+ : sum)" not in found
        assert find_function(found, "lib::total", path=__file__).call == "lib::total"
        assert ("namespace detail {\nint y;\n}" in found) == ("detail" in written)


def test_a_template_keeps_its_head() -> None:
    serial = "template <class T>\nvoid scale(T* x, int n) {\n    for (int i = 0; i < n; ++i) x[i] *= 2;\n}\n"
    body = "{\n#pragma omp parallel for\n    for (int i = 0; i < n; ++i) x[i] *= 2;\n}"
    for head in ("template <class T>\nvoid scale(T* x, int n) ", "void scale(double* x, int n) "):
        found = source_from(f"```\n{head}{body}\n```", serial=serial, base=serial, entry="scale<double>")
        assert found == f"template <class T>\nvoid scale(T* x, int n) {body}\n"


def test_restrict_may_be_added() -> None:
    serial = "void f(double* a, const double* b, int n) { a[0] = b[0] + n; }\n"
    new = "void f(double* __restrict__ a, const double* __restrict b, int n) { a[0] = n + b[0]; }"
    assert source_from(f"```c\n{new}\n```", serial=serial, base=serial, entry="f") == f"{new}\n"


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        ("I cannot do that.", "does not define"),
        ("", "no code"),
        ("<think>a long thought without an end", "only thinking"),
        (f"```cpp\n{PARALLEL[:150]}", "cut off"),
        ("```cpp\ndouble sum(double* x, int n) { return 0; }\n```", "does not define the function `total`"),
        ("```cpp\ndouble total(const double* x) { return x[0]; }\n```", "signature was changed; it must stay `double"),
        (f"```cpp\n{SERIAL}```", "unchanged"),
        ("```cpp\ndouble total(const std::vector<double>& values, std::size_t n);\n```", "does not define"),
    ],
)
def test_what_cannot_be_judged_is_refused_with_the_reason(reply: str, why: str) -> None:
    with pytest.raises(Unusable, match=why.replace("`", ".")):
        source(reply)


def block(search: str, replace: str) -> str:
    return f"<<<<<<< SEARCH\n{search}=======\n{replace}>>>>>>> REPLACE\n"


def test_blocks_change_what_they_search_for() -> None:
    loop = "    for (std::size_t i = 0; i < n; ++i) sum += twice(values[i]);\n"
    reply = (
        f"One line is enough.\n```\n{block(loop, '#pragma omp parallel for reduction(+ : sum)' + chr(10) + loop)}```"
    )
    assert source(reply) == WANTED
    assert source(reply.replace("    for", "  for", 1)) == WANTED
    assert source(reply.replace("\n", "\r\n")).splitlines() == WANTED.splitlines()


def test_blocks_apply_to_the_version_they_were_written_for() -> None:
    reply = block("#pragma omp parallel for reduction(+ : sum)\n", "#pragma omp parallel for reduction(+:sum)\n")
    found = source_from(reply, serial=SERIAL, base=WANTED, entry="total")
    assert found == WANTED.replace("(+ : sum)", "(+:sum)")


@pytest.mark.parametrize(
    "reply",
    [
        block("    no such line\n", "x\n"),
        block("}\n", "x}\n"),
        block("\n", "x\n"),
        "<<<<<<< SEARCH\n    double sum = 0.0;\n=======\n",
    ],
    ids=["missing", "ambiguous", "empty", "not closed"],
)
def test_a_block_that_does_not_apply_is_told_from_other_failures(reply: str) -> None:
    base = f"{SERIAL}int more() {{\n    return 2;\n}}\n"
    with pytest.raises(BlockMismatch):
        source_from(reply, serial=SERIAL, base=base, entry="total")


def test_thinking_is_left_out_whatever_its_tags() -> None:
    for tag in ("think", "Thinking", "reasoning"):
        assert without_thinking(f"<{tag}>why</{tag}>answer") == "answer"
    assert without_thinking("why</think>answer") == "answer"
    assert without_thinking("answer<think>why") == "answer"
    assert without_thinking("<think>a<think>b</think>c</think>answer<analysis>why") == "answer"
    assert without_thinking("draft</think>one<think>why</think>two") == "onetwo"


def test_time_to_read_a_reply_grows_with_its_length_and_no_faster() -> None:
    """Each of these took hours when it grew with the square."""
    assert without_thinking("a < b;\n" * 200_000).count("<") == 200_000
    assert without_thinking("<think>\n" * 200_000) == ""
    with pytest.raises(BlockMismatch, match="not closed"):
        source("<<<<<<< SEARCH\n" * 200_000)
    with pytest.raises(Unusable, match="does not define"):
        source("total(values, n) is what sums } them up.\n" * 5_000)
