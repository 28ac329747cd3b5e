"""A few rollouts of a batch as text: what the model got, what it wrote, how that was judged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..notices import Sample
from .fields import fetch_last
from .infos import Info

SHOWN = 2


def fetch_samples(
    batch: Any, infos: Sequence[Info], tokenizer: Any, limit: int
) -> tuple[tuple[Sample, ...], float]:
    """Read a batch (a ``KVBatchMeta``) from the queue and decode a few of its rollouts.

    Special tokens are kept: a chat template that is wrong, or an end that is missing, shows.

    Args:
        batch: the batch of a step.
        infos: of ``fetch_outcomes``, for the same batch.
        tokenizer: the model's.
        limit: ``data.max_response_length``.

    Returns:
        Samples, and the share of responses that are as long as ``limit`` allows.
    """
    keys, data = fetch_last(batch, "prompts", "responses")
    if not keys:
        return (), 0.0
    prompts, responses = data["prompts"].unbind(), data["responses"].unbind()
    cut = sum(len(response) >= limit for response in responses) / len(responses)
    chosen = choose([str(info.get("verdict", "")) for info in infos])
    return tuple(
        Sample.of(tokenizer.decode(prompts[i]), tokenizer.decode(responses[i]), _judged(infos[i]))
        for i in chosen
    ), cut


def choose(verdicts: Sequence[str]) -> list[int]:
    """Positions of rollouts to show: of the commonest verdict, and of the next if there is one."""
    ranked = sorted(set(verdicts), key=lambda verdict: (-verdicts.count(verdict), verdict))
    firsts = [verdicts.index(verdict) for verdict in ranked[:SHOWN]]
    common = [i for i, verdict in enumerate(verdicts) if verdict == ranked[0]]
    # The rollouts of a group stand together, so the last one answers another prompt.
    return list(dict.fromkeys([*firsts, *common[:0:-1]]))[:SHOWN]


def _judged(info: Mapping[str, Any]) -> str:
    verdict = info.get("verdict")
    return verdict if isinstance(verdict, str) else ""
