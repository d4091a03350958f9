import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parent.parent

pytestmark = pytest.mark.sandbox


def run(*command: str | Path, cwd: Path) -> str:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, f"{command} exited with {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clean virtual environment, outside the checkout, with the built wheel in it."""
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "build", "--wheel", "--outdir", folder, CHECKOUT, cwd=folder)
    (wheel,) = folder.glob("agentpar-*.whl")
    run(sys.executable, "-m", "venv", "--without-pip", folder / "venv", cwd=folder)
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", folder / "venv/bin/python")
    # What is imported is compiled then; the rest need not be.
    run(*pip, "install", "-q", "--no-compile", "-c", CHECKOUT / "constraints.txt", wheel, cwd=folder)
    return folder


def test_the_installed_command_knows_its_version(installation: Path) -> None:
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["project"]
    assert project["version"] in run(installation / "venv/bin/agentpar", "--version", cwd=installation)


def test_doctor_reports_as_json_from_any_folder(installation: Path, tmp_path: Path) -> None:
    report = json.loads(run(installation / "venv/bin/agentpar", "doctor", "--json", cwd=tmp_path))
    assert report


@pytest.mark.parametrize("folder", ["sandboxes", "prompts"])
def test_the_wheel_carries_every_packaged_file(installation: Path, tmp_path: Path, folder: str) -> None:
    found = run(
        installation / "venv/bin/python",
        "-c",
        f"from agentpar.resources import resource; print(resource({folder!r}))",
        cwd=tmp_path,
    )
    installed = Path(found.strip())
    assert installed.is_relative_to(installation / "venv")
    assert _files(installed) == _files(CHECKOUT / folder)


def test_the_installed_image_is_the_checkouts_image(installation: Path, tmp_path: Path) -> None:
    program = "from agentpar.sandbox.image import image_tag; print(image_tag())"
    installed = run(installation / "venv/bin/python", "-c", program, cwd=tmp_path)
    assert installed == run(sys.executable, "-c", program, cwd=tmp_path)


def _files(folder: Path) -> set[str]:
    """All but what Python makes of its own files where a package is installed."""
    files = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return {file.as_posix() for file in files if "__pycache__" not in file.parts}
