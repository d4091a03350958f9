"""The judge's end of one worker: orders and answers, its memory, its processes, and their CPU time.

A worker of Python may start processes, if it is no rank of MPI's. All of them stand still between calls, and what any
of them computes off the clock is charged.
"""

import fcntl
import mmap
import os
import pickle
import secrets
import select
import signal
import socket
import struct
import time
from pathlib import Path
from typing import Any

import agentpar_wire as wire
import numpy as np
from agentpar_call import CallRecord, Failure, Inputs, Run
from agentpar_memory import Memory
from agentpar_processes import cpu_of, has_ended, has_waited, reaped, send, stands_still, stat

_F_SEAL_FUTURE_WRITE = 0x10
_STILL_WITHIN_S = 5.0
_START_MS = 30_000
_TELL_MS = 20_000
_FREE_WHILE_STOPPED_NS = 200_000
_CORES = os.cpu_count() or 1
_NOBODY = 65534  # all workers are, where root runs bubblewrap


class Peer:
    """One worker, from its greeting to its end. Every method raises a Failure for what the worker does wrong."""

    def __init__(self, descriptor: int, name: str) -> None:
        self.name = name
        self.startup_cpu = 0
        self.run = Run()
        self.channel = socket.socket(fileno=descriptor)
        self.channel.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        self.is_rank = False
        """Whether it is one of MPI's, which is one process."""
        self._process, self._user, self._nonce = 0, -1, 0
        self._stopped: dict[int, int] = {}
        self._busy: dict[int, int] = {}
        self._living: set[int] = set()
        self._when_stopped = self._greeted_cpu = self._loaded = self._delay = self._laid_out = self._lapse = 0
        self._unseen = 0
        self._is_stopped = self._has_started = self._has_lapsed = False
        self._rooms: tuple[int, ...] = ()
        self._places: list[tuple[int, int]] = []

    def greet(self) -> None:
        """Hand over the buffers; learn from the kernel who is at the other end, and get hold of its memory."""
        shape, answers = os.memfd_create("shape", os.MFD_ALLOW_SEALING), os.memfd_create("map", os.MFD_ALLOW_SEALING)
        for descriptor in (shape, answers):
            os.ftruncate(descriptor, wire.BUFFER_BYTES)
        self._shape = mmap.mmap(shape, wire.BUFFER_BYTES)
        self._map = mmap.mmap(answers, wire.BUFFER_BYTES, prot=mmap.PROT_READ)
        sizes = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW
        # The judge keeps its own mapping of the shape; from here on nobody else can make a writable one.
        fcntl.fcntl(shape, fcntl.F_ADD_SEALS, sizes | _F_SEAL_FUTURE_WRITE)
        fcntl.fcntl(answers, fcntl.F_ADD_SEALS, sizes)
        socket.send_fds(self.channel, [b"\0"], [shape, answers])
        os.close(shape)
        os.close(answers)
        _, _, descriptors, who = self._receive(_START_MS, "start")
        if len(descriptors) != 1 or who is None:
            raise Failure("lost", "start")
        self._memory = Memory(descriptors[0])
        self._process, self._user, _ = who
        self._greeted_cpu = self.cpu_in_all()
        self.is_rank = bool(self.call_record().is_rank)  # nothing of a candidate's was loaded yet

    def open(self, path: str) -> None:
        """Name the module to load."""
        self.channel.send(path.encode())

    def make_room(self, inputs: Inputs, processes: int, timeout_ms: int) -> None:
        """Have it make room for the arrays of a call, and stop it."""
        self._require_still()
        sizes, before = [each.nbytes for each in inputs.buffers], self.cpu_in_all()
        self.resume()
        self._laid_out = self._load(sizes, processes, timeout_ms)
        if not self._has_started:
            # The first one also waits for the module to load: its time is not the inputs'.
            self._has_started = True
            before = self.cpu_in_all()
            self.startup_cpu = before - self._greeted_cpu
            self._laid_out = self._load(sizes, processes, timeout_ms)
        self._stop()
        self.run = Run(before=max(0, self._when_stopped - before))

    def give(self, inputs: Inputs) -> None:
        """Write the inputs into the worker, which stands still."""
        if self._laid_out != 8 * len(inputs.buffers):
            raise Failure("tampering", "a map of the wrong size")
        self._rooms = struct.unpack(f"<{len(inputs.buffers)}Q", self._map[: self._laid_out])
        for address, data in zip(self._rooms, inputs.buffers, strict=True):
            try:
                self._memory.write(address, data)
            except (OSError, OverflowError) as error:
                raise Failure("tampering", "no room for its inputs") from error
        self._shape[: len(inputs.payload)] = inputs.payload

    def order_call(self, inputs: Inputs, processes: int, wanted: int) -> None:
        """Order the call, which begins when the processes are continued."""
        self._require_still()
        self._loaded, self._delay = self._when_stopped, self._run_delay()
        self._nonce = secrets.randbits(64)
        self._post(wire.ORDER.pack(wire.GO, processes, len(inputs.payload), self._nonce, wanted), "the call")

    def hear_answer(self) -> None:
        """Take the answer to that order, which is there."""
        self.run.map_bytes = self._hear(self._nonce, 0, "the call")

    def end_clock(self, answered: int) -> None:
        """The clock has stopped: what its processes compute from here on is off it.

        Those that are known are stopped at once; to look for others takes the longer the more there are.
        """
        before, self._busy, self._unseen = self._stopped, {}, 0
        for each in sorted(before, key=self._process.__ne__):  # the first is the one that answered
            if (spent := cpu_of(each)) is not None:
                self._busy[each] = spent
                send(each, signal.SIGSTOP)
                self._unseen += max(0, min(spent - before[each], time.monotonic_ns() - answered))

    def end_call(self, begun: int, answered: int) -> None:
        """Take down what the call took, once all stand still."""
        self._stop()
        late = self._late(time.monotonic_ns() - answered)
        self.run.wall = answered - begun
        self.run.after = late
        self.run.cpu = max(0, self._when_stopped - self._loaded - late)
        self.run.lapse, self._lapse = self._lapse, 0
        self.run.delay = self._run_delay() - self._delay

    def settle(self) -> None:
        """Whether nothing is left of an earlier call."""
        self._require_still()
        self.resume()
        self._load([], 1, _START_MS)

    def call_record(self) -> CallRecord:
        """What it notes of its calls; it may be writing at this moment."""
        return CallRecord._make(wire.RECORD.unpack_from(self._map, wire.RECORD_AT))

    def call(self, payload: bytes, timeout_ms: int) -> list[Any]:
        """Call any function of the module, off the clock: its result, the arguments as they are now, and named ones."""
        if len(payload) > wire.BUFFER_BYTES:
            raise Failure("out_of_memory", "the call")
        self._shape[: len(payload)] = payload
        nonce = secrets.randbits(64)
        self._post(wire.ORDER.pack(wire.CALL, os.cpu_count() or 1, len(payload), nonce, 0), "the call")
        count = self._hear(nonce, timeout_ms, "the call")
        try:
            said = wire.Decoder(self._map[:count], self._memory.read, wire.BUFFER_BYTES).value()
            result, after, named = said
            if not isinstance(after, list) or not isinstance(named, dict):
                raise ValueError("no arguments came back")
        except (ValueError, TypeError, RecursionError, MemoryError) as error:
            raise Failure("malformed", str(error) or type(error).__name__) from error
        return [result, after, named]

    def told(self, most_bytes: int) -> Any:
        """What the last call told: its result, and the arguments that were asked for."""
        decoder = self._decoder(self.run.map_bytes, most_bytes)
        said = _decoded(decoder)
        self._places = decoder.places
        return said

    def shares_memory(self, inputs: Inputs) -> bool:
        """Whether an array that was told lies where one of the inputs does."""
        rooms = zip(self._rooms, (each.nbytes for each in inputs.buffers), strict=True)
        ends = {True: 0, False: 0}  # where what was passed so far ends, of rooms and of what was told
        for at, size, is_room in sorted(
            [*((*each, True) for each in rooms), *((*each, False) for each in self._places)]
        ):
            if size and at < ends[not is_room]:
                return True
            ends[is_room] = max(ends[is_room], at + size)
        return False

    def write_over(self, noise: bytes) -> None:
        """Write over the arrays that were told, as a caller may with what is returned to it."""
        try:
            for address, size in self._places:
                self._memory.write_over(address, size, noise)
        except OSError as error:
            raise Failure("malformed", "the result cannot be written to; return an array of its own") from error

    def arguments(self, inputs: Inputs, noise: bytes) -> list[Any]:
        """The arguments of the last call with their arrays as now. With `noise`, each array is written over once it
        was read: of two that lie on the same pages the second shows it.
        """
        arrays = []
        try:
            for address, each in zip(self._rooms, inputs.buffers, strict=True):
                arrays.append(self._memory.read(address, each.nbytes))
                if inputs.is_flat:  # else they are asked for once more
                    self._memory.write_over(address, each.nbytes, noise)
        except (ValueError, OSError, MemoryError) as error:
            raise Failure("malformed", str(error) or type(error).__name__) from error
        changed: list[Any] = pickle.loads(inputs.payload, buffers=arrays)
        return changed

    def rest(self, wanted: int, processes: int, most_bytes: int) -> tuple[int, Any]:
        """More arguments of the last call as they are now, and how many bytes told them. They are asked for when its
        clock has stopped, so that a call cannot know whether what it must not change is looked at.
        """
        phase = "telling its arguments"
        self._require_still()
        self.resume()
        nonce = secrets.randbits(64)
        self._post(wire.ORDER.pack(wire.TELL, processes, 0, nonce, wanted), phase)
        count = self._hear(nonce, _TELL_MS, phase)
        self._stop()
        return count, _decoded(self._decoder(count, most_bytes))

    def _decoder(self, count: int, most_bytes: int) -> wire.Decoder:
        if count > most_bytes:
            raise Failure("malformed", "far more data than the reference gives")
        return wire.Decoder(self._map[:count], self._memory.read, most_bytes)

    def cpu_in_all(self) -> int:
        """CPU time of all its processes so far, also of those that have ended and were waited for."""
        return self._in_all(self._times())

    def _in_all(self, times: dict[int, int]) -> int:
        if self._process not in times:
            raise Failure("lost", "its work")
        return sum(times.values()) + reaped(times)

    def _load(self, sizes: list[int], processes: int, timeout_ms: int) -> int:
        packed = struct.pack(f"<{len(sizes)}Q", *sizes)
        self._shape[: len(packed)] = packed
        nonce, phase = secrets.randbits(64), "loading its inputs"
        self._post(wire.ORDER.pack(wire.LOAD, processes, len(sizes), nonce, 0), phase)
        return self._hear(nonce, timeout_ms, phase)

    # Its processes

    def _members(self) -> list[int]:
        """All processes of the worker: of its user, or its descendants where others have its user as well."""
        if self.is_rank:
            return [self._process]
        found, parents = [], {}
        for name in (path.name for path in Path("/proc").iterdir()):
            if not name.isdigit():
                continue
            try:
                lines = Path("/proc", name, "status").read_text().split("\n")
            except OSError:
                continue
            about = dict(line.split(":\t", 1) for line in lines[:12] if ":\t" in line)
            if int(about["Uid"].split()[0]) == self._user:
                found.append(int(name))
                parents[int(name)] = int(about["PPid"])
        if self._user not in (os.getuid(), _NOBODY):
            return found
        family = {self._process}
        while grown := {each for each in found if parents[each] in family} - family:
            family |= grown
        return [each for each in found if each in family]

    def _times(self) -> dict[int, int]:
        """CPU time of each process that lives."""
        return {each: spent for each in self._members() if (spent := cpu_of(each)) is not None}

    def _late(self, wall: int) -> int:
        """CPU time used since the answer, `wall` ago. What was started during the call may have used all of its own
        since then, one that waited for others whatever they could, and so may one that is gone.
        """
        most = wall * _CORES
        late = self._unseen + wall * len(self._busy.keys() - self._stopped.keys())
        for each, spent in self._stopped.items():
            if each in self._busy:
                late += max(0, spent - self._busy[each])
            else:
                late += most if has_waited(each) else spent
        return min(late, most)

    def resume(self) -> None:
        """Continue all that were stopped."""
        for each in self._stopped if self._is_stopped else ():
            send(each, signal.SIGCONT)
        self._is_stopped = False

    def _require_still(self) -> None:
        """Stopping is not taken on trust: whoever computed or ended meanwhile found a way to be continued."""
        if not self._is_stopped:
            return
        times = self._times()
        if (late := self._in_all(times) - self._when_stopped) > _FREE_WHILE_STOPPED_NS:
            # Once, the kernel may have booked late what was computed before: see harness/clocks.hpp.
            if self._has_lapsed:
                raise Failure("tampering", "it went on computing while it was stopped")
            self._has_lapsed, self._lapse = True, late
        if self._living - times.keys():
            raise Failure("tampering", "a process ended while it was stopped")

    def _stop(self) -> None:
        for each in self._stopped or [self._process]:
            send(each, signal.SIGSTOP)
        deadline, wait_s = time.monotonic() + _STILL_WITHIN_S, 10e-6
        while True:
            members = self._members()
            if self._process not in members:
                raise Failure("lost", "its work")
            moving = [each for each in members if not stands_still(each)]
            # Who stands still starts nobody: when all that are listed do, there are no others.
            if not moving and set(members) == set(self._members()):
                break
            for each in moving:
                send(each, signal.SIGSTOP)
            if time.monotonic() > deadline:
                raise Failure("tampering", "a process does not stop")
            time.sleep(wait_s)
            wait_s = min(2 * wait_s, 500e-6)
        self._stopped = {each: cpu_of(each) or 0 for each in members}
        self._living = {each for each in members if not has_ended(stat(each))}
        self._when_stopped = sum(self._stopped.values()) + reaped(self._stopped)
        self._is_stopped = True

    def _run_delay(self) -> int:
        try:
            return int(Path(f"/proc/{self._process}/schedstat").read_text().split()[1])
        except (OSError, IndexError):
            return 0

    # Its messages

    def _post(self, order: bytes, phase: str) -> None:
        try:
            self.channel.send(order, socket.MSG_DONTWAIT | socket.MSG_NOSIGNAL)
        except OSError as error:
            raise Failure("lost", phase) from error

    def _hear(self, nonce: int, timeout_ms: int, phase: str) -> int:
        """The answer to an order; returns how many bytes it laid out."""
        status, count, repeated, descriptors, text, process = self._answer(timeout_ms, phase)
        if descriptors:
            raise Failure("tampering", "a worker sent a descriptor")
        if self.is_rank and process != self._process:
            raise Failure("tampering", f"another process answered for it during {phase}")
        if repeated != nonce:
            raise Failure("tampering", f"an answer nobody asked for during {phase}")
        if status == wire.OUT_OF_MEMORY:
            raise Failure("out_of_memory", phase)
        if status in (wire.THREW, wire.LEFT_OVER):
            raise Failure("threw" if status == wire.THREW else "left_over", text)
        if status != wire.DONE or count > wire.BUFFER_BYTES:
            raise Failure("tampering", f"a malformed answer during {phase}")
        return count

    def _answer(self, timeout_ms: int, phase: str) -> tuple[int, int, int, list[int], str, int]:
        data, flags, descriptors, who = self._receive(timeout_ms, phase)
        if len(data) != wire.ANSWER.size or flags & socket.MSG_TRUNC:
            raise Failure("tampering", f"a message of the wrong size during {phase}")
        status, count, nonce, text = wire.ANSWER.unpack(data)
        return status, count, nonce, descriptors, text.rstrip(b"\0").decode(errors="replace"), who[0] if who else 0

    def _receive(self, timeout_ms: int, phase: str) -> tuple[bytes, int, list[int], tuple[int, int, int] | None]:
        if not select.select([self.channel], [], [], timeout_ms / 1000)[0]:
            raise Failure("timeout", phase)
        try:
            data, ancillary, flags, _ = self.channel.recvmsg(
                wire.ANSWER.size, socket.CMSG_SPACE(8) + socket.CMSG_SPACE(12), socket.MSG_DONTWAIT
            )
        except OSError as error:
            raise Failure("lost", phase) from error
        if not data:
            raise Failure("lost", phase)
        descriptors: list[int] = []
        who = None
        for _, kind, content in ancillary:
            if kind == socket.SCM_RIGHTS:
                descriptors += np.frombuffer(content[: len(content) // 4 * 4], np.int32).tolist()
            elif kind == 2:  # SCM_CREDENTIALS, which Python does not name
                who = struct.unpack("3i", content)
        return data, flags, descriptors, who


def _decoded(decoder: wire.Decoder) -> Any:
    try:
        return decoder.value()
    except (ValueError, RecursionError, MemoryError, UnicodeError) as error:
        raise Failure("malformed", str(error) or type(error).__name__) from error
