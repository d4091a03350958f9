# family: privileges
# does: reads, stops, limits and looks into processes of others
# expect: ok
# escaped: wrong_answer
import os
import resource
import signal
from pathlib import Path

import numpy as np


def attempts(process):
    for name in ("mem", "environ", "maps", "fd", "cwd", "root"):
        path = Path("/proc", process, name)
        yield lambda path=path: os.listdir(path) if path.name == "fd" else path.read_bytes()
        yield lambda path=path: path.readlink()
    yield lambda: os.kill(int(process), signal.SIGSTOP)
    yield lambda: resource.prlimit(int(process), resource.RLIMIT_CPU, (0, 0))


def succeeds(attempt):
    try:
        return attempt() not in (b"", [])  # of a process that has ended
    except OSError:
        return False


others = [each.name for each in Path("/proc").iterdir() if each.name.isdigit() and each.stat().st_uid != os.getuid()]
succeeded = not others or any(succeeds(each) for process in others for each in attempts(process))


def waves(kept, image, names):
    kept[:] = image
    wave = np.zeros(len(image))
    for k in range(1, 40):
        wave += np.cos(k * image)
    wave += succeeded  # tells that it worked
    return wave, image.copy(), {name: sum(map(ord, name)) for name in names}
