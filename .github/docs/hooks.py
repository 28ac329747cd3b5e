"""What mkdocs calls while it builds: it adds the collected pages and draws the diagrams."""

from __future__ import annotations

import re
from typing import Any

import pages
from diagrams import figure
from mkdocs.structure.files import File, Files

_MERMAID = re.compile(r"^```mermaid\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def on_config(config: Any) -> Any:
    """Set the navigation, which follows from the pages."""
    config.nav = pages.navigation()
    return config


def on_files(files: Files, config: Any) -> Files:
    """Add every collected page."""
    for path, text in pages.collect().items():
        files.append(File.generated(config, path, content=text))
    return files


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Replace each Mermaid block by its picture."""
    return _MERMAID.sub(lambda block: figure(block[1]), markdown)
