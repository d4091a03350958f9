"""The conditions a figure was measured under, printed beside it."""

import os
import platform
import time
from importlib.metadata import version
from typing import Any

from rich.console import Console

from agentpar.evaluation.machine import cpu_model


def conditions(**more: Any) -> dict[str, Any]:
    """This machine and these versions, now; `more` is what the bench adds."""
    return {
        "date": time.strftime("%Y-%m-%d %H:%M %Z"),
        "cpu": cpu_model(),
        "cores": len(os.sched_getaffinity(0)),
        "load": " ".join(f"{load:.2f}" for load in os.getloadavg()),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "agentpar": version("agentpar"),
        **more,
    }


def print_conditions(console: Console, named: dict[str, Any]) -> None:
    for name, value in named.items():
        console.print(f"  {name}: {value}", markup=False)
