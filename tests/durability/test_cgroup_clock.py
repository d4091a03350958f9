"""The CPU clock of a container's control group, read from trees as kernels lay them out.

Version 1 was recorded of a container under Docker's `cgroupfs` driver; the hybrid and version 2 follow cgroups(7), the
kernel's documentation and the `systemd` driver's names, since neither is on the machines this was written on.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from bench.clocks import cgroup_clock

PID = 4321
ID = "20653d36de0459764935d939577bd3d00336ad37e7321546b590527236d01a7e"

# Counts with and without the quotas' lines, which appear where the controller is on.
CPU_STAT = """\
usage_usec 2500
user_usec 2000
system_usec 500
nice_usec 0
core_sched.force_idle_usec 0
nr_periods 0
nr_throttled 0
throttled_usec 0
nr_bursts 0
burst_usec 0
"""

Clock = Callable[..., Callable[[], float] | None]


@pytest.fixture
def clock(tmp_path: Path) -> Clock:
    """The clock of a process with these lines in its `cgroup` file, on a machine with these control files."""

    def read(lines: str, files: dict[str, str]) -> Callable[[], float] | None:
        (tmp_path / "proc" / str(PID)).mkdir(parents=True)
        (tmp_path / "proc" / str(PID) / "cgroup").write_text(lines)
        for name, content in files.items():
            path = tmp_path / "cgroup" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
        return cgroup_clock(PID, processes=tmp_path / "proc", cgroups=tmp_path / "cgroup")

    return read


def test_version_1_counts_nanoseconds(clock: Clock) -> None:
    lines = f"9:name=systemd:/docker/{ID}\n4:memory:/docker/{ID}\n2:cpuacct:/docker/{ID}\n1:cpu:/docker/{ID}\n0::/\n"
    read = clock(lines, {f"cpuacct/docker/{ID}/cpuacct.usage": "2500000\n", "cpuacct/cpuacct.usage": "99\n"})
    assert read is not None and read() == 2.5


def test_version_1_with_controllers_mounted_together(clock: Clock) -> None:
    read = clock(f"3:cpu,cpuacct:/docker/{ID}\n", {f"cpu,cpuacct/docker/{ID}/cpuacct.usage": "2500000\n"})
    assert read is not None and read() == 2.5


def test_version_2_counts_microseconds(clock: Clock) -> None:
    group = f"system.slice/docker-{ID}.scope"
    read = clock(f"0::/{group}\n", {f"{group}/cpu.stat": CPU_STAT, "cpu.stat": "usage_usec 99\n"})
    assert read is not None and read() == 2.5


def test_version_2_is_read_by_name_and_not_by_place(clock: Clock) -> None:
    read = clock(f"0::/docker/{ID}\n", {f"docker/{ID}/cpu.stat": "user_usec 2000\nusage_usec 2500\n"})
    assert read is not None and read() == 2.5


def test_a_hybrid_is_read_where_version_1_accounts(clock: Clock) -> None:
    group = f"system.slice/docker-{ID}.scope"
    lines = f"5:cpu,cpuacct:/{group}\n1:name=systemd:/{group}\n0::/{group}\n"
    files = {f"cpu,cpuacct/{group}/cpuacct.usage": "2500000\n", f"unified/{group}/cpu.stat": "usage_usec 99\n"}
    read = clock(lines, files)
    assert read is not None and read() == 2.5


def test_a_hybrid_without_cpuacct_is_read_in_the_unified_tree(clock: Clock) -> None:
    group = f"system.slice/docker-{ID}.scope"
    read = clock(f"4:memory:/{group}\n0::/{group}\n", {f"unified/{group}/cpu.stat": CPU_STAT})
    assert read is not None and read() == 2.5


def test_the_clock_goes_on(clock: Clock, tmp_path: Path) -> None:
    read = clock(f"0::/docker/{ID}\n", {f"docker/{ID}/cpu.stat": CPU_STAT})
    assert read is not None and read() == 2.5
    (tmp_path / "cgroup" / "docker" / ID / "cpu.stat").write_text("usage_usec 7000\n")
    assert read() == 7.0


@pytest.mark.parametrize(
    ("lines", "files"),
    [
        ("0::/\n", {"cpu.stat": CPU_STAT}),
        ("2:cpuacct:/\n0::/\n", {"cpuacct/cpuacct.usage": "2500000\n"}),
        (f"0::/../../docker/{ID}\n", {"cpu.stat": CPU_STAT}),
        (f"0::/docker/{ID}\n", {"cpu.stat": CPU_STAT}),
    ],
    ids=["root of version 2", "root of version 1", "outside of our namespace", "not mounted here"],
)
def test_the_whole_machine_is_not_taken_for_a_container(clock: Clock, lines: str, files: dict[str, str]) -> None:
    assert clock(lines, files) is None
