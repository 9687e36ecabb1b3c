"""The documentation is true: its examples give what it says, and nothing public is left out."""

from __future__ import annotations

import doctest
import re
import tomllib
from pathlib import Path

import pytest

import tensorscope
from tests.packaging.conftest import ROOT

DOCS = ROOT / "docs"
PAGES = sorted(DOCS.rglob("*.md"))
EXAMPLE = re.compile(r"^```pycon\n(.*?)^```$", flags=re.MULTILINE | re.DOTALL)
PUBLIC = sorted(set(tensorscope.__all__) - {"__version__"})


def run_examples(source: str, name: str) -> None:
    test = doctest.DocTestParser().get_doctest(source, {}, name, name, 0)
    assert test.examples
    report: list[str] = []
    result = doctest.DocTestRunner(verbose=False).run(test, out=report.append)
    assert result.failed == 0, "".join(report)


@pytest.mark.parametrize(
    "page", [page for page in PAGES if "```pycon" in page.read_text()], ids=lambda page: page.stem
)
def test_examples_of_a_page_give_what_it_says(page: Path) -> None:
    run_examples("".join(EXAMPLE.findall(page.read_text())), page.name)


@pytest.mark.parametrize(
    "name", [name for name in PUBLIC if ">>> " in (getattr(tensorscope, name).__doc__ or "")]
)
def test_examples_of_a_docstring_give_what_it_says(name: str) -> None:
    run_examples(getattr(tensorscope, name).__doc__, name)


def test_the_page_that_newcomers_follow_has_examples() -> None:
    assert "```pycon" in (DOCS / "quickstart.md").read_text()


@pytest.mark.parametrize("name", PUBLIC)
def test_everything_public_is_in_the_reference(name: str) -> None:
    reference = "\n".join(page.read_text() for page in (DOCS / "reference").glob("*.md"))
    assert re.search(rf"^\.\. auto(function|class|exception):: {name}\b", reference, re.MULTILINE)


def test_every_page_is_under_the_index() -> None:
    listed = re.findall(r"^(?:reference/)?[a-z]+$", (DOCS / "index.md").read_text(), re.MULTILINE)
    pages = {page.relative_to(DOCS).with_suffix("").as_posix() for page in PAGES}
    assert pages - {"index"} == set(listed)


def test_dependencies_page_says_why_for_each_that_users_get() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    names = [re.split(r"\W", requirement)[0] for requirement in project["dependencies"]]
    words = (DOCS / "dependencies.md").read_text()
    assert [name for name in names if f"| [{name}](" not in words] == []
