"""What a Python source does in parallel, in words: for the archive's cells and for people."""

import ast

from agentpar.languages.python import syntax_tree

_BASES = {
    "Pool": "process-pool",
    "ProcessPoolExecutor": "executor",
    "Process": "processes",
    "fork": "processes",
    "ThreadPool": "threads",
    "ThreadPoolExecutor": "threads",
    "Thread": "threads",
}
"""By what is called, the most telling first."""
_SHARES = frozenset({"SharedMemory", "ShareableList", "Array", "RawArray", "Value", "RawValue", "memmap"})
_COLLECTIVES = (
    "allreduce", "reduce", "allgather", "gather", "alltoall", "reduce_scatter", "scatter", "exscan", "scan", "bcast",
    "sendrecv", "send", "isend",
)  # fmt: skip
_OVER_ITEMS = frozenset(
    ["map", "starmap", "imap", "imap_unordered", "map_async", "starmap_async", "apply_async", "submit"]
)
_ENDS = frozenset({"close", "terminate", "shutdown"})


def python_pattern_of(source: str) -> str:
    """Name the constructs: `process-pool+kept`, `executor+shared-memory`, `mpi4py+allgather`, `numpy`, …, or `serial`.

    `kept` is a pool that outlives the call that made it.
    """
    nodes = _nodes(source)
    called, names = _called(nodes), _names(nodes)
    has_ranks = "MPI" in names
    base = "mpi4py" if has_ranks else next((name for sign, name in _BASES.items() if sign in called), "")
    extras = []
    if has_ranks:
        plain = {_collective(each) for each in called}
        extras = [each for each in _COLLECTIVES if each in plain][:2]
    if base in ("process-pool", "executor") and not _is_for_a_call(nodes, called):
        extras.append("kept")
    if not _SHARES.isdisjoint(called):
        extras.append("shared-memory")
    if names & {"np", "numpy"}:
        extras.append("numpy")
    return "+".join([base, *extras[:3]] if base else extras[-1:] or ["serial"])


def parallel_calls(source: str) -> str:
    """What of the libraries for parallel work a source calls, in one line."""
    nodes = _nodes(source)
    has_ranks = "MPI" in _names(nodes)
    known = {*_BASES, *_SHARES, *_OVER_ITEMS}
    found = [each for each in _called(nodes) if each in known or (has_ranks and _collective(each) in _COLLECTIVES)]
    return ", ".join(dict.fromkeys(found))[:160]


def _nodes(source: str) -> list[ast.AST]:
    try:
        return list(ast.walk(syntax_tree(source)))
    except SyntaxError:
        return []


def _called(nodes: list[ast.AST]) -> list[str]:
    """The last names of what is called, but for the builtin `map`, in the order of the text."""
    calls = [each for each in nodes if isinstance(each, ast.Call)]
    calls.sort(key=lambda call: (call.lineno, call.col_offset, -(call.end_col_offset or 0)))
    return [_name(each) for each in calls if isinstance(each.func, ast.Attribute) or _name(each) != "map"]


def _name(call: ast.Call) -> str:
    function = call.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _names(nodes: list[ast.AST]) -> set[str]:
    return {each.id for each in nodes if isinstance(each, ast.Name)}


def _collective(called: str) -> str:
    """A call of MPI without its forms for arrays: `Allgatherv` is `allgather`."""
    return called.lower().rstrip("vw")


def _is_for_a_call(nodes: list[ast.AST], called: list[str]) -> bool:
    """Whether a pool is ended by a `with`, or in so many words."""
    entered = [item.context_expr for node in nodes if isinstance(node, ast.With) for item in node.items]
    is_entered = any(isinstance(each, ast.Call) and _name(each) in _BASES for each in entered)
    return is_entered or not _ENDS.isdisjoint(called)
