import os
from pathlib import Path

import pytest

from agentpar.models.gpus import gpu_memories, parallel_sizes, weight_bytes

GIB = 1 << 30


@pytest.fixture
def two_gpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that answers as NVIDIA's does."""
    program = tmp_path / "nvidia-smi"
    program.write_text("#!/bin/sh\necho 81559\necho 24576\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)


@pytest.mark.usefixtures("two_gpus")
@pytest.mark.parametrize(
    ("visible", "mebibytes"),
    [
        (None, [81559, 24576]),
        ("0,1", [81559, 24576]),
        ("1", [24576]),
        ("7", []),
        ("GPU-3f", [81559]),
        ("", []),
        ("-1", []),
    ],
)
def test_the_gpus_that_may_be_used_are_counted(
    visible: str | None, mebibytes: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    if visible is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    assert gpu_memories() == [size << 20 for size in mebibytes]


def test_where_the_driver_is_missing_or_fails_there_are_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert gpu_memories() == []
    (tmp_path / "nvidia-smi").write_text("#!/bin/sh\nexit 9\n")
    (tmp_path / "nvidia-smi").chmod(0o755)
    assert gpu_memories() == []


@pytest.mark.parametrize(
    ("model", "gpus", "sizes"),
    [
        ("Qwen/Qwen2.5-Coder-7B-Instruct", [80] * 8, (1, 8)),
        ("Qwen/Qwen2.5-Coder-32B-Instruct", [80] * 8, (2, 4)),
        ("Qwen/Qwen2.5-Coder-32B-Instruct-AWQ", [80] * 8, (1, 8)),
        ("meta/Llama-3.1-405B", [80] * 6, (4, 1)),
        ("Qwen/Qwen3-Coder-30B-A3B", [24] * 3, (2, 1)),
        ("deepseek/whatever", [80] * 4, (4, 1)),
        ("Qwen/Qwen2.5-Coder-7B-Instruct", [], (1, 1)),
        ("Qwen/Qwen2.5-Coder-0.5B", [24], (1, 1)),
    ],
)
def test_a_model_is_copied_where_it_fits_and_spread_where_it_does_not(
    model: str, gpus: list[int], sizes: tuple[int, int]
) -> None:
    assert parallel_sizes([memory * GIB for memory in gpus], weight_bytes(model)) == sizes


def test_the_files_of_a_model_tell_its_size(tmp_path: Path) -> None:
    (tmp_path / "model-1.safetensors").write_bytes(b"x" * 100)
    (tmp_path / "model-2.safetensors").write_bytes(b"x" * 50)
    (tmp_path / "config.json").write_bytes(b"x" * 10)
    assert weight_bytes(str(tmp_path)) == 150
