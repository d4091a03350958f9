import asyncio
import gzip
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from agentpar.errors import ModelError
from agentpar.models.base import Message, Reply, Sampling
from agentpar.models.endpoint import Endpoint
from tests.models.server import Exchange, Server, answer_well, choice, completion, quick, serving

PLAIN = Sampling()
ASK = [Message(role="system", content="Be brief."), Message(role="user", content="Say hello.")]


@asynccontextmanager
async def opened(server: Server, **settings: Any) -> AsyncIterator[Endpoint]:
    """An endpoint whose preflight is over and forgotten by the server."""
    endpoint = await Endpoint.open(server.url, settings=quick(**settings))
    server.asked.clear()
    server.headers.clear()
    server.most_at_once = 0
    try:
        yield endpoint
    finally:
        await endpoint.close()


async def ask(server: Server, sampling: Sampling = PLAIN, **settings: Any) -> Reply:
    async with opened(server, **settings) as endpoint:
        return await endpoint.sample(ASK, sampling, task="t")


async def after_preflight(server: Server, *answers: Any, n: int = 1, **settings: Any) -> Reply:
    async with opened(server, **settings) as endpoint:
        server.answers = list(answers)
        return await endpoint.sample(ASK, Sampling(n=n), task="t")


def always(status: int, content: Any, **headers: Any) -> Any:
    async def answer(exchange: Exchange) -> None:
        await exchange.send(status, content, **headers)

    return answer


async def reset(exchange: Exchange) -> None:
    exchange.writer.transport.abort()


async def hang(exchange: Exchange) -> None:
    await exchange.hung_up()


async def drip(exchange: Exchange) -> None:
    await exchange.send(200, b" ", length=10_000)
    while not exchange.writer.is_closing():
        exchange.writer.write(b" ")
        await exchange.writer.drain()
        await asyncio.sleep(0.02)


async def test_n_completions_come_from_one_request_with_everything_that_was_asked() -> None:
    async with serving() as server:
        reply = await ask(server, Sampling(n=8, temperature=0.3, max_tokens=50, seed=4, stop=("END",), thinking=False))
    (asked,) = server.asked
    assert asked["messages"] == [message.model_dump() for message in ASK]
    wanted = {"model": "m", "n": 8, "temperature": 0.3, "max_tokens": 50, "seed": 4, "stop": ["END"], "logprobs": True}
    assert wanted.items() <= asked.items()
    assert asked["chat_template_kwargs"] == {"enable_thinking": False}
    assert [c.text for c in reply.completions] == ["hello"] * 8
    assert reply.completions[0].logprob == -1.0
    assert (reply.usage.prompt_tokens, reply.usage.completion_tokens) == (7, 24)
    assert reply.usage.seconds > 0


@pytest.mark.parametrize(
    "message",
    [
        {"content": "answer", "reasoning_content": "thoughts"},
        {"content": "answer", "reasoning": "thoughts"},
        {"content": "<think>\nthoughts\n</think>\n\nanswer"},
        {"content": "thoughts\n</think>\nanswer"},
    ],
    ids=["reasoning_content", "reasoning", "tags", "closing tag only"],
)
async def test_thoughts_are_kept_apart_from_the_answer(message: dict[str, str]) -> None:
    async with serving() as server:
        reply = await after_preflight(server, always(200, completion(choice("", message=message))))
    assert (reply.completions[0].text, reply.completions[0].reasoning) == ("answer", "thoughts")


async def test_thoughts_that_were_cut_off_are_no_answer() -> None:
    async with serving() as server:
        reply = await after_preflight(
            server, always(200, completion(choice("<think>on and on", finish_reason="length")))
        )
    (given,) = reply.completions
    assert (given.text, given.reasoning, given.finish) == ("", "on and on", "length")


@pytest.mark.parametrize(
    ("owner", "sampling", "sent"),
    [
        ("vllm", Sampling(choice=("a", "b")), {"structured_outputs": {"choice": ["a", "b"]}}),
        ("vllm", Sampling(regex="a+"), {"structured_outputs": {"regex": "a+"}}),
        ("vllm", Sampling(grammar='root ::= "a"'), {"structured_outputs": {"grammar": 'root ::= "a"'}}),
        ("sglang", Sampling(regex="a+"), {"regex": "a+"}),
        ("sglang", Sampling(grammar='root ::= "a"'), {"ebnf": 'root ::= "a"'}),
        ("llamacpp", Sampling(grammar='root ::= "a"'), {"grammar": 'root ::= "a"'}),
    ],
)
async def test_each_server_is_told_in_its_own_words_how_to_bind_a_reply(
    owner: str, sampling: Sampling, sent: dict[str, Any]
) -> None:
    async with serving(owner=owner) as server:
        await ask(server, sampling)
    assert sent.items() <= server.asked[0].items()


@pytest.mark.parametrize("owner", ["vllm", "sglang", "llamacpp", "library", "someone"])
async def test_a_schema_goes_to_every_server_in_the_same_form(owner: str) -> None:
    schema = {"type": "object", "properties": {"word": {"enum": ["yes"]}}, "required": ["word"]}
    async with serving(owner=owner) as server:
        reply = await ask(server, Sampling(json_schema=schema))
    assert server.asked[0]["response_format"]["json_schema"]["schema"] == schema
    assert json.loads(reply.completions[0].text) == {"word": "yes"}


async def test_a_choice_goes_as_a_schema_where_the_server_knows_nothing_else() -> None:
    async with serving(owner="library") as server:
        reply = await ask(server, Sampling(choice=("left", "right")))
    assert reply.completions[0].text == "left"


async def test_what_a_server_cannot_bind_is_an_error_that_names_those_that_can() -> None:
    async with serving(owner="library") as server:
        with pytest.raises(ModelError, match=r"ollama.*cannot bind replies to a regex; vLLM or SGLang can"):
            await ask(server, Sampling(regex="a+"))
    assert server.asked == []


async def test_a_server_that_gives_one_completion_at_a_time_is_asked_n_times_at_once() -> None:
    async def one(exchange: Exchange) -> None:
        await asyncio.sleep(0.05)
        await exchange.send(200, completion(choice(str(exchange.body.get("seed")))))

    async with serving(answer=one) as server:
        reply = await ask(server, Sampling(n=4, seed=10), concurrency=3)
    assert [c.text for c in reply.completions] == ["10", "11", "12", "13"]
    assert (reply.usage.prompt_tokens, reply.usage.completion_tokens) == (28, 12)
    assert server.most_at_once == 3


async def test_where_some_of_n_requests_fail_the_others_make_the_reply() -> None:
    async def even_seeds(exchange: Exchange) -> None:
        if exchange.body.get("seed", 0) % 2:
            await exchange.send(400, {"error": {"message": "odd"}})
        else:
            await exchange.send(200, completion(choice("even")))

    async with serving(answer=even_seeds) as server, opened(server) as endpoint:
        endpoint.abilities = endpoint.abilities.model_copy(update={"n": False, "seed": True})
        reply = await endpoint.sample(ASK, Sampling(n=4, seed=0), task="t")
        with pytest.raises(ModelError, match="odd"):
            await endpoint.sample(ASK, Sampling(n=1, seed=1), task="t")
    assert len(reply.completions) == 2


async def test_no_more_requests_are_under_way_than_are_allowed() -> None:
    async def slowly(exchange: Exchange) -> None:
        await asyncio.sleep(0.02)
        await answer_well(exchange)

    async with serving(answer=slowly) as server, opened(server, concurrency=2) as endpoint:
        await asyncio.gather(*(endpoint.sample(ASK, Sampling(), task="t") for _ in range(9)))
    assert (len(server.asked), server.most_at_once) == (9, 2)


@pytest.mark.parametrize(
    "trouble",
    [
        always(500, {"error": {"message": "boom"}}),
        always(429, b"slow down", retry_after="0.01"),
        always(200, b'{"choices": [{"mess'),
        always(200, b"<html>busy</html>"),
        always(200, b'{"choices": [', length=1000),
        always(200, completion()),
        reset,
    ],
    ids=["500", "429", "truncated JSON", "HTML", "cut connection", "no choices", "reset"],
)
async def test_passing_trouble_costs_another_request_and_no_more(trouble: Any) -> None:
    async with serving() as server:
        reply = await after_preflight(server, trouble)
    assert reply.completions[0].text == "hello"
    assert len(server.asked) == 2


@pytest.mark.parametrize(
    ("trouble", "said"),
    [
        (always(500, {"error": {"message": "boom"}}), r"in 2 attempts: .*boom"),
        (always(200, b'{"choices": [{"mess'), r"in 2 attempts: .*makes no sense"),
        (always(200, completion()), r"in 2 attempts: .*no completion"),
        (reset, r"in 2 attempts: the connection to http://127.0.0.1:\d+/v1 failed"),
    ],
    ids=["500", "truncated JSON", "no choices", "reset"],
)
async def test_lasting_trouble_is_an_error_that_says_which(trouble: Any, said: str) -> None:
    async with serving() as server:
        with pytest.raises(ModelError, match=said):
            await after_preflight(server, trouble, trouble, trouble)
    assert len(server.asked) == 2


async def test_what_the_server_refuses_is_not_asked_again() -> None:
    async with serving() as server:
        with pytest.raises(ModelError, match=r"refused the request.*too long"):
            await after_preflight(server, always(400, {"error": {"message": "the prompt is too long"}}))
    assert len(server.asked) == 1


@pytest.mark.parametrize("stuck", [hang, drip], ids=["silence", "a slow drip"])
async def test_a_reply_that_does_not_end_is_given_up_at_the_deadline_and_the_server_freed(stuck: Any) -> None:
    async with serving() as server:
        with pytest.raises(ModelError, match=r"no whole reply within 0\.3 s.*AGENTPAR_MODEL_TIMEOUT_S"):
            await after_preflight(server, stuck, timeout_s=0.3)
        async with asyncio.timeout(10):
            while server.at_once:
                await asyncio.sleep(0.01)


async def test_the_deadline_tells_what_stood_in_the_way() -> None:
    async with serving() as server:
        with pytest.raises(ModelError, match=r"no whole reply within 0\.5 s \(.*slow down\)"):
            busy = always(429, {"error": {"message": "slow down"}}, retry_after="9" * 400)
            await after_preflight(server, busy, timeout_s=0.5)


async def test_cancelling_frees_the_server_and_the_place_of_the_request() -> None:
    async with serving() as server, opened(server, concurrency=1) as endpoint:
        server.answers = [hang]
        asking = asyncio.ensure_future(endpoint.sample(ASK, Sampling(n=3), task="t"))
        async with asyncio.timeout(10):
            while not server.at_once:
                await asyncio.sleep(0.01)
            asking.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asking
            while server.at_once:
                await asyncio.sleep(0.01)
        assert (await endpoint.sample(ASK, Sampling(), task="t")).completions[0].text == "hello"


@pytest.mark.parametrize(("given", "kept"), [(2, 2), (5, 3)])
async def test_fewer_completions_than_asked_for_are_taken_and_more_are_dropped(given: int, kept: int) -> None:
    async with serving() as server:
        reply = await after_preflight(server, always(200, completion(*[choice("x")] * given)), n=3)
    assert len(reply.completions) == kept


async def test_a_reply_of_ten_megabytes_arrives_whole() -> None:
    text = "x" * 10_000_000
    async with serving() as server:
        reply = await after_preflight(server, always(200, completion(choice(text))))
    assert reply.completions[0].text == text


async def test_a_reply_without_end_is_cut_off_before_it_fills_the_memory() -> None:
    sent = 0

    async def flood(exchange: Exchange) -> None:
        nonlocal sent
        await exchange.send(200, b" ", length=1 << 40)
        while True:
            exchange.writer.write(b" " * (1 << 20))
            await exchange.writer.drain()
            sent += 1

    async with serving() as server:
        with pytest.raises(ModelError, match="more than 64 MiB"):
            await after_preflight(server, flood)
    assert 64 <= sent < 128


async def test_an_error_without_end_is_cut_off_before_it_fills_the_memory() -> None:
    sent = 0

    async def flood(exchange: Exchange) -> None:
        nonlocal sent
        await exchange.send(500, b" ", length=1 << 40)
        for _ in range(200):
            exchange.writer.write(b" " * (1 << 20))
            await exchange.writer.drain()
            sent += 1

    async with serving() as server:
        with pytest.raises(ModelError, match="its answer has more than 1 MiB"):
            await after_preflight(server, flood, retries=0)
    assert sent < 100


@pytest.mark.parametrize("charset", ["hex", "rot13", "utf-16", "undefined", "no-such"])
async def test_an_error_in_an_encoding_that_is_none_of_text_is_told_as_any_other(charset: str) -> None:
    async def refusing(exchange: Exchange) -> None:
        await exchange.send(
            400, {"error": {"message": "too long"}}, Content_Type=f"application/json; charset={charset}"
        )

    async with serving() as server:
        with pytest.raises(ModelError, match=r"refused the request: .*too long"):
            await after_preflight(server, refusing)


@pytest.mark.parametrize("status", [200, 500])
async def test_an_answer_that_is_packed_is_not_unpacked(status: int) -> None:
    async def packed(exchange: Exchange) -> None:
        await exchange.send(status, gzip.compress(bytes(1 << 20)), Content_Encoding="gzip")

    async with serving() as server:
        with pytest.raises(ModelError, match=r"its answer is packed \(gzip\), which was not asked for"):
            await after_preflight(server, packed, packed)
    assert server.headers[-1]["accept-encoding"] == "identity"


async def test_a_missing_text_is_an_empty_one_and_missing_logprobs_are_none() -> None:
    bare = {"index": 0, "finish_reason": None, "message": {"role": "assistant", "content": None}}
    async with serving() as server:
        reply = await after_preflight(server, always(200, {"choices": [bare]}))
    (given,) = reply.completions
    assert (given.text, given.finish, given.logprob) == ("", "stop", None)


async def test_tokens_that_the_server_does_not_count_are_estimated_so_that_budgets_hold() -> None:
    async with serving() as server:
        reply = await after_preflight(server, always(200, {"choices": [choice("x" * 400, logprobs=None)]}))
    assert (reply.usage.prompt_tokens, reply.usage.completion_tokens) == (4, 100)


async def test_a_vllm_server_in_development_mode_is_paused_without_losing_work() -> None:
    interface = {"paths": {"/pause": {"post": {"parameters": [{"name": "mode", "in": "query"}]}}}}
    pages = {"/openapi.json": interface, "/pause?mode=keep": {}, "/resume": {}}
    async with serving(pages=pages) as server, opened(server) as endpoint:
        assert server.posts == ["GET /openapi.json", "POST /resume"]  # a run that was killed may have left it held
        assert await endpoint.pause() is True
        await endpoint.resume()
    assert server.posts[2:] == ["POST /pause?mode=keep", "POST /resume"]


@pytest.mark.parametrize("interface", [None, {"paths": {"/pause": {"post": {"parameters": []}}}}])
async def test_a_server_that_would_abort_its_work_is_not_paused(interface: Any) -> None:
    pages = {"/pause?mode=keep": {}} | ({"/openapi.json": interface} if interface else {})
    async with serving(pages=pages) as server, opened(server) as endpoint:
        assert await endpoint.pause() is False
        await endpoint.resume()
    assert "POST /pause?mode=keep" not in server.posts


async def test_a_server_that_does_not_resume_is_an_error() -> None:
    interface = {"paths": {"/pause": {"post": {"parameters": [{"name": "mode"}]}}}}
    async with serving(pages={"/openapi.json": interface, "/resume": {}}) as server, opened(server) as endpoint:
        del server.pages["/resume"]
        with pytest.raises(ModelError, match=r"/resume failed"):
            await endpoint.resume()
