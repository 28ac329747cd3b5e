"""Writing a report: `report.html`, `report.md` and `figures/*.svg`, each in one rename."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from ...page import template
from ...page.style import COLORS
from ..analysis import Analysis
from ..table import write_whole
from ..words import unfinished
from .content import command, facts, lead, sections
from .figures import Figure, figures

_HERE = Path(__file__).parent
_WIDTH = 640
_STYLE = "<style>svg{color:#1d2330;font-family:system-ui,sans-serif}</style>"


def write(analysis: Analysis) -> Path:
    """Write the report of what is in, and return the page's path."""
    folder = analysis.plan.folder
    drawn = list(figures(analysis))
    page = template(_HERE / "page.html").render(
        title=f"Campaign {analysis.plan.name}",
        lead=lead(analysis),
        unfinished=unfinished(analysis),
        facts=facts(analysis),
        figures=drawn,
        sections=sections(analysis),
        command=command(analysis),
    )
    for figure in drawn:
        write_whole(folder / "figures" / f"{figure.name}.svg", standalone(figure.svg))
    write_whole(folder / "report.md", markdown(analysis, drawn))
    write_whole(folder / "report.html", page)
    return folder / "report.html"


def standalone(svg: str) -> str:
    """A figure of the page as a file of its own: light colours on white, for any viewer."""
    for number, color in enumerate(COLORS, 1):
        svg = svg.replace(f"var(--series-{number})", color)
    box = re.search(r'viewBox="([\d.]+) ([\d.]+) ([\d.]+) ([\d.]+)"', svg)
    width, height = (float(box[3]), float(box[4])) if box else (_WIDTH, _WIDTH)
    names = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
    size = f'width="{_WIDTH}" height="{_WIDTH * height / width:.0f}"'
    svg = svg.replace("<svg ", f"<svg {names} {size} ", 1)
    head, end, rest = svg.partition(">")
    paper = f'<rect width="{width}" height="{height}" fill="#ffffff"/>'
    return f"{head}{end}{_STYLE}{paper}{rest}\n"


def markdown(analysis: Analysis, drawn: list[Figure]) -> str:
    """The report as Markdown, with its figures beside it."""
    lines = [f"# Campaign {analysis.plan.name}", "", f"**{lead(analysis)}**", ""]
    lines += [said, ""] if (said := unfinished(analysis)) else []
    lines += [f"- {name}: {value}" for name, value in facts(analysis)]
    for figure in drawn:
        lines += ["", f"## {figure.title}", "", f"![{figure.title}](figures/{figure.name}.svg)"]
        lines += ["", figure.text]
    for section in sections(analysis):
        lines += ["", f"## {section.title}", ""]
        lines += [f"{sentence}\n" for sentence in section.sentences]
        if section.rows:
            lines += [_row(section.head), _row(["---"] * len(section.head))]
            lines += [_row(row) for row in section.rows]
    lines += ["", "## Again", "", "```bash", command(analysis), "```", ""]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines))


def _row(cells: Sequence[str]) -> str:
    escaped = [cell.replace("|", "\\|").replace("\n", " ") for cell in cells]
    return f"| {' | '.join(escaped)} |"
