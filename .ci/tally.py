"""Add up JUnit reports, print one closing line, and fail unless all went well.

Each argument is 'runner:exit status:path of its report'.
"""

from __future__ import annotations

import sys
import xml.etree.ElementTree as ET
from collections import Counter
from pathlib import Path


def count(report: Path) -> Counter[str]:
    """Count the test cases of a report by how they ended."""
    counts: Counter[str] = Counter()
    for case in ET.parse(report).iter("testcase"):
        endings = {child.tag for child in case}
        if endings & {"failure", "error"}:
            counts["failed"] += 1
        elif "skipped" in endings:
            counts["skipped"] += 1
        else:
            counts["passed"] += 1
    return counts


def main(args: list[str]) -> int:
    """Print what each runner did and the sum; return the exit status."""
    total: Counter[str] = Counter()
    good = True
    for arg in args:
        runner, status, path = arg.split(":", 2)
        report = Path(path)
        counts = count(report) if report.is_file() else Counter[str]()
        total += counts
        print(f"{runner}: {counts['passed']} passed, {counts['failed']} failed (exit {status})")
        if status != "0" or counts["failed"]:
            good = False
        if not counts["passed"] + counts["failed"]:
            print(f"{runner} ran no test, which counts as a failure")
            good = False
    skipped = f", {total['skipped']} skipped" if total["skipped"] else ""
    print("all tests passed" if good else "NOT all went well: see above")
    print(f"{total['passed']} passed, {total['failed']} failed{skipped}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
