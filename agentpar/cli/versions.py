"""The versions of a source that `judge` is given: files, folders where a task has several files, or lines of JSON."""

import json
from pathlib import Path

from agentpar.errors import TaskError
from agentpar.sections import files_of, name_of, with_files
from agentpar.task import Task
from agentpar.task_file import read_source

_MEND = 'each line is {"name": …, "source": …}'


def read_versions(task: Task, files: list[Path], jsonl: Path | None) -> list[tuple[str, str]]:
    """Each version's name and source.

    Raises:
        TaskError: a file cannot be read or is empty, a line is no version, or there is nothing to judge.
    """
    versions = [(str(file), _read_folder(task, file) if task.others else _read(file)) for file in files]
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


def _read_folder(task: Task, folder: Path) -> str:
    """The version whose files lie in a folder as in the project; those that are missing are unchanged."""
    places = {path: folder / name_of(task, path) for path in files_of(task)}
    found = {path: _read(place) for path, place in places.items() if place.exists()}
    if not found:
        names = ", ".join(name_of(task, path) for path in places)
        raise TaskError(f"{folder}: give a folder with one of {names}, such as the folder `best` of a run")
    return with_files(task, found)


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
