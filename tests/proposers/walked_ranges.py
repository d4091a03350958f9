"""Serial kernels that walk from a first to a last place, by pointers or iterators."""

WALKED_RANGES = {
    "high_bits": """\
void high_bits(const unsigned char* p, const unsigned char* end, int* counts) {
    while (p < end) counts[*p++ >> 4]++;
}
""",
    "sines_to_the_end": """\
double* sines_to_the_end(const double* p, const double* end, double* out) {
    while (p != end) {
        *out++ = std::sin(*p);
        ++p;
    }
    return out;
}
""",
    "energy_of_a_range": """\
template <class It>
double energy_between(It first, It last) {
    double sum = 0;
    while (first != last) {
        sum += std::sin(*first) * *first;
        ++first;
    }
    return sum;
}
double energy_of_a_range(const std::vector<double>& v) { return energy_between(v.begin(), v.end()); }
""",
    "transformed_range": """\
template <class In, class Out>
void transformed_between(In first, In last, Out out) {
    for (; first != last; ++first, ++out) *out = std::sqrt(*first) + 1;
}
void transformed_range(const std::vector<double>& v, std::vector<double>& w) {
    transformed_between(v.begin(), v.end(), w.begin());
}
""",
}
WALKS_OF_ANOTHER_LENGTH = {
    "end_found_on_the_way": "int end_found_on_the_way(const int* p, const int* end) {\n    int s = 0;\n"
    "    while (p < end) {\n        if (*p == 9) end = p;\n        s += *p++;\n    }\n    return s;\n}\n",
    "end_moved_by_a_call": "static int shorter(const int** e) { return *--*e; }\n"
    "int end_moved_by_a_call(const int* p, const int* end) {\n    int s = 0;\n"
    "    while (p < end) s += *p++ * shorter(&end);\n    return s;\n}\n",
    "steps_over_some": "int steps_over_some(const int* p, const int* end) {\n    int s = 0;\n"
    "    while (p < end) {\n        s += *p;\n        if (*p > 0) ++p;\n        ++p;\n    }\n    return s;\n}\n",
    "nodes_of_a_list": "#include <list>\nint nodes_of_a_list(std::list<int>& v) {\n"
    "    std::list<int>::iterator p = v.begin();\n    std::list<int>::iterator end = v.end();\n    int s = 0;\n"
    "    while (p != end) s += *p++;\n    return s;\n}\n",
    "end_by_a_reference": "static void drop(const int*& e) { --e; }\n"
    "int end_by_a_reference(const int* p, const int* end) {\n    int s = 0;\n"
    "    while (p < end) {\n        drop(end);\n        s += *p++;\n    }\n    return s;\n}\n",
    "numbers_not_places": "int numbers_not_places(int p, int end) {\n    int s = 0;\n"
    "    while (p != end) {\n        s ^= p * 7;\n        p++;\n    }\n    return s;\n}\n",
}
"""Loops whose rounds the way from a first to a last place does not tell, or that are no walk of a pointer."""
