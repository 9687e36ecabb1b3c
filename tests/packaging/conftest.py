"""The artifacts under test, each built once."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def run(*command: str | Path, cwd: Path | None = None, **environment: str) -> str:
    """Run a command and return what it printed; fail the test with its words if it fails."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=240,
    )
    if done.returncode:
        words = " ".join(str(part) for part in command)
        pytest.fail(f"{words}\n{done.stdout}\n{done.stderr}")
    return done.stdout


def build(source: Path, out: Path, kind: str, **environment: str) -> Path:
    """Build the 'wheel' or 'sdist' of a source tree with the tools that are installed here."""
    run(
        *(sys.executable, "-m", "build", "--no-isolation", f"--{kind}", "--outdir", out, source),
        **environment,
    )
    (artifact,) = out.iterdir()
    return artifact


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(ROOT, tmp_path_factory.mktemp("wheel"), "wheel")


@pytest.fixture(scope="session")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(ROOT, tmp_path_factory.mktemp("sdist"), "sdist")


@pytest.fixture(scope="session")
def user_python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the Python of an empty environment into which the wheel alone was installed."""
    home = tmp_path_factory.mktemp("user") / "a folder with spaces"
    venv.create(home, with_pip=True, symlinks=os.name != "nt")
    python = home / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    run(python, "-m", "pip", "install", "-qq", wheel)
    return python
