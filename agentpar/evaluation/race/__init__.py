"""The race gate: candidates under ThreadSanitizer with Archer, since races pass value checks."""

from agentpar.evaluation.race.gate import WORKER_LINK, WORKER_RACE, RaceFinding, race_gate, self_test

__all__ = ["WORKER_LINK", "WORKER_RACE", "RaceFinding", "race_gate", "self_test"]
