"""Lets `python -m agentpar` do what `agentpar` does."""

from agentpar.cli.main import main

main()
