"""What is offered means what the serial code means, also for lengths, values and ties that no judge may draw."""

from offers import proposals

HISTOGRAM = """\
void histogram(const int *keys, int n, int *bins, int stride)
{
    int i;
    for (i = 0; i < n; i += stride)
        bins[keys[i]]++;
}
"""
SCATTER = """\
void scatter(const int *at, const double *w, int n, double *s, int m)
{
    int i;
    for (i = 0; i < m; i++)
        s[i] = 0;
    for (i = 0; i < n; i++)
        s[at[i]] += w[i];
}
"""
SEARCH = """\
int search(const double *v, int n, double t)
{
    int i;
    for (i = 3; i < n; i++)
        if (sin(v[i]) > t)
            break;
    return i;
}
"""
FROM_BEHIND = """\
int from_behind(const int* a, int n) {
    int best = 1000, where = -1;
    for (int i = n - 1; i >= 0; --i) {
        if (a[i] < best) {
            best = a[i];
            where = i;
        }
    }
    return where;
}
"""
SIEVE = """\
int sieve(char *composite, int n)
{
    int i, j, count = 0;
    for (i = 2; i < n; i++) {
        if (composite[i]) continue;
        count++;
        for (j = 2 * i; j < n; j += i) composite[j] = 1;
    }
    return count;
}
"""


async def test_a_length_that_nothing_tells_is_counted_and_not_taken_from_any_size_at_hand() -> None:
    first = (await proposals(HISTOGRAM, "histogram"))[0].source
    assert "if (bins_size <= keys[i]) bins_size = keys[i] + 1;" in first
    assert "calloc(bins_size, sizeof *bins_mine)" in first


async def test_a_loop_that_runs_along_an_array_tells_its_length() -> None:
    assert "calloc(m, sizeof *s_mine)" in (await proposals(SCATTER, "scatter"))[0].source


async def test_bits_that_all_iterations_set_are_set_in_copies_on_the_heap() -> None:
    source = (
        "void mark(const std::vector<int>& ids, std::vector<unsigned>& bits) {\n"
        "    for (int id : ids) bits[id >> 5] |= 1u << (id & 31);\n}\n"
    )
    assert "bits[k] |= bits_mine[k];" in (await proposals(source, "mark"))[0].source


async def test_a_counter_that_is_read_after_a_search_holds_the_place_of_the_hit() -> None:
    found = (await proposals(SEARCH, "search"))[0].source
    assert "i = 3 < end ? hit : 3;\n    return i;" in found
    assert "++i)\n            if (sin(v[i]) > t)" in found


async def test_of_equals_the_first_in_the_loop_is_taken_where_it_counts_down() -> None:
    first = (await proposals(FROM_BEHIND, "from_behind"))[0].source
    assert "(best_mine == best && where_mine > where)" in first


async def test_an_extreme_that_gives_way_to_its_equals_is_not_merged_by_its_first_place() -> None:
    source = FROM_BEHIND.replace("a[i] < best", "a[i] <= best")
    assert not any("where_mine" in proposal.source for proposal in await proposals(source, "from_behind"))


async def test_what_leaves_a_round_early_is_not_given_to_one_thread() -> None:
    assert not any("omp single" in proposal.source for proposal in await proposals(SIEVE, "sieve"))
