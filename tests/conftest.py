"""Accounts for every test: with `--account-for-all`, one left out without a listed reason fails the run."""

from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

HAS_GPU = Path("/dev/nvidiactl").exists()
MAY_BE_LEFT_OUT = {} if HAS_GPU else {"gpu": "needs an NVIDIA device and this machine has none"}


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Nothing that an earlier run built hides a missing step of this one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


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
    left_out = [item for item in items if any(map(item.get_closest_marker, MAY_BE_LEFT_OUT))]
    if left_out:
        items[:] = [item for item in items if item not in left_out]
        config.hook.pytest_deselected(items=left_out)


class Account:
    """Where each test went: run, skipped or deselected, and why the last two were allowed."""

    def __init__(self, *, strict: bool) -> None:
        self.strict = strict
        self.run: set[str] = set()
        self.skipped: dict[str, str] = {}
        self.skipped_files: dict[str, str] = {}
        self.deselected: set[str] = set()
        self.allowed: dict[str, str] = {}
        self.unaccounted: list[str] = []
        self.collected = 0

    def _leave_out(self, item: pytest.Item) -> None:
        for marker, reason in MAY_BE_LEFT_OUT.items():
            if item.get_closest_marker(marker):
                self.allowed[item.nodeid] = f"{marker}: {reason}"

    def pytest_deselected(self, items: list[pytest.Item]) -> None:
        for item in items:
            self.deselected.add(item.nodeid)
            self._leave_out(item)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.skipped:
            self.skipped_files[report.nodeid] = f"the whole file was skipped: {_reason(report)}"

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        if report.skipped and not hasattr(report, "wasxfail"):
            self.skipped[item.nodeid] = _reason(report)
            self._leave_out(item)
        elif report.when == "call" or report.failed or hasattr(report, "wasxfail"):
            self.run.add(item.nodeid)
        return report

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
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
