"""The memory of the answer, which is used again as soon as nobody holds the last answer."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

ALIGNED = 64  # bytes, as torch aligns its own memory on the CPU


class Recycled:
    """One block of memory, lent to one tensor at a time.

    The operating system clears fresh memory page by page, which takes longer than computing the
    answer. After a step its advantages are dropped, and their block can be lent again. A block that
    the tensor or a view of it still holds is left to its holder, and a new one takes its place; so
    at most one block waits.
    """

    def __init__(self) -> None:
        self._block = np.empty(0, np.uint8)
        self._holder: Callable[[], object] = lambda: None
        self._lock = threading.Lock()

    def empty(self, rows: int, slots: int, dtype: torch.dtype) -> Tensor:
        """An uninitialised tensor [rows,slots] on the CPU."""
        size = rows * slots * dtype.itemsize
        with self._lock:
            if self._holder() is not None or self._block.nbytes < size + ALIGNED:
                self._block = np.empty(size + ALIGNED, np.uint8)
            start = -self._block.ctypes.data % ALIGNED
            lent = self._block[start : start + size]
            self._holder = weakref.ref(lent)  # the tensor's storage holds it, for all views
        return torch.from_numpy(lent).view(dtype).view(rows, slots)


_recycled = Recycled()


def empty(rows: int, slots: int, dtype: torch.dtype, device: torch.device) -> Tensor:
    """An uninitialised tensor [rows,slots]; torch recycles the memory of other devices itself."""
    if device.type == "cpu":
        return _recycled.empty(rows, slots, dtype)
    return torch.empty(rows, slots, dtype=dtype, device=device)
