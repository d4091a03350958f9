"""The command line."""

from agentpar.cli.main import main

__all__ = ["main"]
