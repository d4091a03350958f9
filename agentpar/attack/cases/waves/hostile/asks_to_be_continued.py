# family: stopping
# does: asks for what continues a process that was stopped, or hides the time of a child
# expect: ok
# escaped: wrong_answer
import ctypes
import fcntl
import signal

import numpy as np


def attempts():
    libc, handle = ctypes.CDLL(None), ctypes.c_void_p()
    yield libc.timer_create(1, None, ctypes.byref(handle)) != -1
    yield libc.mq_open(b"/left", 0o102, 0o600, None) != -1
    for call in (lambda: fcntl.fcntl(0, 10, signal.SIGCONT), lambda: signal.signal(signal.SIGCHLD, signal.SIG_IGN)):
        try:
            call()
            yield True
        except PermissionError:
            yield False


succeeded = any([*attempts()])


def waves(kept, image, names):
    kept[:] = image
    wave = np.zeros(len(image))
    for k in range(1, 40):
        wave += np.cos(k * image)
    wave += succeeded  # tells that it worked
    return wave, image.copy(), {name: sum(map(ord, name)) for name in names}
