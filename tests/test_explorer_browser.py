"""The page in Chromium: every memory once, and what a link, a file and two windows may do."""

from __future__ import annotations

import io
import socket

import numpy as np
import pytest
from PIL import Image

import neuromem as nm
from neuromem.bench import explorer as driver
from neuromem.explorer import Named, State
from neuromem.explorer.serve import free, serve

pytestmark = [pytest.mark.slow, pytest.mark.skipif(bool(driver.missing()), reason=driver.missing() or "none")]
START = State(items="digits", stored=3, fraction=0.1, beside="willshaw")


@pytest.fixture(scope="module")
def address():
    with driver.served(Named(), START) as at:
        yield at


@pytest.fixture(scope="module")
def page(address):
    """One window, which notes every error and every request to another host."""
    with driver.window() as opened:
        opened.faults = []
        opened.on("console", lambda m: opened.faults.append(m.text) if m.type == "error" else None)
        opened.on("pageerror", lambda error: opened.faults.append(str(error)))
        own = (address, address.replace("http", "ws"), "data:", "blob:")
        opened.on("request", lambda r: None if r.url.startswith(own) else opened.faults.append(f"asks {r.url}"))
        opened.goto(address)
        driver.handle(opened, "step").wait_for()
        yield opened


def pixels(page):
    return np.asarray(Image.open(io.BytesIO(page.screenshot())).convert("L"))


@pytest.mark.parametrize("name", nm.models.ALL)
def test_every_memory_in_the_browser(page, name):
    """Chosen, stepped, set and compared: no fault, and the page changes each time."""
    driver.choice(page, "memory").select_option(label=name.replace("_", " "))
    verdict = page.locator(".verdict").filter(has=page.locator("b.one"))
    page.wait_for_function(WAIT, arg=["b.one", name])
    title = page.locator(".bk-slider-title").filter(has_text="step").first
    before = title.inner_text()
    driver.answer(page, "step", "Home")
    assert title.inner_text() != before
    assert "step 0 of" in title.inner_text()
    driver.answer(page, "fraction", "ArrowRight" if list(nm.models.ALL).index(name) % 2 else "ArrowLeft")
    assert page.locator(".trouble").count() == 0, page.locator(".trouble").first.inner_text()
    assert name in verdict.inner_text()
    assert page.locator("b.other").inner_text() == "willshaw"
    shown = pixels(page)
    assert shown.std() > 20, "the page is blank"
    assert (shown < 100).mean() > 0.005
    assert not page.faults


WAIT = """([selector, text]) => {
    const find = (root) => {
        for (const e of root.querySelectorAll('*')) {
            if (e.matches(selector) && e.textContent.startsWith(text)) return true
            if (e.shadowRoot && find(e.shadowRoot)) return true
        }
        return false
    }
    return find(document)
}"""


def test_two_windows_share_no_state(address, page):
    page.goto(f"{address}?memory=attention&stored=5&items=digits")
    page.wait_for_function(WAIT, arg=["b.one", "attention"])
    other = page.context.new_page()
    other.goto(f"{address}?memory=pavlov&items=digits&stored=5")
    other.wait_for_function(WAIT, arg=["b.one", "pavlov"])
    driver.answer(other, "fraction")
    assert page.locator("b.one").first.inner_text() == "attention"
    other.close()
    assert not page.faults


@pytest.mark.parametrize(
    "link",
    ["memory=/etc/passwd.py:X", "items=/etc/passwd", "stored=-3", "fraction=7", "memory=hopfield:temperature=-1"],
)
def test_a_bad_link_is_a_line_in_a_page_that_lives(address, page, link):
    page.goto(f"{address}?{link}")
    page.locator(".trouble").first.wait_for()
    page.get_by_role("button", name="Why attention does not").click()
    page.wait_for_function(WAIT, arg=["b.one", "attention"])
    page.locator(".trouble").first.wait_for(state="detached")
    assert not page.faults


def test_the_phase_diagram_runs_what_is_clicked(address, page):
    page.goto(address)
    driver.handle(page, "step").wait_for()
    page.get_by_text("Phase diagram", exact=True).click()
    here = page.locator(".note").filter(has_text="you are here")
    before = here.inner_text()
    boxes = [box.bounding_box() for box in page.locator(".bk-Figure").all()]
    large = max((box for box in boxes if box), key=lambda box: box["width"] * box["height"])
    page.mouse.click(large["x"] + 0.7 * large["width"], large["y"] + 0.5 * large["height"])
    page.wait_for_function(WAIT, arg=["b.one", "hopfield:temperature"])
    here.filter(has_not_text=before.splitlines()[0]).wait_for()
    assert not page.faults


def test_a_port_in_use_and_an_address_that_is_not_here_are_refused():
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(nm.InputError, match="another program has port"):
        free("127.0.0.1", taken.getsockname()[1])
    with pytest.raises(nm.InputError, match="can't be served"):
        free("192.0.2.1", 5007)
    with pytest.raises(nm.InputError, match="be one that neuromem has"):
        serve(Named(), State(memory="evil.py:Evil"), port=0, show=False)
