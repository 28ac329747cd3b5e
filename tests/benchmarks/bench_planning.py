"""Speed of planning masks from token ids: per core, in tokens, in phrases, over Ray tasks.

    python tests/benchmarks/bench_planning.py [--no-ray]

Makes a byte-level BPE vocabulary of 150,000 pieces from made-up words, and text of them with
digits, signs, quotes, Chinese, line breaks, and phrases. Rates per core are of CPU time of one
thread, so other load on the machine does not enter; the Ray ratio is of wall times, alternating.
"""

from __future__ import annotations

import argparse
import itertools
import multiprocessing
import os
import statistics
import time
from collections.abc import Callable

import numpy as np
from rich.console import Console
from rich.table import Table
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from credit_plugins.planning import PieceTable
from credit_plugins.planning.detectors.phrases import SEED_PHRASES
from credit_plugins.planning.projection import mark, phrase_finder

VOCABULARY = 150_000
SLOTS = 4096
ROWS = 256
ROUNDS = 9
SIGNS = ["\n", "\n\n", " = ", " + ", " \u2192 ", " \u00d7 ", "\u2014", ", ", ". ", "? ", " \u201c"]
SIGNS += ["\u4e2d\u6587", " \\frac{", "}", "(", ")", "$"]


def made_up_words(rng: np.random.Generator, count: int) -> list[str]:
    """Distinct words of one to five syllables."""
    onset, vowel, coda = (
        ["", *"bcdfghjklmnprstvw", "th", "st", "pr"],
        "aeiou",
        ["", *"nrstlm", "ng"],
    )
    syllables = ["".join(parts) for parts in itertools.product(onset, vowel, coda)]
    words: set[str] = set()
    while len(words) < count:
        sizes = rng.integers(1, 5, count)
        words |= {"".join(rng.choice(syllables, n)) for n in sizes}
    return sorted(words)[:count]


def make_tokenizer(words: list[str]) -> PreTrainedTokenizerFast:
    """Byte-level BPE whose merges spell a space and a word letter by letter."""
    pieces = {letter: i for i, letter in enumerate(sorted(pre_tokenizers.ByteLevel.alphabet()))}
    merges = []
    for word in ("\u0120" + word for word in words):
        for end in range(2, len(word) + 1):
            if word[:end] not in pieces and len(pieces) < VOCABULARY:
                merges.append((word[: end - 1], word[end - 1]))
                pieces[word[:end]] = len(pieces)
    backend = Tokenizer(models.BPE(pieces, merges))
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    return PreTrainedTokenizerFast(tokenizer_object=backend)


def make_text(rng: np.random.Generator, words: list[str], phrases: list[str]) -> str:
    """About a row of text: words by Zipf's law, every eighth a sign or number, some phrases."""
    chance = 1 / np.arange(1, len(words) + 1)
    parts = [" " + word for word in rng.choice(words, SLOTS, p=chance / chance.sum())]
    for i in range(0, SLOTS, 8):
        parts[i] = str(rng.integers(1000)) if i % 16 else str(rng.choice(SIGNS))
    for i in rng.integers(0, SLOTS, SLOTS // 100):
        parts[i] = " " + str(rng.choice(phrases if i % 2 else SEED_PHRASES))
    return "".join(parts)


def phrase_list(rng: np.random.Generator, words: list[str], count: int) -> list[str]:
    """The 18 seed phrases and more of two to five common words."""
    more = (" ".join(rng.choice(words[:2000], rng.integers(2, 6))) for _ in range(count))
    return [*SEED_PHRASES, *more][:count]


def cpu_seconds(call: Callable[[], object]) -> float:
    """Median CPU time of a call in this thread."""
    call()
    times = []
    for _ in range(ROUNDS):
        start = time.thread_time()
        call()
        times.append(time.thread_time() - start)
    return statistics.median(times)


def phrases_table(
    ids_BT: np.ndarray, mask_BT: np.ndarray, pieces: PieceTable, lists: list
) -> Table:
    """Rate by number of phrases."""
    table = Table(
        title=f"{mask_BT.sum():,} tokens, vocabulary {len(pieces.pieces) - 1:,}, one core"
    )
    for column in ("phrases", "M tokens/s", "planning tokens"):
        table.add_column(column, justify="right")
    for phrases in lists:
        find = phrase_finder(phrases)
        seconds = cpu_seconds(lambda find=find: mark(ids_BT, mask_BT, pieces, find))
        share = mark(ids_BT, mask_BT, pieces, find).sum() / mask_BT.sum()
        rate = mask_BT.sum() / seconds / 1e6
        table.add_row(f"{len(phrases):,}", f"{rate:.2f}", f"{share:.1%}")
    return table


def tokens_table(ids_BT: np.ndarray, mask_BT: np.ndarray, pieces: PieceTable) -> Table:
    """Time by number of tokens, and how far from a straight line."""
    find, rows = phrase_finder(SEED_PHRASES), [4, 8, 16, 32, 64, 128, 256]
    tokens = np.array([mask_BT[:n].sum() for n in rows])
    seconds = np.array(
        [cpu_seconds(lambda n=n: mark(ids_BT[:n], mask_BT[:n], pieces, find)) for n in rows]
    )
    slope, start = np.polyfit(tokens, seconds, 1, w=1 / seconds)
    table = Table(title=f"linear fit: {slope * 1e9:.0f} ns per token + {start * 1e3:.2f} ms")
    for column in ("tokens", "ms", "over the fit"):
        table.add_column(column, justify="right")
    for n, took in zip(tokens, seconds, strict=True):
        table.add_row(f"{n:,}", f"{took * 1e3:.1f}", f"{took / (slope * n + start) - 1:+.1%}")
    return table


def in_forks(*arguments: object) -> None:
    """The same in forks, one per core, that move nothing: the most that this machine gives."""
    ids_BT, mask_BT, *others = arguments
    cores = len(os.sched_getaffinity(0))
    context = multiprocessing.get_context("fork")
    parts = zip(np.array_split(ids_BT, cores), np.array_split(mask_BT, cores), strict=True)
    forks = [context.Process(target=mark, args=(*part, *others)) for part in parts]
    for fork in forks:
        fork.start()
    for fork in forks:
        fork.join()


def ray_table(ids_BT: np.ndarray, mask_BT: np.ndarray, pieces: PieceTable) -> Table:
    """Wall time here, in Ray tasks (whose processes run already) and in forks, the ceiling."""
    import ray

    from credit_plugins.verl_adapter.planning_tasks import mark_in_tasks

    find, cores = phrase_finder(SEED_PHRASES), len(os.sched_getaffinity(0))
    ids_BT, mask_BT = np.tile(ids_BT, (8, 1)), np.tile(mask_BT, (8, 1))
    ray.init("local", num_cpus=cores, include_dashboard=False, log_to_driver=False)
    ways = {"this process": mark, "Ray tasks": mark_in_tasks, "forks": in_forks}
    times: dict[str, list[float]] = {name: [] for name in ways}
    for lap in range(ROUNDS + 1):
        for name, way in ways.items():
            start = time.perf_counter()
            way(ids_BT, mask_BT, pieces, find)
            if lap:  # the first starts the tasks' processes
                times[name].append(time.perf_counter() - start)
    ray.shutdown()
    whole = statistics.median(times["this process"])
    table = Table(title=f"{mask_BT.sum():,} tokens, {cores} cores, load {os.getloadavg()[0]:.1f}")
    for column in ("where", "ms", "speed-up", "best pair"):
        table.add_column(column, justify="right")
    for name, took in times.items():
        best = max(a / b for a, b in zip(times["this process"], took, strict=True))
        median = statistics.median(took)
        table.add_row(name, f"{median * 1e3:.0f}", f"{whole / median:.2f}", f"{best:.2f}")
    return table


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--no-ray", action="store_true", help="leave out the Ray tasks")
    without_ray = parser.parse_args().no_ray
    rng, console = np.random.default_rng(0), Console()
    words = rng.permutation(made_up_words(rng, 60_000)).tolist()
    seed_words = sorted({word for phrase in SEED_PHRASES for word in phrase.split()})
    tokenizer = make_tokenizer(seed_words + words)
    pieces = PieceTable.from_tokenizer(tokenizer)
    lists = [phrase_list(rng, words, n) for n in (18, 100, 300, 1000)]
    texts = [make_text(rng, words, lists[-1]) for _ in range(32)]
    ids = [row[:SLOTS] for row in tokenizer(texts)["input_ids"]]
    lengths = rng.integers(SLOTS // 4, SLOTS + 1, ROWS)
    ids_BT = np.array([ids[i % len(ids)] for i in range(ROWS)])
    mask_BT = np.arange(SLOTS) < lengths[:, None]
    width = len(pieces.join(ids_BT[mask_BT].tolist())) / mask_BT.sum()
    console.print(f"vocabulary {len(pieces.pieces) - 1:,}, {width:.2f} bytes per token")
    console.print(phrases_table(ids_BT, mask_BT, pieces, lists))
    console.print(tokens_table(ids_BT, mask_BT, pieces))
    if not without_ray:
        console.print(ray_table(ids_BT, mask_BT, pieces))


if __name__ == "__main__":
    main()
