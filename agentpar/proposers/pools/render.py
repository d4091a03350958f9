"""From a site to a source that does its items in several processes: the user's text plus the change."""

import ast
import re
import textwrap
from collections.abc import Sequence
from typing import Literal

from agentpar.proposers.pools.sites import Comprehension, Loop, Site

Way = Literal["kept", "forked", "ranks"]
"""A pool that is kept between calls and gets what it needs sent; one that is forked for a call and has it; or MPI's
ranks, which all have it and call the function at once.
"""

_POOL_HEAD = "import multiprocessing\nimport os\n"
_RANKS_HEAD = "from mpi4py import MPI\n"
_CHUNKS = '''

def _chunks(items, count):
    """So many pieces of a sequence, in order, as equal as they can be."""
    bounds = [len(items) * k // count for k in range(count + 1)]
    return [items[low:high] for low, high in zip(bounds, bounds[1:]) if low < high]
'''
_KEPT = '''

_pools = {}


def _in_processes(part, items, *shared):
    """Chunks of `items` with what `part` makes of them, in order; the processes are kept between calls."""
    count = os.cpu_count() or 1
    if count == 1 or len(items) < 2:
        return [(items, part(items, *shared))]
    if count not in _pools:
        _pools[count] = multiprocessing.get_context("fork").Pool(count)
    chunks = _chunks(items, %s)
    return list(zip(chunks, _pools[count].starmap(part, [(chunk, *shared) for chunk in chunks], chunksize=1)))
'''
_FORKED = '''

_work = None


def _do(chunk):
    part, shared = _work
    return part(chunk, *shared)


def _in_processes(part, items, *shared):
    """Chunks of `items` with what `part` makes of them, in order; processes are forked, so nothing is sent to them."""
    global _work
    count = os.cpu_count() or 1
    if count == 1 or len(items) < 2:
        return [(items, part(items, *shared))]
    chunks = _chunks(items, %s)
    _work = part, shared
    with multiprocessing.get_context("fork").Pool(count) as pool:
        return list(zip(chunks, pool.map(_do, chunks, chunksize=1)))
'''
_RANKS = '''

def _in_ranks(part, items, *shared):
    """Chunks of `items` with what `part` makes of them, in order, on every rank; each rank does its share of them."""
    world = MPI.COMM_WORLD
    rank, ranks = world.Get_rank(), world.Get_size()
    if ranks == 1 or len(items) < 2:
        return [(items, part(items, *shared))]
    chunks = _chunks(items, %s)
    made = world.allgather([part(chunk, *shared) for chunk in chunks[rank::ranks]])
    return [(chunk, made[k %% ranks][k // ranks]) for k, chunk in enumerate(chunks)]
'''
_HELPERS: dict[Way, str] = {"kept": _KEPT, "forked": _FORKED, "ranks": _RANKS}


def rendered(source: str, function: ast.FunctionDef, site: Site, way: Way, chunks: int) -> str | None:
    """The source with a site in processes, `chunks` for each; None where the names that this needs are taken."""
    if re.search(r"\b(_in_processes|_in_ranks|_chunks|_pools|_work|_do|_items)\b", source):
        return None
    name = f"_{function.name.strip('_')}_part"
    if re.search(rf"\b{name}\b", source):
        return None
    text = _Text(source)
    run = "_in_ranks" if way == "ranks" else "_in_processes"
    if isinstance(site, Loop):
        part, change = _loop(text, site, name), _loop_call(text, site, name, run)
        lines = (site.node.lineno, site.node.end_lineno or site.node.lineno)
        body = text.with_lines(*lines, change)
    else:
        part = f"def {name}({', '.join(('_items', *site.shared))}):\n    return {site.text}\n"
        body = text.with_node(site.node, _comprehension_call(site, name, run))
    count = "ranks" if way == "ranks" else "count"
    helpers = _CHUNKS + _HELPERS[way] % (count if chunks == 1 else f"{chunks} * {count}")
    head = _RANKS_HEAD if way == "ranks" else _POOL_HEAD
    return _assembled(body, source, function, f"\n\n{part}", head, helpers)


class _Text:
    """A source by lines and by bytes, as the syntax tree counts them."""

    def __init__(self, source: str) -> None:
        self.lines = source.splitlines(keepends=True)

    def with_lines(self, first: int, last: int, new: str) -> list[str]:
        return [*self.lines[: first - 1], new, *self.lines[last:]]

    def with_node(self, node: ast.expr, new: str) -> list[str]:
        first, last = node.lineno, node.end_lineno or node.lineno
        head = self.lines[first - 1].encode()[: node.col_offset].decode()
        tail = self.lines[last - 1].encode()[node.end_col_offset or 0 :].decode()
        return self.with_lines(first, last, head + new + tail)

    def body_of(self, node: ast.For) -> str:
        """The body's own lines, dedented; of a body on the line of its head, the rest of that line."""
        first = node.body[0]
        if first.lineno == node.lineno:
            return ast.unparse(ast.Module(node.body, [])) + "\n"
        above = self.lines[node.iter.end_lineno or node.lineno : first.lineno - 1]
        comments = [line for line in above if line.strip().startswith("#")]
        text = "".join([*comments, *self.lines[first.lineno - 1 : node.end_lineno]])
        return textwrap.dedent(text if text.endswith("\n") else text + "\n")


def _loop(text: _Text, site: Loop, name: str) -> str:
    node = site.node
    lines = [f"def {name}({', '.join(('_items', *site.shared))}):"]
    lines += [f"    {each} = 0" for each in site.sums] + [f"    {each} = []" for each in site.appended]
    lines += [f"    for {ast.unparse(node.target)} in _items:"]
    back = [*site.sums, *site.extremes, *site.appended]
    back += [f"{each}[_items.start : _items.stop]" for each in site.written]
    body = textwrap.indent(text.body_of(node), "        ")
    return "\n".join(lines) + f"\n{body}    return {', '.join(back)}{',' if len(back) == 1 else ''}\n"


def _loop_call(text: _Text, site: Loop, name: str, run: str) -> str:
    node = site.node
    margin = " " * node.col_offset
    given = ", ".join((name, _sequence(node.iter), *site.shared))
    parts = ", ".join(f"_{each}" for each in site.outputs)
    parts += "," if len(site.outputs) == 1 else ""
    lines = [f"for _chunk, ({parts}) in {run}({given}):"]
    lines += [f"    {each} += _{each}" for each in site.sums]
    lines += [f"    {each} = {which}({each}, _{each})" for each, which in site.extremes.items()]
    lines += [f"    {each}.extend(_{each})" for each in site.appended]
    lines += [f"    {each}[_chunk.start : _chunk.stop] = _{each}" for each in site.written]
    return "".join(f"{margin}{line}\n" for line in lines)


def _comprehension_call(site: Comprehension, name: str, run: str) -> str:
    given = ", ".join((name, _sequence(site.items), *site.shared))
    parts = f"for _, _part in {run}({given})"
    if site.gather in ("sum", "min", "max", "any", "all"):
        return f"{site.gather}(_each {parts} for _each in _part)"
    whole = f"[_each {parts} for _each in _part]"
    return f"{site.gather}({whole})" if site.gather not in ("", "list") else whole


def _sequence(items: ast.expr) -> str:
    text = ast.unparse(items)
    is_range = isinstance(items, ast.Call) and isinstance(items.func, ast.Name) and items.func.id == "range"
    return text if is_range else f"list({text})"


def _assembled(
    body: Sequence[str], source: str, function: ast.FunctionDef, part: str, imports: str, helpers: str
) -> str:
    """The changed lines with the imports after the module's head, and what is new before the function."""
    tree = ast.parse(source)
    head = 0
    for each in tree.body:
        is_doc = isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant)
        if not is_doc and not (isinstance(each, ast.ImportFrom) and each.module == "__future__"):
            break
        head = each.end_lineno or head
    start = min([function.lineno, *(each.lineno for each in function.decorator_list)]) - 1
    before, after = "".join(body[head:start]).rstrip("\n"), "".join(body[start:])
    lines = [line for line in imports.splitlines() if not re.search(rf"^{line}\b", source, re.MULTILINE)]
    missing = "".join(f"{line}\n" for line in lines)
    opening, middle = "".join(body[:head]), before.lstrip("\n")
    starts_with_code = re.match(r"(def|class|@)", middle) is not None
    gap = "\n\n" if starts_with_code else "\n" if middle and not middle.startswith(("import", "from")) else ""
    blank = "\n" if missing and middle and not gap else ""
    head_gap = "\n" if head else ""
    return f"{opening}{head_gap}{missing}{gap}{blank}{middle}\n{helpers}{part}\n\n{after}"
