"""Accounts for every test, also where pytest-xdist runs them side by side.

With `--account-for-all`, a test left out without a listed reason fails the run.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from agentpar import session
from agentpar.evaluation import machine, measure
from agentpar.sandbox import lease

HAS_GPU = Path("/dev/nvidiactl").exists()
MAY_BE_LEFT_OUT = {} if HAS_GPU else {"gpu": "needs an NVIDIA device and this machine has none"}


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[None]:
    """Nothing that an earlier run built hides a missing step of this one; its workers build things once for all."""
    folder = tmp_path_factory.getbasetemp()
    if hasattr(request.config, "workerinput"):  # pytest-xdist gives each of its workers a folder in a common one
        folder = folder.parent
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        patch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)  # else each command compiles all of us again
        yield


@pytest.fixture(scope="session", autouse=True)
def own_lease(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Who runs side by side does not wait for each other's timings: no test asserts one."""
    folder = tmp_path_factory.mktemp("lease")
    folder.chmod(0o1777)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lease, "FOLDERS", (folder,))
        patch.setenv("AGENTPAR_WITNESS_LEASE", str(folder))
        yield


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for a busy machine to become quiet: for whole runs of which no measured gain is asserted."""
    monkeypatch.setattr(measure, "_QUIET_LOAD", float("inf"))
    monkeypatch.setattr(machine, "_PATIENCE", 1)
    monkeypatch.setattr(session, "PAUSES_S", ())


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--account-for-all",
        action="store_true",
        help="fail when a test is deselected or skipped and its marker is not listed in tests/conftest.py",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Account(strict=config.getoption("--account-for-all")), "account")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    # Files with what takes longest come first: else who is done waits for the last of them.
    long = {item.path for item in items if item.get_closest_marker("sandbox")}
    items.sort(key=lambda item: item.path not in long)
    left_out = [item for item in items if any(map(item.get_closest_marker, MAY_BE_LEFT_OUT))]
    if left_out:
        items[:] = [item for item in items if item not in left_out]
        config.hook.pytest_deselected(items=left_out)


class Account:
    """Where each test went: run, skipped or deselected, and why the last two were allowed.

    What is collected is known to xdist's workers alone; the first that ends tells it.
    """

    def __init__(self, *, strict: bool) -> None:
        self.strict = strict
        self.run: set[str] = set()
        self.skipped: dict[str, str] = {}
        self.skipped_files: dict[str, str] = {}
        self.deselected: set[str] = set()
        self.allowed: dict[str, str] = {}
        self.unaccounted: list[str] = []
        self.collected = 0

    def pytest_deselected(self, items: list[pytest.Item]) -> None:
        for item in items:
            self.deselected.add(item.nodeid)
            self._leave_out(item.nodeid, {marker.name for marker in item.iter_markers()})

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.skipped:
            self.skipped_files[report.nodeid] = f"the whole file was skipped: {_reason(report)}"

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.skipped and not hasattr(report, "wasxfail"):
            self.skipped[report.nodeid] = _reason(report)
            self._leave_out(report.nodeid, set(report.keywords))
        elif report.when == "call" or report.failed or hasattr(report, "wasxfail"):
            self.run.add(report.nodeid)

    def _leave_out(self, nodeid: str, markers: set[str]) -> None:
        for marker in MAY_BE_LEFT_OUT.keys() & markers:
            self.allowed[nodeid] = f"{marker}: {MAY_BE_LEFT_OUT[marker]}"

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: object) -> None:
        told = getattr(node, "workeroutput", {}).get("account")
        if told:
            self.deselected |= set(told["deselected"])
            self.skipped_files |= told["skipped_files"]
            self.allowed |= told["allowed"]

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if hasattr(session.config, "workeroutput"):
            session.config.workeroutput["account"] = {
                "deselected": sorted(self.deselected),
                "skipped_files": self.skipped_files,
                "allowed": self.allowed,
            }
            return
        self.run -= self.skipped.keys()
        self.collected = session.testscollected + len(self.deselected)
        left_out = dict.fromkeys(self.deselected, "deselected") | self.skipped | self.skipped_files
        self.unaccounted = [
            f"{nodeid} ({why})" for nodeid, why in sorted(left_out.items()) if nodeid not in self.allowed
        ]
        never_run = session.testscollected - len(self.run) - len(self.skipped)
        if never_run > 0:
            self.unaccounted.append(f"{never_run} collected tests that were never run")
        if self.strict and self.unaccounted and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        terminalreporter.section("account")
        terminalreporter.line(
            f"collected {self.collected}, run {len(self.run)}, skipped {len(self.skipped)}, "
            f"deselected {len(self.deselected)}"
        )
        for nodeid, reason in sorted(self.allowed.items()):
            terminalreporter.line(f"left out: {nodeid} ({reason})")
        if self.strict and self.unaccounted:
            for what in self.unaccounted:
                terminalreporter.line(f"UNACCOUNTED: {what}", red=True)
            terminalreporter.line("a test may only be left out for a marker listed in tests/conftest.py", red=True)


def _reason(report: pytest.CollectReport | pytest.TestReport) -> str:
    return str(report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr)
