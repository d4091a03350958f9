"""The race gate: candidates under ThreadSanitizer with Archer, since races pass value checks."""

from agentpar.evaluation.race.gate import (
    CANNOT_BUILD,
    RACE_GATES,
    SELF_TEST,
    WORKER_LINK,
    WORKER_RACE,
    RaceFinding,
    build_self_test,
    race_gate,
    self_test,
)

__all__ = [
    "CANNOT_BUILD",
    "RACE_GATES",
    "SELF_TEST",
    "WORKER_LINK",
    "WORKER_RACE",
    "RaceFinding",
    "build_self_test",
    "race_gate",
    "self_test",
]
