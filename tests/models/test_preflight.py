import asyncio
import socket
from typing import Any

import pytest

from agentpar.errors import ModelError, TaskError
from agentpar.models.endpoint import Endpoint
from agentpar.models.wire import Abilities
from tests.models.server import Exchange, Server, answer_well, choice, completion, quick, serving


async def opened(url: str, model: str | None = None, **settings: Any) -> tuple[str, Abilities]:
    endpoint = await Endpoint.open(url, model=model, settings=quick(**settings))
    await endpoint.close()
    return endpoint.name, endpoint.abilities


def cards(*names: str) -> list[dict[str, str]]:
    return [{"id": name, "owned_by": "vllm"} for name in names]


async def refuses(server: Server, said: str, model: str | None = None, **settings: Any) -> None:
    with pytest.raises(ModelError, match=said) as raised:
        await opened(server.url, model, **settings)
    assert raised.value.exit_code == 3


async def test_where_nobody_listens_the_address_is_named() -> None:
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{reserved.getsockname()[1]}/v1"
        with pytest.raises(ModelError, match=rf"no model server answers at {url}.*start it, or correct the address"):
            await opened(url)


async def test_a_server_that_only_listens_is_given_up_soon() -> None:
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        mute.listen()
        with pytest.raises(ModelError, match="takes the connection but does not answer"):
            async with asyncio.timeout(60):
                await opened(f"http://127.0.0.1:{mute.getsockname()[1]}/v1", connect_s=0.2)


async def test_an_address_without_v1_is_an_error_that_says_so() -> None:
    async with serving() as server:
        server.url = server.url.removesuffix("/v1")
        await refuses(server, rf"refused the request: .*no /models.*mostly ends in /v1: {server.url}/v1$")
        base = server.url
        server.url = f"{base}/v1/chat/completions"
        await refuses(server, rf"mostly ends in /v1: {base}/v1$")


@pytest.mark.parametrize("listed", [b"<html></html>", b'{"data": "x"}', b"", b"[1]"])
async def test_what_is_no_model_server_is_told_apart(listed: bytes) -> None:
    async with serving(models=listed) as server:
        await refuses(server, "lists no models as an OpenAI-compatible server does; correct the address")


async def test_an_unknown_model_is_an_error_that_lists_those_served() -> None:
    async with serving(models=cards("a", "b")) as server:
        await refuses(server, "does not serve c; it serves a, b", model="c")


async def test_of_several_models_one_must_be_named() -> None:
    async with serving(models=cards("b", "a")) as server:
        await refuses(server, rf"several models; name one, as in {server.url}#a")
        assert (await opened(server.url, "b"))[0] == "b"


async def test_a_server_without_models_is_an_error() -> None:
    async with serving(models=[]) as server:
        await refuses(server, "serves no model")


async def test_names_that_a_terminal_would_obey_are_not_shown() -> None:
    async with serving(models=cards("a\x1b[2J", "", "x" * 10_000, "b")) as server:
        assert (await opened(server.url))[0] == "b"
        await refuses(server, r"does not serve c; it serves b$", model="c")


async def test_a_description_that_nests_without_end_tells_of_no_pauses() -> None:
    async with serving(pages={"/openapi.json": b"[" * 100_000}) as server:
        assert (await opened(server.url))[0] == "m"


async def test_a_tag_may_be_left_out_as_ollama_does() -> None:
    async with serving(models=[{"id": "qwen:latest", "owned_by": "library"}]) as server:
        name, abilities = await opened(server.url, "qwen")
    assert (name, abilities.server) == ("qwen:latest", "ollama")


@pytest.mark.parametrize(
    ("owner", "kind"), [("vllm", "vllm"), ("sglang", "sglang"), ("llamacpp", "llama.cpp"), (None, "other")]
)
async def test_the_kind_of_server_is_known_by_whom_it_names_as_owner(owner: str | None, kind: str) -> None:
    async with serving(models=[{"id": "m", "owned_by": owner}]) as server:
        _, abilities = await opened(server.url)
    assert abilities == Abilities(server=kind)


async def test_what_a_server_cannot_do_is_found_by_trying() -> None:
    async def poor(exchange: Exchange) -> None:
        if "seed" in exchange.body:
            await exchange.send(400, {"error": {"message": "seed is unknown"}})
        else:
            await exchange.send(200, completion(choice("hello there", logprobs=None)))

    async with serving(owner="someone", answer=poor) as server:
        _, abilities = await opened(server.url)
    assert abilities == Abilities(server="other", n=False, seed=False, logprobs=False, json_schema=False)
    assert not abilities.bindings


async def test_a_model_that_thinks_before_a_bound_reply_counts_as_bound() -> None:
    async def thinks(exchange: Exchange) -> None:
        message = {"content": None, "reasoning_content": "let me see"}
        await exchange.send(200, completion(*[choice("", message=message)] * exchange.body.get("n", 1)))

    async with serving(answer=thinks) as server:
        assert (await opened(server.url))[1].json_schema


async def test_a_needed_way_to_bind_replies_that_is_missing_ends_it_before_any_work() -> None:
    async with serving(owner="llamacpp") as server:
        with pytest.raises(ModelError, match="cannot bind replies to a regex"):
            await Endpoint.open(server.url, settings=quick(), needs=["json_schema", "regex"])


async def test_a_server_that_still_loads_its_model_is_waited_for() -> None:
    async def loading(exchange: Exchange) -> None:
        await exchange.send(503, {"error": {"message": "Loading model"}})

    async with serving(answers=[loading]) as server:
        assert (await opened(server.url))[0] == "m"
    async with serving(answer=loading) as server:
        said = list[str]()
        with pytest.raises(ModelError, match=r"within 0\.5 s \(.*Loading model\); use a smaller model"):
            await Endpoint.open(server.url, settings=quick(first_reply_s=0.5), say=said.append)
        assert said == [f"waiting for m: {server.url} answered: Error code: 503 - Loading model"]


async def test_a_server_whose_model_fails_is_an_error() -> None:
    async def failing(exchange: Exchange) -> None:
        await exchange.send(500, {"error": {"message": "CUDA error"}})

    async with serving(answer=failing) as server:
        await refuses(server, "m does not work: .*CUDA error")


async def test_a_refused_key_is_an_error_that_does_not_show_it() -> None:
    async def refusing(exchange: Exchange) -> None:
        await exchange.send(401, {"error": {"message": f"bad key {exchange.headers['authorization']}"}})

    async with serving(answer=refusing) as server:
        with pytest.raises(ModelError, match="refuses the key; set OPENAI_API_KEY") as raised:
            await opened(server.url, api_key="s3cret")
    assert "s3cret" not in str(raised.value) and "***" in str(raised.value)
    assert server.headers[0]["authorization"] == "bearer s3cret"


@pytest.mark.parametrize("key", ["s3cret\n", " s3cret\r\n"])
async def test_the_blanks_and_line_ends_around_a_key_are_no_part_of_it(key: str) -> None:
    async with serving() as server:
        assert (await opened(server.url, api_key=key))[0] == "m"
    assert server.headers[0]["authorization"] == "bearer s3cret"


@pytest.mark.parametrize("key", ["s3\ncret", "s3cré", "s3\u202ecret"])
async def test_a_key_that_cannot_be_sent_is_the_users_error_and_not_shown(key: str) -> None:
    with pytest.raises(TaskError, match="OPENAI_API_KEY holds characters that no key has") as raised:
        await opened("http://127.0.0.1:9/v1", api_key=key)
    assert "s3" not in str(raised.value)


async def test_a_key_is_not_shown_where_the_servers_words_are_cut_off_within_it() -> None:
    async def refusing(exchange: Exchange) -> None:
        await exchange.send(401, {"error": {"message": "x" * 270 + "s3cret" * 20}})

    async with serving(answer=refusing) as server:
        with pytest.raises(ModelError, match="refuses the key") as raised:
            await opened(server.url, api_key="s3cret" * 20)
    assert "s3cret" not in str(raised.value)


async def test_what_a_server_says_does_not_command_the_terminal() -> None:
    async def failing(exchange: Exchange) -> None:
        await exchange.send(500, {"error": {"message": "\x1b[2Jgone \ud83d"}})

    async with serving(answer=failing) as server:
        await refuses(server, r"m does not work: .*\?\[2Jgone \?$")


@pytest.mark.parametrize(
    ("variable", "value"),
    [("ALL_PROXY", "socks5h://127.0.0.1:9"), ("ALL_PROXY", "gopher://x:1"), ("SSL_CERT_FILE", "/nowhere.pem")],
)
async def test_a_proxy_or_certificates_that_cannot_be_used_are_an_error_that_names_the_variables(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(variable, value)
    with pytest.raises(ModelError, match=r"proxy or certificates cannot be used.*ALL_PROXY"):
        await opened("https://models.example/v1")


@pytest.mark.parametrize(
    "url",
    [
        "http://user:pw@127.0.0.1:1/v1",
        "http:///v1",
        "http://host:port/v1",
        "http://[::1/v1",
        "http://h:99999/v1",
        "http://h/v1?x=1",
    ],
)
async def test_an_address_that_is_none_is_the_users_error(url: str) -> None:
    with pytest.raises(TaskError):
        await opened(url)


async def test_a_proxy_of_the_site_is_not_asked_for_a_server_on_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    async with serving(answer=answer_well) as server:
        assert (await opened(server.url))[0] == "m"
