"""The notebook runs from a clean start, draws its figures, and is committed without outputs."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TOUR = ROOT / "recipes" / "tour.ipynb"
LONGEST_S = 60


def test_it_is_committed_without_outputs():
    cells = json.loads(TOUR.read_text())["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    assert len(code) > 8
    assert all(not cell["outputs"] and cell["execution_count"] is None for cell in code)


@pytest.mark.slow
def test_it_runs_in_under_a_minute_and_shows_figures(tmp_path, monkeypatch):
    pytest.importorskip("ipykernel", reason="the extra test-extras is not installed")
    nbclient = pytest.importorskip("nbclient", reason="the extra test-extras is not installed")
    nbformat = pytest.importorskip("nbformat", reason="the extra test-extras is not installed")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    notebook = nbformat.read(TOUR, as_version=4)
    client = nbclient.NotebookClient(
        notebook, timeout=LONGEST_S, resources={"metadata": {"path": str(tmp_path)}}
    )
    start = time.monotonic()
    client.execute()
    assert time.monotonic() - start < LONGEST_S
    kinds = [kind for cell in notebook.cells for o in cell.get("outputs", []) for kind in said(o)]
    assert kinds.count("image/png") == 4
    last = notebook.cells[-1]["outputs"][0]["data"]["text/plain"]
    assert last == "[]", "the notebook's operator keeps every law"


def said(output) -> list[str]:
    assert output.output_type != "stream" or output.name == "stdout", output.text
    return list(output.get("data", {}))
