"""Serial functions whose loops hand on a state that blocks of iterations can tell, and some in which they cannot."""

TOLD = {
    "longest_run": """
int longest_run(const unsigned char *s, int n) {
    int i, run = 0, best = 0;
    for (i = 0; i < n; ++i) {
        if (i > 0 && s[i] == s[i - 1])
            run++;
        else
            run = 1;
        if (run > best)
            best = run;
    }
    return best;
}
""",
    "best_sum": """
#include <algorithm>
#include <vector>
long long best_sum(const std::vector<int> &a) {
    long long best = 0, here = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        here = std::max<long long>(a[i], here + a[i]);
        best = std::max(best, here);
    }
    return best;
}
""",
    "spare": """
#include <vector>
void spare(const std::vector<int> &in, std::vector<int> &out) {
    int level = 50;
    for (std::size_t i = 0; i < in.size(); ++i) {
        level -= in[i];
        if (level < 0)
            level = 0;
        if (level > 100)
            level = 100;
        out[i] = level;
    }
}
""",
    "log_sum_exp": """
#include <cmath>
#include <vector>
double log_sum_exp(const std::vector<double> &v) {
    double m = -1e300, s = 0.0;
    for (double x : v) {
        if (x > m) {
            s = s * std::exp(m - x) + 1.0;
            m = x;
        } else {
            s += std::exp(x - m);
        }
    }
    return m + std::log(s);
}
""",
    "hashes": """
#include <vector>
void hashes(const std::vector<int> &in, std::vector<unsigned> &out) {
    unsigned h = 5381;
    for (std::size_t i = 0; i < in.size(); ++i) {
        h = ((h << 5) + h) + in[i];
        out[i] = h;
    }
}
""",
    "moments": """
struct Moments { double mean; double squares; long count; };
Moments moments(const double *x, int n) {
    Moments m = {0.0, 0.0, 0};
    const double *p = x, *end = x + n;
    while (p != end) {
        double v = *p++;
        m.count += 1;
        double d = v - m.mean;
        m.mean += d / m.count;
        m.squares += d * (v - m.mean);
    }
    return m;
}
""",
    "smoothed": """
#include <vector>
std::vector<double> smoothed(const std::vector<double> &x, double share) {
    std::vector<double> out(x.size());
    if (x.empty()) return out;
    out[0] = x[0];
    for (std::size_t t = 1; t < x.size(); ++t)
        out[t] = share * x[t] + (1.0 - share) * out[t - 1];
    return out;
}
""",
    "statement": """
#include <algorithm>
#include <vector>
struct Booking { int amount; bool valid; };
struct Line { int balance; int lowest; };
std::vector<Line> statement(const std::vector<Booking> &bookings, int opening) {
    std::vector<Line> lines;
    int balance = opening, low = opening;
    for (auto it = bookings.begin(); it != bookings.end(); ++it) {
        if (!it->valid)
            continue;
        balance += it->amount;
        low = std::min(low, balance);
        lines.push_back(Line{balance, low});
    }
    return lines;
}
""",
    "checksums": """
#include <cstdint>
uint32_t checksums(const uint8_t *data, int n) {
    uint32_t a = 1, b = 0;
    for (int i = 0; i < n; ++i) {
        a = (a + data[i]) % 65521;
        b = (b + a) % 65521;
    }
    return (b << 16) | a;
}
""",
    "returns": """
void returns(const double *a, double *out, int n, double share) {
    double r = 0;
    for (int i = n - 1; i >= 0; --i) {
        r = a[i] + share * r;
        out[i] = r;
    }
}
""",
    "precise": """
double precise(const double *a, const double *b, int n) {
    double s = 0.0, c = 0.0;
    int i;
    for (i = 0; i < n; i++) {
        double y = a[i] * b[i] - c;
        double t = s + y;
        c = (t - s) - y;
        s = t;
    }
    return s;
}
""",
    "decayed": """
void decayed(const double *x, int n, double *mean) {
    *mean = 0.0;
    for (int i = 0; i < n; ++i)
        *mean = *mean * 0.5 + x[i];
}
""",
    "changes": """
#include <vector>
std::vector<int> changes(const std::vector<int> &in) {
    std::vector<int> kept;
    int last = -1;
    for (std::size_t i = 0; i < in.size(); ++i) {
        if (in[i] == last) continue;
        last = in[i];
        kept.push_back(in[i]);
    }
    return kept;
}
""",
    "spaces": """
int spaces(const char *text, int n) {
    int count = 0, inside = 0;
    const char *p;
    for (p = text; p < text + n; p++) {
        if (*p == ' ') inside = 0;
        else if (!inside) { inside = 1; count++; }
    }
    return count;
}
""",
    "words": """
#include <cctype>
#include <string>
#include <vector>
std::vector<int> words(const std::string &text) {
    std::vector<int> starts;
    bool inside = false;
    for (int i = 0; i < (int)text.size(); ++i) {
        if (text[i] == ' ') {
            inside = false;
        } else if (!inside) {
            inside = true;
            starts.push_back(i);
        }
    }
    return starts;
}
""",
}

_LOOP = """
void {name}(const int *in, int *out, int n) {{
    {begin}
    for (int i = 0; i < n; ++i) {{
{body}
    }}
}}
"""


def _told_never(name: str, begin: str, *body: str) -> str:
    return _LOOP.format(name=name, begin=begin, body="\n".join(f"        {line}" for line in body))


NEVER_TOLD = {
    # Cut off at each step, so that no factor tells what a block makes of it.
    "halves": _told_never("halves", "int s = 0;", "s = (s + in[i]) / 2;", "out[i] = s;"),
    "rounded": _told_never("rounded", "int s = 0;", "s = s + in[i] * 0.5;", "out[i] = s;"),
    "wraps": _told_never("wraps", "int s = 0;", "s = (s * 31 + in[i]) % 1000;", "out[i] = s;"),
    # Where it goes on depends on itself.
    "asks_itself": _told_never("asks_itself", "int s = 0;", "if (s > 10) s -= in[i];", "else s += 7;", "out[i] = s;"),
    "reads_by_itself": _told_never("reads_by_itself", "int s = 0;", "s = in[s & 1] + i;", "out[i] = s;"),
    "each_needs_the_other": _told_never(
        "each_needs_the_other", "int a = 0, b = 1;", "int t = a + in[i];", "a = b;", "b = t + a;", "out[i] = b;"
    ),
    # Below nothing there is nothing to go on from: an unsigned number begins again at the top.
    "unsigned_floor": _told_never(
        "unsigned_floor", "unsigned s = 0;", "s = s + in[i];", "if (s > 9) s = 9;", "out[i] = s;"
    ),
    # What a block reads is what the blocks before it write.
    "reads_what_it_writes": _told_never("reads_what_it_writes", "int s = 0;", "s += out[i / 2];", "out[i] = s;"),
    "relaxes_in_place": _told_never(
        "relaxes_in_place", "", "if (i > 0 && i + 1 < n)", "    out[i] = out[i - 1] + out[i + 1];"
    ),
    "keeps_some": _told_never("keeps_some", "", "if (i > 0 && in[i] > 0)", "    out[i] = out[i - 1] * 2;"),
    "ahead_of_itself": _told_never("ahead_of_itself", "", "if (i < 1) continue;", "out[i] = out[i - 1] + out[i / 2];"),
    # The error of each sum is kept, which sums of blocks do not make: less precise, and within a tolerance.
    "compensated": """
double compensated(const double *x, int n) {
    double s = 0.0, error = 0.0;
    for (int i = 0; i < n; ++i) {
        double t = s + x[i];
        error += (s - t) + x[i];
        s = t;
    }
    return s + error;
}
""",
    "steers_by_its_error": """
double steers_by_its_error(const double *x, int n) {
    double s = 0.0, c = 0.0;
    for (int i = 0; i < n; ++i) {
        double y = x[i] * c - c;
        double t = s + y;
        c = (t - s) - y;
        s = t;
    }
    return s;
}
""",
    # Where there are no rounds, the serial loop does not look at what may be no place at all.
    "looks_where_nothing_is": """
void looks_where_nothing_is(const double *x, int n, double *mean) {
    for (int i = 0; i < n; ++i)
        *mean = *mean * 0.5 + x[i];
}
""",
    "keeps_one_of_two": _told_never(
        "keeps_one_of_two", "int s = 0;", "if (in[i] == s) continue;", "s = in[i] + s / 2;", "out[i] = s;"
    ),
    # A remainder of a number below 0 is not what is left of the sum.
    "signed_remainder": _told_never("signed_remainder", "long s = 0;", "s = (s * 31 + in[i]) % 1000;", "out[i] = s;"),
    "now_and_then": _told_never(
        "now_and_then", "unsigned s = 0;", "s = s * 31 + in[i];", "if (in[i] > 9) s = s % 1000;", "out[i] = s;"
    ),
    # In a state that never comes, the element before the first would be read.
    "reads_before_the_first": _told_never(
        "reads_before_the_first",
        "bool started = false;",
        "if (started) started = in[i - 1] > in[i];",
        "else started = in[i] > 3;",
        "out[i] = started;",
    ),
    # Cut off on assignment, or wrapped around on the way: what a sum of several comes to is another.
    "clamped_short": """
void clamped_short(const int *in, short *out, int n) {
    short s = 0;
    for (int i = 0; i < n; ++i) {
        s += in[i];
        if (s > 100) s = 100;
        out[i] = s;
    }
}
""",
    "clamped_by_unsigned": """
void clamped_by_unsigned(const unsigned *in, int *out, int n) {
    int s = 50;
    for (int i = 0; i < n; ++i) {
        s -= in[i];
        if (s < 0) s = 0;
        out[i] = s;
    }
}
""",
    "clamped_by_long": """
void clamped_by_long(const long *in, int *out, int n) {
    int s = 50;
    for (int i = 0; i < n; ++i) {
        s += in[i];
        if (s < 0) s = 0;
        out[i] = s;
    }
}
""",
    "clamped_bits": """
struct Level { int now : 4; };
void clamped_bits(const int *in, int *out, int n, Level &level) {
    level.now = 0;
    for (int i = 0; i < n; ++i) {
        level.now += in[i];
        if (level.now < 0) level.now = 0;
        out[i] = level.now;
    }
}
""",
    "long_unsigned_floor": _told_never(
        "long_unsigned_floor", "long unsigned s = 0;", "s = s + in[i];", "if (s > 9) s = 9;", "out[i] = s;"
    ),
    "remainder_that_wraps": """
#include <cstdint>
void remainder_that_wraps(const uint32_t *in, uint32_t *out, int n) {
    uint32_t a = 1;
    for (int i = 0; i < n; ++i) {
        a = (a + in[i]) % 65521;
        out[i] = a;
    }
}
""",
    "remainder_of_what_wraps": """
#include <cstdint>
void remainder_of_what_wraps(const uint32_t *in, uint32_t *out, int n) {
    uint32_t a = 1;
    for (int i = 0; i < n; ++i) {
        uint32_t t = a * 31 + in[i];
        a = t % 65521;
        out[i] = a;
    }
}
""",
    "two_of_a_name": """
void two_of_a_name(const unsigned *in, unsigned long *out, int n) {
    unsigned long sum = 0;
    for (int i = 0; i < n; ++i) {
        unsigned long h = 7;
        sum += in[i] * h;
    }
    unsigned h = 1;
    for (int i = 0; i < n; ++i) {
        h = h * 31 + in[i];
        out[i] = h + sum;
    }
}
""",
    # Where there are no rounds, nobody takes the remainder.
    "begins_above_its_divisor": """
unsigned begins_above_its_divisor(const unsigned char *in, int n) {
    unsigned h = 5381;
    for (int i = 0; i < n; ++i) h = (h * 33 + in[i]) % 1000;
    return h;
}
""",
    # What is no number takes the state's place.
    "most_by_the_other_side": """
void most_by_the_other_side(const double *in, double *out, int n) {
    double s = 0;
    for (int i = 0; i < n; ++i) {
        s = s > in[i] ? s : in[i];
        out[i] = s;
    }
}
""",
    "most_by_the_second": """
#include <algorithm>
void most_by_the_second(const double *in, double *out, int n) {
    double s = 0;
    for (int i = 0; i < n; ++i) {
        s = std::max(in[i], s + 1);
        out[i] = s;
    }
}
""",
    # In a state that never comes, what is not there would be read.
    "no_weights": """
void no_weights(const double *w, int *out, int n) {
    bool use = w != nullptr;
    for (int i = 0; i < n; ++i) {
        if (use && w[i] > 0.5) use = false;
        out[i] = use;
    }
}
""",
    "no_node": """
struct Node { int kind; };
void no_node(const int *in, const Node *node, int *out, int n) {
    bool inside = node != nullptr;
    for (int i = 0; i < n; ++i) {
        if (inside && node->kind == in[i]) inside = false;
        out[i] = inside;
    }
}
""",
    # Its address is handed out, and it comes back as anything.
    "mode_from_outside": """
#include <cstdio>
void mode_from_outside(const char *text, const int *in, int *out, int n) {
    int mode = 0;
    sscanf(text, "%d", &mode);
    for (int i = 0; i < n; ++i) {
        if (in[i] < 0 && mode == 0) mode = 1;
        else if (in[i] > 7) mode = 0;
        out[i] = mode;
    }
}
""",
    "byte_from_minus_one": _told_never(
        "byte_from_minus_one",
        "unsigned char mode = -1;",
        "if (in[i] > 5 && mode == 0) mode = 1;",
        "else if (in[i] > 7) mode = 0;",
        "out[i] = mode;",
    ),
    # Before the first there is nothing to read.
    "first_from_elsewhere": _told_never("first_from_elsewhere", "", "out[i] = i > 0 ? out[i - 1] * 3 + in[i] : in[i];"),
    "counter_wanted": """
int counter_wanted(const int *in, int n) {
    int i, s = 1;
    for (i = 0; i < n; ++i) s = s * 3 + in[i];
    return s + i;
}
""",
    # A caller may hand in any number.
    "any_state": "void any_state(const int *in, int *out, int n, int mode) {\n"
    "    for (int i = 0; i < n; ++i) {\n        if (mode == 3 && in[i] > 0)\n            mode = 1;\n"
    "        out[i] = mode;\n    }\n}\n",
}
