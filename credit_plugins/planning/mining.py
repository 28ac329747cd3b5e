"""Strategic grams: what successful rollouts say about strategy, mined rather than listed.

    word n-grams of successes -> vectors -> clusters by meaning -> how many successes hold a member
    of each cluster -> the top share of clusters -> their n-grams

After Wang et al., Emergent Hierarchical Reasoning in LLMs through RL, arXiv 2509.03646, whose code
is not public; the numbers are those of ports (clusters) and of the SEPA author's code (document
frequencies), as is dropping n-grams that are in few successes, or in nearly all.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

import numpy as np

from ..errors import CreditError
from ..options import Options, integer, number
from .encoder import Encoder
from .search import GAP, fold

FEWEST_SUCCESSES = 10
MOST_GRAMS = 20_000
"""The most frequent ones are kept; with more, clustering takes minutes."""

GRAMS_PER_CLUSTER = 3
"""The least average size of a cluster, which should hold several ways to say one thing."""

_WORD = r"[^\W\d_]+(?:'[^\W\d_]+)*"
_PHRASE = re.compile(rf"{_WORD}(?:{GAP.pattern}{_WORD})*")
"""Words that only gaps separate; digits, signs and ends of sentences end such a run."""


@dataclass(frozen=True)
class MiningConfig(Options):
    """Numbers of ``verl-credit mine-grams``.

    Attributes:
        min_score: least score of a success.
        shortest, longest: least and largest number of words of a gram.
        min_df, max_df: least and largest share of the successes that hold a gram.
        clusters: how many to make; fewer if there are fewer than three grams for each.
        top_share: part of the clusters that is kept, those with members in the most successes.
        seed: seed of the clustering.
    """

    min_score: float = number(0.5, -1e9, 1e9)
    shortest: int = integer(3, 1)
    longest: int = integer(5, 1)
    min_df: float = number(0.05, 0.0, 1.0)
    max_df: float = number(0.8, 0.0, 1.0)
    clusters: int = integer(100, 1)
    top_share: float = number(0.2, 0.0, 1.0)
    seed: int = integer(0, 0)


def mine(
    rollouts: Sequence[tuple[str, float]], config: MiningConfig, encode: Encoder | None = None
) -> dict[str, Any]:
    """Mine rollouts for strategic grams; the same input gives the same answer.

    Args:
        rollouts: response and score of each.
        config: the numbers.
        encode: texts -> unit vectors; by default TF-IDF of the grams' letters, without any model.

    Returns:
        ``grams``, sorted; ``clusters``, each with its grams and the share of successes that hold
        one, largest share first; ``rollouts`` and ``successes``, how many there were.

    Raises:
        CreditError: fewer than 10 successes, no gram within the document frequencies, or no
            scikit-learn.
    """
    texts = [text for text, score in rollouts if score >= config.min_score]
    if len(texts) < FEWEST_SUCCESSES:
        raise CreditError(
            f"{len(texts)} of {len(rollouts)} rollouts have a score of at least "
            f"{config.min_score:g}; mining needs {FEWEST_SUCCESSES} or more"
        )
    held = [grams_of(text, config.shortest, config.longest) for text in texts]
    grams = _frequent(held, config)
    labels = _cluster(encode(grams) if encode else _tfidf(grams), config)
    clusters = _ranked(grams, labels, held)
    kept = clusters[: max(1, ceil(config.top_share * len(clusters)))]
    return {
        "grams": sorted(gram for cluster in kept for gram in cluster["grams"]),
        "clusters": kept,
        "rollouts": len(rollouts),
        "successes": len(texts),
    }


def grams_of(text: str, shortest: int, longest: int) -> frozenset[str]:
    """All runs of ``shortest`` to ``longest`` words of a text, casefolded.

    >>> sorted(grams_of("Wait, let me see. So 12 it is", 3, 4))
    ['let me see', 'wait let me', 'wait let me see']
    """
    found = set()
    for phrase in _PHRASE.findall(fold(text)[0]):
        words = GAP.split(phrase)
        for n in range(shortest, longest + 1):
            found |= {" ".join(words[i : i + n]) for i in range(len(words) - n + 1)}
    return frozenset(found)


def _frequent(held: Sequence[frozenset[str]], config: MiningConfig) -> list[str]:
    """Grams within the document frequencies, the most frequent first, ties by alphabet."""
    counts = Counter(gram for grams in held for gram in grams)
    fewest, most = max(2, config.min_df * len(held)), config.max_df * len(held)
    kept = [(-n, gram) for gram, n in counts.items() if fewest <= n <= most]
    if not kept:
        raise CreditError(
            f"none of {len(counts)} grams is in {config.min_df:.0%} to {config.max_df:.0%} of the "
            f"{len(held)} successes; lower --min-df or raise --max-df"
        )
    return [gram for _, gram in sorted(kept)[:MOST_GRAMS]]


def _tfidf(grams: Sequence[str]) -> Any:
    vectoriser = _sklearn("feature_extraction.text").TfidfVectorizer
    return vectoriser(analyzer="char_wb", ngram_range=(2, 4)).fit_transform(grams)


def _cluster(vectors: Any, config: MiningConfig) -> np.ndarray:
    kmeans = _sklearn("cluster").KMeans
    count = min(config.clusters, max(1, vectors.shape[0] // GRAMS_PER_CLUSTER))
    labels: np.ndarray = kmeans(count, n_init=1, random_state=config.seed).fit_predict(vectors)
    return labels


def _sklearn(module: str) -> Any:
    from importlib import import_module

    try:
        return import_module(f"sklearn.{module}")
    except ImportError as error:
        raise CreditError(
            "mining needs scikit-learn, which is not installed: pip install -e '.[mine]'"
        ) from error


def _ranked(
    grams: Sequence[str], labels: np.ndarray, held: Sequence[frozenset[str]]
) -> list[dict[str, Any]]:
    """Clusters by the share of successes that hold a member, then by alphabet."""
    cluster_of: Mapping[str, int] = dict(zip(grams, labels.tolist(), strict=True))
    holding = Counter(
        label for own in held for label in {cluster_of[gram] for gram in own & cluster_of.keys()}
    )
    members: dict[int, list[str]] = {}
    for gram, label in cluster_of.items():
        members.setdefault(label, []).append(gram)
    found = [
        {"share": round(holding[label] / len(held), 6), "grams": sorted(own)}
        for label, own in members.items()
    ]
    return sorted(found, key=lambda cluster: (-cluster["share"], cluster["grams"]))
