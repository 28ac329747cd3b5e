r"""Your own rows: any JSONL, JSON or Parquet file, or any set on the hub.

An example row of `path=my.jsonl question=problem answer=gold difficulty=level`:
{"problem": "What is 6 times 7?", "gold": "42", "level": 1}; the gold is the column as it is.

    verl-credit build reasoning/Rows-v0 -o my.parquet path=my.jsonl question=problem answer=gold

`verl-credit build --help` lists the settings. Rows in verl's own format need `path=` alone: the
question is the user's message in `prompt`, the gold `reward_model.ground_truth`.
"""

from __future__ import annotations

from .env import DatasetEnv


class RowsEnv(DatasetEnv):
    """Rows described on the command line; one question in eight is held out for validation."""
