"""The templates of pages: Jinja, escaped, undefined names refused."""

from __future__ import annotations

from pathlib import Path

import jinja2

from .style import variables

_HERE = Path(__file__).parent


def template(file: Path) -> jinja2.Template:
    """The template in a file, which may extend ``base.html`` and include files beside itself.

    ``base.html`` wants ``title``; the style sheet is there without being passed.
    """
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader([file.parent, _HERE]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    css = (_HERE / "page.css").read_text(encoding="utf-8")
    environment.globals["page_css"] = f"{variables()}\n{css}"
    return environment.get_template(file.name)
