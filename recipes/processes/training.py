"""The training process: started so that it can be ended completely, whatever happens to us."""

from __future__ import annotations

import getpass
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from .marked import KEEP_ENVIRONMENT, RUN_MARK, end_marked, wait_until

# The path of a socket below it, of Ray's with its long names, may have 107 characters.
_LONGEST_BASE = 30
_CLEAN_UP_S = 30.0
# Ray's head remembers the last 100,000 tasks, by which it grows half a gigabyte an hour.
_FEW_TASKS = {"RAY_task_events_max_num_task_in_gcs": "1000"}


class Training:
    """A running ``verl.trainer.main_ppo`` in a session of its own.

    A session, because Ctrl-C on a terminal would otherwise reach dozens of Ray and vLLM processes
    at once, in no order. Its temporary files lie in a folder of its own. A janitor beside it ends
    and removes what is left, also when this process is killed.

    Args:
        command: program and arguments.
        env: additions to this process's environment.
        log: file that its output is appended to.
        mark: path of the run folder; identifies the processes of this run.
    """

    def __init__(
        self, command: Sequence[str], env: Mapping[str, str], log: Path, mark: Path
    ) -> None:
        self.mark = str(mark)
        self._temporary = Path(tempfile.mkdtemp(prefix="verl-credit-", dir=_short_base()))
        self._janitor = subprocess.Popen(
            [sys.executable, "-m", "recipes.processes.janitor", self.mark, str(self._temporary)],
            env={key: value for key, value in os.environ.items() if key != RUN_MARK},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        if self._janitor.stdout:
            self._janitor.stdout.readline()  # it has seen what is there before the run
            self._janitor.stdout.close()
        # Compiled kernels are worth keeping for the next run.
        compiled = Path(tempfile.gettempdir(), f"torchinductor_{getpass.getuser()}")
        kept = {"TORCHINDUCTOR_CACHE_DIR": str(compiled), **_FEW_TASKS}
        own = {"TMPDIR": str(self._temporary), RUN_MARK: self.mark}
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                command,
                env={**kept, **os.environ, **env, **KEEP_ENVIRONMENT, **own},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def poll(self) -> int | None:
        """Exit status; None while it runs."""
        return self._process.poll()

    def interrupt(self, patience_s: float = 30.0, insist_s: float = 10.0) -> None:
        """Ask for a clean end with SIGINT; insist after ``patience_s`` seconds."""
        self._process.send_signal(signal.SIGINT)
        wait_until(self._has_ended, patience_s)
        self.end(insist_s)

    def end(self, patience_s: float = 10.0) -> int:
        """End the process and everything it started, and remove what it left; its exit status.

        Ray's own logs of a process that failed go to ``ray_logs`` in the run folder.
        """
        if self.poll() is None:
            os.killpg(self._process.pid, signal.SIGTERM)
            wait_until(self._has_ended, patience_s)
        end_marked(self.mark, patience_s)
        if self.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
        status = self._process.wait()
        if status:
            self._keep_logs()
        if self._janitor.stdin and not self._janitor.stdin.closed:
            self._janitor.stdin.close()
            self._janitor.wait(_CLEAN_UP_S)
        return status

    def _has_ended(self) -> bool:
        return self.poll() is not None

    def _keep_logs(self) -> None:
        logs = self._temporary / "ray" / "session_latest" / "logs"
        if logs.is_dir():
            kept = Path(self.mark) / "ray_logs"
            shutil.rmtree(kept, ignore_errors=True)
            with suppress(OSError):  # they are extra, and the disk may be full
                shutil.copytree(logs, kept, ignore_dangling_symlinks=True)


def _short_base() -> str | None:
    """Where temporary folders go; None for the usual place."""
    usual = tempfile.gettempdir()
    return "/tmp" if len(usual) > _LONGEST_BASE and Path("/tmp").is_dir() else None
