"""How it is written what MPI's ranks do: in C++ by templates of the header that comes along, in C by calls of MPI and a
few functions that come in the source itself.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from agentpar.proposers.rewrite.context import Context
from agentpar.proposers.rewrite.directives import Layout

OPERATIONS = {
    "+": "SUM", "-": "SUM", "*": "PROD", "^": "BXOR", "min": "MIN", "max": "MAX",
    "&&": "LAND", "||": "LOR", "&": "BAND", "|": "BOR",
}  # fmt: skip
# What a rank but the first begins these with; the others may count twice what is there already.
_NEUTRAL = {"+": "0", "-": "0", "*": "1", "^": "0"}
# Of the types that MPI reduces, by what is left of a spelling without `const`, `signed` and a needless `int`.
_TYPES = {
    "double": "MPI_DOUBLE", "float": "MPI_FLOAT", "long double": "MPI_LONG_DOUBLE",
    "int": "MPI_INT", "short": "MPI_SHORT", "long": "MPI_LONG", "long long": "MPI_LONG_LONG",
    "unsigned": "MPI_UNSIGNED", "unsigned short": "MPI_UNSIGNED_SHORT", "unsigned char": "MPI_UNSIGNED_CHAR",
    "unsigned long": "MPI_UNSIGNED_LONG", "unsigned long long": "MPI_UNSIGNED_LONG_LONG",
    **{f"{u}int{bits}_t": f"MPI_{u.upper()}INT{bits}_T" for u in ("", "u") for bits in (8, 16, 32, 64)},
}  # fmt: skip
_NEEDLESS = re.compile(r"\b(?:const|static|register|signed|(?<=short )int|(?<=long )int|(?<=unsigned )int)\b|\*")
_HEADERS = ("mpi.h", "stddef.h", "stdlib.h")
FUNCTIONS_IN_C = """\
/* Loops whose values are shared out among the ranks of MPI_COMM_WORLD. Every rank calls each of these functions, in the
   same order, and has the whole result after it. */
typedef struct {
    long long begin, end;
} ranks_block;

static inline int ranks_own_number(void) {
    int number = 0;
    MPI_Comm_rank(MPI_COMM_WORLD, &number);
    return number;
}

/* The first of n values that a rank has: blocks differ by at most one in length. */
static inline long long ranks_begin_of(long long n, int rank) {
    int count = 1;
    MPI_Comm_size(MPI_COMM_WORLD, &count);
    return n / count * rank + (rank < n % count ? rank : n % count);
}

/* This rank's part of the numbers from first up to last. */
static inline ranks_block ranks_own_block(long long first, long long last) {
    const long long n = first < last ? last - first : 0;
    const int rank = ranks_own_number();
    const ranks_block own = {first + ranks_begin_of(n, rank), first + ranks_begin_of(n, rank + 1)};
    return own;
}

/* Gives every rank the rows that each has written for its own block; a row is width elements of so many bytes, and the
   first begins at offset. */
static inline void ranks_gather_rows(void* array, size_t bytes, long long first, long long last, long long width,
                                     long long offset) {
    const long long n = last - first;
    int count = 1;
    if (n <= 0 || width <= 0) return;
    MPI_Comm_size(MPI_COMM_WORLD, &count);
    int* rows = (int*)malloc(2 * sizeof(int) * (size_t)count);
    if (rows == NULL) abort();
    int* at = rows + count;
    for (int rank = 0; rank < count; ++rank) {
        at[rank] = (int)ranks_begin_of(n, rank);
        rows[rank] = (int)ranks_begin_of(n, rank + 1) - at[rank];
    }
    MPI_Datatype row;
    MPI_Type_contiguous((int)(width * (long long)bytes), MPI_BYTE, &row);
    MPI_Type_commit(&row);
    char* start = (char*)array + (first * width + offset) * (long long)bytes;
    MPI_Allgatherv(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, start, rows, at, row, MPI_COMM_WORLD);
    MPI_Type_free(&row);
    free(rows);
}

"""


@dataclass(frozen=True)
class Rows:
    """An array of which each iteration writes one row: `width` elements, or a container of its own if `is_nested`."""

    name: str
    width: str = "1"
    offset: str = ""
    is_nested: bool = False


@dataclass(frozen=True)
class Total:
    """What all iterations fold into: the operator, the name and type of a variable, and the length of an array."""

    sign: str
    name: str
    kind: str
    length: str = ""


class Words(Protocol):
    """Lines of the source around a loop that ranks share; all ranks run them."""

    def can_say(self, kind: str, rows: Sequence[Rows], totals: Sequence[Total]) -> bool:
        """Whether there are words for all of these, with a counter of this type."""
        ...

    def begun(self, total: Total) -> str:
        """Has what a sum held before counted once; empty where it may be counted twice."""
        ...

    def block(self, name: str, kind: str, lower: str, upper: str) -> tuple[str, str, str]:
        """Names the part of the counter's values that a rank has: the line, and where the part begins and ends."""
        ...

    def gathered(self, rows: Rows, kind: str, lower: str, upper: str) -> str:
        """Gives every rank all rows."""
        ...

    def reduced(self, total: Total) -> str:
        """Gives every rank what all of them come to."""
        ...


class InCpp:
    """By the header's templates, which tell types by themselves."""

    def can_say(self, kind: str, rows: Sequence[Rows], totals: Sequence[Total]) -> bool:
        """See Words."""
        return True

    def begun(self, total: Total) -> str:
        """See Words."""
        neutral = _NEUTRAL.get(total.sign)
        return f"parallel::begin_anew({self._passed(total)}, {neutral});" if neutral else ""

    def block(self, name: str, kind: str, lower: str, upper: str) -> tuple[str, str, str]:
        """See Words."""
        line = f"const auto {name} = parallel::own_block<{kind}>({lower}, {upper});"
        return line, f"{name}.begin", f"{name}.end"

    def gathered(self, rows: Rows, kind: str, lower: str, upper: str) -> str:
        """See Words."""
        if rows.is_nested:
            return f"parallel::gather_nested<{kind}>({rows.name}, {lower}, {upper});"
        width = f", {rows.width}" if rows.width != "1" or rows.offset else ""
        offset = f", {rows.offset}" if rows.offset else ""
        return f"parallel::gather_rows<{kind}>({rows.name}, {lower}, {upper}{width}{offset});"

    def reduced(self, total: Total) -> str:
        """See Words."""
        return f"parallel::all_reduce({self._passed(total)}, MPI_{OPERATIONS[total.sign]});"

    @staticmethod
    def _passed(total: Total) -> str:
        return f"{total.name}, {total.length}" if total.length else total.name


class InC:
    """By MPI's own calls, which want to be told types, and by `FUNCTIONS_IN_C`."""

    def __init__(self, context: Context) -> None:
        self._each = context.fresh("k")

    def can_say(self, kind: str, rows: Sequence[Rows], totals: Sequence[Total]) -> bool:
        """See Words."""
        return "decltype" not in kind and not any(each.is_nested for each in rows) and all(map(_type_of, totals))

    def begun(self, total: Total) -> str:
        """See Words."""
        neutral = _NEUTRAL.get(total.sign)
        if not neutral:
            return ""
        k = self._each
        each = f"for (size_t {k} = 0; {k} < (size_t)({total.length}); ++{k}) " if total.length else ""
        element = f"{total.name}[{k}]" if total.length else total.name
        return f"if (ranks_own_number() != 0) {each}{element} = {neutral};"

    def block(self, name: str, kind: str, lower: str, upper: str) -> tuple[str, str, str]:
        """See Words."""
        line = f"const ranks_block {name} = ranks_own_block({lower}, {upper});"
        return line, f"({kind}){name}.begin", f"({kind}){name}.end"

    def gathered(self, rows: Rows, kind: str, lower: str, upper: str) -> str:
        """See Words."""
        where = f"{lower}, {upper}, {rows.width}, {rows.offset or 0}"
        return f"ranks_gather_rows({rows.name}, sizeof *{rows.name}, {where});"

    def reduced(self, total: Total) -> str:
        """See Words."""
        what = f"{total.name}, (int)({total.length})" if total.length else f"&{total.name}, 1"
        operation = f"{_type_of(total)}, MPI_{OPERATIONS[total.sign]}, MPI_COMM_WORLD"
        return f"MPI_Allreduce(MPI_IN_PLACE, {what}, {operation});"


def _type_of(total: Total) -> str:
    """MPI's name of a type; empty where it has none."""
    plain = " ".join(_NEEDLESS.sub(" ", total.kind.replace("size_t", "unsigned long")).split())
    return _TYPES.get(plain, "")


def calls_functions(source: str) -> bool:
    """Whether a source speaks of those functions, or has some of its own by such names."""
    return re.search(r"\branks_(?:block|own_\w+|begin_of|gather_rows)\b", source) is not None


def with_functions(source: str) -> str:
    """A source in C with the functions that its ranks call, after its own headers."""
    layout = Layout(source.encode())
    at = len(layout.source[: layout.after_includes].decode())
    lacking = "".join(f"#include <{name}>\n" for name in _HEADERS if f"<{name}>" not in source)
    added = f"{lacking}\n{FUNCTIONS_IN_C}".replace("\n", layout.newline)
    return f"{source[:at]}{added}{source[at:].lstrip(layout.newline)}"
