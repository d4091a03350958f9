"""Builds the images that the Docker sandbox runs candidates in, and names each after its content."""

import hashlib
import io
import re
import subprocess
import tarfile
import tempfile
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import IO, Any, Literal

import docker
import requests
from docker.errors import APIError, DockerException, ImageNotFound
from docker.utils import parse_repository_tag

from agentpar.errors import SandboxError
from agentpar.resources import resource, runner_sources
from agentpar.sandbox import cuda, lease

BaseFrom = Literal["registry", "debootstrap", "auto"]
Image = Literal["cpp", "mpi", "python", "mpi4py", "project", "cuda"]
"""What a sandbox has beside the runner; each is built from `sandboxes/Dockerfile.NAME`."""

# Images that add to another one, which has the runner.
_ON_TOP_OF: dict[Image, Image] = {"mpi": "cpp", "python": "cpp", "mpi4py": "cpp", "project": "cpp", "cuda": "cpp"}
REGISTRY_BASE = "debian:bookworm-slim"
DEBOOTSTRAP_BASE = "agentpar-base:bookworm"

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_QUICK_S = 10
_BUILD_SILENCE_S = 900  # a build step may print nothing for this long

_NO_DAEMON = (
    "no Docker daemon answers; start one with `systemctl start docker`, "
    "or without systemd `setsid dockerd >dockerd.log 2>&1 &` as root ({cause})"
)
_NO_BASE = (
    "the base image {base} cannot be pulled ({cause}); "
    "where no registry is reachable build with `--base-from debootstrap`"
)


def repository(image: Image) -> str:
    """What an image is called in all its versions."""
    return f"agentpar-{image}"


def image_tag(image: Image = "cpp") -> str:
    """The image's name: `agentpar-cpp:` and 12 hex digits of its build context's hash.

    Raises:
        SandboxError: the installation is incomplete.
    """
    digest = hashlib.sha256()
    for name, content in _context_files(image):
        digest.update(f"{name}\0{len(content)}\0".encode())
        digest.update(content)
    if image in _ON_TOP_OF:
        digest.update(image_tag(_ON_TOP_OF[image]).encode())
    return f"{repository(image)}:{digest.hexdigest()[:12]}"


def image_exists(image: Image = "cpp") -> bool:
    """Whether the daemon holds the image for exactly this build context.

    Raises:
        SandboxError: no daemon answers.
    """
    with _daemon() as client:
        return _holds(client, image_tag(image))


def require_image(image: Image, say: Callable[[str], None]) -> None:
    """Build an image that adds to another where that is there; `say` hears that it takes a while.

    Raises:
        SandboxError: no daemon answers, the other is missing, or a build step failed.
    """
    if image_exists(image):
        return
    if image not in _ON_TOP_OF or not image_exists(_ON_TOP_OF[image]):
        raise SandboxError("the sandbox image is missing or out of date; run `agentpar sandbox build`")
    say(f"building the image {image_tag(image)}")
    build_image(image)


def using_image(image: Image) -> AbstractContextManager[None]:
    """While this lasts, no agentpar on this machine removes the image, whatever another checkout builds.

    Raises:
        AgentparError: the installation is incomplete, or the image's lock file cannot be opened.
    """
    return lease.using(_lock_name(image_tag(image)))


def _lock_name(tag: str) -> str:
    return tag.removeprefix("agentpar-").replace(":", "-")


def build_image(
    image: Image = "cpp",
    *,
    base: str | None = None,
    base_from: BaseFrom = "auto",
    progress: Callable[[str], None] = lambda _: None,
) -> str:
    """Builds the image, removes the ones older contexts left but for those in use, and returns its tag.

    An image that adds to another one is built on that, which is built first where it is missing or `base` is given.

    Args:
        image: which one.
        base: the image to build on, or to build the one below on. One the daemon already holds is used as it is;
            another is pulled or bootstrapped under this name.
        base_from: where a missing base comes from; `auto` asks the registry and falls back to debootstrap.
        progress: receives each line of the build's output.

    Raises:
        SandboxError: no daemon answers, the base cannot be had, or a build step failed.
    """
    tag = image_tag(image)
    if image in _ON_TOP_OF:
        below = _ON_TOP_OF[image]
        if base or not image_exists(below):
            build_image(below, base=base, base_from=base_from, progress=progress)
        base = image_tag(below)
    with _daemon() as client:
        source = _resolve_source(client, base, base_from)
        client.api.timeout = _BUILD_SILENCE_S
        base = base or (REGISTRY_BASE if source == "registry" else DEBOOTSTRAP_BASE)
        if not _holds(client, base):
            progress(f"base image {base} from {source}")
            if source == "registry":
                _pull(client, base, progress)
            else:
                _debootstrap(base, progress)
        before = client.images.list(name=repository(image))
        _build(client, image, base, progress)
        _remove_stale(client, before, tag, progress)
        built = client.images.get(tag)
        if any(tag in old.tags and old.id != built.id for old in before):
            _remove(client, _tags_on_top_of(image), progress)
    return tag


def _tags_on_top_of(image: Image) -> Iterator[str]:
    """What is built anew when next asked for: its name does not tell what the image below was built on."""
    for top, below in _ON_TOP_OF.items():
        if below == image:
            with suppress(SandboxError):  # of what is not installed there is no image
                yield image_tag(top)


@contextmanager
def _daemon() -> Iterator[docker.DockerClient]:
    try:
        client = docker.from_env(timeout=_QUICK_S)
    except (DockerException, requests.RequestException) as error:
        raise SandboxError(_NO_DAEMON.format(cause=_short(error))) from error
    with closing(client):
        try:
            yield client
        except (DockerException, requests.RequestException) as error:
            raise SandboxError(f"the Docker daemon failed: {_short(error)}") from error


def _context_files(image: Image) -> Iterator[tuple[str, bytes]]:
    name = f"Dockerfile.{image}"
    try:
        yield name, resource("sandboxes", name).read_bytes()
        if image not in _ON_TOP_OF:
            yield from runner_sources().items()
        if image == "cuda":
            yield "wheels", "\n".join(f"{name} {version(name)}" for name in cuda.WHEELS).encode()
    except FileNotFoundError as error:
        raise SandboxError(str(error)) from error
    except PackageNotFoundError as error:
        raise SandboxError(f"the image for the target cuda is made of wheels; {cuda.INSTALL}") from error


def _context_tar(image: Image) -> IO[bytes]:
    stream = tempfile.TemporaryFile()  # noqa: SIM115  the caller closes it
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for name, content in _context_files(image):
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
        if image == "cuda" and (toolkit := cuda.wheels()):
            archive.add(toolkit, "cuda")
    stream.seek(0)
    return stream


def _holds(client: docker.DockerClient, name: str) -> bool:
    try:
        client.images.get(name)
    except ImageNotFound:
        return False
    return True


def _resolve_source(
    client: docker.DockerClient, base: str | None, base_from: BaseFrom
) -> Literal["registry", "debootstrap"]:
    if base_from != "auto":
        return base_from
    if base is None and not _holds(client, REGISTRY_BASE) and _holds(client, DEBOOTSTRAP_BASE):
        return "debootstrap"
    name = base or REGISTRY_BASE
    return "registry" if _holds(client, name) or _registry_answers(client, name) else "debootstrap"


def _registry_answers(client: docker.DockerClient, name: str) -> bool:
    try:
        client.images.get_registry_data(name)
    except (APIError, requests.RequestException):
        return False
    return True


def _pull(client: docker.DockerClient, base: str, progress: Callable[[str], None]) -> None:
    repository, tag = parse_repository_tag(base)
    try:
        _follow(client.api.pull(repository, tag=tag or "latest", stream=True, decode=True), progress)
    except (APIError, requests.RequestException, SandboxError) as error:
        raise SandboxError(_NO_BASE.format(base=base, cause=_short(error))) from error


def _debootstrap(base: str, progress: Callable[[str], None]) -> None:
    last: deque[str] = deque(maxlen=8)
    script = _script("debootstrap-base.sh")
    with subprocess.Popen(
        ["bash", str(script), base],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            last.append(line.rstrip())
            progress(line.rstrip())
    if process.returncode != 0:
        raise SandboxError(f"the base image {base} could not be bootstrapped:\n" + "\n".join(last))


def _script(name: str) -> Path:
    try:
        return resource("sandboxes", name)
    except FileNotFoundError as error:
        raise SandboxError(str(error)) from error


def _build(client: docker.DockerClient, image: Image, base: str, progress: Callable[[str], None]) -> None:
    tag = image_tag(image)
    with _context_tar(image) as context:
        messages = client.api.build(
            fileobj=context,
            custom_context=True,
            dockerfile=f"Dockerfile.{image}",
            tag=tag,
            buildargs={"BASE": base},
            rm=True,
            forcerm=True,
            decode=True,
        )
        try:
            _follow(messages, progress)
        except SandboxError as error:
            raise SandboxError(f"the image {tag} could not be built on {base}: {error}") from error


def _follow(messages: Iterable[dict[str, Any]], progress: Callable[[str], None]) -> None:
    """Passes the daemon's messages on line by line; at an error raises with what the failed step printed."""
    last: deque[str] = deque(maxlen=12)
    for message in messages:
        if "error" in message:
            raise SandboxError("\n".join([str(message["error"]).strip(), *last]))
        if message.get("progressDetail"):
            continue  # progress bars, several a second
        text = message.get("stream") or ": ".join(str(message[key]) for key in ("id", "status") if key in message)
        for line in _COLOUR.sub("", text).splitlines():
            if line.startswith("Step "):
                last.clear()
            if line.strip():
                last.append(line.rstrip())
                progress(line.rstrip())


def _remove_stale(
    client: docker.DockerClient, before: Iterable[Any], tag: str, progress: Callable[[str], None]
) -> None:
    built, ours = client.images.get(tag), tag.partition(":")[0]
    for old in before:
        stale = [name for name in old.tags if name.startswith(f"{ours}:") and name != tag]
        _remove(client, stale, progress)
        if tag in old.tags and old.id != built.id:
            _remove(client, [old.id], progress)


def _remove(client: docker.DockerClient, names: Iterable[str], progress: Callable[[str], None]) -> None:
    for name in names:
        if lease.is_used(_lock_name(name)):
            progress(f"kept {name}: a run uses it")
            continue
        try:
            client.images.remove(name)
        except ImageNotFound:
            pass
        except APIError:
            progress(f"kept {name}: a container still uses it")


def _short(error: Exception) -> str:
    text = str(getattr(error, "explanation", None) or error).strip()
    return text.splitlines()[-1] if text else type(error).__name__
