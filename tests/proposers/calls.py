"""Calls of the kernels in patterns.py, to compare a version with the serial one."""

# How to call each kernel, in namespace NS, with `v`, n numbers below 1 in size, and `w`, the same in another order;
# what it gives is put into `out`. `ints`, `big` and `grid` are helpers of test_patterns.py.
CALLS = {
    "dealt": "std::vector<NS::Card> c(n); for (int i = 0; i < n; ++i) c[i] = {(unsigned short)(v[i] * 99), i};"
    " NS::dealt(c); for (auto& x : c) out.insert(out.end(), {double(x.suit), double(x.value)});",
    "few_steep": "for (size_t k : {0, 1, 3, 40, 900})"
    " for (size_t at : NS::few_steep(big(v, 7), 3, k)) out.push_back(at);",
    "run_lengths": "std::vector<int> a; for (double x : v) a.push_back(x * 2); for (auto& r : NS::run_lengths(a, w))"
    " out.insert(out.end(), {double(r.first), r.second}); std::vector<int> one(n, 5);"
    " for (auto& r : NS::run_lengths(one, w)) out.push_back(r.second);",
    "without_repeats": "std::vector<int> a; for (double x : v) a.push_back(x * 2);"
    " for (int x : NS::without_repeats(a)) out.push_back(x);",
    "dumped": "for (char c : NS::dumped(ints(v))) out.push_back(c);",
    "table_of_cells": "for (int m : {-1, 0, 1, 3, 64, 999})"
    " for (char c : NS::table_of_cells(ints(v), m)) out.push_back(c);",
    "in_turn": "out.resize(n); for (int m : {1, 3, 64}) out.push_back(NS::in_turn(v.data(), big(w, 70).data(), n, m,"
    " out.data()));",
    "shoelace": "out.push_back(NS::shoelace(v.data(), w.data(), n));",
    "nth_fit": "for (int k : {0, 1, 2, 40, 900}) out.push_back(NS::nth_fit(big(v, 7), k));",
    "after_some": "auto b = big(v, 7); for (unsigned k : {0u, 1u, 2u, 40u, 900u})"
    " out.push_back(NS::after_some(b.data(), b.size(), k));",
    "first_few": "for (int k : {-1, 0, 1, 2, 40, 900}) for (auto& p : NS::first_few(big(v, 7), k))"
    " out.push_back(p.first + p.second);",
    "until_full": "for (size_t k : {0, 1, 3, 40, 900}) { std::vector<int> a = {7}; NS::until_full(big(v, 7), k, a);"
    " out.insert(out.end(), a.begin(), a.end()); }",
    "counting_sorted": "std::vector<int> order(n); NS::counting_sorted(ints(v), order);"
    " out.assign(order.begin(), order.end());",
    "sorted_from_behind": "std::vector<int> end(10); for (int k : ints(w))"
    " for (int j = k; j < 10; ++j) ++end[j]; out.resize(n); NS::sorted_from_behind(ints(w).data(), v.data(), n,"
    " out.data(), end.data()); out.insert(out.end(), end.begin(), end.end());",
    "columns_of_rows": "std::vector<int> first(1), col, at(10), row(n); for (int i = 0; i < n; ++i) {"
    " col.push_back(i % 5 ? int(v[i] * 9) : -1); if (i % 3 == 0) first.push_back(col.size()); }"
    " for (int k : col) for (int j = k + 1; k >= 0 && j < 10; ++j) ++at[j]; out.resize(n);"
    " NS::columns_of_rows(first, col, w, at, row, out);"
    " out.insert(out.end(), row.begin(), row.end()); out.insert(out.end(), at.begin(), at.end());",
    "quick_by_its_class": "std::vector<int> a = ints(big(v, 9)); NS::quick_by_its_class(a.data(), a.size());"
    " out.assign(a.begin(), a.end());",
    "nearest_unseen": "int m = n < 66 ? n : 66; std::vector<double> d; for (int i = 0; i < m * m; ++i)"
    " d.push_back(i * i % 13); std::vector<double> dist(m, 1e9);"
    " std::vector<char> done(m); out.push_back(NS::nearest_unseen(d.data(), m, dist.data(), done.data()));",
    "lowest_then_left": "std::vector<NS::Corner> p(n); for (int i = 0; i < n; ++i) p[i] = {long(v[i] * 3),"
    " long(w[i] * 3)}; out.push_back(NS::lowest_then_left(p));",
    "channel_counts": "std::vector<NS::Colour> image(n); for (int i = 0; i < n; ++i)"
    " image[i] = {(unsigned char)(v[i] * 9), (unsigned char)(w[i] * 9)}; auto c = NS::channel_counts(image);"
    " out.assign(c.red, c.red + 256); out.insert(out.end(), c.green.begin(), c.green.end()); out.push_back(c.all);",
    "weighted_bins": "out.assign(7, 0.25); NS::weighted_bins(v.data(), w.data(), n, out);",
    "tallied": "NS::tally t{5, {1, 2}, {3, 4}}; NS::tallied(ints(v).data(), w.data(), n, &t);"
    " out.assign(t.sums, t.sums + 8); out.insert(out.end(), t.hits, t.hits + 8);",
    "attract": "std::vector<NS::Star> s(n); for (int i = 0; i < n; ++i) s[i] = {{v[i], w[i]}, {w[i], 1}, v[i] + 1};"
    " NS::attract(s); for (auto& x : s) out.insert(out.end(), {x.at[0], x.pull[0], x.pull[1], x.mass});",
    "overlaps": "std::vector<NS::ball> s(n); for (int i = 0; i < n; ++i) s[i] = {v[i], w[i] / 9, i, v[i]};"
    " NS::overlaps(s.data(), n); for (auto& x : s) out.insert(out.end(), {x.x, double(x.hits), x.depth});",
    "shortest_ways": "int m = n < 66 ? n : 66; for (int i = 0; i < m * m; ++i) out.push_back(i * i % 97 - i % 7);"
    " NS::shortest_ways(out.data(), m);",
    "reachable": "size_t m = n < 66 ? n : 66; std::vector<std::vector<char>> r(m, std::vector<char>(m));"
    " for (size_t i = 0; i < m; ++i) r[i][(i * 7 + 3) % m] = r[i][(i * i) % m] = 1;"
    " out.push_back(NS::reachable(r)); for (auto& row : r) out.insert(out.end(), row.begin(), row.end());",
    "variation": "out.push_back(NS::variation(v));",
    "crossings": "if (n) out.push_back(NS::crossings(v.data(), n));",
    "last_peak": "for (double x : {0.2, 0.8, 2.0}) out.push_back(NS::last_peak(v.data(), n, x));",
    "in_order": "out.resize(n); NS::in_order(v, out);",
    "hex_digits": "for (char c : NS::hex_digits(ints(v))) out.push_back(c);",
    "both_ways": "out = NS::both_ways(v);",
    "two_nearest": "size_t at = 0; std::vector<double> t; for (double x : v) t.push_back(int(x * 9));"
    " out.push_back(NS::two_nearest(t, 4, at)); out.push_back(at);",
    "two_highest": "if (n) out.push_back(NS::two_highest(v.data(), n));",
    "first_far": "for (double x : {0.1, 0.4, 0.9}) out.push_back(NS::first_far(v, x));",
    "distances": "std::vector<int> first, adj, dist(n); for (int i = 0; i < n; ++i) first.push_back(2 * i),"
    " adj.push_back(int(v[i] * n)), adj.push_back(int(w[i] * n)); first.push_back(2 * n);"
    " if (n) NS::distances(first, adj, dist); out.assign(dist.begin(), dist.end());",
    "hop_counts": "std::vector<std::vector<int>> near; for (int i = 0; i < n; ++i) near.push_back({int(v[i] * n),"
    " int(w[i] * n)}); std::vector<int> hops; if (n) NS::hop_counts(near, hops); out.assign(hops.begin(), hops.end());",
    "resampled": "if (n) { out.resize(2 * n); NS::resampled(v.data(), n, out.data(), 2 * n); }",
    "checked_bins": "for (int x : NS::checked_bins(v)) out.push_back(x);",
    "drawdown": "out.push_back(NS::drawdown(v));",
    "means_so_far": "out.resize(n); NS::means_so_far(v.data(), n, out.data());",
    "least_labels": "std::vector<int> a(n), b(n), l(n); for (int i = 0; i < n; ++i) a[i] = int(v[i] * n), b[i] = "
    "int(w[i] * n), l[i] = i; out.push_back(NS::least_labels(a, b, l)); out.insert(out.end(), l.begin(), l.end());",
    "extents": "auto b = NS::extents(v, w); out = {b.low[0], b.low[1], b.high[0], b.high[1]};",
    "knapsack_in_a_row": "std::vector<int> a; for (double x : v) a.push_back(1 + int(x * 40));"
    " out.push_back(NS::knapsack_in_a_row(a, ints(w), 300));",
    "sorted_rows": "out = big(v, 70); NS::sorted_rows(out.data(), n, 70);",
    "escapes": "out.resize(n * 7); NS::escapes(out, 7, n);",
    "keep_large": "NS::keep_large(v, 0.3, out);",
    "squares": "out = NS::squares(v);",
    "parted": "out.resize(n); NS::parted(v, out, 0.1);",
    "compact": "std::vector<int> at(n); out.resize(n);"
    " out.push_back(NS::compact(v.data(), n, 0.1, out.data(), at.data()));"
    " out.insert(out.end(), at.begin(), at.end());",
    "close_pairs": "for (auto p : NS::close_pairs(v, w, 0.3)) { out.push_back(p.first); out.push_back(p.second); }",
    "trapezoid": "out.push_back(NS::trapezoid(0, 3, n));",
    "scale_pointers": "out.resize(n); NS::scale_pointers(v.data(), out.data(), n, 0.5);",
    "pack_rows": "out.resize(n * 3); NS::pack_rows(big(v, 3), n, 3, out);",
    "fft": "std::vector<std::complex<double>> c(v.begin(), v.end()); if (n) NS::fft(c);"
    " for (auto z : c) { out.push_back(z.real()); out.push_back(z.imag()); }",
    "powers": "out.push_back(NS::powers(v, 0.99));",
    "inner_product": "std::vector<std::complex<double>> c(v.begin(), v.end());"
    " out.push_back(NS::inner_product(c, c).real());",
    "moments": "auto m = NS::moments(v); out = {m.sum, m.least, m.most, double(m.count)};",
    "flags": "bool any; out.push_back(NS::flags(v, w, &any)); out.push_back(any);",
    "merge_sort": "auto a = ints(v); NS::merge_sort(a); out.assign(a.begin(), a.end());",
    "quick": "auto a = ints(v); NS::quick(a.data(), n); out.assign(a.begin(), a.end());",
    "fib": "out.push_back(NS::fib(n % 23));",
    "pairwise_sum": "out.push_back(NS::pairwise_sum(v.data(), n));",
    "queens": "out.push_back(NS::queens(1 + n % 8));",
    "lcs": "out.push_back(NS::lcs(ints(v), ints(w)));",
    "smith_waterman": "std::string s, t; for (double x : v) s += 'a' + int(x * 3), t += 'a' + int(x * 7) % 4;"
    " std::vector<int> H((n + 1) * (n + 1)); out.push_back(NS::smith_waterman(s.data(), n, t.data(), n, H.data()));"
    " out.insert(out.end(), H.begin(), H.end());",
    "edit_distance": "out.push_back(NS::edit_distance(ints(v), ints(w)));",
    "gauss_seidel": "out = big(v, 70); NS::gauss_seidel(out, n, 70, 3);",
    "knapsack": "out.push_back(NS::knapsack(ints(v), ints(w), 300));",
    "low_pass": "out.resize(n); NS::low_pass(v, out);",
    "local_medians": "out.resize(n); NS::local_medians(v, out, 2);",
    "windows": "out.resize(n); NS::windows(v, out);",
    "transpose": "out.resize(n * 70); NS::transpose(big(v, 70).data(), out.data(), n, 70);",
    "diffuse": "out = v; NS::diffuse(out, n, 5);",
    "normalise": "out = v; NS::normalise(out.data(), n);",
    "by_iterator": "out.push_back(NS::by_iterator(v));",
    "two_iterators": "out.resize(n); NS::two_iterators(v, w, out);",
    "backwards": "out.resize(n); NS::backwards(v, out);",
    "do_while": "out.push_back(NS::do_while(v.data(), n));",
    "first_bad": "out.push_back(NS::first_bad(v)); auto u = v; if (n > 5) u[n - 3] = u[n - 2] = 20;"
    " out.push_back(NS::first_bad(u));",
    "all_sorted": "out.push_back(NS::all_sorted(v, n));",
    "best_place_by_pointers": "int at = 7; double most = 0; NS::best_place_by_pointers(v.data(), n, &at, &most);"
    " out = {double(at), most};",
    "best_place": "out.push_back(NS::best_place(v));",
    "lowest_cell": "std::vector<double> h; for (double x : big(v, 7)) h.push_back(int(x * 5));"
    " out.push_back(NS::lowest_cell(h, n, 7));",
    "exchange_sort": "out = v; NS::exchange_sort(out);",
    "byte_counts": "std::vector<unsigned char> b; for (double x : v) b.push_back(x * 255);"
    " std::vector<unsigned> c(256);"
    " NS::byte_counts(b.data(), n, c.data()); out.assign(c.begin(), c.end());",
    "csr_transposed": "std::vector<int> first(n + 1), column(3 * n); out.resize(n);"
    " for (int i = 0; i < n; ++i) first[i + 1] = 3 * i + 3;"
    " for (int k = 0; k < 3 * n; ++k) column[k] = (k / 3 * 7 + k % 3) % n;"
    " NS::csr_transposed(n, first.data(), column.data(), big(v, 3).data(), v.data(), out.data());",
    "levenshtein": "out.push_back(NS::levenshtein(ints(v), ints(w)));",
    "warping": "out.push_back(NS::warping(v, w));",
    "integral": "std::vector<long> s(n * 70); NS::integral(ints(big(v, 70)), s, 70, n);"
    " out.assign(s.begin(), s.end());",
    "nine_points": "out = big(v, 70); NS::nine_points(out, n, 70);",
    "peak_so_far": "out.resize(n); NS::peak_so_far(v, out);",
    "low_in_place": "out = v; NS::low_in_place(out.data(), n);",
    "segments": "out.resize(n); NS::segments(ints(v), v, out);",
    "positions": "std::vector<int> at(n); out.resize(n);"
    " out.push_back(NS::positions(v.data(), n, 0.4, out.data(), at.data()));"
    " out.insert(out.end(), at.begin(), at.end());",
    "groups": "std::vector<NS::Group> g(9); NS::groups(ints(v), w, g);"
    " for (auto& each : g) { out.push_back(each.sum); out.push_back(each.count); }",
    "bucket_peaks": "out.assign(9, 0.3); NS::bucket_peaks(ints(v).data(), w.data(), n, out.data());",
    "visited": "out.resize(10); const double sum = NS::visited(v.data(), n, out); out.push_back(sum);",
    "corner_sums": "out.resize(10); NS::corner_sums(ints(big(v, 2)).data(), n, w.data(), out.data());",
    "add_outer": "NS::Rows a(n, w); NS::add_outer(a, v, w);"
    " for (auto& row : a) out.insert(out.end(), row.begin(), row.end());",
    "matches": "out.push_back(NS::matches(ints(v), {3, 6})); out.push_back(NS::matches({3}, {3, 6}));",
    "scaled_product": "out = big(v, 7); NS::scaled_product(big(w, n).data(), big(v, 7).data(), out.data(), n, 7, 0.5);",
    "longest_common": "auto a = ints(v), b = ints(w); std::vector<int> s(n + 1), t(n + 1);"
    " out.push_back(NS::longest_common(a.data(), n, b.data(), n, s.data(), t.data()));",
    "decimate": "out.resize(n / 3 + 1); NS::decimate(v, std::vector<double>(w.begin(), w.begin() + n / 9), out);",
    "resample": "out = NS::resample(v, w, 3, 2); for (double x : NS::resample(w, v, 2, 5)) out.push_back(x);",
    "random_walk": "out.resize(n); out.push_back(NS::random_walk(v, out));",
    "estimates": "out.push_back(NS::estimates(n, 17, 1.1));",
    "matrix_chain": "auto a = ints(v); a.resize(n % 90); out.push_back(NS::matrix_chain(a));",
    "by_diagonals": "out.push_back(NS::by_diagonals(ints(v), ints(w)));",
    "nearest": "auto b = NS::nearest(v, 0.5); out = {b.distance, double(b.place)};"
    " b = NS::nearest(std::vector<double>(n, 0.25), 0.5); out.push_back(b.place);",
    "furthest": "auto b = NS::furthest(v, 0.5); out = {b.distance, double(b.place)};"
    " b = NS::furthest(std::vector<double>(n, 0.25), 0.5); out.push_back(b.place);",
    "group_ranges": "std::vector<NS::Range> g(9, {0.3, 0.6, 1, 2}); NS::group_ranges(ints(v), w, g);"
    " for (auto r : g) { out.insert(out.end(), {r.low, r.high, r.sum, double(r.count)}); }",
    "nearest_centres": "std::vector<int> label(n), counts(5, 1); out.assign(5, 0.5);"
    " out.push_back(NS::nearest_centres(v, {0.1, 0.3, 0.5, 0.7, 0.9}, label, out, counts));"
    " out.insert(out.end(), label.begin(), label.end()); out.insert(out.end(), counts.begin(), counts.end());",
    "close_ones": "for (auto& f : NS::close_ones(v, 0.2)) for (int j : f) out.push_back(j);",
    "bits_as_text": "for (auto& t : NS::bits_as_text(ints(v))) for (char c : t) out.push_back(c);",
    "every_third": "out = NS::every_third(v, std::vector<double>(w.begin(), w.begin() + n / 9));"
    " for (double x : NS::every_third(w, {0.5, 0.2})) out.push_back(x);",
    "thinned": "out.resize(n); NS::thinned(v, 1 + n % 7, out);",
    "in_phase": "out.resize(n / 5); out.push_back(NS::in_phase(v, w, out));",
    "lattice": "out.push_back(NS::lattice(1, 1.01, 0.52, n));",
    "by_key": "out = NS::by_key(ints(v), w);",
    "outliers": "out.push_back(NS::outliers(v, 0.4, out));",
    "summary": "auto s = NS::summary(std::vector<float>(v.begin(), v.end()), 0.8);"
    " out = {double(s.n), s.sum, s.low, s.high};",
    "extent": "auto e = NS::extent(v, w); out = {e.low, e.high, double(e.n)};",
    "cells": "std::vector<NS::Sample> s; for (int i = 0; i < n; ++i) s.push_back({float(v[i] * 1.2), float(w[i])});"
    " std::vector<NS::Cell> c(9, {0.5, 1}); out.push_back(NS::cells(s.data(), s.size(), c.data(), 9));"
    " for (auto each : c) { out.push_back(each.weight); out.push_back(each.count); }",
    "tally": "std::vector<NS::Tally> t(9, {0.5, 1}); NS::tally(ints(v), w, t);"
    " for (auto each : t) { out.push_back(each.sum); out.push_back(each.n); }",
    "gaps": "out = NS::gaps(v);",
    "closest": "auto c = NS::closest(v, w); out = {c.distance, double(c.a), double(c.b)};"
    " c = NS::closest(w, std::vector<double>(n, 1)); out.push_back(c.a); out.push_back(c.b);",
    "least_gap": "out.push_back(NS::least_gap(v, w));",
    "similar": "for (int i : NS::similar(ints(v), {3, 6, 1}, 2)) out.push_back(i);"
    " for (int i : NS::similar({3, 1}, {3, 6, 1}, 2)) out.push_back(i);",
    "seen_first": "out = NS::seen_first(ints(v), w); auto keys = ints(w); for (int k = 0; k < n; ++k) keys[k] += k / 3;"
    " for (double x : NS::seen_first(keys, v)) out.push_back(x);",
    "levels": "std::vector<std::vector<int>> g(n); for (int i = 0; i < 3 * n; ++i) g[i % n].push_back(i * 7919 % n);"
    " for (int x : NS::levels(g, n / 2)) out.push_back(x);",
    "reach": "std::vector<std::vector<int>> g(n); for (int i = 0; i < 2 * n; ++i) g[i % n].push_back(i * 7919 % n);"
    " for (int k = 0; k < 6; ++k) out.push_back(NS::reach(g, n / 3, k));",
    "ends": "for (auto e : NS::ends(ints(v), ints(w), w)) out.insert(out.end(), {e.in * 1.0, e.out * 1.0, e.most});",
    "settled": "auto label = ints(v); out.push_back(NS::settled(label)); for (int x : label) out.push_back(x);",
    "longest_chain": "std::vector<int> s(n); out.push_back(NS::longest_chain(ints(w), s));"
    " out.insert(out.end(), s.begin(), s.end());",
    "plane": "std::vector<NS::Point> p; for (int i = 0; i < n; ++i) p.push_back({float(v[i] * 2), float(w[i] * 2)});"
    " out.assign(35, 0.5); out.push_back(NS::plane(p.data(), n, out.data(), 5, 7));",
    "pair_with_sum": "int x = -1, y = -1; auto a = ints(v); for (int sum : {3, 16, 99}) {"
    " out.push_back(NS::pair_with_sum(a, sum, x, y)); out.push_back(x); out.push_back(y); }",
    "word_in_grid": "auto grid = ints(big(v, 9)); std::vector<int> word = {8, 4};"
    " if (n > 2) word = {grid[13], grid[14]};"
    " for (int k : {1, 2}) out.push_back(NS::word_in_grid(grid.data(), n, 9, word.data(), k));"
    " if (n > 60) grid[9 * 40] = -1; word = {77, 7};"
    " out.push_back(NS::word_in_grid(grid.data(), n, 9, word.data(), 2));",
    "box_of": "std::vector<NS::Place> p; for (int i = 0; i < n; ++i) p.push_back({v[i], w[i], v[i] - w[i]});"
    " auto box = NS::box_of(p); for (int k = 0; k < 3; ++k) { out.push_back(box.low[k]); out.push_back(box.high[k]); }",
    "reach_of_pairs": "NS::Reach r = {{1, 2}, {3, 4}}; NS::reach_of_pairs(big(v, 2).data(), n, &r);"
    " out = {r.low[0], r.low[1], r.sum[0], r.sum[1]};",
    "second_moments": "out.resize(9); NS::second_moments(big(v, 3).data(), n, out.data());",
    "high_bits": "std::vector<unsigned char> b; for (double x : v) b.push_back(x * 255); std::vector<int> c(16);"
    " NS::high_bits(b.data(), b.data() + n, c.data()); out.assign(c.begin(), c.end());",
    "sines_to_the_end": "out.resize(n); double* last = NS::sines_to_the_end(v.data(), v.data() + n, out.data());"
    " out.push_back(last - out.data());",
    "energy_of_a_range": "out.push_back(NS::energy_of_a_range(v));",
    "transformed_range": "out.resize(n); NS::transformed_range(v, out);",
    "turned_columns": "out = big(v, 7); NS::turned_columns(out, n, 7);",
    "mirrored": "out = big(v, 7); NS::mirrored(out, n, 7);",
    "loaded_rows": "out = big(v, 70); NS::loaded_rows(out, n, 70);",
    "rows_then_columns": "out = big(v, 7); NS::rows_then_columns(out, n, 7);",
    "sparse_squares": "out.resize(n); NS::sparse_squares(ints(v), w, n, out);",
    "fresh_by_round": "out.resize(n); NS::fresh_by_round(ints(v), n, out);",
    "distinct_near": "out.resize(n); NS::distinct_near(ints(v), n, out);",
    "product_rows": "std::vector<int> s, c(2, 9); std::vector<double> x(2, 9); NS::product_rows(n, ints(w), s, c, x);"
    " out.assign(s.begin(), s.end()); out.insert(out.end(), c.begin(), c.end());"
    " out.insert(out.end(), x.begin(), x.end());",
    "row_ends": "std::vector<int> e(1, 3); out = {7, 8}; NS::row_ends(v, e, out);"
    " out.insert(out.end(), e.begin(), e.end());",
    "frames": "out = NS::frames(v, 5, 3);",
    "smoothed_lines": "out = big(v, 7); NS::smoothed_lines(out.data(), n, 7);",
    "distinct_marks": "std::vector<int> f(n); out.push_back(NS::distinct_marks(ints(v).data(), n, f.data()));"
    " out.insert(out.end(), f.begin(), f.end());",
    "least_three": "out.resize(3 * n); NS::least_three(v, out);",
    "packed_tiles": "int m = n < 66 ? n : 66; std::vector<double> a = big(v, 66); out.resize(m * m);"
    " NS::packed_tiles(a.data(), out.data(), m, 5);",
    "channel_filters": "out = big(v, 7); NS::channel_filters(out, 7);",
    "graded": "NS::Grades g; g.counts.resize(5); NS::graded(v, w, g); out.assign(g.counts.begin(), g.counts.end());"
    " out.insert(out.end(), {g.low, g.high, double(g.all)});",
    "relaxed": "std::vector<int> f, t; for (int x : ints(v)) f.push_back(x % 9), t.push_back((x * 5 + 1) % 9);"
    " out.assign(9, 1e9); out[0] = 0; double c = 0;"
    " for (int k = 0; k < 3; ++k) c += NS::relaxed(f.data(), t.data(), w.data(), n, out);"
    " out.push_back(c);",
    "haar_rows": "out = big(v, 8); out.push_back(NS::haar_rows(out.data(), n, 8, 0.1));",
    "mean_ways": "out.resize(n); NS::mean_ways(ints(v), out);",
}
