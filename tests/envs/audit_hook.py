"""Watches what the interpreter is asked to do while text of a model is judged.

Both processes that see such text are watched: the caller's, which extracts and decides by the cheap
tiers, and the worker, in which `install` wraps the one method that judges. There an event that must
not happen is sent back as the reply and ends the process.
"""

from __future__ import annotations

import json
import os
import re
import sys
import sysconfig
import threading
from typing import Any

WATCHED = {
    "compile", "exec", "open", "pickle.find_class", "ctypes.dlopen", "code.__new__",
    "subprocess.Popen", "shutil.rmtree", "urllib.Request",
}  # fmt: skip
WATCHED_PREFIXES = ("os.", "socket.", "pty.", "shutil.", "tempfile.", "webbrowser.", "http.")
# The import system looks around; nothing is changed or started by it.
LOOKS = {"os.listdir", "os.scandir", "os.fwalk", "os.walk"}
LIBRARIES = tuple({sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib")})
CONTROL = "the hook must see this"


class Watch:
    """Collects forbidden events of the thread that made it, while `on`."""

    def __init__(self) -> None:
        self.on = False
        self.thread = threading.get_ident()  # another one kills workers that overrun
        self.seen: list[str] = []
        sys.addaudithook(self)

    def __call__(self, event: str, args: tuple[Any, ...]) -> None:
        if self.on and self.thread == threading.get_ident() and forbidden(event, args):
            self.on = False
            self.seen.append(f"{event} {str(args)[:200]}")
            self.on = True


def forbidden(event: str, args: tuple[Any, ...]) -> bool:
    if event not in WATCHED and not event.startswith(WATCHED_PREFIXES):
        return False
    if event in LOOKS:
        return False
    if event == "open":
        path, mode, flags = args
        writes = flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT) if flags else mode != "r"
        return bool(writes) or not _of_a_library(path)
    if event == "exec":
        return not (_of_a_library(args[0].co_filename) or args[0].co_filename == "<string>")
    if event == "compile":
        return not (_of_a_library(args[1]) or _sympys_own(args[0]))
    return True


def _of_a_library(path: Any) -> bool:
    """A module that is loaded when it is first needed."""
    return isinstance(path, str) and path.startswith(LIBRARIES) and path.endswith((".py", ".pyc"))


def _sympys_own(source: Any) -> bool:
    """Sympy compiles two things of its own, which also are all that is executed as `<string>`.

    A number its lexer found, as in `Integer (12 )`, and a template for products of monomials in
    which only the number of variables varies.
    """
    text = source.decode() if isinstance(source, bytes) else str(source)
    number = re.sub("Integer|Float|Rational", "", text)
    return set(number) <= set("0123456789.+-*/()' \"") or text.startswith(
        ("def monomial_", "from sympy import *")
    )


def install(fd: int) -> None:
    """Watch the worker that serves on `fd`."""
    from envs.verify.algebra.job import Compare

    watch, answer = Watch(), Compare.answer

    def audited(self: Compare, request: dict[str, Any]) -> dict[str, Any]:
        watch.on = True
        try:
            if request["answer"] == CONTROL:
                eval(CONTROL[:3] == "the" and "len('')")
            if request["answer"].startswith("raw "):
                reply = _raw(request["answer"][4:])
            else:
                reply = answer(self, request)
        finally:
            watch.on = False
        if watch.seen:
            said = {"error": f"audit: {watch.seen[0]}"}
            os.write(fd, _message(said | {"last": True, "id": request["id"]}))
            os._exit(3)
        return reply

    Compare.answer = audited


def _raw(text: str) -> dict[str, Any]:
    """Past the closed list of tokens that guards the third party's reader."""
    from envs.verify.algebra import third_party

    try:
        third_party.evaluated(text)
    except Exception:
        return {"error": "unparsable"}
    return {"correct": False}


def _message(reply: dict[str, Any]) -> bytes:
    body = json.dumps(reply).encode()
    return len(body).to_bytes(4, "big") + body
