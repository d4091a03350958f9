"""MPI candidates: ranks that live for a session of runs, and a session for each number of ranks."""

import re
from collections.abc import Awaitable, Callable, Sequence

from agentpar.errors import SandboxError
from agentpar.evaluation.mpi_checks import static_findings
from agentpar.evaluation.prepared import Prepared
from agentpar.evaluation.race import RaceFinding
from agentpar.evaluation.session import Failed, Judged, Round, judge
from agentpar.evaluation.toolchain import PUBLIC
from agentpar.sandbox.base import Sandbox
from agentpar.verdict import Outcome

WORKER_RANKS = f"{PUBLIC}/worker-ranks"
COUNTS = (1, 2, 3, 4)
_EXPLAINED = (Outcome.WRONG_ANSWER, Outcome.CRASH, Outcome.DEADLOCK)
"""What a mistake may come to that can be seen in the text."""
MEND = (
    "MPI is missing: install openmpi-bin and libopenmpi-dev on this host, "
    "and run `agentpar sandbox build --image mpi` for Docker"
)

# By headers, since a `using` hides the rest of a name.
_THREADS = re.compile(r"#\s*include\s*<(?:thread|future|pthread\.h|threads\.h|execution)>|\bpthread_create\b")

# Ranks of one machine talk through shared memory and nothing else. Other MPIs pass over what they do not know.
ENVIRONMENT = {
    "OMPI_MCA_pml": "ob1",
    "OMPI_MCA_btl": "self,vader",
    # Another process's memory is not to be read.
    "OMPI_MCA_btl_vader_single_copy_mechanism": "none",
    "OMPI_MCA_rmaps_base_oversubscribe": "1",
    "PRTE_MCA_rmaps_default_mapping_policy": ":oversubscribe",  # the same, and below, for Open MPI 5
    # Ranks find their places themselves, and leave them where there are fewer than ranks.
    "OMPI_MCA_hwloc_base_binding_policy": "none",
    "PRTE_MCA_hwloc_default_binding_policy": "none",
    "OMPI_MCA_mpi_yield_when_idle": "1",
    # While mpirun can still be asked.
    "OMPI_MCA_mpi_preconnect_mpi": "1",
    "OMPI_MCA_plm": "isolated",
    # Signals are told by the judge, and that a sandbox hides the machine is no news.
    "OMPI_MCA_opal_signal": "",
    "UCX_ERROR_SIGNALS": "",
    "UCX_TLS": "self,posix",  # the same for MPICH over UCX
    "HWLOC_HIDE_ERRORS": "2",
    # Who has no home is asked for in a list of users, and candidates are in none.
    "HOME": "/",
    "OMPI_ALLOW_RUN_AS_ROOT": "1",
    "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
}


class RanksCase(Prepared):
    """A C or C++ task whose candidates are MPI's ranks. In its rounds, threads are ranks."""

    @property
    def sweep(self) -> tuple[int, ...]:
        """See Case."""
        return COUNTS

    async def verify(self, sandbox: Sandbox, rounds: Sequence[Round]) -> Judged:
        """See Case. Of a candidate that fails, what can be seen in its text is told as well."""
        judged = await super().verify(sandbox, rounds)
        failed = judged.failed
        if failed is None or failed.culprit != "candidate" or failed.outcome not in _EXPLAINED:
            return judged
        if not (seen := await static_findings(sandbox, self.toolchain)):
            return judged
        told = failed.model_copy(update={"feedback": f"{failed.feedback}\nclang sees at {seen}"})
        return judged.model_copy(update={"failed": told})

    async def judge(self, sandbox: Sandbox, rounds: Sequence[Round], *, candidate: str) -> Judged:
        """See Case."""

        async def session(own: Sequence[Round], count: int) -> Judged:
            return await judge(
                sandbox,
                own,
                tolerance=self.tolerance,
                candidate=candidate,
                dim_names=self.subject.dim_names,
                candidate_worker=WORKER_RANKS,
                environment=ENVIRONMENT,
                ranks=count,
            )

        return await judge_each_count(rounds, session)

    async def find_races(
        self, sandbox: Sandbox, source: str, *, threads: tuple[int, ...], as_timed: bool
    ) -> RaceFinding:
        """See Case. Ranks have no memory in common: what depends on their order, verification has tried."""
        if _THREADS.search(source):
            return RaceFinding(unchecked="races unchecked: it may start threads beside ranks")
        return RaceFinding()


async def judge_each_count(
    rounds: Sequence[Round], session: Callable[[Sequence[Round], int], Awaitable[Judged]]
) -> Judged:
    """Run one session for each number of ranks, in the order in which these first come, until one fails.

    Raises:
        SandboxError: the sandbox failed.
    """
    judged: list[Judged] = []
    for count in dict.fromkeys(r.threads for r in rounds):
        own = [r for r in rounds if r.threads == count]
        # As in any session the first timed run warms up. That of the first is the caller's.
        warms_up = bool(judged) and len(own) > 1 and own[0].shuffle
        ended = await session([own[0], *own] if warms_up else own, count)
        judged.append(ended.model_copy(update={"rounds": ended.rounds[1:]}) if warms_up else ended)
        if ended.failed is not None:
            break
    return judged[-1].model_copy(
        update={
            "rounds": tuple(r for session in judged for r in session.rounds),
            "failed": _with_excuse(judged),
            "foreign_load": sum(session.foreign_load for session in judged) / len(judged),
        }
    )


def _with_excuse(judged: Sequence[Judged]) -> Failed | None:
    """The failure, with what the rounds before it tell about its cause."""
    failed = judged[-1].failed
    if failed is None or failed.outcome is not Outcome.WRONG_ANSWER:
        return failed
    here = judged[-1].rounds
    if len(judged) > 1 and here and (count := here[0]["threads"]) and all(_divides(count, r["dims"]) for r in here):
        hint = f"; it was right at the sizes that {count} divides: give the rest to some rank"
    elif len(judged) > 1 and not here:
        hint = f"; with {judged[-2].rounds[-1]['threads']} rank{'s' if len(judged) > 2 else ''} it was right"
    else:
        return failed
    return failed.model_copy(update={"feedback": failed.feedback + hint})


def _divides(count: int, dims: Sequence[int]) -> bool:
    return all(d % count == 0 for d in dims)


async def require_mpi(sandbox: Sandbox) -> None:
    """Refuse a sandbox in which MPI programs cannot be built or started.

    Raises:
        SandboxError: MPI is missing, or the sandbox failed.
    """
    for program in ("mpicxx", "mpirun"):
        asked = await sandbox.run("builder", [program, "--version"], timeout_s=20, environment=ENVIRONMENT)
        if not asked.succeeded:
            raise SandboxError(MEND)
