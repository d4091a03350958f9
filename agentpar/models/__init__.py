"""Models that propose: over HTTP, managed, replayed, scripted; `open_model` makes one of a specification."""
