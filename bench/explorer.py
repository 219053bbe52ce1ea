"""The explorer in Chromium: how long a slider takes from the key to the painted answer."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import re
import statistics
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from neuromem import models
from neuromem.bench import Row
from neuromem.explorer import Named, State
from neuromem.explorer.serve import serve

CHROMIUM = Path("/usr/bin/chromium")  # of the Debian package
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
FLAGS += ["--disable-background-networking", "--disable-component-update"]
GOAL_S, SPIKING_S = 0.2, 1.0
TURNS = 5
PATIENCE_MS = 600_000  # on a busy machine; the first recall of a memory compiles its loops
ASK = """() => {
    const now = Bokeh.documents[0].get_model_by_name("now").renderers[0].data_source
    window.asked = null
    document.addEventListener("keydown", () => { window.asked ??= performance.now() }, {capture: true, once: true})
    window.answer = new Promise(done => {
        const end = () => done(performance.now() - window.asked)
        const painted = () => requestAnimationFrame(() => requestAnimationFrame(end))
        now.properties.data.change.connect(painted)
    })
}"""


def missing() -> str:
    """Say what the browser needs and this machine has not, or nothing."""
    if not CHROMIUM.exists():
        return f"there is no {CHROMIUM}: apt-get install chromium"
    lacking = [name for name in ("panel", "playwright") if importlib.util.find_spec(name) is None]
    return f"{lacking[0]} is not installed: pip install -e '.[dev]'" if lacking else ""


@contextlib.contextmanager
def served(named: Named | None = None, state: State | None = None) -> Iterator[str]:
    """Serve pages on a thread of its own; gives the address."""
    ready, servers = threading.Event(), []

    def work() -> None:
        asyncio.set_event_loop(asyncio.new_event_loop())
        servers.append(serve(named or Named(), state or State(), port=0, show=False))
        servers[0].io_loop.call_later(0, ready.set)
        servers[0].io_loop.start()

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    assert ready.wait(60), "the server did not start"
    try:
        yield f"http://127.0.0.1:{servers[0].port}/"
    finally:
        servers[0].io_loop.add_callback(servers[0].io_loop.stop)
        thread.join(10)


@contextlib.contextmanager
def window(width: int = 1500, height: int = 1200) -> Iterator[Any]:
    """Open a window of Chromium."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS, timeout=PATIENCE_MS)
        try:
            context = browser.new_context(viewport={"width": width, "height": height})
            context.set_default_timeout(PATIENCE_MS)  # of all its windows
            yield context.new_page()
        finally:
            browser.close()


def choice(page: Any, name: str) -> Any:
    """Return the choice with a label."""
    group = page.locator(".bk-input-group").filter(has=page.locator("label", has_text=re.compile(f"^{name}$")))
    return group.locator("select").first


def handle(page: Any, name: str) -> Any:
    """Return the handle of a slider by the beginning of its title."""
    group = page.locator(".bk-input-group").filter(has=page.locator(".bk-slider-title", has_text=name))
    return group.locator(".noUi-handle").first


def answer(page: Any, slider: str, key: str = "ArrowRight") -> float:
    """Move a slider by a key; return the seconds until the answer is painted."""
    page.evaluate(ASK)
    handle(page, slider).press(key)
    return page.evaluate("() => window.answer") / 1000


def measure(quick: bool) -> list[Row]:
    """Time sliders on digits, 8x8, 20 of them, for every memory; `other_s` is the goal."""
    if why := missing():
        return [Row("explorer", note=why)]
    rows = []
    with served() as address, window() as page:
        for name in list(models.ALL)[: 3 if quick else None]:
            page.goto(f"{address}?memory={name}&items=digits&stored=20")
            handle(page, "fraction").wait_for()
            answer(page, "fraction")  # the first may compile
            times = [answer(page, "fraction", "ArrowRight" if n % 2 else "ArrowLeft") for n in range(TURNS)]
            spiking = models.ALL[name].step_unit == "ms"
            note = f"damage moved, {TURNS} times, worst {max(times):.3f} s; the other is the goal"
            rows.append(Row(name, statistics.median(times), SPIKING_S if spiking else GOAL_S, 1.0, note))
    return rows
