"""Pages in the real browser: Debian's chromium, driven by playwright; no other machine is asked."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """A running chromium; skips where playwright or the browser is missing."""
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
