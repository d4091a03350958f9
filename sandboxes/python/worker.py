#!/usr/bin/python3 -IB
"""The worker: loads one module and calls its function with what the judge sends.

Nothing here is trusted once the module is loaded; the judge believes only its own clock, the kernel's CPU accounts and
the outputs it compares.

Usage: worker MEMORY_BYTES THREADS SOCKET

THREADS is for workers of C++: what bounds processes is the container, since a limit of the user's would count those of
other sandboxes.
"""

import ctypes
import importlib.util
import json
import mmap
import os
import pickle
import resource
import socket
import struct
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

PUBLIC = Path(__file__).resolve().parent
sys.path.insert(0, str(PUBLIC))
import agentpar_wire as wire  # noqa: E402

# For each machine: how seccomp calls it, and its numbers of fcntl, rt_sigaction, timer_create and mq_open.
_CALLS = {"x86_64": (0xC000003E, 72, 13, 222, 240), "aarch64": (0xC00000B7, 25, 134, 107, 180)}
_F_SETSIG, _SIGCHLD = 10, 17
_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_ALLOW, _EPERM, _KILL = 0x7FFF0000, 0x00050001, 0x80000000


class Finder:
    """Makes the import of one module take one file, whoever imports it."""

    def __init__(self, module: str, path: str) -> None:
        self.module = module
        self.path = path

    def find_spec(self, name: str, path: object = None, target: object = None) -> Any:
        """See `importlib.abc.MetaPathFinder`."""
        return importlib.util.spec_from_file_location(name, self.path) if name == self.module else None


class Worker:
    """Answers the judge's orders, one after the other."""

    def __init__(self, channel: socket.socket, module: Any, entry: str, path: str, buffers: list[mmap.mmap]) -> None:
        self.channel = channel
        self.module = module
        self.function: Callable[..., Any] = getattr(module, entry)
        self.path = path
        self.process = os.getpid()
        self.shape, self.map = buffers
        self.rooms: list[Any] = []
        self.kept: list[Any] = []

    def serve(self) -> None:
        """Answer until the judge is gone."""
        while len(order := self.channel.recv(wire.ORDER.size)) == wire.ORDER.size:
            request, processes, size, nonce, wanted = wire.ORDER.unpack(order)
            allow(processes)
            status, count, text = wire.DONE, 0, ""
            try:
                if request == wire.LOAD:
                    count = self.load(size)
                else:
                    count = self.call(size, wanted) if request == wire.GO else self.call_any(size)
            except MemoryError:
                status = wire.OUT_OF_MEMORY
            except BaseException as error:
                status, text = wire.THREW, described(error, self.path)
                if request == wire.CALL:
                    text = "\0".join((type(error).__name__, text.rpartition(" (")[2].rstrip(")"), str(error)))
            if os.getpid() != self.process:
                os._exit(0)  # a copy of us that the function made and let go on
            said = text.encode("utf-8", "replace")[:1000]
            self.channel.send(wire.ANSWER.pack(status, count, nonce, said))

    def load(self, buffers: int) -> int:
        """Make room for the arrays of the next call; tells where."""
        self.kept.clear()
        self.rooms.clear()
        sizes = struct.unpack_from(f"<{buffers}Q", self.shape)
        self.rooms = [wire.np.empty(size, wire.np.uint8) for size in sizes]
        places = struct.pack(f"<{buffers}Q", *(room.__array_interface__["data"][0] for room in self.rooms))
        self.map[: len(places)] = places
        return len(places)

    def call(self, size: int, wanted: int) -> int:
        """Call the function; lays out its result, and the arguments that are asked for."""
        arguments = pickle.loads(memoryview(self.shape)[:size], buffers=self.rooms)
        result = self.function(*arguments)
        changed = [each for i, each in enumerate(arguments) if wanted >> i & 1]
        self.kept += [arguments, result]
        return self.tell([result, changed])

    def call_any(self, size: int) -> int:
        """Call any function of the module, as a test asks for it; lays out the arguments as well."""
        self.kept.clear()
        name, arguments, keywords = pickle.loads(memoryview(self.shape)[:size])
        result = getattr(self.module, name)(*arguments, **keywords)
        self.kept += [arguments, keywords, result]
        return self.tell([result, list(arguments), keywords])

    def tell(self, values: list[Any]) -> int:
        """Lay out values for the judge."""
        data = wire.encode(values, self.kept)
        if len(data) > wire.BUFFER_BYTES:
            raise MemoryError
        self.map[: len(data)] = data
        return len(data)


def give_up() -> None:
    """Give up what the kernel could send a signal for while all processes stand still, since it may be SIGCONT: timers,
    descriptors and message queues, which would also outlive the session. And to ignore SIGCHLD: CPU time of a process
    that nobody waits for is lost.
    """
    machine, fcntl, rt_sigaction, *denied = _CALLS[os.uname().machine]
    program = [
        (_LOAD, 0, 0, 4), (_EQUAL, 1, 0, machine), (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, 0), (_AT_LEAST, 0, 1, 0x40000000), (_RETURN, 0, 0, _EPERM),  # another table of calls
    ]  # fmt: skip
    for call in denied:
        program += [(_EQUAL, 0, 1, call), (_RETURN, 0, 0, _EPERM)]
    for call, argument, value in ((fcntl, 24, _F_SETSIG), (rt_sigaction, 16, _SIGCHLD)):
        program += [(_EQUAL, 0, 4, call), (_LOAD, 0, 0, argument), (_EQUAL, 0, 1, value), (_RETURN, 0, 0, _EPERM)]
        program.append((_RETURN, 0, 0, _ALLOW))
    program.append((_RETURN, 0, 0, _ALLOW))
    code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *each) for each in program))
    whole = ctypes.create_string_buffer(struct.pack("@HP", len(program), ctypes.addressof(code)))
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    if prctl(38, 1, 0, 0, 0) != 0 or prctl(22, 2, whole, 0, 0) != 0:  # PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP
        raise OSError(ctypes.get_errno(), "the seccomp filter cannot be installed")


def allow(processes: int) -> None:
    """Say how many processes a call may use, to all who ask how many CPUs there are."""
    os.cpu_count = lambda: processes
    os.sched_getaffinity = lambda pid=0: set(range(processes))


def described(error: BaseException, path: str) -> str:
    """An exception in one line, with the place in the candidate where it came up."""
    words = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    places = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == path]
    return f"{words} (line {places[-1].lineno}: `{places[-1].line}`)" if places else words


def load(path: str) -> tuple[Any, str]:
    """The module at a path, and the name of its entry, under the name that the user's code knows it by."""
    subject = json.loads((PUBLIC / "subject.json").read_text())
    sys.path.insert(0, str(PUBLIC / "project"))
    sys.meta_path.insert(0, Finder(subject["module"], path))
    module = importlib.import_module(subject["module"])
    getattr(module, subject["entry"])
    return module, subject["entry"]


def main() -> int:
    """Greet the judge, learn which module to load, and serve."""
    channel = socket.socket(fileno=int(sys.argv[3]))
    _, descriptors, _, _ = socket.recv_fds(channel, 1, 2)
    shape = mmap.mmap(descriptors[0], wire.BUFFER_BYTES, prot=mmap.PROT_READ)
    answers = mmap.mmap(descriptors[1], wire.BUFFER_BYTES)
    # Who holds this descriptor may read and write this process's memory, whoever they are: now it is the judge's.
    memory = os.open("/proc/self/mem", os.O_RDWR)
    socket.send_fds(channel, [wire.ANSWER.pack(wire.READY, 0, 0, b"")], [memory])
    for descriptor in (*descriptors, memory):
        os.close(descriptor)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if bound := int(sys.argv[1]):
        bound += 2 * wire.BUFFER_BYTES
        resource.setrlimit(resource.RLIMIT_AS, (bound, bound))
    give_up()
    path = channel.recv(1024).decode()
    if not path:
        return 0  # the session ended before it began
    sys.path.pop(0)
    allow(1)
    try:
        module, entry = load(path)
    except BaseException as error:
        print(described(error, path), file=sys.stderr)
        return 71
    Worker(channel, module, entry, path, [shape, answers]).serve()
    return 0


if __name__ == "__main__":
    sys.exit(main())
