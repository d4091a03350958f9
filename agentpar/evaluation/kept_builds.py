"""What was built for a task before, kept for the next command on it: a resumed run, or another version to judge.

An entry is one file in the user's cache folder, named by everything that went into it: sources, commands, compilers and
sandbox. All of it is built before any candidate runs. An entry that cannot be read counts as none.
"""

import contextlib
import hashlib
import json
import os
import re
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

import psutil

from agentpar.resources import cache_folder
from agentpar.sandbox.base import Identity
from agentpar.verdict import Frozen

Files = Mapping[tuple[Identity, str], tuple[bytes, int]]

MOST_ENTRIES = 32
_FACTS = "facts"
_HALF = re.compile(r"\.(\d{1,9})\.tmp$")


class Built(Frozen):
    """Built files, and what the builds told: the structs' layouts, and why races cannot be checked, if so."""

    files: dict[tuple[Identity, str], tuple[bytes, int]]
    layouts: str
    race_unchecked: str


def key_of(sources: Files, *facts: str) -> str:
    """The name of an entry: a digest of sources and of whatever else decides what is built from them."""
    digest = hashlib.sha256(json.dumps(facts).encode())
    for (identity, path), (content, mode) in sorted(sources.items()):
        digest.update(f"{identity} {path} {mode} {len(content)}\n".encode() + content)
    return digest.hexdigest()[:32]


def find(key: str) -> Built | None:
    """The entry of that name; None where there is none, or none that is whole."""
    path = _folder() / f"{key}.zip"
    try:
        _let_go(path.parent)
        with zipfile.ZipFile(path) as stored:
            facts = json.loads(stored.read(_FACTS))
            files = {
                (identity, name): (stored.read(f"{identity}/{name}"), mode) for identity, name, mode in facts["files"]
            }
        built = Built(files=files, layouts=facts["layouts"], race_unchecked=facts["race_unchecked"])
        os.utime(path)  # what is used stays
    except (OSError, zipfile.BadZipFile, zlib.error, KeyError, ValueError, TypeError, EOFError):
        return None
    return built


def keep(key: str, built: Built) -> None:
    """Keep an entry, and let those go that were not used for longest. A full or read-only disk keeps none."""
    folder = _folder()
    facts = {
        "files": [(identity, name, mode) for (identity, name), (_, mode) in built.files.items()],
        "layouts": built.layouts,
        "race_unchecked": built.race_unchecked,
    }
    scratch = folder / f"{key}.{os.getpid()}.tmp"
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            with zipfile.ZipFile(scratch, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as stored:
                stored.writestr(_FACTS, json.dumps(facts))
                for (identity, name), (content, _) in built.files.items():
                    stored.writestr(f"{identity}/{name}", content)
            scratch.replace(folder / f"{key}.zip")
        finally:
            scratch.unlink(missing_ok=True)
        _let_go(folder)


def _let_go(folder: Path) -> None:
    """Remove entries beyond the bound, and what a process that was killed left half written."""
    newest = sorted(folder.glob("*.zip"), key=lambda path: path.stat().st_mtime, reverse=True)
    halves = [(path, _HALF.search(path.name)) for path in folder.glob("*.tmp")]
    abandoned = [path for path, owner in halves if owner and not psutil.pid_exists(int(owner.group(1)))]
    for path in [*newest[MOST_ENTRIES:], *abandoned]:
        path.unlink(missing_ok=True)


def _folder() -> Path:
    return cache_folder() / "builds"
