"""The README is true: its example gives what it says, and what it points to is there."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_its_example_gives_what_it_says() -> None:
    (source,) = re.findall(r"^```pycon\n(.*?)^```$", README, flags=re.MULTILINE | re.DOTALL)
    example = doctest.DocTestParser().get_doctest(source, {}, "README", "README.md", 0)
    assert example.examples
    report: list[str] = []
    result = doctest.DocTestRunner(verbose=False).run(example, out=report.append)
    assert result.failed == 0, "".join(report)


def test_what_it_points_to_is_there() -> None:
    targets = re.findall(r'(?:\]\(|src="|srcset=")([^):"]+)[)"]', README)
    assert len(targets) >= 6
    assert [target for target in targets if not (ROOT / target).is_file()] == []


def test_its_commands_are_targets_of_make() -> None:
    rules = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE)
    assert set(re.findall(r"\bmake ([a-z]+)", README)) == {"demo", "test", "docs"}
    assert {"demo", "test", "docs"} <= set(rules)


def test_pictures_are_small_and_sharp() -> None:
    pictures = sorted((ROOT / "docs" / "images").glob("*.png"))
    names = {picture.stem.rsplit("-", 1)[0] for picture in pictures}
    assert {p.stem for p in pictures} == {f"{n}-{t}" for n in names for t in ("light", "dark")}
    for picture in pictures:
        assert picture.stat().st_size < 200_000
        with Image.open(picture) as image:
            assert image.width >= 780  # 400 px at twice the resolution, less the frame
