"""The versions of a source that `judge` is given: files, or lines of JSON."""

import json
from pathlib import Path

from agentpar.errors import TaskError
from agentpar.task_file import read_source

_MEND = 'each line is {"name": …, "source": …}'


def read_versions(files: list[Path], jsonl: Path | None) -> list[tuple[str, str]]:
    """Each version's name and source.

    Raises:
        TaskError: a file cannot be read or is empty, a line is no version, or there is nothing to judge.
    """
    versions = [(str(file), _read(file)) for file in files]
    if jsonl is not None:
        # Only at line feeds: a string in JSON may hold what else `splitlines` takes for one.
        lines = enumerate(_read(jsonl).split("\n"), 1)
        versions += [_version(line, f"{jsonl}:{number}") for number, line in lines if line.strip()]
    if not versions:
        raise TaskError("nothing to judge; give a FILE or --jsonl FILE")
    return versions


def _read(path: Path) -> str:
    text = read_source(path)
    if not text.strip():
        raise TaskError(f"{path}: empty; give a version of the whole source")
    return text


def _version(line: str, place: str) -> tuple[str, str]:
    try:
        entry = json.loads(line)
        if not isinstance(entry, dict) or not isinstance(entry.get("source"), str):
            raise TaskError(f'{place}: not a JSON object with a "source" that is a string; {_MEND}')
        name, source = str(entry.get("name", place)), entry["source"]
        (name + source).encode()
    except json.JSONDecodeError as error:
        raise TaskError(f"{place}: not JSON: {error.msg} at column {error.colno}; {_MEND}") from error
    except (RecursionError, UnicodeEncodeError) as error:
        raise TaskError(f"{place}: JSON, but no text: {error}") from error
    return name, source
