"""Which models this machine could be asked: its GPUs, and the servers that answer where each kind mostly listens."""

import asyncio

from agentpar.errors import ModelError
from agentpar.models.preflight import find_model
from agentpar.models.served import served_models
from agentpar.models.settings import ModelSettings
from agentpar.models.transport import Connection

USUAL_PORTS = {8000: "vLLM", 8080: "llama.cpp", 11434: "Ollama", 30000: "SGLang"}
_WITHIN_S = 3.0


async def models_nearby(settings: ModelSettings) -> list[str]:
    """What to give `--model` to use each server that answers on this machine, and what it serves."""
    ours = [served.url for served in served_models()]
    usual = [f"http://127.0.0.1:{port}/v1" for port in USUAL_PORTS]
    found = await asyncio.gather(*(_model_at(url, settings) for url in dict.fromkeys([*ours, *usual])))
    return [words for words in found if words]


async def _model_at(url: str, settings: ModelSettings) -> str:
    connection = Connection(url, settings)
    try:
        async with asyncio.timeout(_WITHIN_S):
            name, _ = await find_model(connection, None, settings)
        return f"{url} serves {name}"
    except (ModelError, TimeoutError) as error:
        # A server of several models is one, and wants to be told which.
        return str(error) if "serves several" in str(error) else ""
    finally:
        await connection.close()
