"""The contract between those who ask a model and those who serve one."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, Protocol, runtime_checkable

from pydantic import AfterValidator, Field

from agentpar.verdict import Frozen


def _writable(text: str) -> str:
    """The text with `?` for each half of a surrogate pair: alone it stands for nothing, and cannot be written."""
    return text.encode(errors="replace").decode()


_Said = Annotated[str, AfterValidator(_writable)]


class Message(Frozen):
    """One turn of a conversation."""

    role: Literal["system", "user", "assistant"]
    content: str


class Sampling(Frozen):
    """How to sample.

    `n` completions of one prompt come from one request where the server can. `json_schema` is a JSON schema that each
    reply must satisfy; `choice`, `regex` and `grammar` bind it otherwise; at most one of the four is given.
    """

    n: int = 1
    temperature: float = 0.7
    top_p: float = 1.0
    max_tokens: int = 4096
    seed: int | None = None
    stop: tuple[str, ...] = ()
    thinking: bool | None = None
    json_schema: Mapping[str, Any] | None = None
    choice: tuple[str, ...] = ()
    regex: str = ""
    grammar: str = ""


class Completion(Frozen):
    """One reply. `finish` is the server's word (`stop`, `length`, …); `logprob` is the mean over its tokens."""

    text: _Said
    reasoning: _Said = ""
    finish: str = "stop"
    logprob: float | None = Field(None, allow_inf_nan=False)


class Usage(Frozen):
    """What a request cost: tokens in and out, and seconds on the wire."""

    prompt_tokens: int = Field(0, ge=0, le=1 << 50)
    completion_tokens: int = Field(0, ge=0, le=1 << 50)
    seconds: float = 0.0


class Reply(Frozen):
    """What came back; it may hold fewer completions than were asked for, never none."""

    completions: tuple[Completion, ...]
    usage: Usage = Usage()


class Sampler(Protocol):
    """Asks a model. May be called for several prompts at a time, and may be cancelled: the server is then freed."""

    name: str

    async def sample(self, messages: Sequence[Message], sampling: Sampling, *, task: str) -> Reply:
        """Return completions of a conversation; `task` names the task, for recordings.

        Raises:
            ModelError: the endpoint is gone, or gave nothing that can be used within the deadline and the retries.
        """
        ...

    async def close(self) -> None:
        """Free what was opened; a server that was started is stopped."""
        ...


@runtime_checkable
class Pausable(Protocol):
    """A sampler whose server may be held while others use its processors."""

    async def pause(self) -> bool:
        """Hold the server's work; False where it cannot be held.

        Raises:
            ModelError: it should have paused and has not.
        """
        ...

    async def resume(self) -> None:
        """Let it go on.

        Raises:
            ModelError: it does not.
        """
        ...
