"""What a worker of Python does: loads one module and calls its function with what the judge sends.

Nothing here is trusted once the module is loaded; the judge believes only its own clock, the kernel's CPU accounts and
the outputs it compares.
"""

import contextlib
import importlib.util
import json
import mmap
import os
import pickle
import socket
import struct
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import agentpar_wire as wire

PUBLIC = Path(__file__).resolve().parent
_PLACE = "AGENTPAR_MODULE"


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
        self.arguments: list[Any] = []

    def serve(self) -> None:
        """Answer until the judge is gone."""
        while len(order := self.channel.recv(wire.ORDER.size)) == wire.ORDER.size:
            request, processes, size, nonce, wanted = wire.ORDER.unpack(order)
            self.allow(processes)
            # Not before a call: other ranks may have begun it, and sent to this one.
            status, count, text = wire.DONE, 0, "" if request == wire.GO else self.left_over()
            try:
                if text:
                    pass
                elif request == wire.LOAD:
                    count = self.load(size)
                elif request == wire.TELL:
                    count = self.tell([each for i, each in enumerate(self.arguments) if wanted >> i & 1])
                else:
                    count = self.call(size, wanted) if request == wire.GO else self.call_any(size)
                    text = self.left_over()
                status = wire.LEFT_OVER if text else wire.DONE
            except MemoryError:
                status = wire.OUT_OF_MEMORY
            except BaseException as error:
                status, text = wire.THREW, described(error, self.path)
                if request == wire.CALL:
                    text = "\0".join((type(error).__name__, place_in(error, self.path), str(error)))
            if os.getpid() != self.process:
                os._exit(0)  # a copy of us that the function made and let go on
            said = text.encode("utf-8", "replace")[:1000]
            self.channel.send(wire.ANSWER.pack(status, count, nonce, said))

    @staticmethod
    def allow(processes: int) -> None:
        """Say how many processes a call may use, to all who ask how many CPUs there are."""
        os.cpu_count = lambda: processes
        os.sched_getaffinity = lambda pid=0: set(range(processes))

    def left_over(self) -> str:
        """What the last call began and did not finish."""
        return ""

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
        """Call the function; lays out its result, and the arguments that are asked for. More of these may be, later."""
        arguments = self.arguments = pickle.loads(memoryview(self.shape)[:size], buffers=self.rooms)
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


def described(error: BaseException, path: str) -> str:
    """An exception in one line, with the place in the candidate where it came up."""
    words = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    place = place_in(error, path)
    return f"{words} ({place})" if place else words


def place_in(error: BaseException, path: str) -> str:
    """The innermost line of a file that an exception came through; empty where it came through none."""
    places = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == path]
    return f"line {places[-1].lineno}: `{places[-1].line}`" if places else ""


def load(path: str) -> tuple[Any, str]:
    """The module at a path, and the name of its entry, under the name that the user's code knows it by."""
    subject = json.loads((PUBLIC / "subject.json").read_text())
    sys.path.insert(0, str(PUBLIC / "project"))
    sys.meta_path.insert(0, Finder(subject["module"], path))
    os.environ[_PLACE] = f"{subject['module']}:{path}"
    module = importlib.import_module(subject["module"])
    getattr(module, subject["entry"])
    return module, subject["entry"]


def find_as_in_parent() -> None:
    """Have a process that multiprocessing spawned find the module where its parent does; it imports all anew."""
    sys.path.remove(str(PUBLIC))
    sys.meta_path.insert(0, Finder(*os.environ[_PLACE].split(":", 1)))


def greet(channel: socket.socket, note: Callable[[mmap.mmap], None] = lambda _: None) -> list[mmap.mmap]:
    """Take the buffers, whose second one is noted in, and hand over this process's memory."""
    _, descriptors, _, _ = socket.recv_fds(channel, 1, 2)
    shape = mmap.mmap(descriptors[0], wire.BUFFER_BYTES, prot=mmap.PROT_READ)
    answers = mmap.mmap(descriptors[1], wire.BUFFER_BYTES)
    note(answers)
    # Who holds this descriptor may read and write this process's memory, whoever they are: now it is the judge's.
    memory = os.open("/proc/self/mem", os.O_RDWR)
    socket.send_fds(channel, [wire.ANSWER.pack(wire.READY, 0, 0, b"")], [memory])
    for descriptor in (*descriptors, memory):
        os.close(descriptor)
    return [shape, answers]


def serve(channel: socket.socket, buffers: list[mmap.mmap], kind: type[Worker] = Worker) -> int:
    """Learn which module to load, and answer what is asked of it; 71 where it cannot be loaded."""
    path = channel.recv(1024).decode()
    if not path:
        return 0  # the session ended before it began
    sys.path.remove(str(PUBLIC))
    kind.allow(1)
    try:
        module, entry = load(path)
    except BaseException as error:
        print(described(error, path), file=sys.stderr)
        return 71
    with contextlib.suppress(ConnectionError):  # the judge is gone
        kind(channel, module, entry, path, buffers).serve()
    return 0
