"""Writing a dump; a crash leaves the old file or none, never half of one."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from .schema import FORMAT, METADATA, column_of, file_name, schema


def write(
    folder: Path,
    rows: Sequence[Mapping[str, Any]],
    chain: str,
    operators: Sequence[Mapping[str, Any]],
) -> Path:
    """Write the rollouts of one step and return the file.

    Args:
        folder: made if it is missing.
        rows: one mapping per rollout with the columns of ``schema``; at least one.
        chain: its name.
        operators: ``name``, ``kind`` and ``numbers`` of each, in order.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = schema([column_of(one["name"], one["kind"]) for one in operators])
    facts = {"format": FORMAT, "chain": chain, "operators": list(operators)}
    table = pa.Table.from_pylist(list(rows), schema=columns)
    table = table.replace_schema_metadata({METADATA: json.dumps(facts)})
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / file_name(rows[0]["step"])
    part = file.with_suffix(f".{os.getpid()}.part")
    try:
        pq.write_table(table, part, compression="zstd")
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)
    return file
