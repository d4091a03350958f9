"""What keeps a server: it leaves nothing of it behind."""

import subprocess
import sys
from pathlib import Path

from agentpar import keeper

OWNER = """
import time
from multiprocessing import shared_memory
memory = shared_memory.SharedMemory(create=True, size=64)
print(memory.name, flush=True)
time.sleep(60)
"""


def test_shared_memory_of_what_is_ended_is_removed() -> None:
    command = [sys.executable, "-I", "-S", keeper.__file__, sys.executable, "-c", OWNER]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as kept:
        assert kept.stdin is not None and kept.stdout is not None
        segment = Path("/dev/shm", kept.stdout.readline().decode().strip())
        try:
            assert segment.is_file()
            kept.stdin.close()
            assert kept.wait(timeout=30) != 0
            assert not segment.exists()
        finally:
            segment.unlink(missing_ok=True)
