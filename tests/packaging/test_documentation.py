"""The examples of the documentation give what the page says."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import pytest

from tests.packaging.conftest import ROOT

PAGES = sorted((ROOT / "docs").glob("*.md"))
EXAMPLE = re.compile(r"^```pycon\n(.*?)^```$", flags=re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize(
    "page", [page for page in PAGES if "```pycon" in page.read_text()], ids=lambda page: page.stem
)
def test_examples_of_a_page_run_and_give_what_it_says(page: Path) -> None:
    source = "".join(EXAMPLE.findall(page.read_text()))
    test = doctest.DocTestParser().get_doctest(source, {}, page.name, str(page), 0)
    assert test.examples
    report: list[str] = []
    result = doctest.DocTestRunner(verbose=False).run(test, out=report.append)
    assert result.failed == 0, "".join(report)


def test_the_first_page_that_people_follow_has_examples() -> None:
    assert "```pycon" in (ROOT / "docs" / "quickstart.md").read_text()


def test_every_page_is_under_the_index() -> None:
    listed = re.findall(
        r"^(?:reference/)?[a-z]+$", (ROOT / "docs" / "index.md").read_text(), flags=re.MULTILINE
    )
    pages = {
        str(page.relative_to(ROOT / "docs").with_suffix(""))
        for page in [*PAGES, *(ROOT / "docs" / "reference").glob("*.md")]
    }
    assert pages - {"index"} == set(listed)


def test_dependencies_page_names_every_dependency_that_users_get() -> None:
    words = (ROOT / "docs" / "dependencies.md").read_text()
    project = (ROOT / "pyproject.toml").read_text()
    block = re.search(r"^dependencies = \[\n(.*?)^\]", project, flags=re.MULTILINE | re.DOTALL)
    assert block is not None
    names = re.findall(r'"([a-z]+)', block[1])
    assert len(names) == 5
    assert [name for name in names if f"[{name}](" not in words] == []
