"""Tells whether two Python sources are the same program but for comments, format, docstrings and names of locals."""

import ast
import hashlib
import symtable

from agentpar.languages.python import syntax_tree
from agentpar.languages.python_statements import scopes

_DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
_SEES_NAMES = frozenset({"locals", "vars", "dir", "eval", "exec"})


def fingerprint_python(source: str) -> str:
    """A hash equal for sources that differ only in comments, format, docstrings and names of functions' locals.

    Parameters keep their names, by which others may pass them.
    """
    try:
        tree = syntax_tree(source)
        _leave_out_docstrings(tree)
        _rename_locals(tree, scopes(source))
        said = ast.dump(tree)
    except (SyntaxError, RecursionError):
        said = source
    return hashlib.sha256(said.encode(errors="surrogatepass")).hexdigest()


def _leave_out_docstrings(tree: ast.Module) -> None:
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        is_documented = isinstance(node, _DOCUMENTED)
        if is_documented and body and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
            body.pop(0)


def _rename_locals(tree: ast.Module, module: symtable.SymbolTable) -> None:
    """Number the locals of each function at the top level in the order in which the tree has them."""
    tables = {(each.get_name(), each.get_lineno()): each for each in module.get_children()}
    for function in tree.body:
        table = tables.get((function.name, function.lineno)) if isinstance(function, ast.FunctionDef) else None
        if table is None:
            continue
        names, numbers = _renameable(function, table), dict[str, str]()
        for node in ast.walk(function):
            if isinstance(node, ast.Name) and node.id in names:
                node.id = numbers.setdefault(node.id, f"\0{len(numbers)}")


def _renameable(function: ast.stmt, table: symtable.SymbolTable) -> frozenset[str]:
    """Names that stand for locals alone wherever the function has them, and stand nowhere but in `ast.Name`."""
    plain, fixed, waiting = set[str](), set[str](), [table]
    while waiting:
        scope = waiting.pop()
        waiting += scope.get_children()
        for each in scope.get_symbols():
            is_other = each.is_global() or each.is_parameter() or each.is_imported() or each.is_namespace()
            (fixed if is_other or scope.get_type() == "class" else plain).add(each.get_name())
    if fixed & _SEES_NAMES:
        return frozenset()
    for node in ast.walk(function):
        if isinstance(node, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar)):
            fixed.add(node.name or "")
        elif isinstance(node, ast.MatchMapping):
            fixed.add(node.rest or "")
        elif isinstance(node, ast.Nonlocal):
            fixed |= {*node.names}
    return frozenset(plain - fixed)
