import pytest

from agentpar.languages.fingerprint import fingerprint

SERIAL = """#include <vector>
// sum
double f(const double* a, int n) { double s = 0; int t;
#pragma omp parallel for reduction(+:s) private(t)
  for (int i = 0; i < n; ++i) { t = i; s += a[t]; }
  for (int i = 0; i < n; ++i) s += a[i];
  return s; }
"""
RESTYLED = """#include <vector>
double f( const double *b , int m )
{
  double acc = 0; /* total */ int tmp;
  #pragma omp   parallel for  reduction(+ : acc) \\
      private( tmp ) // loop
  for (int k = 0; k < m; ++k) { tmp=k; acc += b[tmp]; }
  for (int j = 0; j < m; ++j)
    acc += b[j];
  return acc;
}"""


def test_formatting_comments_and_local_names_make_no_difference() -> None:
    assert fingerprint(SERIAL) == fingerprint(RESTYLED)
    assert fingerprint(SERIAL) == fingerprint(SERIAL.replace("\n", "\r\n"))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("+:s", "*:s"),
        ("private(t)", "private(s)"),
        ("parallel for", "for"),
        ("s = 0", "s = 1"),
        ("s += a[t]", "s -= a[t]"),
        (" f(", " g("),
        ("i < n", "i <= n"),
        ("a[i]", "a[n]"),
        ("<vector>", "<array>"),
    ],
)
def test_any_other_token_makes_a_difference(old: str, new: str) -> None:
    assert fingerprint(SERIAL) != fingerprint(SERIAL.replace(old, new, 1))


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ('void f() { g("a  b"); }', 'void f() { g("a b"); }'),
        ('#define S "a  b"\n', '#define S "a b"\n'),
        ("#define F(x) x\n", "#define F (x) x\n"),
        ("void f() { g(x); }", "void f() { g(y); }"),
        ("void f(S s) { s.a = 1; }", "void f(S s) { s.b = 1; }"),
        ("void f(int a, int b) { V t(a); g(a); }", "void f(int b, int a) { V t(a); g(b); }"),
        ("#define M a\nvoid f(int a, int b) { g(M); }", "#define M a\nvoid f(int b, int a) { g(M); }"),
        ("void f(void (*p)(int x)) { g(x); }", "void f(void (*p)(int y)) { g(y); }"),
        ("void f() { int none;\n#pragma omp parallel default(none)\n g(); }",
         "void f() { int shared;\n#pragma omp parallel default(shared)\n g(); }"),
        ("int a; int b;", "int b; int a;"),
    ],
)  # fmt: skip
def test_different_programs_are_never_taken_for_one(left: str, right: str) -> None:
    assert fingerprint(left) != fingerprint(right)


def test_shadowing_is_followed() -> None:
    one = "int f(int n) { for (int i = 0; i < n; ++i) { int n = i; g(n); } return n; }"
    two = "int f(int m) { for (int k = 0; k < m; ++k) { int q = k; g(q); } return m; }"
    assert fingerprint(one) == fingerprint(two)


@pytest.mark.parametrize("source", ["", "\0\xff", "((((" * 9000, "void f( {", "\udcff", "\ufeffint x;"])
def test_odd_input_never_crashes(source: str) -> None:
    assert len(fingerprint(source)) == 64
