"""Pages in the real browser: Debian's chromium, driven by playwright; no other machine is asked."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from recipes.viewer import Request, write_page
from tests.browser.inspected import EVIL, LONG
from tests.recipes.viewer.dumps import make_run

HERE = Path(__file__).parent
NAMES = ("chromium", "chromium-browser", "google-chrome")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A browser takes many seconds to start."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """A running chromium; skips where playwright or the browser is missing.

    No longer than a module: while it runs, asyncio takes the main thread for one with a loop.
    """
    api = pytest.importorskip("playwright.sync_api", reason="playwright is in extra test-extras")
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        pytest.skip(f"needs a browser: {' or '.join(NAMES)}")
    with api.sync_playwright() as playwright:
        options = {"args": ["--no-sandbox", "--disable-gpu"], "executable_path": found}
        browser = playwright.chromium.launch(**options)
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium: Any) -> Iterator[Callable[..., Any]]:
    """Open a file; at the end, there was no error, no dialog and no request but for the file."""
    contexts, wrong = [], []

    def open_file(file: Path, width: int = 1200, height: int = 800, **options: Any) -> Any:
        context = chromium.new_context(viewport={"width": width, "height": height}, **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        address = file.resolve().as_uri()
        page.on("console", lambda said: wrong.append(f"{said.type}: {said.text}"))
        page.on("pageerror", lambda error: wrong.append(f"error: {error}"))
        page.on("dialog", lambda dialog: (wrong.append("a dialog"), dialog.dismiss()))
        page.on("request", lambda asked: asked.url == address or wrong.append(asked.url))
        page.goto(address)
        return page

    yield open_file
    for context in contexts:
        context.close()
    assert wrong == []


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    runs = folder / "toy"
    make_run(runs / "a", groups=3)
    make_run(runs / "b", groups=3, texts="b", steps=(5, 20))
    make_run(runs / "c", groups=3, credit={"gtpo": {"beta": 0.1}})
    make_run(runs / LONG, groups=1, turns=2, steps=(1,), hostile=EVIL)
    make_run(runs / "big", groups=1, rollouts=64, tokens=2000, steps=(1,))
    make_run(runs / "maxrl", groups=1, name="maxrl", credit={}, steps=(1,))
    return folder


@pytest.fixture(scope="session")
def write(folder):
    """The page of a run; a file per set of options."""

    def written(name, **options):
        file = folder / f"{name}{'-'.join(map(str, options.values()))}.html"
        if not file.exists():
            if "compare" in options:
                options["compare"] = folder / "toy" / options["compare"]
            request = Request(folder / "toy" / name, **options)
            write_page(request, file, Console(quiet=True))
        return file

    return written


@pytest.fixture
def opened(write, open_page):
    """A page that has drawn itself."""

    def run(name, *, width=1200, height=800, browser=None, **options):
        page = open_page(write(name, **options), width, height, **browser or {})
        page.wait_for_selector("html[data-opened]")
        return page

    return run
