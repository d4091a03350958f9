import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentpar.planning.compose import DoesNotCompose, compose

START = """\
// Two loops.
#include <vector>

void first(double* x, int n) {
    for (int i = 0; i < n; ++i) x[i] *= 2.0;
}

namespace deep {

void second(double* x, int n) {
    for (int i = 0; i < n; ++i) x[i] += 1.0;
}

}  // namespace deep
"""
HEADER = '#include "parallel_algorithms.hpp"\n'
PRAGMA = "    #pragma omp parallel for\n"
HELPER = "static double twice(double x) { return x + x; }\n\n"


def with_pragma(source: str, function: str) -> str:
    head = f"void {function}(double* x, int n) {{\n"
    return source.replace(head, head + PRAGMA)


def test_changes_of_different_functions_compose_in_any_order() -> None:
    ours, theirs = with_pragma(START, "first"), with_pragma(START, "second")
    both = with_pragma(with_pragma(START, "first"), "second")
    assert compose(START, ours, theirs) == compose(START, theirs, ours) == both


def test_an_include_that_both_add_is_added_once() -> None:
    wider = START.replace("#include <vector>\n", "#include <vector>\n" + HEADER)
    both = with_pragma(with_pragma(wider, "first"), "second")
    assert compose(START, with_pragma(wider, "first"), with_pragma(wider, "second")) == both


def test_different_includes_at_one_place_are_both_kept() -> None:
    ours = START.replace("#include <vector>\n", "#include <vector>\n#include <omp.h>\n")
    theirs = START.replace("#include <vector>\n", "#include <vector>\n" + HEADER)
    merged = compose(START, ours, theirs)
    assert merged.count("#include <omp.h>") == merged.count(HEADER) == 1


def test_a_helper_that_both_bring_along_is_defined_once() -> None:
    ours = with_pragma(START, "first").replace("void first", HELPER + "void first")
    theirs = with_pragma(START, "second").replace("void second", HELPER + "void second")
    merged = compose(START, ours, theirs)
    assert merged.count(HELPER.strip()) == 1
    assert merged.count(PRAGMA) == 2 and merged.index("twice") < merged.index("void first")


def test_namespaces_that_both_add_and_those_that_were_there_all_end() -> None:
    start = START.replace("}  // namespace deep", "}")
    ours, theirs = (
        with_pragma(start, name).replace(before, f"namespace {{\n{HELPER.replace('twice', name + '_of')}}}\n{before}")
        for name, before in (("first", "void first"), ("second", "namespace deep {"))
    )
    merged = compose(start, ours, theirs)
    assert merged.count("{") == merged.count("}") == start.count("{") + 4
    assert merged.count("\n}\n") == start.count("\n}\n") + 2


def test_helpers_of_each_stand_before_what_calls_them() -> None:
    ours = with_pragma(START, "first").replace("void first", HELPER + "void first")
    other = HELPER.replace("twice", "thrice")
    theirs = with_pragma(START, "second").replace("void second", other + "void second")
    merged = compose(START, ours, theirs)
    places = [merged.index(each) for each in (HELPER, "void first", other, "void second")]
    assert places == sorted(places)


def test_two_changes_of_one_function_do_not_compose() -> None:
    ours, theirs = with_pragma(START, "first"), START.replace("x[i] *= 2.0", "x[i] = x[i] + x[i]")
    with pytest.raises(DoesNotCompose, match="void first"):
        compose(START, ours, theirs)


def test_the_same_change_made_twice_is_made_once() -> None:
    ours = with_pragma(START, "first")
    assert compose(START, ours, ours) == ours


def test_conditions_that_both_add_keep_their_ends() -> None:
    guard = "#ifdef _OPENMP\n#include <omp.h>\n#endif\n"
    ours = with_pragma(START, "first").replace("void first", guard + "void first")
    theirs = with_pragma(START, "second").replace("void second", guard + "void second")
    merged = compose(START, ours, theirs)
    assert merged.count("#ifdef") == merged.count("#endif") == 2


@given(st.text(max_size=200), st.text(max_size=200))
def test_what_one_side_leaves_as_it_was_is_taken_from_the_other(start: str, version: str) -> None:
    assert compose(start, start, version) == compose(start, version, start) == version


def test_helpers_of_one_name_that_differ_do_not_compose() -> None:
    ours = START.replace("void first", f"{HELPER}void first")
    theirs = START.replace("void second", HELPER.replace("x + x", "2 * x") + "void second")
    with pytest.raises(DoesNotCompose, match="both define `static double twice"):
        compose(START, ours, theirs)
