"""How a model is spread over the GPUs of this machine."""

import os
import re
import subprocess
from pathlib import Path

_ROOM = 0.85 / 1.25
"""Of a GPU's memory, what weights may take: vLLM uses nine tenths, and caches need a quarter of the weights' room."""
_NARROW = ((r"awq|gptq|int4|w4a16|4bit|nvfp4|mxfp4", 0.6), (r"fp8|int8|w8a8|8bit", 1.0))
_BYTES_PER_WEIGHT = 2.0


def gpu_memories() -> list[int]:
    """Bytes of memory of each NVIDIA GPU that may be used; empty where there is none."""
    query = ["nvidia-smi", "--query-gpu=memory.total", "--format=csv,noheader,nounits"]
    try:
        listed = subprocess.run(query, capture_output=True, text=True, timeout=20, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return []
    memories = [int(line) << 20 for line in listed.splitlines() if line.strip().isdigit()]
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible is None:
        return memories
    named = [name.strip() for name in visible.split(",") if name.strip() not in ("", "-1")]
    if all(name.isdigit() for name in named):
        return [memories[int(name)] for name in named if int(name) < len(memories)]
    return memories[: len(named)]  # by identifier: which they are is not said


def weight_bytes(model: str) -> int | None:
    """The size of a model's weights, by its files or its name (`Qwen2.5-Coder-7B`); None when neither tells."""
    folder = Path(model)
    if folder.is_dir():
        return sum(file.stat().st_size for file in folder.iterdir() if file.suffix in (".safetensors", ".bin")) or None
    billions = re.search(r"(?<![\d.a-z])(\d+(?:\.\d+)?)b(?![a-z])", model.lower())
    if not billions:
        return None
    width = next((width for kinds, width in _NARROW if re.search(kinds, model.lower())), _BYTES_PER_WEIGHT)
    return int(float(billions[1]) * 1e9 * width)


def parallel_sizes(memories: list[int], weights: int | None) -> tuple[int, int]:
    """GPUs that share one copy of the model, and copies: as many copies as fit, since each serves samples of its own.

    Weights of unknown size are spread over all GPUs. Sharing goes in powers of two, which divide any model's heads.
    """
    if not memories:
        return 1, 1
    most = 1 << (len(memories).bit_length() - 1)
    sharing = most if weights is None else 1
    while weights is not None and sharing < most and weights > _ROOM * sharing * min(memories):
        sharing *= 2
    return sharing, len(memories) // sharing
