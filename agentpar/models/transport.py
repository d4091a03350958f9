"""One OpenAI-compatible server over HTTP: what goes wrong on the way, told apart and put into words."""

# ruff: noqa: PLC0415  its 500 modules are a quarter of the time in which a command starts, and most ask no model

import asyncio
import ipaddress
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any, cast

import httpx2

from agentpar.errors import ModelError, TaskError
from agentpar.models.base import Message
from agentpar.models.settings import ModelSettings

if TYPE_CHECKING:
    import openai

_LAST_PORT = 65535
_SAID_CHARACTERS = 300
_REPLY_BYTES = 64 << 20
"""A reply beyond this is no reply: even 64 completions of 16,384 tokens with logprobs stay below it."""
_ERROR_BYTES = 1 << 20
_KEY_REFUSED = frozenset({401, 403})
_BUSY = frozenset({429, 503})
_TRY_AGAIN = frozenset({408, 409, 425, 429, 500, 502, 503, 504})


class Rejected(ModelError):
    """The server will not serve this request; asking again is useless."""

    def __init__(self, message: str, *, status: int = 0) -> None:
        super().__init__(message)
        self.is_about_the_key = status in _KEY_REFUSED


class Unavailable(ModelError):
    """It may work when asked again, `after_s` seconds later if the server has said so."""

    def __init__(self, message: str, *, status: int = 0, after_s: float = 0.0) -> None:
        super().__init__(message)
        self.is_busy = status in _BUSY
        self.after_s = after_s


class Connection:
    """HTTP to one server. `url` is the base of its API, mostly ending in `/v1`; `root` is the server itself."""

    def __init__(self, url: str, settings: ModelSettings) -> None:
        import openai

        try:
            parts = httpx2.URL(url)
        except httpx2.InvalidURL as error:
            raise TaskError(f"{url} is no address ({error}); write it as http://HOST:PORT/v1") from error
        if parts.scheme not in ("http", "https") or not parts.host:
            raise TaskError(f"{url} is no address of a model; write it as http://HOST:PORT/v1")
        if parts.query or not 0 <= (parts.port or 0) <= _LAST_PORT:
            raise TaskError(f"{url} is no address of a model; write it as http://HOST:PORT/v1, with nothing behind it")
        if parts.userinfo:
            raise TaskError(f"leave the password out of the address of {parts.host}; set OPENAI_API_KEY instead")
        self.url = url.rstrip("/")
        self.root = f"{parts.scheme}://{parts.netloc.decode()}"
        self.is_loopback = _is_loopback(parts.host)
        self._key = settings.api_key.get_secret_value().strip() if settings.api_key else ""
        if not (self._key.isascii() and self._key.isprintable()):
            raise TaskError("OPENAI_API_KEY holds characters that no key has; set it anew")
        try:
            self._http = openai.DefaultAsyncHttpxClient(
                timeout=httpx2.Timeout(None, connect=settings.connect_s),  # replies have the caller's deadline
                trust_env=not self.is_loopback,  # a proxy of the site cannot reach this machine's own servers
                headers={"Accept-Encoding": "identity"},
                event_hooks={"response": [_make_safe]},
            )
        except (ImportError, ValueError, OSError) as error:
            raise ModelError(
                f"the environment's proxy or certificates cannot be used ({error}); correct ALL_PROXY, HTTP_PROXY, "
                f"HTTPS_PROXY or SSL_CERT_FILE, or name {parts.host} in NO_PROXY"
            ) from error
        self._client = openai.AsyncOpenAI(
            base_url=self.url, api_key=self._key or "none", max_retries=0, http_client=self._http
        )

    async def models(self) -> bytes:
        """The body of `GET /models`.

        Raises:
            Rejected, Unavailable: as `complete`.
        """
        return await self._read(self._client.models.with_streaming_response.list())

    async def complete(self, model: str, messages: list[Message], options: dict[str, Any]) -> bytes:
        """The body of the answer to a chat completion; `options` is the rest of the request.

        Cancelling closes the connection, at which servers stop generating.

        Raises:
            Rejected: the server refuses this request, or answers without end.
            Unavailable: the connection broke, or the server is busy or failing.
        """
        wire = cast("Any", [message.model_dump() for message in messages])
        return await self._read(
            self._client.chat.completions.with_streaming_response.create(model=model, messages=wire, extra_body=options)
        )

    async def fetch(self, method: str, path: str, *, timeout_s: float) -> httpx2.Response | None:
        """What the server itself answers outside of its API; None when it does not."""
        try:
            async with asyncio.timeout(timeout_s):
                return await self._http.request(method, self.root + path)
        except (httpx2.HTTPError, TimeoutError):
            return None

    async def close(self) -> None:
        """Close what is open."""
        await self._client.close()

    async def _read(self, request: Any) -> bytes:
        import openai

        body = bytearray()
        try:
            async with request as response:
                async for chunk in response.iter_bytes():
                    body += chunk
                    if len(body) > _REPLY_BYTES:
                        raise Rejected(f"{self.url} sent more than {_REPLY_BYTES >> 20} MiB as one reply")
        except openai.APIStatusError as error:
            raise self._refusal(error) from error
        except (openai.APIConnectionError, httpx2.HTTPError) as error:
            cause = error.__cause__ or error
            raise Unavailable(f"the connection to {self.url} failed: {str(cause) or type(cause).__name__}") from error
        return bytes(body)

    def _refusal(self, error: "openai.APIStatusError") -> ModelError:
        said = error.message.replace(self._key, "***") if self._key else error.message
        said = quoted(said)
        status = error.status_code
        if status in _KEY_REFUSED:
            mend = "set OPENAI_API_KEY to one that it takes"
            return Rejected(f"{self.url} refuses the key; {mend} ({said})", status=status)
        if status in _TRY_AGAIN:
            return Unavailable(f"{self.url} answered: {said}", status=status, after_s=_retry_after_s(error.response))
        return Rejected(f"{self.url} refused the request: {said}", status=status)


class _Bounded(httpx2.AsyncByteStream):
    """A body up to a length: some are read to their end before anybody sees them."""

    def __init__(self, stream: httpx2.AsyncByteStream, most: int) -> None:
        self._stream = stream
        self._most = most

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size = 0
        async for chunk in self._stream:
            size += len(chunk)
            if size > self._most:
                raise httpx2.ReadError(f"its answer has more than {self._most >> 20} MiB")
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()


async def _make_safe(response: httpx2.Response) -> None:
    """See to it that whatever a header says, a body is text of a bounded length."""
    encoding = response.headers.get("content-encoding", "").strip().lower()
    if encoding not in ("", "identity"):
        # A few bytes could unpack to gigabytes, and nobody who heeds the request packs.
        raise httpx2.DecodingError(f"its answer is packed ({quoted(encoding)}), which was not asked for")
    response.encoding = "utf-8"  # JSON is, and some encodings that a header may name are none of text
    if isinstance(response.stream, httpx2.AsyncByteStream):
        response.stream = _Bounded(response.stream, _ERROR_BYTES if response.is_error else 2 * _REPLY_BYTES)


def quoted(said: str) -> str:
    """What a server said, on one line and without what a terminal would obey."""
    line = " ".join(said[: 2 * _SAID_CHARACTERS].split())[:_SAID_CHARACTERS]
    return "".join(each if each.isprintable() else "?" for each in line)


def _is_loopback(host: str) -> bool:
    """Whether a host is this machine; 0.0.0.0 is what servers print that listen on every address."""
    try:
        address = ipaddress.ip_address(host)
        return address.is_loopback or address.is_unspecified
    except ValueError:
        return host == "localhost"


def _retry_after_s(response: httpx2.Response) -> float:
    try:
        return max(0.0, float(response.headers.get("retry-after", "")))
    except ValueError:
        return 0.0
