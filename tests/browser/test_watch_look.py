"""How a watch looks: rows fit, lists take the room there is, and a pause moves nothing."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.lab import Lab
from tests.browser.watched import MODEL, PAUSED, row, status, trained, training

#: Findings of many layers at once: each ReLU has next to no value above 0.
DEAD = """
for conv in (net.stem, net.layer1.conv):
    with torch.no_grad(): conv.bias.fill_(-100)
"""


def edges(found: Locator) -> dict[str, float]:
    box = found.bounding_box()
    assert box
    return {"top": box["y"], "bottom": box["y"] + box["height"], "right": box["x"] + box["width"]}


@pytest.mark.parametrize("width", [1000, 500, 400])
def test_rows_fit_and_a_pause_moves_nothing(jupyter: Lab, width: int) -> None:
    # A scope that comes later brings the style sheet that they share once more.
    cells = [MODEL, "w", 'ts.scope(images, name="images")', training()]
    with trained(jupyter, cells) as (opened, watch):
        opened.scope("images")
        opened.page.set_viewport_size({"width": width, "height": 2400})
        row(watch, "layer1.conv").click()
        expect(watch.get_by_role("region", name="layer1.conv", exact=True)).to_be_visible()
        scope = watch.locator(".ts-scope")  # of whatever is chosen
        # A breakpoint on one module: its dot is the last thing in the row.
        watch.get_by_role("textbox", name="Condition").fill("norm(x) > 1e9")
        watch.get_by_role("textbox", name="On modules").fill("fc")
        watch.get_by_role("button", name="Add", exact=True).click()
        dot = row(watch, "fc").get_by_title("A breakpoint looks at this module")
        expect(dot).to_be_visible()
        assert edges(dot)["right"] <= edges(watch)["right"] - 2
        tree = watch.get_by_role("tree", name="Modules")
        assert tree.evaluate("e => e.scrollWidth - e.clientWidth") <= 0
        before = edges(scope)["top"]
        watch.get_by_role("button", name="Pause").click()
        expect(status(watch)).to_contain_text(PAUSED)
        held = status(watch).inner_text()
        watch.get_by_role("combobox", name="Step by").select_option("module")
        watch.get_by_role("button", name="Step", exact=True).click()
        expect(status(watch)).not_to_have_text(held)
        expect(status(watch)).to_contain_text(PAUSED)
        expect(watch).to_contain_text("Grey: not run yet")
        place = str(watch.locator('[aria-current="step"]').get_attribute("data-row"))
        expect(watch.get_by_role("region", name=place, exact=True)).to_be_visible()
        assert edges(scope)["top"] == pytest.approx(before, abs=1)
        watch.get_by_role("button", name="Continue").click()
        # What is to be known of a record is not cut off.
        watch.get_by_role("slider", name="Step").focus()
        opened.page.keyboard.press("Home")
        said = scope.locator(".ts-chosen > .ts-clip")
        expect(said).to_have_text("output · step 0 · the first of 16 examples")
        assert said.evaluate("e => e.scrollWidth - e.clientWidth") <= 0
        assert edges(said)["bottom"] <= edges(scope.locator(".ts-facts").first)["top"] + 1


def test_the_list_of_findings_takes_the_room_beside_the_modules(jupyter: Lab) -> None:
    many = MODEL.replace(
        "net = nn.Sequential()",
        """
net = nn.Sequential()
for k in range(30):
    net.add_module(f"same{k}", nn.Identity())""",
    )
    with trained(jupyter, [many + DEAD, "w", training()]) as (_, watch):
        findings = watch.get_by_role("table", name="Findings")
        expect(findings.get_by_role("row").nth(1)).to_be_visible(timeout=60_000)
        room = edges(watch.locator(".ts-finding-list"))
        assert room["bottom"] - room["top"] > 220
        heading = edges(watch.locator(".ts-breakpoints"))
        assert heading["top"] - room["bottom"] < 4
        assert edges(watch.locator(".ts-watch-side"))["bottom"] - heading["bottom"] < 4
        # Whatever opens a module, its row is to be seen.
        tree = watch.get_by_role("tree", name="Modules")
        tree.evaluate("e => { e.scrollTop = 0; }")
        last = row(watch, "layer1.relu")
        assert edges(last)["top"] > edges(tree)["bottom"]
        findings.get_by_role("button", name="layer1.relu").click()
        expect(last).to_have_attribute("aria-selected", "true")
        expect(last).to_be_in_viewport()
        assert edges(last)["bottom"] <= edges(tree)["bottom"]


#: Children of a Sequential, two deep, and a name that leaves no room for a class.
NUMBERED = MODEL.replace(
    'net.add_module("pool"',
    'net.add_module("body", nn.Sequential(nn.BatchNorm2d(16), nn.Sequential(nn.Identity())))\n'
    'net.add_module("quite_a_long_name_of_a_layer", nn.Identity())\n'
    'net.add_module("pool"',
)


@pytest.mark.parametrize("width", [1000, 400])
def test_rows_tell_the_class_where_there_is_room(jupyter: Lab, width: int) -> None:
    with trained(jupyter, [NUMBERED, "w", training()]) as (opened, watch):
        opened.page.set_viewport_size({"width": width, "height": 2400})
        names = {"body": "Sequential", "body.0": "BatchNorm2d", "body.1.0": "Identity"}
        for name, kind in {**names, "fc": "Linear", "layer1": "Sequential"}.items():
            expect(row(watch, name).get_by_title(f"{name} · {kind}")).to_be_attached()
        # Below the line it is out of sight: it never cuts off the name, nor is it cut off itself.
        seen = """e => {
          const words = e.querySelector(".ts-row-words").getBoundingClientRect();
          const at = e.querySelector(".ts-row-kind")?.getBoundingClientRect();
          return !at || at.top >= words.bottom ? "" : at.right <= words.right + 1 ? "whole" : "cut";
        }"""
        found = {
            one: row(watch, one).evaluate(seen)
            for one in ("stem", "act", "body", "body.0", "fc", "quite_a_long_name_of_a_layer")
        }
        assert found["quite_a_long_name_of_a_layer"] == ""
        assert found["act"] == found["body"] == "whole"
        assert "cut" not in found.values()
        if width == 1000:
            assert found["stem"] == found["body.0"] == found["fc"] == "whole"
        for name in ("stem", "body.0", "fc"):
            label = row(watch, name).locator(".ts-row-words > .ts-mono")
            assert label.evaluate("e => e.scrollWidth - e.clientWidth") <= 0
            line = row(watch, name).locator(".ts-spark")
            assert edges(row(watch, name).locator(".ts-row-words"))["right"] <= (
                line.evaluate("e => e.getBoundingClientRect().left") + 1
            )
        tree = watch.get_by_role("tree", name="Modules")
        assert tree.evaluate("e => e.scrollWidth - e.clientWidth") <= 0


def test_a_breakpoint_on_nothing_is_answered_beside_its_field(jupyter: Lab) -> None:
    with trained(jupyter, [MODEL, "w", training()]) as (_, watch):
        condition = watch.get_by_role("textbox", name="Condition")
        on = watch.get_by_role("textbox", name="On modules")
        condition.fill("norm(x) > 1e9")
        on.fill("conv99*")
        watch.get_by_role("button", name="Add", exact=True).click()
        said = watch.locator(".ts-break-form").get_by_role("alert")
        expect(said).to_contain_text("on='conv99*' means no watched module; nearest: layer1.conv")
        expect(on).to_have_attribute("aria-invalid", "true")
        expect(condition).to_have_attribute("aria-invalid", "false")
        on.fill("layer1.*")
        expect(said).to_be_empty()
        watch.get_by_role("button", name="Add", exact=True).click()
        expect(watch.get_by_role("table", name="Breakpoints")).to_contain_text("layer1.*")
