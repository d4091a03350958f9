import pytest

from agentpar.evaluation.race.expression import declared_at, expression_at
from agentpar.evaluation.race.report import parse_report
from agentpar.evaluation.race.words import Place, Symbols, tell

SOURCE = """\
#include <vector>

int touched;

void f(std::vector<double>& y, int n) {
    double sum = 0;
    std::vector<double> heap(16);
    double* p = heap.data();
#pragma omp parallel for
    for (int i = 0; i < n; ++i) {
        static long count;
        touched = 1;
        sum += y[i];
        p[3] = y[i];
        if (count++ > n) heap.push_back(sum);
    }
}
"""


def report(location: str, first: str = "Write", second: str = "write", frames: str = "race.so+0x17be") -> str:
    """What ThreadSanitizer prints under the gate's options, as recorded."""
    return f"""==================
WARNING: ThreadSanitizer: data race (pid=1021)
  {first} of size 4 at 0x7f06ed4350e8 by thread T2:
    #0 <null> <null> ({frames}) (BuildId: 5638d6ce)
    #1 <null> <null> (libomp.so.5+0xd5f82) (BuildId: 05ca1963)
    #2 <null> <null> (race.so+0x1470) (BuildId: 5638d6ce)

  Previous {second} of size 4 at 0x7f06ed4350e8 by main thread (mutexes: write M0):
    #0 <null> <null> (/work/race.so+0x18e6) (BuildId: 5638d6ce)
    #1 <null> <null> (libomp.so.5+0xd5f82) (BuildId: 05ca1963)
    #2 <null> <null> (race.so+0x1470) (BuildId: 5638d6ce)
    #3 <null> <null> (worker-race+0xd6f16) (BuildId: 7ab8)

{location}
  Thread T2 (tid=1024, running) created by main thread at:
    #0 <null> <null> (worker-race+0x4e6db) (BuildId: 7ab8)
    #1 <null> <null> (libomp.so.5+0xae9df) (BuildId: 05ca1963)

SUMMARY: ThreadSanitizer: data race (race.so+0x17be) (BuildId: 5638d6ce)
==================
"""


GLOBAL = "  Location is global '<null>' at 0x000000000000 (race.so+0x40e8)\n"
STACK = "  Location is stack of main thread.\n\n  Location is global '<null>' at 0x000000000000 ([stack]+0x1ed48)\n"
HEAP = """  Location is heap block of size 128 at 0x7b2000000380 allocated by main thread:
    #0 <null> <null> (worker-race+0xd5f97) (BuildId: 7ab8)
    #1 <null> <null> (race.so+0x13ee) (BuildId: 5638d6ce)
"""


def at(text: str, sign: str = "") -> Place:
    """Where Clang's debug information says that an access of this line is."""
    number, line = next((i, line) for i, line in enumerate(SOURCE.splitlines(), 1) if text in line)
    return Place(line=number, column=line.index(sign or text) + 1)


def test_a_report_holds_both_accesses_and_the_frames_of_the_candidate_alone() -> None:
    found = parse_report("the candidate prints\n" + report(GLOBAL, first="Atomic read"))
    assert found is not None and found.kind == "data race"
    first, second = found.accesses
    assert (first.kind, first.is_atomic, first.size, first.frames) == ("read", True, 4, (0x17BE, 0x1470))
    assert (second.kind, second.is_atomic, second.frames) == ("write", False, (0x18E6, 0x1470))
    assert (found.location, found.data, found.allocation) == ("global", 0x40E8, ())


def test_a_variable_on_the_stack_is_not_taken_for_a_global() -> None:
    found = parse_report(report(STACK))
    assert found is not None
    assert (found.location, found.data) == ("stack", None)


def test_no_report_is_made_of_other_output() -> None:
    assert parse_report("all is well\n==================\n") is None


def told(text: str, symbols: Symbols) -> str:
    found = parse_report(text)
    assert found is not None
    return tell(found, symbols, SOURCE)


def test_a_global_is_named_and_a_flag_that_all_set_is_called_a_race() -> None:
    write = at("touched = 1", "=")
    words = told(report(GLOBAL), Symbols(accesses=(write, write), variable="touched"))
    assert words == (
        "data race on `touched`: write at line 12: `touched = 1;` and write at the same line; "
        "it is a race even if all write the same: write it atomically"
    )


def test_a_sum_on_the_stack_is_named_by_its_expression_with_the_mend() -> None:
    place = at("sum += y[i]", "+=")
    words = told(report(STACK), Symbols(accesses=(place, place)))
    assert words == (
        "data race on `sum`: write at line 13: `sum += y[i];` and write at the same line; "
        "make it a reduction or update it atomically"
    )


def test_two_lines_are_both_quoted_without_a_mend_that_might_be_wrong() -> None:
    symbols = Symbols(accesses=(at("push_back(sum)", "sum"), at("sum += y[i]", "+=")))
    assert told(report(STACK, first="Read"), symbols) == (
        "data race on `sum`: read at line 15: `if (count++ > n) heap.push_back(sum);` "
        "and write at line 13: `sum += y[i];`"
    )


def test_memory_on_the_heap_is_told_by_the_variable_that_holds_it() -> None:
    write = at("p[3] = y[i]", "=")
    symbols = Symbols(accesses=(write, write), allocation=at("heap(16)", "heap"))
    assert told(report(HEAP), symbols).startswith("data race on `p[3]` (memory of `heap`, line 7): write at line 14")


def test_a_static_local_is_named_by_its_own_name() -> None:
    place = at("count++", "++")
    words = told(report(GLOBAL), Symbols(accesses=(place, place), variable="count"))
    # The value of the sum is used: no reduction would mend that.
    assert words == (
        "data race on `count`: write at line 15: `if (count++ > n) heap.push_back(sum);` and write at the same line"
    )


def test_a_shared_counter_gets_no_mend_that_would_not_help() -> None:
    place = at("for (int i = 0", "=")
    assert told(report(STACK), Symbols(accesses=(place, place))).endswith("and write at the same line")
    source = "void f(int n) {\n    int x;\n    for (x = 1; x < n; x++) {}\n}\n"
    for sign in ("=", "++"):
        assert expression_at(source, 3, source.splitlines()[2].index(sign) + 1).is_used


def test_a_container_is_named_where_its_function_makes_the_access() -> None:
    place = at("heap.push_back", "push_back").model_copy(update={"is_direct": False})
    assert told(report(HEAP), Symbols(accesses=(place, place))).startswith("data race on `heap`: write at line 15")


def test_without_symbols_the_accesses_are_told_as_they_are() -> None:
    assert told(report(GLOBAL, second="read"), Symbols(accesses=(None, None))) == (
        "data race: write of 4 bytes and read of 4 bytes"
    )


@pytest.mark.parametrize(
    ("code", "sign", "names"),
    [
        ("bins[key[i]] += 1;", "+=", ("bins[key[i]]", "bins")),
        ("stats.parts[k].sum = 2;", "=", ("stats.parts[k].sum", "stats.parts[k]", "stats.parts", "stats")),
        ("++*p;", "++", ("*p", "p")),
        ("x = from[i];", "from", ("from[i]", "from")),
        ("x = from[c];", "c]", ("c",)),
        ("x = s.field;", "field", ("s.field",)),
        ("std::swap(from, to);", "swap", ("from", "to")),
        ("return;", "return", ()),
    ],
)
def test_a_column_means_an_expression(code: str, sign: str, names: tuple[str, ...]) -> None:
    source = f"void f() {{\n    {code}\n}}\n"
    assert expression_at(source, 2, 5 + code.index(sign)).names == names


@pytest.mark.parametrize("place", [(0, 0), (900, 1), (1, 900)])
def test_a_place_outside_the_source_means_nothing(place: tuple[int, int]) -> None:
    assert expression_at("int a;\n", *place).names in ((), ("a",))
    assert declared_at("int a;\n", place[0]) in ("", "a")
