"""What generators promise, asked by a serial function that gives up where a promise is broken."""

from pathlib import Path

import pytest

from agentpar.errors import ReferenceFailed
from agentpar.evaluation.reference import describe_inputs, understand
from agentpar.task_file import load_task
from tests.evaluation.courtroom import cheapest_kind, courtroom

pytestmark = pytest.mark.sandbox

# Each parameter holds the edges of a graph in its own way; the names are also those of what makes the inputs.
GRAPHS = """\
#include <algorithm>
#include <cstdlib>
#include <utility>
#include <vector>

struct Edge { float weight; unsigned from, to; };

static void require(bool holds) {
    if (!holds) std::abort();
}

static void count(std::vector<int>& degree, long from, long to) {
    require(0 <= from && from < static_cast<long>(degree.size()) && 0 <= to && to < static_cast<long>(degree.size()));
    if (degree.size() > 1) require(from != to);
    ++degree[to];
}

// Of many ends, hubs have far more than an equal share.
static void require_hubs(std::vector<int>& degree, long edges) {
    if (degree.size() >= 16 && edges >= 200) {
        require(*std::max_element(degree.begin(), degree.end()) * static_cast<long>(degree.size()) >= 3 * edges);
    }
    std::fill(degree.begin(), degree.end(), 0);
}

int graphs(const std::vector<std::pair<int, int>>& pairs, const std::vector<Edge>& records, const int* random,
           const int* generator, const std::vector<std::vector<int>>& lists, int vertices, int dims) {
    std::vector<int> degree(vertices);
    for (int i = 0; i < dims; ++i) count(degree, pairs[i].first, pairs[i].second);
    require_hubs(degree, dims);
    for (int i = 0; i < dims; ++i) count(degree, records[i].from, records[i].to);
    require_hubs(degree, dims);
    for (int i = 0; i < dims; ++i) count(degree, random[i], generator[i]);
    require_hubs(degree, dims);
    long edges = 0;
    for (int v = 0; v < vertices; ++v) {
        for (int u : lists[v]) count(degree, v, u);
        edges += static_cast<long>(lists[v].size());
    }
    require(edges == 4 * vertices);
    require_hubs(degree, edges);
    return vertices;
}
"""
TASK = """\
source = "graphs.cpp"
entry = "graphs"

[inputs.sizes]
pairs = "dims"
records = "dims"
random = "dims"
generator = "dims"
lists = "vertices;4"

[inputs.ranges]
pairs = [0, "vertices-1"]
records = [0, "vertices-1"]
random = [0, "vertices-1"]
generator = [0, "vertices-1"]
lists = [0, "vertices-1"]

[inputs.benchmark]
vertices = 500
dims = 5000

[inputs.generators]
"""
NAMES = ("pairs", "records", "random", "generator", "lists")


async def test_graphs_have_hubs_and_no_loops_however_they_are_held(tmp_path: Path) -> None:
    write_task(tmp_path, dict.fromkeys(NAMES, "graph"))
    async with courtroom(cheapest_kind(), tmp_path, "graphs", is_quick=True, races=False) as court:
        assert court.prepared.sizes.benchmark == (500, 5000)


async def test_the_function_that_asks_for_graphs_tells_them_from_other_inputs(tmp_path: Path) -> None:
    write_task(tmp_path, dict.fromkeys(NAMES, "graph") | {"generator": "uniform"})
    with pytest.raises(ReferenceFailed):
        async with courtroom(cheapest_kind(), tmp_path, "graphs", is_quick=True, races=False):
            pass


def write_task(folder: Path, generators: dict[str, str]) -> None:
    (folder / "graphs.cpp").write_text(GRAPHS)
    (folder / "task.toml").write_text(TASK + "".join(f'{name} = "{kind}"\n' for name, kind in generators.items()))


# Gives up where a string is not as long, or not made of what, the task says.
STRINGS = """\
#include <cstdlib>
#include <set>
#include <string>
#include <utility>
#include <vector>

static void require(bool holds) {
    if (!holds) std::abort();
}

static void within(const std::string& text, char low, char high) {
    for (char c : text) require(low <= c && c <= high);
}

int strings(const std::vector<std::string>& names, const std::string& text,
            const std::vector<std::pair<std::string, int>>& counts, int n) {
    std::set<std::size_t> lengths;
    for (const std::string& name : names) {
        within(name, 'A', 'Z');
        require(2 <= name.size() && name.size() <= 6);
        lengths.insert(name.size());
    }
    if (n >= 60) require(lengths.size() > 1);
    for (const auto& count : counts) {
        within(count.first, 'a', 'z');
        require(count.first.size() == 3 && count.second <= 9);
    }
    require(text.size() == static_cast<std::size_t>(n));
    within(text, '0', '9');
    return n;
}
"""


async def test_strings_in_containers_vary_in_length_and_ranges_hold_for_characters(tmp_path: Path) -> None:
    path = tmp_path / "strings.cpp"
    path.write_text(STRINGS)
    sizes, ranges = "names=n;2:6,text=n,counts=n;3", "names=65:90,text=48:57,counts=0:9"
    async with courtroom(
        cheapest_kind(), path, "strings", is_quick=True, races=False, sizes=sizes, ranges=ranges, benchmark="n=500"
    ) as court:
        assert court.prepared.sizes.benchmark == (500,)


# Gives up where integers that stand beside reals are as small as these.
ITEMS = """\
#include <cmath>
#include <cstdlib>
#include <set>
#include <utility>
#include <vector>

struct Item { double weight; int kind; };

int kinds(const std::vector<Item>& items, const std::vector<std::pair<int, float>>& pairs) {
    std::set<int> kinds, firsts;
    for (const Item& item : items) {
        kinds.insert(item.kind);
        if (std::abs(item.kind) > 100 || std::fabs(item.weight) > 1) std::abort();
    }
    for (const auto& pair : pairs) {
        firsts.insert(pair.first);
        if (std::abs(pair.first) > 100 || std::fabs(pair.second) > 1) std::abort();
    }
    if (items.size() >= 60 && kinds.size() < 4) std::abort();
    if (pairs.size() >= 60 && firsts.size() < 4) std::abort();
    return static_cast<int>(kinds.size() + firsts.size());
}
"""


async def test_integers_beside_reals_have_bounds_of_their_own(tmp_path: Path) -> None:
    path = tmp_path / "kinds.cpp"
    path.write_text(ITEMS)
    async with courtroom(cheapest_kind(), path, "kinds", is_quick=True, races=False) as court:
        assert set(court.prepared.subject.inputs.integers) == {"items", "pairs"}


def test_that_keys_are_taken_to_be_different_is_told(tmp_path: Path) -> None:
    path = tmp_path / "scatter.cpp"
    loop = "for (int i = 0; i < n; ++i) y[to[i]] = x[i];"
    path.write_text(f"void scatter(const double* x, const int* to, double* y, int n) {{ {loop} }}\n")
    assert "to in [0, n-1] (permutation)" in describe_inputs(understand(load_task(f"{path}::scatter")))
