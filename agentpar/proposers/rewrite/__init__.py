"""Source rewrites that need no model: sites, dependences, rewrites, tunings, and the order to try them in."""

from agentpar.proposers.rewrite.proposer import RewriteProposer

__all__ = ["RewriteProposer"]
