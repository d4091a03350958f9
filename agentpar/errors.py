"""Every exception agentpar raises, in one tree.

    AgentparError                     exit code 3
    ├── TaskError (ValueError)        2   the user's input is wrong; the message says where and how to mend it
    │   └── ReferenceFailed           4   the serial reference itself crashes, hangs or is not deterministic
    ├── ModelError                    3   the model endpoint is missing, wrong or failing
    │   ├── ModelExhausted                a recording or a script has no more to say
    │   └── NotWritten                    it wrote nothing that passes the tests of a specification
    ├── SandboxError (RuntimeError)   3   no sandbox can be had, or one broke
    │   ├── SandboxTimeout (TimeoutError)
    │   └── ToolMissing                   it lacks what the target needs
    └── LedgerError                   3   the run's record cannot be read, written, or is in use

A candidate that fails never raises: its failure is a `Verdict`.
"""

from typing import ClassVar


class AgentparError(Exception):
    """Base of all errors; `exit_code` is what the CLI returns."""

    exit_code: ClassVar[int] = 3


class TaskError(AgentparError, ValueError):
    """The task or the usage is wrong."""

    exit_code = 2


class ReferenceFailed(TaskError):
    """The reference cannot serve as an oracle: it crashes, hangs or is not deterministic."""

    exit_code = 4


class ModelError(AgentparError):
    """A model endpoint is missing or failing."""


class ModelExhausted(ModelError):
    """A recorded or scripted model has said all it has to say to this task; what it said stands."""


class NotWritten(ModelError):
    """A model planned or wrote nothing that passes the tests of a specification; resumed, it is asked anew."""


class SandboxError(AgentparError, RuntimeError):
    """No sandbox can be had, or one stopped working through no fault of a candidate."""


class SandboxTimeout(SandboxError, TimeoutError):
    """A sandbox did not answer within its outer deadline."""


class ToolMissing(SandboxError):
    """What a target needs is not installed: TBB, MPI, NVIDIA's compiler or the image that has them."""


class LedgerError(AgentparError):
    """A run's ledger is missing, damaged or in use by another process."""
