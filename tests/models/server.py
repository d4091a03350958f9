"""A server that speaks the OpenAI protocol over real HTTP, well or badly, and notes what it is asked."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from agentpar.models.settings import ModelSettings

Answer = Callable[["Exchange"], Awaitable[None]]


@dataclass
class Exchange:
    """One request, and the connection to answer it on."""

    method: str
    path: str
    body: dict[str, Any]
    headers: dict[str, str]
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(
        self, status: int, content: bytes | Mapping[str, Any], *, length: int | None = None, **headers: str
    ) -> None:
        content = content if isinstance(content, bytes) else json.dumps(content).encode()
        headers = {"Content_Type": "application/json", "Connection": "close"} | headers
        lines = [f"HTTP/1.1 {status} Whatever", f"Content-Length: {len(content) if length is None else length}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        self.writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + content)
        await self.writer.drain()

    async def hung_up(self) -> None:
        """Wait until the client closes the connection."""
        while await self.reader.read(1024):
            pass


def choice(text: str, **changes: Any) -> dict[str, Any]:
    logprobs = {"content": [{"token": "x", "logprob": -0.5}, {"token": "y", "logprob": -1.5}]}
    return {"index": 0, "finish_reason": "stop", "logprobs": logprobs, "message": {"content": text}} | changes


def completion(*choices: dict[str, Any]) -> dict[str, Any]:
    usage = {"prompt_tokens": 7, "completion_tokens": 3 * len(choices), "total_tokens": 0}
    return {"id": "1", "object": "chat.completion", "model": "m", "choices": list(choices), "usage": usage}


async def answer_well(exchange: Exchange) -> None:
    """As a complete server would."""
    asked = exchange.body
    text = "hello"
    if asked.get("response_format"):
        schema = asked["response_format"]["json_schema"]["schema"]
        text = json.dumps({name: field["enum"][0] for name, field in schema["properties"].items()})
    await exchange.send(200, completion(*(choice(text) for _ in range(asked.get("n", 1)))))


@dataclass
class Server:
    """`answers` are used up one by one by chat completions; then comes `answer`."""

    url: str = ""
    models: Any = None
    owner: str = "vllm"
    answer: Answer = answer_well
    answers: list[Answer] = field(default_factory=list)
    pages: dict[str, Any] = field(default_factory=dict)
    asked: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    posts: list[str] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            first, *lines = head.split("\r\n")
            method, path, _ = first.split(" ")
            headers = dict(line.lower().split(": ", 1) for line in lines if line)
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            await self._dispatch(Exchange(method, path, json.loads(body) if body else {}, headers, reader, writer))
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _dispatch(self, exchange: Exchange) -> None:
        self.headers.append(exchange.headers)
        if exchange.path == "/v1/chat/completions":
            self.asked.append(exchange.body)
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
            try:
                await (self.answers.pop(0) if self.answers else self.answer)(exchange)
            finally:
                self.at_once -= 1
        elif exchange.path == "/v1/models":
            cards = [{"id": "m", "object": "model", "owned_by": self.owner}] if self.models is None else self.models
            await exchange.send(200, cards if isinstance(cards, bytes) else {"object": "list", "data": cards})
        elif exchange.path in self.pages:
            self.posts.append(f"{exchange.method} {exchange.path}")
            await exchange.send(200, self.pages[exchange.path])
        else:
            await exchange.send(404, {"error": {"message": f"no {exchange.path}"}})


@asynccontextmanager
async def serving(**given: Any) -> AsyncIterator[Server]:
    server = Server(**given)
    listener = await asyncio.start_server(server.serve, "127.0.0.1", 0, limit=1 << 24)
    server.url = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}/v1"
    try:
        yield server
    finally:
        listener.close()
        await listener.wait_closed()


def quick(**changes: Any) -> ModelSettings:
    """Settings that depend on no environment."""
    return ModelSettings(**{"api_key": None, "timeout_s": 20.0, "retries": 1} | changes)
