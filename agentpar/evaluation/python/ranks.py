"""Python functions over MPI's ranks, by mpi4py: one process each, and a session for each number of them."""

import re
from collections.abc import Sequence

from agentpar.errors import SandboxError, TaskError
from agentpar.evaluation import kept_builds
from agentpar.evaluation.python.case import ENVIRONMENT, PUBLIC, REFERENCE, PythonCase, PythonSubject
from agentpar.evaluation.python.interpreter import Interpreter
from agentpar.evaluation.ranks import ENVIRONMENT as MPI_ENVIRONMENT
from agentpar.evaluation.ranks import TEAMS, WORKER_RANKS, judge_each_count
from agentpar.evaluation.session import Judged, Round, judge
from agentpar.resources import resource
from agentpar.sandbox.base import Sandbox
from agentpar.sandbox.kinds import identify_system
from agentpar.sandbox.lease import working
from agentpar.sandbox.pool import Pool
from agentpar.verdict import Team

MEND = (
    "mpi4py is missing: run `agentpar sandbox build --image mpi4py` for Docker; for the others, "
    "apt-get install python3-numpy python3-mpi4py openmpi-bin libopenmpi-dev, "
    "or for --sandbox process pip install 'agentpar[mpi4py]'"
)
OTHER_MPI = (
    "the mpi4py of {python} is built for {vendor}, and `mpirun` starts ranks of another MPI: choose {vendor} with "
    "`update-alternatives --config mpirun` and `update-alternatives --config mpi`, or use --sandbox docker"
)
_OPEN_MPI = "Open MPI"
# What mpi4py calls the library that it was built for.
_VENDOR = "import mpi4py; mpi4py.rc.initialize = False; from mpi4py import MPI; print(MPI.get_vendor()[0])"
_LIBRARY = f"{PUBLIC}/agentpar_ranks.so"
_BUILD = (
    "env", "OMPI_CXX=g++", "MPICH_CXX=g++", "mpicxx", "-std=c++17", "-O2", "-shared", "-fPIC", "-pthread",
    "-DOMPI_SKIP_MPICXX", "-DMPICH_SKIP_MPICXX", "-I.", "-o", "agentpar_ranks.so", "ranks.cpp", "-ldl",
)  # fmt: skip
_FUTURES = re.compile(r"\bmpi4py\.futures\b|\bfrom mpi4py import .*\bfutures\b")
_NO_FUTURES = (
    "`mpi4py.futures` needs a thread of its own beside the rank's, and an MPI that takes calls of both; here each rank "
    "calls the function: take a share of the work by the rank's number, and `allgather` or `allreduce` what comes out"
)
_HELD_IN_PARTS = ("array", "list", "dict", "set", "tuple")


class PythonRanksCase(PythonCase):
    """A Python task whose candidates are MPI's ranks, of one thread each."""

    @property
    def sweep(self) -> tuple[Team, ...]:
        """See Case."""
        return TEAMS

    def screen(self, source: str) -> str:
        """See Case."""
        return _NO_FUTURES if _FUTURES.search(source) else super().screen(source)

    async def judge(self, sandbox: Sandbox, rounds: Sequence[Round], *, candidate: str) -> Judged:
        """See Case."""

        async def session(own: Sequence[Round], count: int) -> Judged:
            return await judge(
                sandbox,
                own,
                tolerance=self.tolerance,
                baseline=REFERENCE,
                candidate=candidate,
                dim_names=self.weights,
                candidate_worker=WORKER_RANKS,
                environment={**ENVIRONMENT, **MPI_ENVIRONMENT, **self.python.environment},
                ranks=count,
            )

        return await judge_each_count(rounds, session)


def require_owners(subject: PythonSubject) -> None:
    """Check who is said to own what.

    Raises:
        TaskError: it is no parameter's data.
    """
    task, shapes = subject.task, {each.name: each.shape for each in subject.inputs.parameters}
    names = [*(each.name for each in subject.function.parameters), "return"]
    for name, owner in task.owners.items():
        if name not in names:
            raise TaskError(f"{task.path}: owners: {task.entry} has no parameter {name}; known: {', '.join(names)}")
        fitting = _HELD_IN_PARTS[:2] if owner == "blocks" else _HELD_IN_PARTS
        if name in shapes and owner != "replicated" and shapes[name].kind not in fitting:
            raise TaskError(f"{task.path}: owners.{name}: {owner} is for {', '.join(fitting)}, not for plain values")


async def install_ranks(pool: Pool, python: Interpreter) -> None:
    """Put what starts and watches ranks into every sandbox; it is built once for a machine.

    Raises:
        SandboxError: MPI or mpi4py is missing, or the sandbox failed.
    """
    headers = sorted(resource("sandboxes", "harness").glob("*.hpp"))
    sources = {f"{PUBLIC}/harness/{header.name}": header.read_bytes() for header in headers}
    sources[f"{PUBLIC}/ranks.cpp"] = resource("sandboxes", "python", "ranks.cpp").read_bytes()
    files: kept_builds.Files = {("keeper", path): (content, 0o644) for path, content in sources.items()}
    worker = resource("sandboxes", "python", "ranks.py").read_bytes()
    await pool.install({**files, ("keeper", WORKER_RANKS): (python.script(worker), 0o755)})
    key = kept_builds.key_of(files, repr(_BUILD), python.programs, *identify_system(pool.kind, pool.image))
    built = kept_builds.find(key)
    if built is None:
        built = await _build(pool, python)
        kept_builds.keep(key, built)
    await pool.install(built.files)


async def _build(pool: Pool, python: Interpreter) -> kept_builds.Built:
    environment = {**MPI_ENVIRONMENT, **python.environment}
    async with pool.sandbox() as sandbox, working():
        said = []
        # By way of `env`: the runner looks programs up where it looks itself, not in this environment.
        for asks in (["env", "mpirun", "--version"], [python.path, "-IBc", _VENDOR]):
            asked = await sandbox.run("builder", asks, timeout_s=20, environment=environment)
            if not asked.succeeded:
                raise SandboxError(MEND)
            said.append(asked.stdout.strip())
        launcher, vendor = said
        if (_OPEN_MPI in launcher) != (vendor == _OPEN_MPI):
            raise SandboxError(OTHER_MPI.format(vendor=vendor, python=python.path))
        made = await sandbox.run(
            "keeper", list(_BUILD), directory=PUBLIC, timeout_s=120, bounded=False, environment=environment
        )
        if not made.succeeded:
            raise SandboxError(f"{MEND}\n{made.stderr[:800]}")
        library = await sandbox.get("keeper", _LIBRARY)
    return kept_builds.Built(files={("keeper", _LIBRARY): (library, 0o755)}, layouts="", race_unchecked="")
