"""Finds the files that travel with the package, in a checkout or in site-packages, and the folder for kept files."""

import os
from pathlib import Path

_PACKAGE = Path(__file__).parent


def runner_sources() -> dict[str, bytes]:
    """The runner's source files: name below `sandboxes/` to content, in a fixed order.

    Raises:
        FileNotFoundError: the installation is incomplete.
    """
    return {f"runner/{path.name}": path.read_bytes() for path in sorted(resource("sandboxes", "runner").glob("*.?pp"))}


def resource(*parts: str) -> Path:
    """The path of a packaged file or folder, for example `resource("sandboxes", "harness")`.

    Raises:
        FileNotFoundError: the installation is incomplete.
    """
    for root in (_PACKAGE / "_data", _PACKAGE.parent):
        path = root.joinpath(*parts)
        if path.exists():
            return path
    raise FileNotFoundError(f"agentpar was installed without {'/'.join(parts)}; reinstall it")


def cache_folder() -> Path:
    """Where what can be made again is kept for this user: `$XDG_CACHE_HOME/agentpar`. It may not exist yet."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "agentpar"
