"""A whole run with a model: what the model says is written down beforehand, all else is real."""

import json
from pathlib import Path

import pytest

from agentpar import asolve
from agentpar.evaluation import toolchain
from agentpar.ledger import Ledger
from agentpar.models.replay import RECORDING
from agentpar.models.scripted import ScriptedModel
from tests.evaluation.courtroom import cheapest_kind

SERIAL = """\
#include <cmath>
#include <cstddef>
#include <vector>

void roots(const std::vector<double>& in, std::vector<double>& out) {
    for (std::size_t i = 0; i < in.size(); ++i) {
        out[i] = std::sqrt(std::fabs(in[i])) + std::cbrt(in[i]);
    }
}
"""
GOOD = SERIAL.replace("    for", "#pragma omp parallel for\n    for").partition("<vector>\n\n")[2]
WRONG = GOOD.replace("std::cbrt(in[i])", "in[0]")


@pytest.mark.sandbox
@pytest.mark.usefixtures("impatient")
async def test_what_a_model_says_is_judged_and_told_with_its_cost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(toolchain, "_HARNESS_FLAGS", ("-O0", *toolchain._HARNESS_FLAGS[1:]))
    (tmp_path / "roots.cpp").write_text(SERIAL)
    model = ScriptedModel(["Sorry.", f"It is:\n```cpp\n{WRONG}```", f"<think>sqrt</think>\n```cpp\n{GOOD}```"])
    result = await asolve(
        f"{tmp_path / 'roots.cpp'}::roots",
        run_dir=tmp_path / "run",
        sandbox=cheapest_kind(),
        model=model,
        strategy="best-of-n",
        temperatures=(0.5,),
        pairs=12,
        target_ms=2.0,
        threads=(2,),
    )
    assert {each.outcome for each in result.candidates} == {"ok", "wrong_answer"}
    assert {each.proposer for each in result.candidates} == {"model sample 0.5"}
    used = result.model
    assert used is not None and used.judged == 2 and used.strategy == "best-of-n"
    assert used.name == "scripted" and used.prompt_tokens > 100
    written = json.loads((tmp_path / "run" / "result.json").read_text())
    assert written["model"] == used.model_dump()
    assert "Model `scripted`, strategy best-of-n" in (tmp_path / "run" / "report.md").read_text()
    recording = (tmp_path / "run" / RECORDING).read_text().splitlines()
    assert len(recording) == used.replies and "Sorry." in recording[0]
    with Ledger.read(tmp_path / "run" / "ledger.sqlite") as ledger:
        assert ledger.spent().replies == used.replies
