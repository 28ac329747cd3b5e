"""What a launch shows while it trains: on terminals of any width, and in a log."""

from __future__ import annotations

import fcntl
import io
import os
import pty
import re
import shutil
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.console import Console

from recipes.launch.progress import (
    LineDisplay,
    LiveDisplay,
    display_for,
    fitted,
    numbers_of,
    tail,
)
from recipes.runs.status import Status

ROOT = Path(__file__).parents[3]
ANSI = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")
ROW = {
    "critic/score/mean": 0.5312,
    "val-credit/x/mean/pass@1": 0.3301,
    "credit/group/all_fail": 0.28,
    "credit/group/all_pass": 0.19,
    "perf/total_num_tokens": 118805,
    "perf/time_per_step": 10.8,
}
SAMPLE = ("correct", "First 2 + 5.\n\x1b[31mSo the answer (数) is \\boxed{7}<|im_end|>")
AT_80 = "reward 0.531  pass@1 0.330  K=0 28%  K=N 19%  10.8 s/step  11,000 tok/s"
AT_120 = (
    "reward 0.531  held-out pass@1 0.330  none solved (K=0) 28%  all solved (K=N) 19%  "
    "10.8 s/step  11,000 tokens/s"
)
# Shows a step of a run on the terminal that it is started in, for a while.
PROGRAM = f"""
import time
from rich.console import Console
from recipes.launch.progress import display_for
from recipes.runs.status import Status
status = Status(total=280)
with display_for(Console()) as display:
    display.show(status)
    status.on_metrics(117, {ROW!r}, 0.0)
    status.sample = {SAMPLE!r}
    display.show(status, step_ended=True)
    time.sleep(SECONDS)
"""


def at_work(step: int = 117, total: int | None = 280) -> Status:
    status = Status(total=total)
    status.on_metrics(step, ROW, 0.0)
    status.sample = SAMPLE
    return status


def drawn(status: Status, width: int, **how: object) -> list[str]:
    out = io.StringIO()
    console = Console(file=out, width=width, force_terminal=True, _environ={"TERM": "xterm"}, **how)
    display = display_for(console)
    assert isinstance(display, LiveDisplay)
    display.show(status)
    console.print(display)
    return ANSI.sub("", out.getvalue()).splitlines()


@pytest.mark.parametrize(("width", "numbers"), [(80, AT_80), (120, AT_120)])
def test_a_terminal_shows_bar_numbers_and_sample(width, numbers):
    bar, second, sample = drawn(at_work(), width)
    assert re.search(r"training  ━+─+  117/280  ETA 29:20  0:00$", bar)
    assert second == numbers
    assert sample == "correct: First 2 + 5. So the answer (数) is \\boxed{7}<|im_end|>"


@pytest.mark.parametrize("width", range(12, 130))
def test_no_line_is_cut_or_wrapped(width):
    status = at_work(step=123456, total=999999)
    status.phase = "starting the trainer"
    status.sample = ("no_answer", "数" * 500)
    lines = drawn(status, width)
    assert len(lines) <= 3
    assert all(cell_len(line) < width for line in lines)
    whole = [short for _, short in numbers_of(status)]
    if second := next((line for line in lines if line.startswith("reward")), ""):
        assert set(second.split("  ")) <= {*whole, *(long for long, _ in numbers_of(status))}


def test_what_matters_least_goes_first():
    parts = numbers_of(at_work())
    lines = [fitted(parts, width) for width in (200, 80, 60, 30, 12, 5)]
    assert lines[:2] == [AT_120, AT_80]
    assert lines[2:] == [
        "reward 0.531  pass@1 0.330  K=0 28%  K=N 19%  10.8 s/step",
        "reward 0.531  pass@1 0.330",
        "reward 0.531",
        "",
    ]


def test_an_estimator_without_groups_shows_what_there_is():
    status = Status(total=3)
    status.on_metrics(1, {"critic/score/mean": 0.5}, 0.0)
    assert drawn(status, 80)[1:] == ["reward 0.500"]


def test_before_the_first_step_there_is_the_phase():
    (line,) = drawn(Status(), 80)
    assert line.endswith("importing verl  0:00")


def test_a_terminal_without_unicode_gets_ascii():
    out = io.TextIOWrapper(io.BytesIO(), encoding="ascii", write_through=True)
    console = Console(file=out, width=60, force_terminal=True, _environ={"TERM": "xterm"})
    display = display_for(console)
    status = at_work()
    status.sample = ("wrong", "x" * 100)
    display.show(status)
    console.print(display)
    text = ANSI.sub("", out.buffer.getvalue().decode("ascii"))
    assert "##--" in text.replace("#" * 5, "##")
    assert "wrong: ...xxx" in text


@pytest.mark.parametrize("width", [30, 60, 80])
def test_the_tail_of_a_long_response_ends_where_it_ends(width):
    line = tail("wrong", "a b " * 9000 + "\\boxed{12}", width, "…")
    assert line.startswith("wrong: …")
    assert line.endswith("\\boxed{12}")
    assert width - 2 <= cell_len(line) <= width


def test_without_a_terminal_there_is_a_line_per_phase_and_step():
    out = io.StringIO()
    console = Console(file=out, width=40)
    status = Status(total=280)
    with display_for(console) as display:
        assert isinstance(display, LineDisplay)
        display.show(status)
        display.show(status)
        status.on_metrics(117, ROW, 0.0)
        status.sample = SAMPLE
        display.show(status, step_ended=True)
        display.show(status)
    assert out.getvalue().splitlines() == [
        "importing verl ...",
        "training ...",
        f"step 117/280  {AT_80}  ETA 29:20",
        "sample, correct: First 2 + 5. So the answer (数) is \\boxed{7}<|im_end|>",
    ]


def test_a_terminal_that_cannot_move_its_cursor_gets_lines():
    console = Console(file=io.StringIO(), force_terminal=True, _environ={"TERM": "dumb"})
    assert isinstance(display_for(console), LineDisplay)


def program(seconds: float) -> list[str]:
    return [sys.executable, "-c", PROGRAM.replace("SECONDS", str(seconds))]


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm-256color", "LANG": "C.UTF-8"}


def on_a_terminal(command: list[str]) -> str:
    """What a program writes to a terminal of 80 by 24."""
    main, sub = pty.openpty()
    fcntl.ioctl(sub, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    env = {k: v for k, v in environment().items() if k not in ("COLUMNS", "LINES")}
    child = subprocess.Popen(command, stdout=sub, stderr=sub, stdin=sub, env=env)
    os.close(sub)
    seen = b""
    try:
        while piece := os.read(main, 65536):
            seen += piece
    except OSError:  # the other end is closed
        pass
    finally:
        os.close(main)
    assert child.wait(60) == 0, seen.decode()
    return seen.decode()


def test_on_a_terminal_of_80_by_24_every_frame_fits():
    seen = on_a_terminal(program(1))
    lines = [ANSI.sub("", line) for line in re.split(r"[\r\n]+", seen)]
    assert AT_80 in lines
    assert max(map(cell_len, lines)) <= 79
    # Each redraw goes up as many lines as it drew: none has wrapped.
    assert max(len(re.findall(r"\x1b\[1A", part)) for part in seen.split("training")) <= 3


def test_plain_on_a_terminal_gives_lines_without_an_escape():
    command = [part.replace("Console()", "console_for(plain=True)") for part in program(0)]
    command[2] = command[2].replace("import display_for", "import console_for, display_for")
    seen = on_a_terminal(command)
    assert "\x1b" not in seen
    assert seen.split("\r\n")[:3] == [
        *("importing verl ...", "training ...", f"step 117/280  {AT_80}  ETA 29:20")
    ]


@pytest.mark.skipif(shutil.which("tmux") is None, reason="no tmux")
@pytest.mark.parametrize(("width", "numbers"), [(80, AT_80), (120, AT_120)])
def test_in_tmux_every_line_is_whole(tmp_path, width, numbers):
    tmux = ["tmux", "-S", str(tmp_path / "socket"), "-f", "/dev/null"]
    start = [*tmux, "new-session", "-d", "-x", str(width), "-y", "24", *program(60)]
    subprocess.run(start, check=True, env=environment(), timeout=20)
    screen: list[str] = []
    try:
        for _ in range(100):
            time.sleep(0.3)
            told = subprocess.run(
                [*tmux, "capture-pane", "-p"], capture_output=True, text=True, timeout=20
            )
            screen = [line for line in told.stdout.splitlines() if line]
            if any("boxed" in line for line in screen):
                break
    finally:
        subprocess.run([*tmux, "kill-server"], check=False, timeout=20)
    assert len(screen) == 3, screen
    assert re.search(r"training  ━+─+  117/280  ETA 29:20  0:\d\d$", screen[0])
    assert screen[1:] == [
        numbers,
        "correct: First 2 + 5. So the answer (数) is \\boxed{7}<|im_end|>",
    ]
