"""What real nodes say: this machine, and a cluster of two raylets."""

from __future__ import annotations

import importlib.metadata
import platform
import socket
from pathlib import Path

import pytest

from recipes.cluster import survey
from recipes.errors import RecipeError


def test_this_machine_answers_for_itself(tmp_path):
    file = tmp_path / "gold.txt"
    file.write_text("42")
    spec = {
        "packages": ["numpy", "no-such-package"],
        "files": [str(file), str(tmp_path / "missing"), str(tmp_path)],
        "folder": str(tmp_path / "not" / "yet"),
    }
    (node,) = survey(None, spec)
    assert (node.name, node.error) == ("this machine", "")
    found = node.facts
    assert found["python"] == platform.python_version()
    assert found["packages"] == {
        "numpy": importlib.metadata.version("numpy"),
        "no-such-package": None,
    }
    digest, missing, folder = found["files"].values()
    assert digest == "73475cb40a568e8da8a045ced110137e159f890ac4da883b6b17dc651b3a8049"
    assert missing is None
    assert len(folder) == 64
    for name in ("shm", "memory", "disk"):
        assert 0 < found[name]["free"] <= found[name]["total"]
    assert found["cpus"] >= 1
    assert found["processor"]
    assert "code" not in found


@pytest.mark.skipif(platform.machine() != "x86_64", reason="only there the kernel names it")
def test_the_processor_has_the_name_that_cpuinfo_reads():
    (node,) = survey(None, {})
    assert node.facts["processor"] == pytest.importorskip("cpuinfo").get_cpu_info()["brand_raw"]


def test_a_folder_is_another_when_a_small_file_in_it_is(tmp_path):
    def digest() -> str:
        (node,) = survey(None, {"files": [str(tmp_path)]})
        return node.facts["files"][str(tmp_path)]

    (tmp_path / "config.json").write_text("{}")
    first = digest()
    assert digest() == first
    (tmp_path / "config.json").write_text("[]")
    assert digest() != first


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("import os; assert os.environ['ASKED'] == 'yes'", ""),
        ("import no_such_module", "ModuleNotFoundError: No module named 'no_such_module'"),
        ("raise SystemExit(3)", "exit status 3"),
        ("import time; time.sleep(60)", "it took longer than 5 s"),
    ],
)
def test_code_is_tried_as_a_worker_would_run_it(code, said):
    (node,) = survey(None, {"code": code, "env": {"ASKED": "yes"}, "code_s": 5.0})
    assert node.facts["code"] == said


@pytest.mark.slow
def test_every_node_of_a_cluster_answers(address, tmp_path):
    file = tmp_path / "gold.txt"
    file.write_text("42")
    nodes = survey(address, {"packages": ["ray"], "files": [str(file)]})
    assert len({node.name for node in nodes}) == 2
    assert sorted(node.resources["CPU"] for node in nodes) == [2.0, 3.0]
    assert {node.resources.get("GPU", 0.0) for node in nodes} == {0.0, 2.0}
    for node in nodes:
        assert node.error == ""
        assert node.facts["files"][str(file)].startswith("73475cb4")
        assert abs(node.skew_s) < 1


def test_a_cluster_that_is_gone_is_said_at_once():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(RecipeError, match=f"cluster at 127.0.0.1:{port}, but it does not answer"):
        survey(f"127.0.0.1:{port}", {})


def test_the_probe_needs_nothing_that_is_installed():
    """It runs on nodes where verl-credit may be missing."""
    import ast
    import sys

    from recipes.cluster import probe

    tree = ast.parse(Path(probe.__file__).read_text())
    names = {alias.name for n in ast.walk(tree) if isinstance(n, ast.Import) for alias in n.names}
    names |= {n.module for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
    assert {name.split(".")[0] for name in names} <= {*sys.stdlib_module_names, "__future__"}
