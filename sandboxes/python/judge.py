#!/usr/bin/python3 -IB
"""The judge of Python functions: makes inputs from a secret seed, holds the clock, compares every output.

It speaks as the judge of C++ does (harness/judge.hpp): a plan on its standard input, a JSON line a round. A worker lays
out room for arrays, and all its processes are stopped; then it gets its inputs, and the clock starts before it
continues. Reading plain data and telling plain results is on the clock, for candidate and baseline alike.

Usage: judge BASELINE_SOCKET CANDIDATE_SOCKET... < PLAN

A candidate of several sockets is as many ranks of MPI's.
"""

import ctypes
import gc
import hashlib
import json
import os
import pickle
import secrets
import sys
import time
from pathlib import Path
from typing import Any

PRIVATE = Path(__file__).resolve().parent
sys.path[:0] = [str(PRIVATE), str(PRIVATE.parent / "public")]
import numpy as np  # noqa: E402
from agentpar_call import Failure, Inputs, Run  # noqa: E402
from agentpar_compare import Comparison, Known  # noqa: E402
from agentpar_inputs import Maker  # noqa: E402
from agentpar_owners import REPLICATED, cause, with_foreign  # noqa: E402
from agentpar_peer import Peer  # noqa: E402
from agentpar_team import Team  # noqa: E402

_PR_SET_DUMPABLE = 4
_TICK_NS = 1_000_000_000 // os.sysconf("SC_CLK_TCK")
_MUTABLE = (list, dict, set, bytearray, tuple)  # a tuple for what is in it
_EXACTLY = Comparison(0.0, 0.0, True)
_MOST_RECURRING_BYTES = 1 << 16  # larger inputs never recur
_TYPICAL_ANSWERS = 9
_SCALAR = (bool, int, float, complex)


class Judge:
    """Follows a plan with two workers."""

    def __init__(self, baseline: Team, candidate: Team) -> None:
        self.subject = json.loads((PRIVATE / "inputs.json").read_text())
        self.baseline, self.candidate = baseline, candidate
        self.names = [each["name"] for each in self.subject["parameters"]]
        owners = self.subject["owners"]
        self.owners = [owners.get(name, REPLICATED) for name in (*self.names, "return")]
        self.comparison = Comparison(-1.0, 0.0, False)
        self.known: list[Known] = []
        self.changes = 0  # which arguments the reference is known to change, as bits
        self.noise = secrets.token_bytes(1 << 20)
        own: dict[str, Any] = {}
        for name in ("inputs.py", "compare.py"):  # the user's
            if (path := PRIVATE / "task" / name).exists():
                exec(compile(path.read_text(), str(path), "exec"), own)
        self.make, self.differ = own.get("agentpar_inputs"), own.get("agentpar_difference")

    def follow(self, lines: list[str]) -> bool:
        """Run the plan to its end or the first failure; whether all went well."""
        both, begun = (self.baseline, self.candidate), None
        try:
            for team in both:
                self._attempt(team, team.greet)
            begun = self._spent()
            for team, path in zip(both, lines, strict=False):
                self._attempt(team, team.open, path)
            for line in lines[2:]:
                word, *words = line.split()
                if word == "tolerance":
                    self.comparison = Comparison(float(words[0]), float(words[1]), words[2] == "1")
                elif word == "changes":
                    self.changes = int(words[0])
                elif not self.round([int(each) for each in words]):
                    return True
            self._attempt(self.candidate, self.candidate.settle)
            self._tell_end(begun)
        except _Failed as failed:
            tell(event="failure", who=failed.who, kind=failed.kind, detail=failed.detail, **failed.place)
            # Of a failure in time what else kept the machine busy is told too: that may be to blame.
            if failed.kind == "timeout" and begun is not None:
                self._tell_end(begun)
            return False
        return True

    def _tell_end(self, begun: tuple[int, int, int]) -> None:
        wall, machine, own = (now - then for now, then in zip(self._spent(), begun, strict=True))
        tell(
            event="end",
            startup_cpu_ns=self.candidate.startup_cpu,
            session_ns=wall,
            foreign_cpu_ns=machine - own,
        )

    def _spent(self) -> tuple[int, int, int]:
        """Wall time, the machine's CPU time, and that of this session's processes."""
        return time.monotonic_ns(), _machine_cpu(), self._own_cpu()

    def round(self, words: list[int]) -> bool:
        """One round: the same fresh inputs for both. False where the outputs differ."""
        threads, baseline_ms, candidate_ms, ties, with_const, shuffle, extra, seed, *dims = words
        seed = seed or secrets.randbits(63) | 1
        place: dict[str, Any] = {"threads": threads, "seed": str(seed), "dims": dims}
        if self.candidate.has_ranks:
            place["ranks"] = len(self.candidate.peers)
        try:
            arguments = self._inputs(dims, seed, bool(ties))
            inputs = Inputs.of(arguments)
            of_ranks = self._distributed(inputs, arguments, dims, bool(ties))
        except Exception as error:
            raise _Failed("judge", "inputs", f"{type(error).__name__}: {error}", place) from error
        wanted = self.changes
        const = sum(1 << i for i, each in enumerate(arguments) if isinstance(each, _MUTABLE)) & ~wanted
        order = [(self.baseline, [inputs], baseline_ms, 1), (self.candidate, of_ranks, candidate_ms, 1 + extra)]
        if shuffle and secrets.randbits(1):
            order.reverse()
        for team, given, limit_ms, times in order:
            for _ in range(times):
                self._attempt(team, team.run, given, threads, limit_ms, wanted, place=place)
        want, after, got = self._attempt_outputs(inputs, of_ranks, place)
        is_whole = _put_back(wanted, after, want) and all(_put_back(wanted, changed, told) for told, changed in got)
        if with_const and const and is_whole:
            wanted |= const
            is_whole = self._take_const(const, threads, after, [changed for _, changed in got], place)
        self.comparison.sum_length = inputs.bytes / 8
        expected, difference = self.baseline.total(), "the outputs are malformed"
        if is_whole:
            difference = self._first_difference(arguments, wanted, (want[0], after), got)
        if is_whole and difference and (typical := self._typical_scales(words, arguments, want[0], place)):
            self.comparison.typical = typical
            difference = self._first_difference(arguments, wanted, (want[0], after), got)
            self.comparison.typical = {}
        is_small = inputs.bytes <= _MOST_RECURRING_BYTES
        scalars = _digest([each for each in arguments if isinstance(each, _SCALAR)])
        moved = [i for i, each in enumerate(after) if _EXACTLY.difference("", arguments[i], each)]
        all_got = self.candidate.total()
        each_has = 1 if self.candidate.has_ranks else threads
        charged = sum(_charge(expected, peer.run, each_has) for peer in self.candidate.peers)
        tell(
            event="round", baseline_ns=expected.wall, candidate_ns=all_got.wall + charged, charged_ns=charged,
            startup_ns=self.candidate.startup_cpu - self.baseline.startup_cpu, cpu_ns=all_got.cpu, wall_ns=all_got.wall,
            delay_ns=expected.delay, baseline_off_clock_ns=expected.before + expected.after, input_bytes=inputs.bytes,
            digest=self._digest_of([dims, scalars], arguments, want[0], after, moved, is_small),
            difference=difference, scalars=scalars,
            unchanged=_digest([(i, each) for i, each in enumerate(arguments) if is_small and i not in moved]),
            changed=[i for i in moved if not isinstance(after[i], np.ndarray)], **place,
        )  # fmt: skip
        return not difference

    def _digest_of(
        self, given: list[Any], arguments: list[Any], want: Any, after: list[Any], moved: list[int], is_small: bool
    ) -> str:
        """Tells whether two rounds had the same answer, without telling the answer.

        What a call left as it was is no part of an answer: of small inputs, the digest is that of the first answer to
        the same sizes and scalars (`given`) that is the same as far as it was written.
        """
        digest = _digest([want, *(after[i] for i in moved)])
        if not is_small:
            return digest
        before = [pickle.dumps(each) for each in arguments]
        now = [pickle.dumps(after[i]) if i in moved else each for i, each in enumerate(before)]
        one = Known(_digest([given, want]), digest, before, now)
        found = next((each for each in self.known if each.is_same(one)), None)
        if found is None:
            self.known.append(one)
        return (found or one).digest

    def _attempt_outputs(
        self, inputs: Inputs, of_ranks: list[Inputs], place: dict[str, Any]
    ) -> tuple[Any, list[Any], list[tuple[Any, list[Any]]]]:
        """What the reference told, and its arguments as they are now; the same of each of the candidate's workers.

        Where the reference's result is apart from its arguments, the candidate's must be too.
        """
        first = self.baseline.peers[0]
        want = self._attempt(self.baseline, first.told, 1 << 40, place=place)
        after = self._attempt(self.baseline, first.arguments, inputs, b"", place=place)
        noise = b"" if first.shares_memory(inputs) else self.noise
        # What the reference gives bounds what is read at all: outputs of another size are wrong anyway.
        most = 2 * (first.run.map_bytes + _array_bytes(want)) + 65536
        told: list[Any] = []
        changed: list[list[Any]] = []

        def take(peer: Peer, rank: int) -> None:
            told.append(peer.told(most))
            if noise and peer.shares_memory(of_ranks[rank]):
                raise Failure("malformed", "the result shares memory with an argument; return a copy")

        # Ranks may have memory in common, so one is written to when all were read.
        for action in (
            take,
            lambda peer, _: peer.write_over(noise),
            lambda peer, rank: changed.append(peer.arguments(of_ranks[rank], noise)),
        ):
            self._attempt(self.candidate, self.candidate.each, action, place=place)
        return want, after, [*zip(told, changed, strict=True)]

    def _typical_scales(self, words: list[int], given: list[Any], want: Any, place: dict[str, Any]) -> dict[str, float]:
        """How large, in most answers of the reference to inputs of this size and with these scalars, the result is, if
        it is a real or complex number; nothing where that cannot be told. It is asked only where outputs differ.
        """
        threads, limit_ms, _, ties, _, _, _, _, *dims = words
        sizes = [_magnitude(want)]
        if self.differ is not None or self.comparison.bitwise or not sizes[0]:
            return {}
        team, first = self.baseline, self.baseline.peers[0]
        try:
            while len(sizes) < _TYPICAL_ANSWERS:
                drawn = self._inputs(dims, secrets.randbits(63) | 1, bool(ties))
                inputs = Inputs.of(
                    [one if isinstance(one, _SCALAR) else other for one, other in zip(given, drawn, strict=True)]
                )
                self._attempt(team, team.run, [inputs], threads, limit_ms, self.changes, place=place)
                sizes.append(_magnitude(self._attempt(team, first.told, 1 << 40, place=place)[0]))
        except Exception:  # the user's code meets what it did not expect: what differs stays so
            return {}
        return {"the result": float(np.median(sizes))}

    def _take_const(
        self, const: int, threads: int, after: list[Any], changed: list[list[Any]], place: dict[str, Any]
    ) -> bool:
        """Put what a call must not change in its place, as it is now; False where that was not told."""
        first = self.baseline.peers[0]
        count, rest = self._attempt(self.baseline, first.rest, const, threads, 1 << 40, place=place)
        most = 2 * (count + _array_bytes(rest)) + 65536
        told: list[Any] = []
        look = lambda peer, _: told.append(peer.rest(const, threads, most)[1])  # noqa: E731
        self._attempt(self.candidate, self.candidate.each, look, place=place)
        return all(
            _put_back(const, each, [None, said]) for each, said in zip([after, *changed], [rest, *told], strict=True)
        )

    def _distributed(self, inputs: Inputs, arguments: list[Any], dims: list[int], ties: bool) -> list[Inputs]:
        """What each rank is given: the same, or where it does not own an argument, values of other inputs."""
        ranks = len(self.candidate.peers)
        if ranks == 1 or set(self.owners[:-1]) <= {REPLICATED}:
            return [inputs] * ranks
        foreign = self._inputs(dims, secrets.randbits(63) | 1, ties)
        pairs = [*zip(arguments, foreign, self.owners, strict=False)]
        return [Inputs.of([with_foreign(*pair, rank, ranks) for pair in pairs]) for rank in range(ranks)]

    def _own_cpu(self) -> int:
        workers = (self._attempt(each, each.cpu_in_all) for each in (self.baseline, self.candidate))
        return sum(workers) + time.process_time_ns()

    def _inputs(self, dims: list[int], seed: int, ties: bool) -> list[Any]:
        named = dict(zip(self.subject["dims"], dims, strict=True))
        if self.make is None:
            return Maker(self.subject["parameters"], named, seed, ties).arguments()
        return list(self.make(named, np.random.Generator(np.random.PCG64(seed))))

    def _first_difference(
        self, arguments: list[Any], wanted: int, expected: tuple[Any, list[Any]], got: list[tuple[Any, list[Any]]]
    ) -> str:
        """The first difference of what ranks must hold, with where it is and why, as far as that shows."""
        want, after = expected
        ranks, found = len(got), []
        for rank, (have, changed) in enumerate(got):
            both = ([have[0], *changed], [want, *after])
            owned = [
                with_foreign(*pair, rank, ranks) for pair in zip(*both, (self.owners[-1], *self.owners), strict=False)
            ]
            found.append(self._difference(arguments, wanted, expected, (owned[0], owned[1:])))
        wrong = [rank for rank, each in enumerate(found) if each]
        if not wrong or ranks == 1:
            return found[0]
        difference = f"on rank {wrong[0]}: {found[wrong[0]]}"
        if len(wrong) < ranks:
            right = ", ".join(str(rank) for rank in range(ranks) if rank not in wrong)
            return f"{difference}; it is right on rank {right}: the other ranks must hold it too"
        is_same = lambda one, other: not self.comparison.difference("", one, other)  # noqa: E731
        outputs = [(want, [have[0] for have, _ in got])]
        outputs += [(after[i], [changed[i] for _, changed in got]) for i in self._outputs(wanted, after)]
        return difference + next((cause(*each, is_same) for each in outputs if not is_same(each[0], each[1][0])), "")

    def _outputs(self, wanted: int, after: list[Any]) -> list[int]:
        """Which arguments are compared."""
        return [i for i, each in enumerate(after) if wanted >> i & 1 or isinstance(each, np.ndarray)]

    def _difference(
        self, arguments: list[Any], wanted: int, expected: tuple[Any, list[Any]], got: tuple[Any, list[Any]]
    ) -> str:
        """The first difference in the result and in what came back of the arguments; with the call, if short."""
        (want, after), (have, changed) = expected, got
        if self.differ is not None:
            try:
                return str(self.differ(arguments, expected, got) or "")
            except Exception as error:  # the user's code met what it does not expect of an output
                return f"compare.code cannot compare the outputs: {type(error).__name__}: {error}"
        outputs = self._outputs(wanted, after)
        pairs = [("the result", want, have), *((self.names[i], after[i], changed[i]) for i in outputs)]
        try:
            found = next(filter(None, (self.comparison.difference(*each) for each in pairs)), "")
            call = f"{self.subject['entry']}({', '.join(map(repr, arguments))})" if found else ""
        except RecursionError:
            return "the outputs are nested too deep"
        except (ArithmeticError, TypeError, ValueError) as error:
            return f"the outputs cannot be compared: {error}"
        return f"{found} for {call}" if found and len(call) <= 300 else found

    def _attempt(self, team: Team, action: Any, *given: Any, place: dict[str, Any] | None = None) -> Any:
        """An action for which one team is answerable."""
        try:
            return action(*given)
        except Failure as failure:
            where = {**(place or {}), **({"rank": failure.rank} if len(team.peers) > 1 else {})}
            raise _Failed(team.name, failure.kind, failure.detail, where) from failure


class _Failed(Exception):
    """A failure with whose it is, and where."""

    def __init__(self, who: str, kind: str, detail: str, place: dict[str, Any]) -> None:
        super().__init__(detail)
        self.who, self.kind, self.detail, self.place = who, kind, detail, place


def _put_back(wanted: int, arguments: list[Any], told: Any) -> bool:
    """Put the arguments that a worker was asked for in their places, as it told them; False where it did not."""
    asked = [i for i in range(len(arguments)) if wanted >> i & 1]
    is_pair = isinstance(told, list) and len(told) == 2 and isinstance(told[1], list)
    if not is_pair or len(told[1]) != len(asked):
        return False
    for at, each in zip(asked, told[1], strict=True):
        arguments[at] = each
    return True


def tell(**words: Any) -> None:
    """One line for the host."""
    print(json.dumps(words), flush=True)


def _charge(expected: Run, got: Run, processes: int) -> int:
    """Off-clock CPU time beyond the baseline's, with an allowance that stays small beside the call itself: processes
    take time to stop, each its own. What is saved in making room pays for nothing that is computed after the answer.
    """
    slack = (expected.before + expected.after) // 10 + 30_000 + 50_000 * processes
    allowance = min(slack, max(expected.wall // 20, 5_000))
    beyond = max(0, got.before - expected.before) + max(0, got.after - expected.after)
    return got.lapse + max(0, beyond - allowance)


def _magnitude(answer: Any) -> float:
    """How large a real or complex number is; 0 for anything else, and where it is not finite."""
    if isinstance(answer, np.ndarray) and answer.ndim == 0 and answer.dtype.kind in "fc":
        answer = answer.item()
    size = abs(answer) if isinstance(answer, (float, complex)) else 0.0
    return size if size < float("inf") else 0.0


def _digest(values: list[Any]) -> str:
    """Equal values have equal digests."""
    return hashlib.blake2b(pickle.dumps(values), digest_size=8).hexdigest()


def _array_bytes(value: Any) -> int:
    if isinstance(value, np.ndarray):
        return value.nbytes
    if isinstance(value, dict):
        return sum(map(_array_bytes, value.values()))
    if isinstance(value, (list, tuple)) and value and not isinstance(value[0], (int, float, str)):
        return sum(map(_array_bytes, value))
    return 0


def _machine_cpu() -> int:
    """CPU time that all processes of this machine have used so far, and what a hypervisor took."""
    user, nice, system, _, _, irq, softirq, steal = map(int, Path("/proc/stat").read_text().split()[1:9])
    return (user + nice + system + irq + softirq + steal) * _TICK_NS


def main() -> int:
    """Exits with 3 when a worker failed."""
    if ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0) != 0:
        return 70
    baseline, *candidate = (int(each) for each in sys.argv[1:])
    judge = Judge(Team([baseline], "baseline"), Team(candidate, "candidate"))
    gc.freeze()
    lines = sys.stdin.read().splitlines()
    if len(lines) < 2:
        return 0  # the session ended before it began
    return 0 if judge.follow(lines) else 3


if __name__ == "__main__":
    sys.exit(main())
