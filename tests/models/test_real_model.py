"""Real tokens of a small real model, through llama.cpp's own server."""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx2
import pytest

from agentpar.models.base import Message, Sampling
from agentpar.models.endpoint import Endpoint
from agentpar.models.open import open_model
from agentpar.models.wire import Abilities
from tests.models.server import quick
from tests.models.weights import smollm2_weights

pytestmark = pytest.mark.model

ASK = [Message(role="user", content="Write one line of C++ that adds two numbers.")]


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """Of a server that lives as long as this module's tests."""
    program = [sys.executable, str(Path(__file__).with_name("llama_server.py")), str(smollm2_weights())]
    with subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as server:
        assert server.stdin is not None and server.stdout is not None
        address = server.stdout.readline().decode().strip()
        assert address.startswith("http://127.0.0.1:"), "llama.cpp did not start"
        yield f"{address}/v1"
        server.stdin.close()


@pytest.fixture
async def endpoint(url: str) -> AsyncIterator[Endpoint]:
    """Opened anew for each test, preflight included."""
    opened = await Endpoint.open(url, settings=quick(timeout_s=120))
    yield opened
    await opened.close()


async def test_the_server_is_recognised_and_does_all_that_is_asked_of_it(endpoint: Endpoint) -> None:
    assert endpoint.abilities == Abilities(server="llama.cpp")
    assert endpoint.name == "smollm2"

    wanted = Sampling(n=3, temperature=1.0, max_tokens=12, seed=1)
    first, again = [await endpoint.sample(ASK, wanted, task="t") for _ in range(2)]
    texts = [given.text for given in first.completions]
    assert len(set(texts)) > 1 and all(texts)
    assert [given.text for given in again.completions] == texts
    assert all(given.finish in ("stop", "length") for given in first.completions)
    assert all(given.logprob is not None and given.logprob < 0 for given in first.completions)
    assert first.usage.prompt_tokens > 10
    assert 12 < first.usage.completion_tokens <= 36

    schema = {
        "type": "object",
        "properties": {"threads": {"type": "integer"}},
        "required": ["threads"],
        "additionalProperties": False,
    }
    bound = await endpoint.sample(ASK, Sampling(n=2, json_schema=schema, max_tokens=60), task="t")
    assert all(isinstance(json.loads(given.text)["threads"], int) for given in bound.completions)
    chosen = await endpoint.sample(ASK, Sampling(choice=("left", "right"), max_tokens=40), task="t")
    assert chosen.completions[0].text in ("left", "right")
    spelt = await endpoint.sample(ASK, Sampling(grammar='root ::= "yes" | "no"', max_tokens=8), task="t")
    assert spelt.completions[0].text in ("yes", "no")


async def test_cancelling_stops_the_generation_in_the_server(endpoint: Endpoint, url: str) -> None:
    slots = f"{url.removesuffix('/v1')}/slots"

    async def busy(http: httpx2.AsyncClient) -> bool:
        return any(slot["is_processing"] for slot in (await http.get(slots)).json())

    async with asyncio.timeout(60), httpx2.AsyncClient(trust_env=False) as http:
        endless = Sampling(n=2, max_tokens=3000, grammar='root ::= "a" root')
        asking = asyncio.ensure_future(endpoint.sample(ASK, endless, task="t"))
        while not await busy(http):
            await asyncio.sleep(0.05)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        # llama.cpp looks for a closed connection when no result has come for a second; asking for its slots is one.
        for _ in range(4):
            await asyncio.sleep(1.5)
            if not await busy(http):
                return
    pytest.fail("the server goes on generating for nobody")


async def test_what_it_says_is_replayed_without_it(url: str, tmp_path: Path) -> None:
    wanted = Sampling(n=2, max_tokens=8)
    async with open_model(url, run_dir=tmp_path, settings=quick(timeout_s=120)) as real:
        assert real is not None
        said = await real.sample(ASK, wanted, task="t")
    async with open_model(f"replay:{tmp_path / 'completions.jsonl'}", run_dir=tmp_path, settings=quick()) as replayed:
        assert replayed is not None
        assert (await replayed.sample(ASK, wanted, task="t")).completions == said.completions
