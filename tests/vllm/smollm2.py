"""The small test model for a vLLM server on the CPU: its folder, and how vLLM is started with it."""

import os
import subprocess
from pathlib import Path

from agentpar.models.settings import ModelSettings, load_settings
from tests.models.weights import CACHE, smollm2_weights

_ENVIRONMENT = {
    "AGENTPAR_MODEL_VLLM_ARGS": "--enforce-eager --max-model-len 4096 --dtype bfloat16",
    "AGENTPAR_MODEL_FIRST_REPLY_S": "300",
    "HF_HUB_OFFLINE": "1",
    "VLLM_CPU_KVCACHE_SPACE": "1",
    "VLLM_CPU_OMP_THREADS_BIND": "nobind",
}


def smollm2_settings() -> ModelSettings:
    """What vLLM on the CPU needs, put into this process's environment, and the settings read from there."""
    os.environ.update(_ENVIRONMENT)
    return load_settings()


def smollm2_folder(settings: ModelSettings) -> Path:
    """The model as vLLM loads it; converted where the cache lacks it."""
    folder = CACHE / "smollm2-bf16"
    if not (folder / "tokenizer.json").exists():
        program = str(Path(__file__).with_name("convert.py"))
        convert = [settings.vllm_python, program, str(smollm2_weights()), str(folder)]
        subprocess.run(convert, check=True, timeout=600)
    return folder
