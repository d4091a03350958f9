"""The race gate: candidates under ThreadSanitizer with Archer, since races pass value checks."""

from agentpar.evaluation.race.gate import (
    CANNOT_BUILD,
    RACE_GATES,
    TOOLS,
    WORKER_LINK,
    WORKER_RACE,
    RaceFinding,
    build_tools,
    race_gate,
    self_test,
    tool_commands,
    tool_sources,
)

__all__ = [
    "CANNOT_BUILD",
    "RACE_GATES",
    "TOOLS",
    "WORKER_LINK",
    "WORKER_RACE",
    "RaceFinding",
    "build_tools",
    "race_gate",
    "self_test",
    "tool_commands",
    "tool_sources",
]
