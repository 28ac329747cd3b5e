"""What is off in a run, read from its metrics: sentences beside those that the run itself said."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from statistics import fmean

from ..runs import Run
from .entropy import token_entropy
from .numbers import percent

_UNIFORM = 0.02  # 1 - cosine
_LITTLE = 0.1  # credit on planning tokens over their share of tokens, less 1
_MOST_ALIKE, _MOST_CUT, _MOST_UNREAD, _GAP, _FELL = 0.5, 0.05, 0.1, 0.01, 0.1
_ENDS = 5  # steps that make an end of the run


def remarks(run: Run) -> list[str]:
    """Sentences, the credit first; empty where nothing stands out."""
    return [sentence for look in _LOOKS for sentence in look(run)]


def _weights(run: Run) -> Iterator[str]:
    cosine = _mean(run, "credit/weight/cosine")
    if cosine is None or not 0 < cosine <= 1:
        return
    if 1 - cosine <= _UNIFORM:
        yield (
            f"GTPO's weights were {percent(1 - cosine)} from uniform{_beta(run)} (1 - cosine): "
            "practically uniform, so this run says little about GTPO."
        )


def _planning(run: Run) -> Iterator[str]:
    tokens, credit = _mean(run, "credit/planning_ratio"), _mean(run, "credit/share/planning")
    if not tokens or credit is None:
        return
    more = credit / tokens - 1
    if abs(more) < _LITTLE:
        yield (
            f"Planning tokens were {percent(tokens)} of the tokens and carried {percent(credit)} "
            "of the credit: hardly more or less than without operators on them."
        )


def _groups(run: Run) -> Iterator[str]:
    fail, whole = (_end(run, f"credit/group/all_{how}") for how in ("fail", "pass"))
    if fail is None or whole is None:
        return
    if fail + whole >= _MOST_ALIKE:
        yield (
            f"In the last steps {percent(fail + whole)} of the groups had no contrast (none solved "
            f"in {percent(fail)}, all in {percent(whole)}), so their rollouts taught nothing."
        )


def _lengths(run: Run) -> Iterator[str]:
    cut = _end(run, "response_length/clip_ratio")
    if cut is not None and cut > _MOST_CUT:
        limit = run.setting("data.max_response_length")
        at = f" of {limit} tokens (data.max_response_length)" if limit else ""
        yield f"In the last steps {percent(cut)} of the responses were cut off at the limit{at}."


def _verdicts(run: Run) -> Iterator[str]:
    read = _end(run, "env/has_answer")
    if read is not None and 1 - read > _MOST_UNREAD:
        yield f"In the last steps {percent(1 - read)} of the responses had no answer to judge."
    failed = sum(run.series("env/error")[1])
    if failed:
        yield f"In {failed:.0f} training sessions the environment failed; they count as wrong."


def _engine(run: Run) -> Iterator[str]:
    gap = _mean(run, "training/rollout_probs_diff_mean")
    if gap is not None and gap > _GAP:
        yield (
            f"Rollout engine and trainer differ by {gap:.3f} on average about the probability of "
            "a sampled token."
        )


def _entropy(run: Run) -> Iterator[str]:
    values = token_entropy(run)[1]
    if len(values) < 2 * _ENDS:
        return
    first, last = fmean(values[:_ENDS]), fmean(values[-_ENDS:])
    if first > 0 and last < _FELL * first:
        yield (
            f"Entropy fell from {first:.3f} to {last:.3f} nats a token: there is little left to "
            "explore."
        )


_LOOKS: tuple[Callable[[Run], Iterator[str]], ...] = (
    *(_weights, _planning, _groups, _lengths, _verdicts, _engine, _entropy),
)


def _beta(run: Run) -> str:
    beta = run.setting("algorithm.credit.gtpo.beta")
    if isinstance(beta, int | float):
        return f" at beta {beta:g}"
    return " at its scheduled beta" if beta else " at its default beta"


def _mean(run: Run, name: str) -> float | None:
    values = run.series(name)[1]
    return fmean(values) if values else None


def _end(run: Run, name: str) -> float | None:
    values = run.series(name)[1][-_ENDS:]
    return fmean(values) if values else None
