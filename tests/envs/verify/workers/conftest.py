"""Workers that a test may kill, starve or fill."""

from __future__ import annotations

import pytest

from envs.verify.ask_algebra import JOB
from envs.verify.workers.pool import Pool


@pytest.fixture(scope="module")
def pool():
    """One worker for a file: whatever a test does to it, the next one finds it well."""
    pool = Pool(1, "verify", JOB)
    yield pool
    pool.close()
