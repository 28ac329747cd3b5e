"""No file is longer than one reads at a sitting."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parent.parent

LONG_FILES: dict[str, str] = {
    # path: why it is longer than 300 lines
}


def long_files(root, allowed):
    for package in ("credit_plugins", "envs", "recipes", "tests"):
        for path in sorted((root / package).rglob("*.py")):
            lines = path.read_text().count("\n")
            name = path.relative_to(root).as_posix()
            if lines > 300 and name not in allowed:
                yield f"{name} has {lines} lines; split it, or say in LONG_FILES why not"


def test_files_stay_small():
    assert not list(long_files(ROOT, LONG_FILES))


def test_the_allow_list_is_not_stale():
    for name in LONG_FILES:
        assert (ROOT / name).read_text().count("\n") > 300


def test_a_long_file_is_seen(tmp_path):
    folder = tmp_path / "envs"
    folder.mkdir()
    (folder / "long.py").write_text("x = 1\n" * 301)
    (folder / "short.py").write_text("x = 1\n" * 300)
    assert len(list(long_files(tmp_path, {}))) == 1
    assert not list(long_files(tmp_path, {"envs/long.py": "because"}))
