"""The oracle `command`: a project's own commands build it, say what is right, and are timed."""

from agentpar.evaluation.command.judge import open_commands, understand

__all__ = ["open_commands", "understand"]
