"""Same verdicts under every ANTLR, with and without gmpy2: makes the environments and compares.

    python tests/envs/antlr_matrix.py [FOLDER]

hydra pins ANTLR 4.9.3, math-verify's own extra 4.13.2, and sympy computes with gmpy2 where it is
installed. Prints one line; exit status 1 if a verdict differs. FOLDER keeps the environments for
the next time (by default a temporary one).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import venv
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).parents[2]
FILES = [
    ROOT / "tests/envs/verify/cases/cases.jsonl",
    ROOT / "tests/envs/verify/data/verifier_cases.jsonl",
]
SHARED = ["math-verify", "latex2sympy2_extended", "sympy", "gymnasium", "numpy"]
MATRIX = {
    f"ANTLR {antlr}{' and gmpy2' if gmpy2 else ''}": [
        f"antlr4-python3-runtime=={antlr}",
        *(["gmpy2"] if gmpy2 else []),
    ]
    for antlr in ("4.9.3", "4.13.2")
    for gmpy2 in (False, True)
}
# A deadline no honest case comes near: what is compared is judgement, not speed.
TIMEOUT_S = 8


def dump() -> None:
    """Print the verdict of every case, one JSON object."""
    from envs.verify import verify_batch

    cases = [json.loads(line) for path in FILES for line in path.read_text("utf-8").splitlines()]
    verdicts = {}
    for answer_format in ("boxed", "answer_tag", "hash"):
        some = [case for case in cases if case.get("format", "boxed") == answer_format]
        golds, responses = [c["gold"] for c in some], [c["response"] for c in some]
        judged = verify_batch(golds, responses, answer_format=answer_format, timeout=TIMEOUT_S)
        verdicts |= {c["id"]: v.correct for c, v in zip(some, judged, strict=True)}
    print(json.dumps(verdicts))


def python_of(folder: Path, packages: list[str]) -> Path:
    """Return the interpreter of an environment with these packages, made where it is missing."""
    python = folder / "bin" / "python"
    if not python.exists():
        venv.create(folder, with_pip=True)
        pins = [f"{name}=={version(name)}" for name in SHARED]
        subprocess.run([python, "-m", "pip", "install", "-q", *pins, *packages], check=True)
    return python


def verdicts_of(python: Path) -> dict[str, bool]:
    """Return the verdicts reached in that environment."""
    done = subprocess.run(
        [python, str(Path(__file__).resolve()), "--dump"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=True,
        capture_output=True,
        text=True,
    )
    return json.loads(done.stdout)


def main() -> int:
    """Compare all environments; return the exit status."""
    with tempfile.TemporaryDirectory() as temporary:
        home = Path(sys.argv[1] if len(sys.argv) > 1 else temporary)
        found = {}
        for name, packages in MATRIX.items():
            folder = home / name.replace(" ", "-")
            found[name] = verdicts_of(python_of(folder, packages))
    first = next(iter(found.values()))
    differing = sorted(i for i in first if len({verdicts[i] for verdicts in found.values()}) > 1)
    same = f"{len(first)} verdicts are the same under {', '.join(found)}"
    print(f"verdicts differ: {', '.join(differing)}" if differing else same)
    return 1 if differing else 0


if __name__ == "__main__":
    if sys.argv[1:] == ["--dump"]:
        dump()
    else:
        sys.exit(main())
