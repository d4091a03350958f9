"""MPI candidates: ranks that live for a session of runs, and a session for each number of ranks.

Where ranks may run threads, these are watched for races, which ThreadSanitizer does in each rank.
"""

import re
from collections.abc import Awaitable, Callable, Sequence

from agentpar.errors import ToolMissing
from agentpar.evaluation.mpi_checks import static_findings
from agentpar.evaluation.prepared import Prepared
from agentpar.evaluation.race import RaceFinding
from agentpar.evaluation.session import Failed, Judged, Round, judge
from agentpar.evaluation.toolchain import PUBLIC
from agentpar.sandbox.base import Sandbox
from agentpar.verdict import Outcome, Team

WORKER_RANKS = f"{PUBLIC}/worker-ranks"
TEAMS = tuple(Team(count, count) for count in (1, 2, 3, 4))
# With one thread each, what is wrong is not the threads' fault; three divide few sizes.
_HYBRID_TEAMS = tuple(Team(team.ranks * each, team.ranks) for team in TEAMS for each in (1, 3))
# Of the race gate's sessions. Ranks that race at once write over each other's reports, so that one alone comes first.
_WATCHED_RANKS = (1, 2, 3)
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
    # Windows of these need files or devices, which ranks have none of; what remains sends messages.
    "OMPI_MCA_osc": "^rdma,sm,ucx",
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
    "UCX_LOG_LEVEL": "fatal",
    "HWLOC_HIDE_ERRORS": "2",
    # Who has no home is asked for in a list of users, and candidates are in none.
    "HOME": "/",
    "OMPI_ALLOW_RUN_AS_ROOT": "1",
    "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
}


class RanksCase(Prepared):
    """A C or C++ task whose candidates are MPI's ranks, of one thread each."""

    @property
    def sweep(self) -> tuple[Team, ...]:
        """See Case."""
        return TEAMS

    @property
    def is_watched(self) -> bool:
        """See Case."""
        return False

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

        async def session(own: Sequence[Round], ranks: int) -> Judged:
            return await judge(
                sandbox,
                own,
                tolerance=self.tolerance,
                candidate=candidate,
                dim_names=self.subject.dim_names,
                candidate_worker=WORKER_RANKS,
                environment=ENVIRONMENT,
                ranks=ranks,
            )

        return await judge_each_count(rounds, session)

    async def find_races(
        self, sandbox: Sandbox, source: str, *, threads: tuple[int, ...], as_timed: bool
    ) -> RaceFinding:
        """See Case. Ranks have no memory in common: what depends on their order, verification has tried."""
        if _THREADS.search(source):
            return RaceFinding(unchecked="races unchecked: it may start threads beside ranks")
        return RaceFinding()


class HybridCase(RanksCase):
    """A C or C++ task whose candidates are MPI's ranks that may run several threads each."""

    @property
    def sweep(self) -> tuple[Team, ...]:
        """See Case."""
        return _HYBRID_TEAMS

    @property
    def is_watched(self) -> bool:
        """See Case."""
        return True

    async def find_races(
        self, sandbox: Sandbox, source: str, *, threads: tuple[int, ...], as_timed: bool
    ) -> RaceFinding:
        """See Case. What threads of one rank share is watched; what MPI itself reads and writes is not."""
        return await self.watch(
            sandbox, source, threads, as_timed=as_timed, ranks=_WATCHED_RANKS, environment=ENVIRONMENT
        )


async def judge_each_count(
    rounds: Sequence[Round], session: Callable[[Sequence[Round], int], Awaitable[Judged]]
) -> Judged:
    """Run one session for each number of ranks, in the order in which these first come, until one fails.

    Raises:
        SandboxError: the sandbox failed.
    """
    judged: list[Judged] = []
    hint, before = "", 0
    for ranks in dict.fromkeys(r.ranks for r in rounds):
        own = [r for r in rounds if r.ranks == ranks]
        # As in any session the first timed run warms up. That of the first is the caller's.
        warms_up = bool(judged) and len(own) > 1 and own[0].shuffle
        plan = [own[0], *own] if warms_up else own
        ended = await session(plan, max(1, ranks))
        judged.append(ended.model_copy(update={"rounds": ended.rounds[1:]}) if warms_up else ended)
        if ended.failed is not None:
            right = len(ended.rounds)
            hint = _hint(plan[:right], plan[min(right, len(plan) - 1)], before)
            break
        before = ranks
    return judged[-1].model_copy(
        update={
            "rounds": tuple(r for session in judged for r in session.rounds),
            "failed": _with_hint(judged[-1].failed, hint),
            "foreign_load": sum(session.foreign_load for session in judged) / len(judged),
        }
    )


def _with_hint(failed: Failed | None, hint: str) -> Failed | None:
    if failed is None or failed.outcome is not Outcome.WRONG_ANSWER or not hint:
        return failed
    return failed.model_copy(update={"feedback": f"{failed.feedback}; {hint}"})


def _hint(right: Sequence[Round], wrong: Round, before: int) -> str:
    """What the rounds that were `right` with as many ranks tell about the cause; so many ranks were right `before`."""
    if wrong.team.of_each > 1 and any(r.team.of_each == 1 for r in right):
        return "with one thread in each rank it was right: look for a race, or a sum that its threads do not reduce"
    if before and right and all(_divides(wrong.ranks, r.dims) for r in right):
        return f"it was right at the sizes that {wrong.ranks} divides: give the rest to some rank"
    if before and not right:
        return f"with {Team(before, before).described} it was right"
    return ""


def _divides(count: int, dims: Sequence[int]) -> bool:
    return all(d % count == 0 for d in dims)


async def require_mpi(sandbox: Sandbox) -> None:
    """Refuse a sandbox in which MPI programs cannot be built or started.

    Raises:
        ToolMissing: it is missing.
        SandboxError: the sandbox failed.
    """
    for program in ("mpicxx", "mpirun"):
        asked = await sandbox.run("builder", [program, "--version"], timeout_s=20, environment=ENVIRONMENT)
        if not asked.succeeded:
            raise ToolMissing(MEND)
