"""What tests of the page of `verl-credit inspect` share: texts, and questions to the page."""

from __future__ import annotations

from typing import Any

import pytest

EVIL = "</script><img src=x onerror=alert(1)><!--<b>{{ 7*7 }}"
LONG = "evil_" + "x" * 60  # a name of a run that no phone holds on one line


def numbers(page: Any) -> dict[str, str]:
    """What the panel says of the token that is chosen or pointed at."""
    names = page.locator("#token-numbers dt").all_text_contents()
    return dict(zip(names, page.locator("#token-numbers dd").all_text_contents(), strict=True))


def said(page: Any) -> str:
    return page.locator("#token-name").text_content()


def until(page: Any, condition: str) -> None:
    """Wait for a condition; playwright's own way needs eval, which the page forbids."""
    for _ in range(100):
        if page.evaluate(condition):
            return
        page.wait_for_timeout(50)
    pytest.fail(f"never: {condition}")


def elements(page: Any) -> int:
    return page.evaluate("document.querySelectorAll('*').length")


def cards(page: Any) -> list[str]:
    return page.locator("article h3").all_text_contents()
