import gc
import os
import shutil
from collections.abc import Iterator
from contextlib import closing
from types import SimpleNamespace

import pytest

from agentpar.errors import SandboxError, TaskError
from agentpar.sandbox import docker, image
from agentpar.sandbox.base import Limits
from agentpar.sandbox.kinds import choose, open_sandbox
from tests.evaluation.courtroom import why_not

# The client of docker-py leaves its socket open when its own constructor fails.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

NOWHERE = "unix:///nonexistent/docker.sock"


@pytest.fixture(autouse=True)
def collected() -> Iterator[None]:
    """What a failed client leaves behind is thrown away here, and not in a test of something else."""
    yield
    gc.collect()


@pytest.mark.parametrize("kind", ["docker", "bubblewrap", "process"])
def test_a_kind_that_is_named_is_taken(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", NOWHERE)
    assert choose(kind) == kind


def test_an_unknown_kind_is_refused_with_the_known_ones() -> None:
    with pytest.raises(TaskError, match="'podman'; use auto, docker, bubblewrap or process"):
        choose("podman")


@pytest.mark.docker
def test_auto_takes_docker_where_a_daemon_answers() -> None:
    if reason := why_not("docker"):
        pytest.skip(reason)
    assert choose("auto") == "docker"


def test_auto_takes_bubblewrap_where_no_daemon_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", NOWHERE)
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    assert choose("auto") == "bubblewrap"


def test_auto_never_takes_an_unprotected_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", NOWHERE)
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(SandboxError, match=r"apt-get install .*--sandbox process"):
        choose("auto")


async def test_a_daemon_that_does_not_answer_is_told_with_the_mend(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", NOWHERE)
    with pytest.raises(SandboxError, match="no Docker daemon answers; start it") as failed:
        await open_sandbox("docker", "test", Limits())
    assert failed.value.exit_code == 3


@pytest.mark.docker
async def test_a_missing_image_is_told_with_the_command_that_builds_it(monkeypatch: pytest.MonkeyPatch) -> None:
    if reason := why_not("docker"):
        pytest.skip(reason)
    monkeypatch.setattr(docker, "image_tag", lambda which: f"{image.repository(which)}:000000000000")
    with pytest.raises(SandboxError, match="run `agentpar sandbox build`"):
        await open_sandbox("docker", "test", Limits())


async def test_a_missing_bubblewrap_is_told_with_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(SandboxError, match="apt-get install bubblewrap"):
        await open_sandbox("bubblewrap", "test", Limits())


def test_an_image_on_top_of_another_is_a_new_one_when_that_is(monkeypatch: pytest.MonkeyPatch) -> None:
    before = image.image_tag("mpi")
    assert before.startswith("agentpar-mpi:")
    monkeypatch.setattr(image, "runner_sources", lambda: {"runner/runner.cpp": b"another"})
    assert image.image_tag("mpi") != before


@pytest.mark.docker
def test_an_older_image_stays_while_a_run_of_another_checkout_uses_it(monkeypatch: pytest.MonkeyPatch) -> None:
    if reason := why_not("docker"):
        pytest.skip(reason)
    current, old = image.image_tag(), f"{image.repository('cpp')}:000000000000"
    told: list[str] = []
    with closing(docker.connect()) as client:
        built = client.images.get(current)
        built.tag(*old.split(":"))
        older = [SimpleNamespace(tags=[old], id=built.id)]
        with monkeypatch.context() as there:
            there.setattr(image, "image_tag", lambda _: old)
            with image.using_image("cpp"):
                image._remove_stale(client, older, current, told.append)
        assert told == [f"kept {old}: a run uses it"]
        assert client.images.get(old)
        image._remove_stale(client, older, current, told.append)
        assert not client.images.list(name=old)


@pytest.mark.docker
def test_an_image_whose_base_is_missing_is_not_built_unasked(monkeypatch: pytest.MonkeyPatch) -> None:
    if reason := why_not("docker"):
        pytest.skip(reason)
    monkeypatch.setattr(image, "runner_sources", lambda: {"runner/runner.cpp": b"another"})
    with pytest.raises(SandboxError, match="run `agentpar sandbox build`"):
        image.require_image("mpi", lambda _: None)


@pytest.mark.skipif(bool(why_not("bubblewrap")), reason="bubblewrap is not installed")
async def test_a_user_who_shares_no_file_by_default_has_a_sandbox_that_works() -> None:
    umask = os.umask(0o077)
    try:
        sandbox = await open_sandbox("bubblewrap", "unshared", Limits())
        await sandbox.put("builder", "work/mine.txt", b"mine")
        ran = await sandbox.run("builder", ["cat", "mine.txt"], timeout_s=20)
        await sandbox.close()
    finally:
        os.umask(umask)
    assert (ran.status, ran.stdout) == (0, "mine")
