"""Answers as the servers write them, field by field, also those that cannot run where the tests do."""

import json
from typing import Any

import pytest

from agentpar.models.base import Completion, Sampling, Usage
from agentpar.models.transport import Unavailable
from agentpar.models.wire import Abilities, read_answer, request_options, split_reasoning

VLLM = {
    "id": "chatcmpl-8f",
    "object": "chat.completion",
    "created": 1,
    "model": "Qwen/Qwen3-8B",
    "choices": [
        {
            "index": 0,
            "message": {
                "role": "assistant",
                "content": "int f();",
                "refusal": None,
                "annotations": None,
                "audio": None,
                "function_call": None,
                "tool_calls": [],
                "reasoning": "A function.",
            },
            "logprobs": {
                "content": [
                    {"token": "int", "logprob": -0.5, "bytes": [105, 110, 116], "top_logprobs": []},
                    {"token": " f();", "logprob": -9999.0, "bytes": None, "top_logprobs": []},
                ]
            },
            "finish_reason": "stop",
            "stop_reason": 151645,
            "token_ids": None,
        }
    ],
    "service_tier": None,
    "system_fingerprint": None,
    "usage": {"prompt_tokens": 36, "total_tokens": 52, "completion_tokens": 16, "prompt_tokens_details": None},
    "prompt_logprobs": None,
    "kv_transfer_params": None,
}
SGLANG = {
    "id": "a1",
    "object": "chat.completion",
    "created": 1,
    "model": "default",
    "choices": [
        {
            "index": 0,
            "message": {
                "role": "assistant",
                "content": "int f();",
                "reasoning_content": "A function.",
                "tool_calls": None,
            },
            "logprobs": None,
            "finish_reason": "length",
            "matched_stop": None,
        }
    ],
    "usage": {"prompt_tokens": 36, "total_tokens": 52, "completion_tokens": 16, "reasoning_tokens": 3},
    "metadata": {"weight_version": "default"},
}
OLLAMA = {
    "id": "chatcmpl-123",
    "object": "chat.completion",
    "created": 1,
    "model": "qwen3:4b",
    "system_fingerprint": "fp_ollama",
    "choices": [
        {
            "index": 0,
            "message": {"role": "assistant", "content": "int f();", "reasoning": "A function."},
            "finish_reason": "stop",
        }
    ],
    "usage": {"prompt_tokens": 36, "completion_tokens": 16, "total_tokens": 52},
}
LLAMA = {
    "choices": [
        {
            "finish_reason": "stop",
            "index": 0,
            "message": {"role": "assistant", "reasoning_content": "A function.", "content": "int f();"},
            "logprobs": {
                "content": [{"id": 9, "token": "int", "bytes": [105], "logprob": -0.25, "top_logprobs": []}] * 20
            },
        }
    ],
    "created": 1,
    "model": "smollm2",
    "system_fingerprint": "b11549",
    "object": "chat.completion",
    "usage": {"completion_tokens": 16, "prompt_tokens": 36, "total_tokens": 52},
    "id": "chatcmpl-x",
    "timings": {"prompt_n": 36, "predicted_n": 16, "predicted_per_second": 61.2},
}


def read(answer: Any, sampling: Sampling | None = None) -> tuple[tuple[Completion, ...], Usage]:
    return read_answer(json.dumps(answer).encode(), sampling or Sampling())


@pytest.mark.parametrize(
    ("answer", "finish", "logprob", "tokens"),
    [
        (VLLM, "stop", -4999.75, 16),
        (SGLANG, "length", None, 16),
        (OLLAMA, "stop", None, 16),
        (LLAMA, "stop", -0.25, 20),
    ],
    ids=["vLLM", "SGLang", "Ollama", "llama.cpp"],
)
def test_each_servers_answer_is_read(answer: Any, finish: str, logprob: float | None, tokens: int) -> None:
    completions, usage = read(answer)
    assert completions == (Completion(text="int f();", reasoning="A function.", finish=finish, logprob=logprob),)
    assert (usage.prompt_tokens, usage.completion_tokens) == (36, tokens)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'{"error": "out of memory"}',
        b'{"choices": null}',
        b'{"choices": [{}]}',
        b'{"choices": [{"message": {"content": "\\ud800"}}]}',
        b'{"choices": [{"message": {"content": "\xff"}}]}',
        b'{"choices": []}',
    ],
)
def test_an_answer_that_makes_no_sense_may_be_asked_for_again(body: bytes) -> None:
    with pytest.raises(Unavailable):
        read_answer(body, Sampling())


@pytest.mark.parametrize(
    "wrong",
    [
        {"usage": "many"},
        {"usage": {"prompt_tokens": None, "completion_tokens": -7}},
        {"usage": {"prompt_tokens": 1 << 80, "completion_tokens": 1.5}},
        {"choices": [{"message": {"content": "x", "reasoning": {"a": 1}}, "finish_reason": 7, "logprobs": []}]},
        {"choices": [{"message": {"content": "x"}, "logprobs": {"content": [{"logprob": None}]}}]},
    ],
)
def test_what_is_said_about_a_completion_and_makes_no_sense_is_as_if_it_were_not_said(wrong: dict[str, Any]) -> None:
    assert read({"choices": [{"message": {"content": "x"}}]} | wrong) == ((Completion(text="x"),), Usage())


def test_a_mean_beyond_all_numbers_is_none() -> None:
    logprobs = {"content": [{"logprob": 1.7e308}, {"logprob": 1.7e308}]}
    ((completion,), _) = read({"choices": [{"message": {"content": "x"}, "logprobs": logprobs}]})
    assert completion.logprob is None


def test_a_choice_that_nests_without_end_stays_as_it_came() -> None:
    text = "[" * 100_000
    (given,), _ = read({"choices": [{"message": {"content": text}}]}, Sampling(choice=("left", "right")))
    assert given.text == text


def test_half_a_surrogate_pair_is_shown_as_a_question_mark() -> None:
    given = Completion(text="a\ud83d", reasoning="\udc00b")
    assert (given.text, given.reasoning) == ("a?", "?b")


def test_what_the_server_says_instead_of_an_answer_is_quoted() -> None:
    with pytest.raises(Unavailable, match="out of memory"):
        read_answer(b'{"error": {"message": "out of memory"}}', Sampling())


def test_a_choice_that_was_cut_off_stays_as_it_came() -> None:
    choice = {"message": {"content": '{"choice": "le'}, "finish_reason": "length"}
    (given,), _ = read({"choices": [choice]}, Sampling(choice=("left", "right")))
    assert given.text == '{"choice": "le'


@pytest.mark.parametrize(
    ("text", "thoughts", "answer"),
    [
        ("int f();", "", "int f();"),
        ("<think>a</think>b", "a", "b"),
        ("a</think>\n\nb", "a", "b"),
        ("\n<think>\na", "a", ""),
        ("// use <think> tags", "", "// use <think> tags"),
    ],
)
def test_thoughts_end_where_their_tag_closes(text: str, thoughts: str, answer: str) -> None:
    assert split_reasoning(text) == (thoughts, answer)


def test_a_server_is_not_sent_what_it_does_not_know() -> None:
    options = request_options(Sampling(seed=1, thinking=True), Abilities(server="other", seed=False, logprobs=False))
    assert options == {"n": 1, "temperature": 0.7, "top_p": 1.0, "max_tokens": 4096}
