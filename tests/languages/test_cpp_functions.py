from pathlib import Path

import pytest

from agentpar.errors import TaskError
from agentpar.languages.cpp import Function, find_function, list_functions, structs

PATH = Path("k.cpp")


def find(source: str, entry: str) -> Function:
    return find_function(source, entry, path=PATH)


def refusal(source: str, entry: str = "f") -> str:
    with pytest.raises(TaskError) as caught:
        find(source, entry)
    message = str(caught.value)
    assert message.startswith("k.cpp:") and "\n" not in message
    return message


def kinds(parameters: str, before: str = "") -> list[tuple[str, str, str | None, int]]:
    function = find(f"{before}\nvoid f({parameters}) {{}}", "f")
    return [(p.kind, p.element, p.element_kind, p.depth) for p in function.parameters]


def test_functions_are_listed_in_order_with_their_namespaces() -> None:
    source = (
        "int proto(int);\nnamespace a { namespace { void g() {} } }\n"
        'extern "C" { static inline int f(int x) { return x; } }\nint main() {}'
    )
    assert list_functions(source) == ("a::g", "f")


def test_a_function_is_found_with_offsets_line_and_return_type() -> None:
    source = "// é\n#include <vector>\nstatic const double& pick(const double* a, int n) { return a[n]; }\n"
    function = find(source, "pick")
    data = source.encode()
    assert data[function.body_start : function.body_end] == b"{ return a[n]; }"
    assert (function.line, function.returns, function.call) == (3, "const double&", "pick")


def test_scalars_containers_and_pointers_are_told_apart() -> None:
    assert kinds("int a, std::size_t b, unsigned long long c, bool d, float e, std::string g") == [
        ("integer", "", None, 0),
        ("integer", "", None, 0),
        ("integer", "", None, 0),
        ("boolean", "", None, 0),
        ("real", "", None, 0),
        ("string", "", None, 0),
    ]
    assert kinds("const std::vector<std::vector<double>>& a, const float* __restrict__ b, double c[]") == [
        ("container", "double", "real", 2),
        ("pointer", "float", "real", 1),
        ("pointer", "double", "real", 1),
    ]


def test_aliases_and_using_namespace_std_are_resolved() -> None:
    before = "using namespace std;\ntypedef double real;\nusing Vec = vector<real>;\nusing Grid = vector<Vec>;"
    assert kinds("const Vec& a, Grid& b, real c, const complex<real>* d", before) == [
        ("container", "double", "real", 1),
        ("container", "double", "real", 2),
        ("real", "", None, 0),
        ("pointer", "std::complex<real>", "complex", 1),
    ]


def test_arrays_add_a_level_of_fixed_length() -> None:
    function = find("constexpr int D = 3;\nvoid f(std::vector<std::array<double, D>>& p, double w[16]) {}", "f")
    first, second = function.parameters
    assert (first.depth, first.extents, first.element) == (2, ("", "3"), "double")
    assert (second.kind, second.type, second.extents) == ("pointer", "double*", ("16",))


def test_structs_and_enums_in_namespaces_are_named_in_full() -> None:
    before = "namespace lib { struct Body { double x; }; enum class E { A }; }\nusing namespace lib;"
    assert kinds("std::vector<Body>& b, E e", before)[0] == ("container", "lib::Body", "struct", 1)
    assert kinds("E e", before)[0][0] == "integer"


def test_outputs_are_non_const_references_and_pointers() -> None:
    function = find("void f(const double* a, double* b, const int& c, int& d, int e, double* const g) {}", "f")
    assert [p.is_output for p in function.parameters] == [False, True, False, True, False, True]


def test_a_span_is_an_output_where_its_elements_may_change() -> None:
    parameters = "std::span<const double> a, std::span<double> b, const std::span<double> c, const std::span<double>& d"
    function = find(f"using View = std::span<const float>;\nvoid f({parameters}, View e) {{}}", "f")
    assert [p.is_output for p in function.parameters] == [False, True, True, True, False]
    assert [(p.kind, p.depth, p.extents) for p in function.parameters] == [("container", 1, ("",))] * 5


def test_a_structs_arrays_may_be_written_both_ways() -> None:
    before = "struct Body { std::array<double, 3> at; std::array<std::array<int, 2>, 2> tags; double size[2]; };"
    assert kinds("std::vector<Body>& b", before) == [("container", "Body", "struct", 1)]


def test_a_template_is_instantiated_by_its_arguments() -> None:
    source = "template <typename T, int N = 4>\nT scale(std::vector<T>& x, const T* y) { return N; }"
    function = find(source, "scale<double>")
    assert (function.call, function.returns, function.start) == ("scale<double>", "double", 0)
    assert [p.type for p in function.parameters] == ["std::vector<double>&", "const double*"]
    assert "--function 'scale<double>'" in refusal(source, "scale")


def test_an_anonymous_namespace_is_left_out_of_the_call() -> None:
    assert find("namespace a { namespace { void f(int n) {} } }", "a::f").call == "a::f"


def test_a_missing_function_suggests_near_names_and_lists_what_exists() -> None:
    message = refusal("void gemm(int n) {}\nvoid spmv(int n) {}", "gem")
    assert "did you mean `gemm`?" in message and "spmv" in message


def test_overloads_list_their_lines_and_a_prototype_is_no_overload() -> None:
    assert "lines 1, 2" in refusal("void f(int a) {}\nvoid f(double a) {}")
    assert find("void f(int a);\nvoid f(int a) {}", "f").line == 2
    assert "a::f, b::f" in refusal("namespace a { void f() {} } namespace b { void f() {} }")


def test_what_is_switched_off_by_if_0_does_not_count() -> None:
    assert find("#if 0\nvoid f(int a) {}\n#else\nvoid f(double a) {}\n#endif\n", "f").line == 4


def test_a_method_is_refused() -> None:
    assert "method" in refusal("struct S { int x; void f(); };\nvoid S::f() {}", "S::f")
    inside = "struct S {\n int x;\n void f() {}\n};\nnamespace n { void f() {} }"
    assert refusal(inside, "S::f").startswith("k.cpp:3: `S::f` is a class method")
    assert find_function(inside, "f", path=Path("k.cpp")).call == "n::f"


@pytest.mark.parametrize(
    ("parameter", "reason"),
    [
        ("int&& x", "rvalue"),
        ("void (*x)(int)", "function pointer"),
        ("std::function<void(int)> x", "std::function"),
        ("double** x", "pointer to a pointer"),
        ("void* x", "void*"),
        ("std::map<int, int>& x", "not supported"),
        ("std::unordered_map<int, int>& x", "not supported"),
        ("std::set<int> x", "not supported"),
        ("std::vector<int>::iterator x", "iterator"),
        ("double x[][64]", "two or more dimensions"),
        ("double (&x)[3]", "array"),
        ("std::vector<double*> x", "container of pointers"),
        ("std::vector<std::span<int>> x", "container of pointers or views"),
        ("std::span<std::vector<int>> x", "std::span of containers"),
        ("std::span<int, 4> x", "fixed length"),
        ("std::span<int>& x", "take it by value"),
        ("Unknown x", "`Unknown`"),
    ],
)
def test_an_unsupported_parameter_is_named_with_its_line(parameter: str, reason: str) -> None:
    message = refusal(f"#include <map>\nvoid f(int n,\n {parameter}) {{}}")
    assert message.startswith("k.cpp:3: parameter `x`")
    assert reason in message and "supported: " in message


@pytest.mark.parametrize("written", ["double* f(int n)", "const char* f(int n)", "auto f(int n) -> int*"])
def test_a_returned_pointer_is_refused_with_its_line(written: str) -> None:
    assert refusal(f"\n{written} {{ return nullptr; }}").startswith("k.cpp:2: returns a pointer; wrap it")


def test_a_deduced_result_is_refused_with_its_line() -> None:
    assert refusal("auto f(int n) { return n; }").startswith("k.cpp:1: its result's type is deduced")
    assert find_function("auto f(int n) -> int { return n; }", "f", path=Path("k.cpp")).returns == "int"


def test_unnamed_parameters_and_varargs_are_refused() -> None:
    assert "parameter 2 has no name" in refusal("void f(int a, double) {}")
    assert "variable arguments" in refusal("void f(int a, ...) {}")


def test_a_struct_that_is_not_plain_is_refused_with_its_line() -> None:
    source = "struct B { virtual void g(); int x; };\nvoid f(B& b) {}"
    assert "declared on line 1, which has a virtual function" in refusal(source)


def test_plain_structs_are_listed_with_their_members() -> None:
    source = """
    namespace n { struct P { double x, y; P() : x(0), y(0) {} double norm() const { return x; } }; }
    typedef struct { int a; float b[3]; } Q;
    class C { public: int k; n::P p; static int s; };
    struct Vec { std::vector<int> v; }; struct Ptr { int* p; }; struct Der : Q { int z; };
    template <class T> struct T1 { T t; }; class Hidden { int h; }; struct Own { int x; ~Own() {} };
    """
    assert [(s.name, s.fields) for s in structs(source)] == [
        ("n::P", ("x", "y")),
        ("Q", ("a", "b")),
        ("C", ("k", "p")),
    ]


@pytest.mark.parametrize(
    "source",
    ["", "\0\1\2\xff" * 500, "(" * 50_000, "{" * 50_000, "a<" * 20_000, "int x = 1;", "\udcff\ud800"],
)
def test_hostile_input_is_refused_in_one_line(source: str) -> None:
    assert "no function" in refusal(source)


def test_a_megabyte_of_garbage_is_refused() -> None:
    assert "no function" in refusal("@#%^ 1.e+ \"' } ]" * 65_000)


def test_a_byte_order_mark_and_carriage_returns_are_no_obstacle() -> None:
    function = find("\ufeff#include <vector>\r\n// \xe9\r\nint f(int a)\r\n{ return a; }\r\n", "f")
    assert (function.name, function.line) == ("f", 3)
