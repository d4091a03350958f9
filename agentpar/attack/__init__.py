"""The adversary suite: hostile candidates, their honest twins and unusual honest ones, put before the real judge."""
