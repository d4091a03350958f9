import pytest

from agentpar.languages.macros import without_macros


def expanded(definitions: str, code: str) -> str:
    result = without_macros(f"{definitions}\n{code}")
    assert result.startswith(definitions)
    return result.removeprefix(f"{definitions}\n")


@pytest.mark.parametrize(
    ("definitions", "code", "meaning"),
    [
        ("#define IDX(i, j) ((i) * N + (j))", "a[IDX(k + 1, j)];", "a[((k + 1) * N + j)];"),
        ("#define FOR(i, n) for (int i = 0; i < (n); ++i)",
         "FOR(k, g(a, 1)) s;", "for (int k = 0; k < (g(a, 1)); ++k) s;"),
        ("#define A(i) A[(i) + 1]", "x = A(2);", "x = A[2 + 1];"),
        ("#define W (2 * H)\n#define H (N / 2)", "x = W;", "x = (2 * (N / 2));"),
        ("#define A(i) \\\n  a[i]", "A(A(0));", "a[A(0)];"),
        ("#define F(x) x", 'puts("F(1)"); // F(2)', 'puts("F(1)"); // F(2)'),
        ("#define F(x) x", "F; F(1, 2); F(", "F; F(1, 2); F("),
        ("#define S(x) #x\n#define P(a, b) a##b\n#define V(...) __VA_ARGS__", "S(a) P(b, c) V(d)", "S(a) P(b, c) V(d)"),
        ("#define N 100", "int a[N];", "int a[N];"),
        ("#define A B + A\n#define B A", "A;", "A + A;"),
    ],
)  # fmt: skip
def test_macros_give_way_to_what_they_stand_for(definitions: str, code: str, meaning: str) -> None:
    assert expanded(definitions, code) == meaning


def test_macros_that_grow_beyond_measure_stay() -> None:
    doubling = "#define a0 n + n\n" + "".join(f"#define a{i + 1} a{i} + a{i}\n" for i in range(14))
    doubled = without_macros(f"{doubling}int y = a14;")
    assert doubled.count("n + n") == 1 + 2**14
    more = doubling.replace("n + n", "n + n + " * 100 + "n")
    assert without_macros(f"{more}int y = a14;") == f"{more}int y = a14;"
