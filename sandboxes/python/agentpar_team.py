"""A worker, or the ranks of one: as many as work on a call together, each with memory of its own.

harness/team.hpp is the same for C++. The clock starts before the first is continued and stops at the last answer. CPU
time is that of all.
"""

import select
import time
from collections.abc import Callable, Sequence

from agentpar_call import CallRecord, Failure, Inputs, Run
from agentpar_peer import Peer

_LOOK_EVERY_MS, _LOOKS_UNTIL_STUCK = 50, 30


class Team:
    """One worker or several ranks. Every method raises a Failure, which bears the rank, for what one does wrong."""

    def __init__(self, descriptors: Sequence[int], name: str) -> None:
        self.name = name
        self.peers = [Peer(descriptor, name) for descriptor in descriptors]

    @property
    def has_ranks(self) -> bool:
        """Whether they are MPI's."""
        return self.peers[0].is_rank

    @property
    def startup_cpu(self) -> int:
        """CPU time that loading the module took, of the one that took most."""
        return max(peer.startup_cpu for peer in self.peers)

    def greet(self) -> None:
        """See Peer."""
        self.each(lambda peer, _: peer.greet())

    def open(self, path: str) -> None:
        """See Peer."""
        self.each(lambda peer, _: peer.open(path))

    def settle(self) -> None:
        """Whether ranks have taken all that they were sent in earlier calls."""
        if self.has_ranks:
            self.each(lambda peer, _: peer.settle())

    def cpu_in_all(self) -> int:
        """CPU time of all so far."""
        return sum(peer.cpu_in_all() for peer in self.peers)

    def run(self, inputs: Sequence[Inputs], processes: int, timeout_ms: int, wanted: int) -> None:
        """One call with the inputs of each; `wanted` is the set of arguments that come back beside the result, as bits.

        Ranks may read and write each other's memory. So none gets inputs before all stand still, and what one computes
        while another is being stopped is off the clock.
        """
        self.each(lambda peer, rank: peer.make_room(inputs[rank], processes, timeout_ms))
        self.each(lambda peer, rank: peer.give(inputs[rank]))
        self.each(lambda peer, rank: peer.order_call(inputs[rank], processes, wanted))
        begun = time.monotonic_ns()
        self.each(lambda peer, _: peer.resume())
        self._await_all(timeout_ms)
        answered = time.monotonic_ns()
        self.each(lambda peer, _: peer.end_clock(answered))
        self.each(lambda peer, _: peer.end_call(begun, answered))

    def total(self) -> Run:
        """The last call as one."""
        runs = [peer.run for peer in self.peers]
        before, after = sum(run.before for run in runs), sum(run.after for run in runs)
        cpu = sum(run.cpu for run in runs)
        return Run(wall=runs[0].wall, cpu=cpu, before=before, after=after, delay=runs[0].delay)

    def each(self, action: Callable[[Peer, int], None]) -> None:
        """Call action(peer, rank) for each."""
        for rank in range(len(self.peers)):
            self._one(rank, action)

    def _one(self, rank: int, action: Callable[[Peer, int], None]) -> None:
        try:
            action(self.peers[rank], rank)
        except Failure as failure:
            failure.rank = rank
            raise

    def _await_all(self, timeout_ms: int) -> None:
        pending = {peer.channel.fileno(): rank for rank, peer in enumerate(self.peers)}
        waits = select.poll()
        for channel in pending:
            waits.register(channel, select.POLLIN)
        deadline = time.monotonic_ns() + timeout_ms * 1_000_000
        seen, unchanged = self._looked_at(), 0
        while pending:
            left_ms = max(deadline - time.monotonic_ns(), 0) // 1_000_000
            ready = waits.poll(min(left_ms, _LOOK_EVERY_MS) if self.has_ranks else left_ms)
            for channel, _ in ready:
                waits.unregister(channel)
                self._one(pending.pop(channel), lambda peer, _: peer.hear_answer())
            if ready:
                unchanged = 0
            elif left_ms == 0:
                raise Failure("timeout", f"the call{self._calls(pending)}")
            elif self.has_ranks:
                before, seen = seen, self._looked_at()
                is_stuck = [each[0] for each in seen] == [each[0] for each in before]
                is_stuck = is_stuck and all(seen[rank][0].is_inside for rank in pending.values())
                # Who waits in a call spins: one that has had no time since the last look only has to run.
                all_ran = all(seen[rank][1] > before[rank][1] for rank in pending.values())
                unchanged = unchanged + all_ran if is_stuck else 0
                if unchanged == _LOOKS_UNTIL_STUCK:
                    raise Failure("deadlock", self._calls(pending))

    def _looked_at(self) -> list[tuple[CallRecord, int]]:
        """The last MPI call of each rank, and its CPU time."""
        looks: list[tuple[CallRecord, int]] = []
        if self.has_ranks:
            self.each(lambda peer, _: looks.append((peer.call_record(), peer.cpu_in_all())))
        return looks

    def _records(self) -> list[CallRecord]:
        return [peer.call_record() for peer in self.peers]

    def _calls(self, pending: dict[int, int]) -> str:
        """Where each rank is, for people."""
        if not self.has_ranks:
            return ""
        waiting = set(pending.values())
        words = (each.told() if rank in waiting else " has returned" for rank, each in enumerate(self._records()))
        return "".join(f"; rank {rank}{told}" for rank, told in enumerate(words))
