"""Python loops, comprehensions and maps over processes, by changing the user's own text."""

from agentpar.proposers.pools.proposer import PoolProposer

__all__ = ["PoolProposer"]
