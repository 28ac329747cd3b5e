"""The table of what was found."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from .checks import Finding
from .examine import Report


def show(report: Report, console: Console) -> None:
    """One line for each check, what is wrong in red with its remedy."""
    where = f"the cluster at {report.address}" if report.address else "this machine"
    count = len(report.nodes)
    console.print(f"Asked {where}: {count} node{'s' * (count > 1)}.", highlight=False)
    table = Table(box=None, padding=(0, 2, 0, 0))
    table.add_column("", no_wrap=True)
    table.add_column("check", no_wrap=False, overflow="fold")
    table.add_column("seen", overflow="fold")
    if count > 1:
        table.add_column("nodes", overflow="fold")
    for finding in report.findings:
        mark = Text("ok", "green") if finding.ok else Text("NO", "bold red")
        row = [mark, Text(finding.check), Text(finding.seen)]
        table.add_row(*row, *([Text(_nodes(finding, count))] if count > 1 else []))
        if finding.remedy and not finding.ok:
            table.add_row("", "", Text(finding.remedy, "yellow"))
    console.print(table)
    wrong = sum(not finding.ok for finding in report.findings)
    console.print(
        "Nothing stands in the way."
        if not wrong
        else f"{wrong} of {len(report.findings)} to mend.",
        highlight=False,
    )


def _nodes(finding: Finding, count: int) -> str:
    return "all" if len(finding.nodes) == count else ", ".join(finding.nodes)
