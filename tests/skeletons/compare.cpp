// Calls each parallel algorithm beside its namesake in namespace std: at odd sizes below and above the thresholds, with
// ties, with types that own memory, with 1 to 4 threads. Prints what differs and ends with 1.
#include <deque>
#include <iostream>
#include <limits>
#include <list>
#include <stdexcept>
#include <string>
#include <thread>

#include "parallel_algorithms.hpp"
#include "values.hpp"

// What there is without OpenMP asks the library how many threads it may use.
unsigned team = 1;
#ifdef _OPENMP
void set_team() { omp_set_num_threads(static_cast<int>(team)); }
#else
unsigned std::thread::hardware_concurrency() noexcept { return team; }
void set_team() {}
#endif

namespace {

int failures = 0;
std::string place;

void check(bool holds, const char* what) {
    if (!holds) {
        std::cout << what << " differs: " << place << "\n";
        ++failures;
    }
}

// Both arrangements of the same elements, and where the iterators that were returned stand.
template <class T, class Std, class Parallel>
void same(const char* what, const std::vector<T>& given, Std in_std, Parallel in_parallel) {
    auto expected = given, got = given;
    const auto wanted = in_std(expected) - expected.begin(), found = in_parallel(got) - got.begin();
    check(wanted == found && expected == got, what);
}

template <class T>
void sorts(const std::vector<T>& given) {
    const auto more = std::greater<>();
    const auto sorted = [](auto& v) { return std::sort(v.begin(), v.end()), v.begin(); };
    const auto falling = [&](auto& v) { return std::sort(v.begin(), v.end(), more), v.begin(); };
    same("sort", given, sorted, [](auto& v) { return parallel::sort(v.begin(), v.end()), v.begin(); });
    same("sort by", given, falling, [&](auto& v) { return parallel::sort(v.begin(), v.end(), more), v.begin(); });
    same("stable_sort", given, sorted, [](auto& v) { return parallel::stable_sort(v.begin(), v.end()), v.begin(); });
    if (given.empty()) return;
    for (const std::size_t nth : {std::size_t{0}, given.size() / 3, given.size() / 2, given.size() - 1}) {
        auto expected = given, got = given;
        std::sort(expected.begin(), expected.end());
        const auto at = got.begin() + static_cast<std::ptrdiff_t>(nth);
        parallel::nth_element(got.begin(), at, got.end());
        check(*at == expected[nth], "nth_element");
        check(std::none_of(got.begin(), at, [&](const T& x) { return *at < x; }), "nth_element, left");
        check(std::none_of(at, got.end(), [&](const T& x) { return x < *at; }), "nth_element, right");
        std::sort(got.begin(), got.end());
        check(got == expected, "nth_element, elements");
    }
}

void stable_sorts(int n, int most) {
    same("stable_sort of structs", tagged(n, most),
         [](auto& v) { return std::stable_sort(v.begin(), v.end(), ByKey()), v.begin(); },
         [](auto& v) { return parallel::stable_sort(v.begin(), v.end(), ByKey()), v.begin(); });
    std::vector<Owned> owned;
    for (const int value : values<int>(n, most)) owned.emplace_back(value);
    parallel::sort(owned.begin(), owned.end());
    check(std::is_sorted(owned.begin(), owned.end()), "sort of what cannot be copied");
    const auto ints = values<int>(n, most);
    std::deque<int> expected(ints.begin(), ints.end()), got = expected;
    std::sort(expected.begin(), expected.end());
    parallel::sort(got.begin(), got.end());
    check(expected == got, "sort of a deque");
    std::vector<bool> bits(static_cast<std::size_t>(n)), wanted;
    for (int i = 0; i < n; ++i) bits[static_cast<std::size_t>(i)] = ints[static_cast<std::size_t>(i)] % 3 == 0;
    wanted = bits;
    std::sort(wanted.begin(), wanted.end());
    parallel::sort(bits.begin(), bits.end());
    check(wanted == bits, "sort of bits");
    // A comparator that takes its arguments by value must not be given what can be moved from.
    auto strings = values<std::string>(n, most), copy = strings;
    const auto less = [](std::string a, std::string b) { return a < b; };
    std::sort(copy.begin(), copy.end());
    parallel::sort(strings.begin(), strings.end(), less);
    check(copy == strings, "sort with arguments by value");
}

template <class T>
void moves(const std::vector<T>& given, const T& pivot) {
    const auto below = [&](const T& x) { return x < pivot; };
    same("partition", given, [&](auto& v) { return std::partition(v.begin(), v.end(), below); },
         [&](auto& v) { return parallel::partition(v.begin(), v.end(), below); });
    same("stable_partition", given, [&](auto& v) { return std::stable_partition(v.begin(), v.end(), below); },
         [&](auto& v) { return parallel::stable_partition(v.begin(), v.end(), below); });
    const auto erased = [](auto& v, auto end) { return v.erase(end, v.end()); };
    same("remove_if", given, [&](auto& v) { return erased(v, std::remove_if(v.begin(), v.end(), below)); },
         [&](auto& v) { return erased(v, parallel::remove_if(v.begin(), v.end(), below)); });
    same("unique", given, [&](auto& v) { return erased(v, std::unique(v.begin(), v.end())); },
         [&](auto& v) { return erased(v, parallel::unique(v.begin(), v.end())); });
    std::vector<T> expected(given.size()), got(given.size());
    const auto wanted = std::copy_if(given.begin(), given.end(), expected.begin(), below) - expected.begin();
    const auto found = parallel::copy_if(given.begin(), given.end(), got.begin(), below) - got.begin();
    check(wanted == found && expected == got, "copy_if");
}

void numbers_beyond_the_end(int n, int most) {
    // What is left behind the end of plain numbers is the same, too.
    const auto odd = [](int x) { return x % 2 == 1; };
    same("remove_if, tail", values<int>(n, most), [&](auto& v) { return std::remove_if(v.begin(), v.end(), odd); },
         [&](auto& v) { return parallel::remove_if(v.begin(), v.end(), odd); });
    same("unique, tail", values<int>(n, most), [](auto& v) { return std::unique(v.begin(), v.end()); },
         [](auto& v) { return parallel::unique(v.begin(), v.end()); });
}

template <class T>
void searches(const std::vector<T>& v, const T& wanted) {
    const auto first = v.begin(), last = v.end();
    const auto is_it = [&](const T& x) { return x == wanted; };
    const auto is_other = [&](const T& x) { return !(x == wanted); };
    check(std::count(first, last, wanted) == parallel::count(first, last, wanted), "count");
    check(std::count_if(first, last, is_it) == parallel::count_if(first, last, is_it), "count_if");
    check(std::find(first, last, wanted) == parallel::find(first, last, wanted), "find");
    check(std::find_if(first, last, is_it) == parallel::find_if(first, last, is_it), "find_if");
    check(std::find_if_not(first, last, is_it) == parallel::find_if_not(first, last, is_it), "find_if_not");
    check(std::any_of(first, last, is_it) == parallel::any_of(first, last, is_it), "any_of");
    check(std::all_of(first, last, is_other) == parallel::all_of(first, last, is_other), "all_of");
    check(std::none_of(first, last, is_it) == parallel::none_of(first, last, is_it), "none_of");
    check(std::min_element(first, last) == parallel::min_element(first, last), "min_element");
    check(std::max_element(first, last) == parallel::max_element(first, last), "max_element");
    check(std::minmax_element(first, last) == parallel::minmax_element(first, last), "minmax_element");
    const auto more = std::greater<>();
    check(std::min_element(first, last, more) == parallel::min_element(first, last, more), "min_element by");
    check(std::max_element(first, last, more) == parallel::max_element(first, last, more), "max_element by");
    check(std::minmax_element(first, last, more) == parallel::minmax_element(first, last, more), "minmax_element by");
}

// What compares with nothing is passed over, unless it is the first.
void extremes_beside_nan(int n) {
    auto v = values<double>(n, 50000);
    for (std::size_t i = 3; i < v.size(); i += 5) v[i] = std::numeric_limits<double>::quiet_NaN();
    const auto first = v.begin(), last = v.end();
    check(std::min_element(first, last) == parallel::min_element(first, last), "min_element beside NaN");
    check(std::max_element(first, last) == parallel::max_element(first, last), "max_element beside NaN");
}

void late_searches(int n) {
    std::vector<int> v(static_cast<std::size_t>(n));
    for (const int at : {n / 2, n - 1, n / 2 + 1}) {
        if (at < 0 || at >= n) continue;
        v[static_cast<std::size_t>(at)] = 1;
        check(std::find(v.begin(), v.end(), 1) == parallel::find(v.begin(), v.end(), 1), "find, late");
    }
}

void reductions(int n, int most) {
    const auto ints = values<int>(n, most);
    const auto doubles = values<double>(n, most), others = values<double>(n, most + 1);
    const auto i = ints.begin(), i_end = ints.end();
    const auto d = doubles.begin(), d_end = doubles.end();
    check(std::accumulate(i, i_end, 7L) == parallel::accumulate(i, i_end, 7L), "accumulate");
    check(std::accumulate(d, d_end, 0.5) == parallel::accumulate(d, d_end, 0.5), "accumulate doubles");
    const std::vector<double> halves(static_cast<std::size_t>(n), 0.5);
    const auto truncated = std::accumulate(halves.begin(), halves.end(), 3);
    check(truncated == parallel::accumulate(halves.begin(), halves.end(), 3), "accumulate into an int");
    const auto most_of = [](int a, int b) { return std::max(a, b); };
    check(std::accumulate(i, i_end, -1, most_of) == parallel::accumulate(i, i_end, -1, most_of), "accumulate max");
    const auto squares = [](double sum, double x) { return sum + x * x; };
    check(std::accumulate(d, d_end, 1.0, squares) == parallel::accumulate(d, d_end, 1.0, squares, std::plus<>()),
          "accumulate with two operations");
    const auto length = [](std::size_t sum, const std::string& s) { return sum + s.size(); };
    const auto strings = values<std::string>(n, most);
    check(std::accumulate(strings.begin(), strings.end(), std::size_t{2}, length) ==
              parallel::accumulate(strings.begin(), strings.end(), std::size_t{2}, length, std::plus<>()),
          "accumulate lengths");
    std::vector<std::string> letters;  // short ones: each step of std::accumulate copies all that came before
    for (const int x : ints) letters.emplace_back(1, static_cast<char>('a' + x % 26));
    check(std::accumulate(letters.begin(), letters.end(), std::string("x")) ==
              parallel::accumulate(letters.begin(), letters.end(), std::string("x")),
          "accumulate strings");
    std::vector<Matrix> matrices;
    for (const int x : ints) matrices.push_back({1u + static_cast<unsigned>(x), 2, 3, static_cast<unsigned>(x)});
    const auto m = matrices.begin(), m_end = matrices.end();
    const auto times = std::multiplies<>();
    check(std::accumulate(m, m_end, Matrix{1, 1, 0, 1}, times) ==
              parallel::accumulate(m, m_end, Matrix{1, 1, 0, 1}, times),
          "accumulate in order");
    check(std::reduce(i, i_end) == parallel::reduce(i, i_end), "reduce");
    check(std::reduce(i, i_end, 5L) == parallel::reduce(i, i_end, 5L), "reduce from");
    check(std::reduce(i, i_end, -1, most_of) == parallel::reduce(i, i_end, -1, most_of), "reduce max");
    check(std::inner_product(d, d_end, others.begin(), 1.0) == parallel::inner_product(d, d_end, others.begin(), 1.0),
          "inner_product");
    check(std::transform_reduce(d, d_end, others.begin(), 1.0) ==
              parallel::transform_reduce(d, d_end, others.begin(), 1.0),
          "transform_reduce of two");
    const auto apart = [](double a, double b) { return a == b ? 0.0 : 1.0; };
    check(std::inner_product(d, d_end, others.begin(), 1.0, std::plus<>(), apart) ==
              parallel::inner_product(d, d_end, others.begin(), 1.0, std::plus<>(), apart),
          "inner_product with operations");
    const auto size = [](const std::string& s) { return s.size(); };
    check(std::transform_reduce(strings.begin(), strings.end(), std::size_t{1}, std::plus<>(), size) ==
              parallel::transform_reduce(strings.begin(), strings.end(), std::size_t{1}, std::plus<>(), size),
          "transform_reduce");
    std::vector<bool> bits(ints.size());
    for (std::size_t k = 0; k < bits.size(); ++k) bits[k] = ints[k] % 2 == 1;
    check(std::accumulate(bits.begin(), bits.end(), 0) == parallel::accumulate(bits.begin(), bits.end(), 0), "bits");
    const std::list<int> list(i, i_end);
    check(std::accumulate(list.begin(), list.end(), 0L) == parallel::accumulate(list.begin(), list.end(), 0L), "list");
}

template <class T, class Operation>
void scans(const std::vector<T>& v, const T& init, Operation operation) {
    std::vector<T> expected(v.size()), got(v.size());
    const auto compare = [&](const char* what, auto in_std, auto in_parallel) {
        expected = v, got = v;
        const bool is_end = in_std(v, expected) == expected.end() && in_parallel(v, got) == got.end();
        check(is_end && expected == got, what);
        in_parallel(got = v, got);
        check(expected == got, what);
    };
    compare(
        "inclusive_scan",
        [&](auto& a, auto& b) { return std::inclusive_scan(a.begin(), a.end(), b.begin(), operation); },
        [&](auto& a, auto& b) { return parallel::inclusive_scan(a.begin(), a.end(), b.begin(), operation); });
    compare(
        "inclusive_scan from",
        [&](auto& a, auto& b) { return std::inclusive_scan(a.begin(), a.end(), b.begin(), operation, init); },
        [&](auto& a, auto& b) { return parallel::inclusive_scan(a.begin(), a.end(), b.begin(), operation, init); });
    compare(
        "exclusive_scan",
        [&](auto& a, auto& b) { return std::exclusive_scan(a.begin(), a.end(), b.begin(), init, operation); },
        [&](auto& a, auto& b) { return parallel::exclusive_scan(a.begin(), a.end(), b.begin(), init, operation); });
    compare(
        "partial_sum", [&](auto& a, auto& b) { return std::partial_sum(a.begin(), a.end(), b.begin(), operation); },
        [&](auto& a, auto& b) { return parallel::partial_sum(a.begin(), a.end(), b.begin(), operation); });
}

void all_scans(int n, int most) {
    scans(values<double>(n, most), 2.0, std::plus<>());
    scans(values<int>(n, most), 2, std::plus<int>());
    scans(values<int>(n, most), 2, [](int a, int b) { return std::max(a, b); });
    std::vector<Matrix> matrices;
    for (const int x : values<int>(n, most)) matrices.push_back({1, static_cast<unsigned>(x), 1, 2});
    scans(matrices, Matrix{2, 1, 1, 1}, std::multiplies<>());
    const auto ints = values<int>(n, most);
    std::vector<int> expected(ints.size()), got(ints.size());
    std::exclusive_scan(ints.begin(), ints.end(), expected.begin(), 0);
    parallel::exclusive_scan(ints.begin(), ints.end(), got.begin(), 0);
    check(expected == got, "exclusive_scan, plain");
    std::vector<int> cut(ints.size()), cut_too(ints.size());  // outputs that cannot hold the sums
    std::inclusive_scan(ints.begin(), ints.end(), cut.begin(), std::plus<>(), 0.25);
    parallel::inclusive_scan(ints.begin(), ints.end(), cut_too.begin(), std::plus<>(), 0.25);
    check(cut == cut_too, "inclusive_scan into another type");
    std::vector<long> wide(ints.size()), wide_too(ints.size());
    std::partial_sum(ints.begin(), ints.end(), wide.begin());
    parallel::partial_sum(ints.begin(), ints.end(), wide_too.begin());
    check(wide == wide_too, "partial_sum into another type");
}

template <class T, class Function>
void elements(const std::vector<T>& v, Function function) {
    auto expected = v, got = v;
    const auto binary = [&](const T& a, const T& b) { return a < b ? function(a) : b; };
    const auto end = std::transform(v.begin(), v.end(), expected.begin(), function) - expected.begin();
    check(end == parallel::transform(v.begin(), v.end(), got.begin(), function) - got.begin() && expected == got,
          "transform");
    parallel::transform((got = v).begin(), got.end(), got.begin(), function);
    check(expected == got, "transform in place");
    std::transform(v.begin(), v.end(), v.rbegin(), expected.begin(), binary);
    parallel::transform(v.begin(), v.end(), v.rbegin(), got.begin(), binary);
    check(expected == got, "transform of two");
    const auto step = [&](T& x) { x = function(x); };
    expected = got = v;
    std::for_each(expected.begin(), expected.end(), step);
    parallel::for_each(got.begin(), got.end(), step);
    check(expected == got, "for_each");
    std::vector<T> copied(v.size()), filled(v.size(), v.empty() ? T() : v.front());
    parallel::copy(v.begin(), v.end(), copied.begin());
    check(copied == v, "copy");
    if (!v.empty()) parallel::fill(copied.begin(), copied.end(), v.front());
    check(copied == filled, "fill");
    got = v;
    if (!v.empty()) parallel::fill(got.begin(), got.end(), got[got.size() / 2]);
    check(std::count(got.begin(), got.end(), v.empty() ? T() : v[v.size() / 2]) == static_cast<long>(v.size()),
          "fill with an element");
    if (v.size() > 10) {  // outputs that overlap: what std does from left to right
        expected = got = v;
        std::transform(expected.begin() + 3, expected.end(), expected.begin(), function);
        parallel::transform(got.begin() + 3, got.end(), got.begin(), function);
        check(expected == got, "transform to the left");
        expected = got = v;
        std::copy(expected.begin() + 1, expected.end(), expected.begin());
        parallel::copy(got.begin() + 1, got.end(), got.begin());
        check(expected == got, "copy to the left");
    }
    std::vector<T> back;
    parallel::transform(v.begin(), v.end(), std::back_inserter(back), function);
    std::transform(v.begin(), v.end(), (expected = v).begin(), function);
    check(back == expected, "transform to an inserter");
}

void bits_and_differences(int n, int most) {
    const auto ints = values<int>(n, most);
    std::vector<bool> expected(ints.size()), got(ints.size());
    const auto odd = [](int x) { return x % 2 == 1; };
    std::transform(ints.begin(), ints.end(), expected.begin(), odd);
    parallel::transform(ints.begin(), ints.end(), got.begin(), odd);
    check(expected == got, "transform to bits");
    parallel::fill(got.begin(), got.end(), true);
    check(std::count(got.begin(), got.end(), true) == n, "fill of bits");
    std::vector<int> wanted(ints.size()), found(ints.size());
    std::adjacent_difference(ints.begin(), ints.end(), wanted.begin());
    parallel::adjacent_difference(ints.begin(), ints.end(), found.begin());
    check(wanted == found, "adjacent_difference");
    found = ints;
    parallel::adjacent_difference(found.begin(), found.end(), found.begin());
    check(wanted == found, "adjacent_difference in place");
    std::adjacent_difference(ints.begin(), ints.end(), wanted.begin(), std::plus<>());
    parallel::adjacent_difference(ints.begin(), ints.end(), found.begin(), std::plus<>());
    check(wanted == found, "adjacent_difference with sums");
}

// Of several exceptions the one that a serial call would throw, where its block is the earliest.
void exceptions(int n) {
    if (n < 100) return;
    std::vector<int> v(static_cast<std::size_t>(n));
    std::iota(v.begin(), v.end(), 0);
    const auto thrown = [&](auto call) {
        try {
            call();
        } catch (const std::out_of_range& error) {
            return std::string(error.what());
        }
        return std::string("nothing");
    };
    const auto fails = [&](int x) {
        if (x == 50 || x == n - 2) throw std::out_of_range(std::to_string(x));
        return x;
    };
    std::vector<int> out(v.size());
    check(thrown([&] { parallel::for_each(v.begin(), v.end(), fails); }) == "50", "exception in for_each");
    check(thrown([&] { parallel::transform(v.begin(), v.end(), out.begin(), fails); }) == "50", "exception in transform");
    const auto sum = [&](int a, int b) { return a * 0 + fails(b); };
    check(thrown([&] { parallel::accumulate(v.begin(), v.end(), 0, sum, std::plus<>()); }) == "50",
          "exception in accumulate");
    const auto compare = [&](int a, int b) {
        if (b == n / 2) throw std::out_of_range("compare");
        return a < b;
    };
    check(thrown([&] { parallel::sort(v.begin(), v.end(), compare); }) == "compare", "exception in sort");
    auto strings = values<std::string>(std::min(n, 5003), 1000);
    const auto throws = [](const std::string&, const std::string&) -> bool { throw std::out_of_range("at once"); };
    check(thrown([&] { parallel::stable_sort(strings.begin(), strings.end(), throws); }) == "at once",
          "exception in stable_sort");
}

void inside_a_region(int n) {
    const auto v = values<int>(n, 1000);
    auto expected = v;
    std::sort(expected.begin(), expected.end());
    std::vector<std::vector<int>> rows(4, v);
#pragma omp parallel for
    for (int i = 0; i < 4; ++i) {
        auto& row = rows[static_cast<std::size_t>(i)];
        parallel::sort(row.begin(), row.end());
    }
    for (const auto& row : rows) check(row == expected, "sort inside a parallel region");
}

void everything(int n, int most) {
    sorts(values<int>(n, most));
    sorts(values<double>(n, most));
    const int fewer = std::min(n, 5003);  // of what takes long; more than where threads begin
    sorts(values<std::string>(fewer, most));
    stable_sorts(fewer, most);
    moves(values<int>(n, most), most / 3);
    moves(values<double>(n, most), 0.0);
    moves(values<std::string>(fewer, most), values<std::string>(1, most).front());
    numbers_beyond_the_end(n, most);
    searches(values<int>(n, most), most / 2);
    searches(values<int>(n, most), -1);
    searches(values<std::string>(fewer, most), std::string("absent"));
    reductions(n, most);
    all_scans(n, most);
    elements(values<int>(n, most), [](int x) { return 3 * x + 1; });
    elements(values<std::string>(fewer, most), [](const std::string& x) { return x + "."; });
    bits_and_differences(n, most);
}

}  // namespace

int main() {
    for (const unsigned threads : {1u, 2u, 3u}) {
        team = threads;
        set_team();
        for (const int n : {0, 1, 2, 17, 2047, 2049, 5003, 9001}) {
            for (const int most : {2, 50000}) {
                place = std::to_string(n) + " elements below " + std::to_string(most) + ", " + std::to_string(threads) +
                        " threads";
                everything(n, most);
            }
            late_searches(n);
            extremes_beside_nan(n);
            exceptions(n);
            inside_a_region(n);
        }
    }
    return failures == 0 ? 0 : 1;
}
