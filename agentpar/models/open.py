"""From what a user writes after `--model` to a sampler that works."""

from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from pathlib import Path

from langchain_core.language_models import BaseChatModel

from agentpar.errors import TaskError
from agentpar.models.base import Sampler
from agentpar.models.endpoint import Endpoint
from agentpar.models.langchain import LangChainSampler
from agentpar.models.replay import RECORDING, Recording, Replay, read_recording
from agentpar.models.served import served_models
from agentpar.models.settings import ModelSettings, load_settings
from agentpar.models.vllm_server import ManagedEndpoint, run_vllm
from agentpar.models.wire import Binding

FORMS = "none, vllm:NAME_OR_FOLDER, http://HOST:PORT/v1[#NAME] or replay:FILE.jsonl"
"""What a specification in words may be."""

Model = str | BaseChatModel | Sampler
"""A specification in words, a chat model of LangChain's, or a sampler that the caller made."""
_PREFIXES = ("vllm:", "http://", "https://", "replay:")


def require_spec(spec: str) -> None:
    """Refuse what is no specification of a model, before anything is opened.

    Raises:
        TaskError: it is none.
    """
    if spec != "none" and not spec.startswith(_PREFIXES):
        raise TaskError(f"{spec!r} is no model; write {FORMS}")


@asynccontextmanager
async def open_model(
    spec: Model | None,
    *,
    run_dir: Path,
    say: Callable[[str], None] = lambda _: None,
    settings: ModelSettings | None = None,
    needs: Collection[Binding] = (),
) -> AsyncIterator[Sampler | None]:
    """Open the model that is asked for, tried and ready; None for `none`.

    What it gives is recorded in the run's folder, unless it is itself a replay. On the way out, connections are closed
    and a server that was started here is stopped; a model or sampler that was passed stays as it is. `needs` are ways
    in which replies will have to be bound.

    Raises:
        TaskError: the specification makes no sense, or names a file that is none.
        ModelError: the model cannot be reached, started, or used; the message says how to mend it.
    """
    if isinstance(spec, str):
        require_spec(spec)
    settings = settings or load_settings()
    if spec is None or spec == "none":
        yield None
    elif isinstance(spec, BaseChatModel):
        yield _recorded(LangChainSampler(spec, settings), run_dir)
    elif not isinstance(spec, str):
        yield _recorded(spec, run_dir)
    elif spec.startswith("replay:"):
        yield _replay(_rest(spec))
    elif spec.startswith("vllm:"):
        async with _open_vllm(_rest(spec), run_dir, say, settings, needs) as sampler:
            yield _recorded(sampler, run_dir)
    else:
        url, _, name = spec.partition("#")
        endpoint = await Endpoint.open(url, model=name or None, settings=settings, say=say, needs=needs)
        try:
            yield _recorded(endpoint, run_dir)
        finally:
            await endpoint.close()


@asynccontextmanager
async def _open_vllm(
    model: str, run_dir: Path, say: Callable[[str], None], settings: ModelSettings, needs: Collection[Binding]
) -> AsyncIterator[Sampler]:
    """A server that `agentpar model serve` keeps for this model, else one of our own. Neither sees the user's key."""
    settings = settings.model_copy(update={"api_key": None})
    for served in served_models():
        if served.model == model:
            say(f"using the server that process {served.pid} keeps at {served.url}")
            endpoint = await Endpoint.open(served.url, model=model, settings=settings, say=say, needs=needs)
            try:
                yield endpoint
            finally:
                await endpoint.close()
            return
    async with run_vllm(model, run_dir=run_dir, say=say, settings=settings) as server:
        endpoint = await Endpoint.open(server.url, model=model, settings=settings, say=say, needs=needs)
        try:
            yield ManagedEndpoint(endpoint, server)
        finally:
            await endpoint.close()


def _rest(spec: str) -> str:
    rest = spec.partition(":")[2]
    if not rest:
        raise TaskError(f"{spec!r} names nothing; write {FORMS}")
    return rest


def _replay(file: str) -> Replay:
    try:
        path = Path(file).expanduser()
    except RuntimeError as error:
        raise TaskError(f"{file}: there is no such user, so no home folder") from error
    return Replay(read_recording(path), name=f"replay:{path.name}")


def _recorded(sampler: Sampler, run_dir: Path) -> Sampler:
    run_dir.mkdir(parents=True, exist_ok=True)
    return Recording(sampler, run_dir / RECORDING)
