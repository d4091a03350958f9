"""Python functions before the judge: how they are understood, prepared and opened."""

from agentpar.evaluation.python.opening import open_python, prepare_python, refusal, understand

__all__ = ["open_python", "prepare_python", "refusal", "understand"]
