"""Mutation check: puts each fault of mutants.py into a copy of the source and runs the fast tests.

    python tests/mutants/run.py [FILTER]

A mutant is killed if a test turns red, an import fails, or a test hangs. FILTER picks those whose
file or text holds it. Ends with the survivors and the share killed; exit status 1 below 90%.

Each run is a fork of this process, which has imported torch and hypothesis and none of our code;
hypothesis neither shrinks nor remembers, so two checks of one tree say the same.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

from mutants import MUTANTS

ROOT = Path(__file__).parents[2]
ENOUGH = 0.9
HANGS = 60  # seconds for one test
# The quick and sharp ones first: a run ends at its first failure.
TESTS = [
    *("goldens", "goldens_family", "schedules", "config", "batch_and_stats", "reductions"),
    *("estimator", "laws_planning", "detectors", "maxrl_identity", "fused", "answer"),
    *("composition", "verl_equality", "laws_family", "laws", "imports"),
]
# Slow, and about the tests (broken twins), about imports, or about what operators show already.
SKIP = (
    "not turns_red and not estimator_obeys and not every_name and not import_verl "
    "and not imports_nothing and not encoder and not bites"
)


def run_tests(folder: Path) -> str:
    """The first failure in the copy; '' if all pass."""
    output = folder / "output.txt"
    child = os.fork()
    if not child:
        os._exit(_pytest(folder, output))
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    lines = output.read_text().splitlines()
    failed = [line for line in lines if line.startswith(("FAILED", "ERROR", "+++ Timeout"))]
    return (failed or [f"exit status {status}: {' '.join(lines[-1:])}"])[0] if status else ""


def _pytest(folder: Path, output: Path) -> int:
    """The body of the fork: pytest on the copy, quietly; its exit status."""
    import pytest

    sink = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(sink, 1)
    os.dup2(sink, 2)
    os.chdir(folder)
    sys.path.insert(0, str(folder))
    sys.dont_write_bytecode = True
    files = [f"tests/credit/test_{name}.py" for name in TESTS]
    flags = ["-x", "-q", "--no-header", "--tb=line", "-p", "no:cacheprovider"]
    return int(pytest.main([*flags, "-o", f"timeout={HANGS}", "-k", SKIP, *files]))


def copy_to(folder: Path) -> None:
    """What the tests need, without caches."""
    ignored = shutil.ignore_patterns("__pycache__", ".hypothesis")
    for part in ("credit_plugins", "tests/credit"):
        shutil.copytree(ROOT / part, folder / part, ignore=ignored)
    shutil.copy(ROOT / "pyproject.toml", folder)
    shutil.copy(ROOT / "tests/conftest.py", folder / "tests")


def try_mutant(folder: Path, path: str, old: str, new: str) -> str:
    """What kills the mutant; '' if it survives.

    Raises:
        SystemExit: the source no longer holds its text once.
    """
    file = folder / path
    source = file.read_text()
    if source.count(old) != 1:
        raise SystemExit(f"{path} holds {old!r} {source.count(old)} times; mend mutants.py")
    file.write_text(source.replace(old, new))
    try:
        return run_tests(folder)
    finally:
        file.write_text(source)


def prepare() -> None:
    """Import what every fork needs, and let hypothesis only look for failures."""
    os.environ["OMP_NUM_THREADS"] = "1"
    import torch
    from hypothesis import Phase, settings

    torch.set_num_threads(1)
    phases = [Phase.explicit, Phase.generate]
    settings.register_profile(
        "mutants", database=None, derandomize=True, phases=phases, report_multiple_bugs=False
    )
    settings.load_profile("mutants")


def main() -> None:
    """Print one line per mutant, then the score."""
    prepare()
    wanted = sys.argv[1] if len(sys.argv) > 1 else ""
    chosen = [mutant for mutant in MUTANTS if wanted in " ".join(mutant)]
    if not chosen:
        raise SystemExit(
            f"No mutant's file or text holds {wanted!r}; see tests/mutants/mutants.py."
        )
    survivors = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        copy_to(folder)
        if red := run_tests(folder):
            raise SystemExit(f"the tests fail without any mutant: {red}")
        for path, old, new in chosen:
            start = time.monotonic()
            killer = try_mutant(folder, path, old, new)
            took = time.monotonic() - start
            verdict = f"killed  {killer[:100]}" if killer else "SURVIVED"
            print(f"{path}: {old!r} -> {new!r}\n    {took:.0f} s  {verdict}", flush=True)
            if not killer:
                survivors.append((path, old, new))
    share = 1 - len(survivors) / len(chosen)
    print(f"\n{len(chosen) - len(survivors)} of {len(chosen)} killed ({share:.0%})")
    for path, old, new in survivors:
        print(f"survivor: {path}: {old!r} -> {new!r}")
    sys.exit(share < ENOUGH)


if __name__ == "__main__":
    main()
