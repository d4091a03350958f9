"""Where NVIDIA's compiler and driver are, for the target `cuda`."""

import ctypes.util
import importlib.util
import os
import shutil
from pathlib import Path

from agentpar.errors import SandboxError, ToolMissing

IN_IMAGE = Path("/usr/local/cuda")
# What the extra `cuda` installs.
WHEELS = (
    "nvidia-cuda-nvcc",
    "nvidia-cuda-crt",
    "nvidia-nvvm",
    "nvidia-cuda-runtime",
    "nvidia-cuda-cccl",
    "nvidia-cuda-sanitizer-api",
)
INSTALL = "install them with `pip install 'agentpar[cuda]'` (120 MB)"
MEND = "install it with `pip install 'agentpar[cuda]'` (120 MB), or name a toolkit's folder in CUDA_HOME"
_DRIVER = "libcuda.so.1"
# Where containers get the driver's libraries from their host, which no cache of the linker lists.
_MOUNTED = (Path("/usr/local/nvidia/lib64"), Path("/usr/lib/wsl/lib"))


def find_toolkit() -> Path:
    """The folder of the CUDA toolkit: that of CUDA_HOME or CUDA_PATH, the wheels beside agentpar, or the host's own.

    Raises:
        SandboxError: there is none.
    """
    for variable in ("CUDA_HOME", "CUDA_PATH"):
        if named := os.environ.get(variable):
            if not _is_toolkit(Path(named)):
                raise SandboxError(f"{variable} names {named}, which has no bin/nvcc; {MEND}")
            return Path(named).resolve()
    found = shutil.which("nvcc")
    for folder in (wheels(), Path(found).resolve().parent.parent if found else None, IN_IMAGE):
        if folder is not None and _is_toolkit(folder):
            return folder.resolve()
    raise ToolMissing(f"nvcc is missing; {MEND}")


def wheels() -> Path | None:
    """The toolkit that the extra `cuda` installed; None where it did not."""
    spec = importlib.util.find_spec("nvidia")
    folders = [Path(folder) / "cu13" for folder in (spec.submodule_search_locations or ())] if spec else []
    return next(filter(_is_toolkit, folders), None)


def _is_toolkit(folder: Path) -> bool:
    return os.access(folder / "bin" / "nvcc", os.X_OK)


def toolkit_inside(*, is_container: bool) -> Path:
    """Where the toolkit is inside a sandbox.

    Raises:
        SandboxError: there is none.
    """
    return IN_IMAGE if is_container else find_toolkit()


def devices() -> list[Path]:
    """The device files of the NVIDIA driver; empty on a machine without one."""
    return sorted(path for path in Path("/dev").glob("nvidia*") if not path.is_dir()) if has_driver() else []


def has_driver() -> bool:
    """Whether an NVIDIA driver is loaded here."""
    return Path("/dev/nvidiactl").exists()


def has_device() -> bool:
    """Whether a driver is loaded here, and a device is visible to who asks."""
    return has_driver() and bool(_device())


def _device() -> str:
    """The one device that candidates get: the first of those in CUDA_VISIBLE_DEVICES, which may hide all of them."""
    first = os.environ.get("CUDA_VISIBLE_DEVICES", "0").partition(",")[0].strip()
    return "" if first == "-1" else first


def driver_environment(*, is_container: bool) -> dict[str, str]:
    """What a process inside needs to see the one device that is its own, and to find the driver's library; in Docker
    the container runtime sees to that.
    """
    order = os.environ.get("CUDA_DEVICE_ORDER")  # what numbers of devices mean
    environment = {"CUDA_VISIBLE_DEVICES": _device() or "-1", **({"CUDA_DEVICE_ORDER": order} if order else {})}
    if is_container or ctypes.util.find_library("cuda"):
        return environment
    named = (Path(folder) for folder in os.environ.get("LD_LIBRARY_PATH", "").split(":") if folder)
    found = [str(folder) for folder in (*_MOUNTED, *named) if (folder / _DRIVER).exists()]
    return {**environment, "LD_LIBRARY_PATH": found[0]} if found else environment
