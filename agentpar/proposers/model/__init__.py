"""The model proposer: candidates that a language model writes."""
