"""The files of dumps: Parquet, one per step, one row per rollout. This is a contract for readers.

``step_000010.parquet`` has these columns. A list with one entry per token covers the response: what
the model wrote and, in an episode of several turns, what the environment said in between.

==================  ===================  ==========================================================
column              type                 meaning
==================  ===================  ==========================================================
step                int32                training step
group               string               equal for the rollouts of one prompt
rollout             int32                position in its group, from 0
prompt              string               what the model got, special tokens included
prompt_ids          list<int32>          its token ids
reward              float32              what was paid
verdict             string               how the environment judged; "" if it does not say
answer              string               the answer read from the response; "" for none
gold                string               the right answer; "" if the row has none
task                string               names the problem within its source; "" if unknown
source              string               data source: environment or entry of a mixture
difficulty          string               level; "" if unknown
turns               list<struct>         start and end of each answer of the model, as positions
text                list<string>         text of each token; joined, the response
id                  list<int32>          token ids
mask                list<bool>           true on tokens that the model generated
entropy             list<float32>        of the policy at this position, nats; null if not known
surprisal           list<float32>        -log p of the sampled token, nats; null if not known
planning            list<bool>           whether it plans; null if the chain does not look for it
signal:NAME         list<float32>        the uncertainty signal after signal operator NAME
advantage:NAME      list<float32>        the advantage after episode or token operator NAME
weight              list<float32>        final advantage over the episode operator's; null if 0
==================  ===================  ==========================================================

The file's metadata, under the key ``verl_credit``, is JSON: ``format`` (``FORMAT``), ``chain``, and
``operators``: name, kind and numbers at this step of each, in the order in which they ran. A later
format only adds columns; a reader ignores those that it does not know.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..operator import SIGNAL

if TYPE_CHECKING:
    import pyarrow as pa

FORMAT = 1
METADATA = b"verl_credit"
SIGNAL_OF = "signal:"
ADVANTAGE_OF = "advantage:"


def column_of(name: str, kind: str) -> str:
    """The column that an operator of a kind fills."""
    return f"{SIGNAL_OF if kind == SIGNAL else ADVANTAGE_OF}{name}"


def file_name(step: int) -> str:
    """The file of a step."""
    return f"step_{step:06d}.parquet"


def schema(operator_columns: Sequence[str]) -> pa.Schema:
    """The columns of a file, in order."""
    import pyarrow as pa

    texts = ("verdict", "answer", "gold", "task", "source", "difficulty")
    floats = pa.list_(pa.float32())
    return pa.schema(
        [
            ("step", pa.int32()),
            ("group", pa.string()),
            ("rollout", pa.int32()),
            ("prompt", pa.string()),
            ("prompt_ids", pa.list_(pa.int32())),
            ("reward", pa.float32()),
            *((name, pa.string()) for name in texts),
            ("turns", pa.list_(pa.struct([("start", pa.int32()), ("end", pa.int32())]))),
            ("text", pa.list_(pa.string())),
            ("id", pa.list_(pa.int32())),
            ("mask", pa.list_(pa.bool_())),
            ("entropy", floats),
            ("surprisal", floats),
            ("planning", pa.list_(pa.bool_())),
            *((name, floats) for name in operator_columns),
            ("weight", floats),
        ]
    )
