"""The closing line of `make test` says what really happened, and failure is never lost."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.packaging.conftest import ROOT

PASSED = '<testcase name="a"/>'
FAILED = '<testcase name="b"><failure message="no"/></testcase>'
BROKEN = '<testcase name="c"><error message="no"/></testcase>'
SKIPPED = '<testcase name="d"><skipped/></testcase>'


@pytest.fixture
def report(tmp_path: Path):
    def write(name: str, *cases: str) -> Path:
        path = tmp_path / f"{name}.xml"
        path.write_text(f"<testsuites><testsuite>{''.join(cases)}</testsuite></testsuites>")
        return path

    return write


def tally(*args: str) -> tuple[int, list[str]]:
    command = [sys.executable, str(ROOT / ".ci" / "tally.py"), *args]
    done = subprocess.run(command, capture_output=True, text=True)
    return done.returncode, done.stdout.splitlines()


def test_all_good_adds_up_both_runners(report) -> None:
    status, lines = tally(
        f"pytest:0:{report('p', PASSED, PASSED)}", f"vitest:0:{report('v', PASSED)}"
    )
    assert (status, lines[-1]) == (0, "3 passed, 0 failed")


def test_failures_and_errors_are_failed(report) -> None:
    status, lines = tally(f"pytest:1:{report('p', PASSED, FAILED, BROKEN)}")
    assert (status, lines[-1]) == (1, "1 passed, 2 failed")


def test_skipped_tests_are_told(report) -> None:
    status, lines = tally(f"pytest:0:{report('p', PASSED, SKIPPED)}")
    assert (status, lines[-1]) == (0, "1 passed, 0 failed, 1 skipped")


def test_a_runner_that_failed_without_a_failed_test_is_a_failure(report) -> None:
    status, lines = tally(f"pytest:3:{report('p', PASSED)}", f"vitest:0:{report('v', PASSED)}")
    assert (status, lines[-1]) == (1, "2 passed, 0 failed")
    assert "pytest: 1 passed, 0 failed (exit 3)" in lines


def test_a_runner_that_ran_no_test_is_a_failure(report, tmp_path: Path) -> None:
    status, lines = tally(f"pytest:0:{report('p', PASSED)}", f"vitest:0:{tmp_path / 'none.xml'}")
    assert status == 1
    assert "vitest ran no test, which counts as a failure" in lines


def test_a_path_with_colons_and_spaces_is_read(report) -> None:
    path = report("a b:c", PASSED)
    assert tally(f"pytest:0:{path}")[0] == 0
