"""Seconds until the page of `verl-credit inspect` is drawn in headless Chromium, and its size.

    python tests/benchmarks/bench_inspect.py [--rollouts 64] [--tokens 2000] [--rounds 5]

Needs playwright (extra test-extras) and a chromium. One group, every layer of
maxrl_gtpo_sepa_hicra. The time runs from the request for the file to the frame after the one in
which the page is drawn. Target: under 2 s for 64 rollouts of 2,000 tokens.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
import tempfile
import time
import types
from pathlib import Path

from rich.console import Console

ROOT = Path(__file__).parents[2]
sys.modules["tests"] = types.ModuleType("tests")  # another package may be called so
sys.modules["tests"].__path__ = [str(ROOT / "tests")]  # type: ignore[attr-defined]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rollouts", type=int, default=64)
    parser.add_argument("--tokens", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    from playwright.sync_api import sync_playwright  # in extra test-extras only

    from recipes.viewer import Request, write_page
    from tests.recipes.viewer.dumps import write_step

    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        size = {"groups": 1, "rollouts": args.rollouts, "tokens": args.tokens}
        dump, page = write_step(Path(folder), 1, **size), Path(folder, "page.html")
        start = time.perf_counter()
        write_page(Request(dump), page, Console(quiet=True))
        wrote = time.perf_counter() - start
        options = {"args": ["--no-sandbox", "--disable-gpu"]}
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), **options)
        seconds, elements = [], 0
        for _ in range(args.rounds):
            tab = browser.new_context(viewport={"width": 1400, "height": 900}).new_page()
            tab.goto(page.as_uri())
            tab.wait_for_selector("html[data-opened]")
            seconds.append(float(tab.evaluate("document.documentElement.dataset.opened")) / 1000)
            elements = tab.evaluate("document.querySelectorAll('*').length")
            tab.context.close()
        browser.close()
        print(f"{args.rollouts} rollouts of about {args.tokens} tokens, {args.rounds} rounds")
        print(f"{'file':12s} {page.stat().st_size / 1e6:6.2f} MB, written in {wrote:.2f} s")
        print(f"{'opened after':12s} {statistics.median(seconds):6.2f} s", end=" ")
        print(f"({min(seconds):.2f} to {max(seconds):.2f}); target 2 s")
        print(f"{'elements':12s} {elements:6d}")


if __name__ == "__main__":
    main()
