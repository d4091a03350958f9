"""Before any work: is the server there, which model does it serve, and what can it do?"""

import asyncio
import re
from collections.abc import Callable
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import from_json

from agentpar.errors import ModelError
from agentpar.models.base import Message, Sampling
from agentpar.models.settings import ModelSettings
from agentpar.models.transport import Connection, Rejected, Unavailable
from agentpar.models.wire import Abilities, Server, read_answer, request_options

_OWNERS: dict[str, Server] = {"vllm": "vllm", "sglang": "sglang", "llamacpp": "llama.cpp", "library": "ollama"}
"""Whom each server names as the owner of its models."""
_HELLO = [Message(role="user", content="Say hello.")]
_PLAIN = Abilities(n=False, seed=False, logprobs=False, json_schema=False)
_WAIT_S = 1.0
_MOST_NAME = 300
_ANSWERS_WITHIN = 1.5
"""Times what a connection may take: one that is not made in time is told apart."""
_BEYOND_BASE = re.compile(r"/(?:chat(?:/completions)?|completions|models)$")


class _Card(BaseModel):
    id: str
    owned_by: str | None = ""


class _Cards(BaseModel):
    data: list[_Card]


async def find_model(connection: Connection, wanted: str | None, settings: ModelSettings) -> tuple[str, Server]:
    """The name under which the server knows the model, and what kind of server it is.

    Raises:
        ModelError: nobody answers there, or not as an OpenAI-compatible server, or without this model.
    """
    url = connection.url
    try:
        async with asyncio.timeout(_ANSWERS_WITHIN * settings.connect_s):
            cards = _Cards.model_validate_json(await connection.models()).data
    except Unavailable as error:
        raise ModelError(f"no model server answers at {url} ({error}); start it, or correct the address") from error
    except TimeoutError:
        raise ModelError(f"{url} takes the connection but does not answer; restart the server there") from None
    except (Rejected, ValidationError) as error:
        if isinstance(error, Rejected):
            if error.is_about_the_key:
                raise
            if wanted:
                return wanted, "other"  # some gateways have no list
        base = _BEYOND_BASE.sub("", url).removesuffix("/v1") + "/v1"
        mend = "correct the address" if url == base else f"the address mostly ends in /v1: {base}"
        said = f" ({error})" if isinstance(error, Rejected) else ""
        raise ModelError(f"{url} lists no models as an OpenAI-compatible server does{said}; {mend}") from error
    # Names are shown: those that a terminal would obey, or that fill it, are nobody's.
    served = {card.id: card.owned_by or "" for card in cards if card.id.isprintable() and 0 < len(card.id) < _MOST_NAME}
    name = _choose(served, wanted, url)
    return name, _OWNERS.get(served[name], "other")


def _choose(served: dict[str, str], wanted: str | None, url: str) -> str:
    if not served:
        raise ModelError(f"{url} serves no model; load one into the server")
    names = ", ".join(sorted(served)[:8])
    if wanted is None:
        if len(served) > 1:
            raise ModelError(f"{url} serves several models; name one, as in {url}#{min(served)} (served: {names})")
        return next(iter(served))
    for name in (wanted, f"{wanted}:latest"):
        if name in served:
            return name
    raise ModelError(f"{url} does not serve {wanted}; it serves {names}")


async def find_abilities(
    connection: Connection, model: str, server: Server, settings: ModelSettings, say: Callable[[str], None]
) -> Abilities:
    """Try a first reply, then each ability with a request of its own.

    Raises:
        ModelError: the server does not complete even a plain request.
    """
    waits: list[str] = []

    def wait(said: str) -> None:
        if not waits:
            say(f"waiting for {model}: {said}")
        waits.append(said)

    try:
        async with asyncio.timeout(settings.first_reply_s):
            await _first_reply(connection, model, server, wait)
            n, seed, logprobs, json_schema = await asyncio.gather(
                _gives_two(connection, model),
                _is_taken(connection, model, {"seed": 1}),
                _gives_logprobs(connection, model),
                _keeps_to_schema(connection, model, server),
            )
    except TimeoutError:
        why = f" ({waits[-1]})" if waits else ""
        raise ModelError(
            f"{connection.url} has not completed a few words with {model} within {settings.first_reply_s:g} s{why}; "
            "use a smaller model, or raise AGENTPAR_MODEL_FIRST_REPLY_S"
        ) from None
    return Abilities(server=server, n=n, seed=seed, logprobs=logprobs, json_schema=json_schema)


async def _first_reply(connection: Connection, model: str, server: Server, wait: Callable[[str], None]) -> None:
    """A server that is still loading says that it is busy: wait until the caller's deadline."""
    sampling = Sampling(max_tokens=4)
    while True:
        try:
            body = await connection.complete(model, _HELLO, request_options(sampling, _PLAIN))
            read_answer(body, sampling)
        except Unavailable as error:
            if not error.is_busy:
                raise ModelError(f"{model} does not work: {error}") from error
            wait(str(error))
            await asyncio.sleep(_WAIT_S)
        else:
            return


async def _try(connection: Connection, model: str, options: dict[str, Any], *, max_tokens: int = 4) -> bytes:
    """The answer to a small request; empty when the server does not take it."""
    plain = request_options(Sampling(max_tokens=max_tokens, temperature=0.0), _PLAIN)
    try:
        return await connection.complete(model, _HELLO, plain | options)
    except (Rejected, Unavailable):
        return b""


async def _is_taken(connection: Connection, model: str, options: dict[str, Any]) -> bool:
    return bool(await _try(connection, model, options))


async def _gives_two(connection: Connection, model: str) -> bool:
    body = await _try(connection, model, {"n": 2, "temperature": 1.0})
    return bool(body) and len(_completions(body, 2)) == 2


async def _gives_logprobs(connection: Connection, model: str) -> bool:
    body = await _try(connection, model, {"logprobs": True, "top_logprobs": 1})
    return any(completion.logprob is not None for completion in _completions(body, 1))


async def _keeps_to_schema(connection: Connection, model: str, server: Server) -> bool:
    """Nobody says this word in this form unless bound to."""
    schema = {
        "type": "object",
        "properties": {"word": {"type": "string", "enum": ["quodlibet"]}},
        "required": ["word"],
        "additionalProperties": False,
    }
    sampling = Sampling(json_schema=schema, thinking=False, max_tokens=64)
    body = await _try(
        connection, model, request_options(sampling, Abilities(server=server, logprobs=False)), max_tokens=64
    )
    for completion in _completions(body, 1):
        try:
            return bool(from_json(completion.text) == {"word": "quodlibet"})
        except ValueError:
            # A model that thinks first may have got no further than its thoughts; they are not bound.
            return bool(completion.reasoning) and not completion.text
    return False


def _completions(body: bytes, n: int) -> Any:
    try:
        return read_answer(body, Sampling(n=n))[0]
    except Unavailable:
        return ()


async def can_pause(connection: Connection, timeout_s: float) -> bool:
    """Whether the server can hold its work and go on later.

    Only a vLLM server in its development mode can, and only one on this machine is asked. Older ones have a `/pause`
    without modes, which aborts what is under way; the description of the interface tells them apart.
    """
    if not connection.is_loopback:
        return False
    answer = await connection.fetch("GET", "/openapi.json", timeout_s=timeout_s)
    try:
        parameters = from_json(answer.content)["paths"]["/pause"]["post"]["parameters"] if answer else []
        return any(parameter["name"] == "mode" for parameter in parameters)
    except (ValueError, KeyError, TypeError):
        return False
