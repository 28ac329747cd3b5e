"""Detectors by name, their configuration, and the broken ones they must differ from."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from hypothesis import given, settings

from credit_plugins.batch import ENTROPY, IDS
from credit_plugins.config import build_chain, problems
from credit_plugins.errors import CreditError, MissingSignalError
from credit_plugins.planning import planning_mask
from credit_plugins.planning.config import planning_of
from credit_plugins.planning.detectors import semantic
from credit_plugins.planning.detectors.semantic import (
    EXECUTION_SENTENCES,
    PLANNING_SENTENCES,
    SemanticFinder,
)
from credit_plugins.planning.encoder import load_encoder
from credit_plugins.planning.grams import write_grams

from .batches import batches
from .laws import close
from .lettering import LETTERS, detect, letters
from .projecting import encode
from .tokenizers_for_tests import byte_level

# ---- phrases and mined grams ------------------------------------------------------------------


def test_phrases_are_the_planning_mask():
    seen = letters("so let me think", "hold on", "x")
    expected = planning_mask(seen[1][IDS], seen[0], LETTERS, ["hold on"])
    assert torch.equal(detect({"phrases": ["hold on"]}, seen), expected)
    assert expected.sum() == len("hold on")


def test_mined_grams_take_the_place_of_phrases(tmp_path):
    path = tmp_path / "grams.json"
    write_grams(path, {"grams": ["split the sum", "so far we"]})
    planning = planning_of({"grams": str(path)})
    for _ in range(2):
        marked = planning.marks(*letters("let me think: split the sum"))
        assert marked[0].tolist() == [False] * 14 + [True] * 13
        path.unlink(missing_ok=True)  # what was read stays


def test_the_marker_gets_the_rows():
    calls = []

    def marker(ids_BT, mask_BT, table, find):
        calls.append(find("hold on"))
        return np.zeros(mask_BT.shape, dtype=bool)

    detect({"phrases": ["hold on"]}, letters("hold on"), marker=marker)
    assert [spans.tolist() for spans in calls] == [[[0, 6]]]


# ---- entropy quantile -------------------------------------------------------------------------

QUANTILE = {"detector": "entropy_quantile", "share": 0.4}


def by_entropy(batch):
    return batch.mask_BT, {ENTROPY: batch.signals[ENTROPY]}


@settings(max_examples=100, deadline=None)
@given(batches())
def test_the_quantile_takes_its_share_and_never_everything(batch):
    marked = detect(QUANTILE, by_entropy(batch))
    assert not (marked & ~batch.mask_BT).any()
    for hit, entropy, mask in zip(marked, batch.signals[ENTROPY], batch.mask_BT, strict=True):
        kept, others = entropy[mask & hit], entropy[mask & ~hit]
        assert len(kept) <= max(1, int(0.4 * mask.sum() + 1e-6))
        if len(kept) and len(others):
            assert kept.min() > others.max()


@pytest.mark.parametrize(
    ("entropy", "expected"),
    [
        ([0.0] * 8 + [0.5, 0.7], [8, 9]),  # codes that keep ties keep all ten
        ([0.1, 0.9, 0.5, 0.3, 0.7], [1, 4]),
        ([0.0] * 5, []),
        ([0.5, 0.5, 0.5, 0.9, 0.1], [3]),
    ],
)
def test_ties_at_the_quantile_are_out(entropy, expected):
    mask_BT = torch.ones(1, len(entropy), dtype=torch.bool)
    seen = (mask_BT, {ENTROPY: torch.tensor([entropy])})
    assert detect(QUANTILE, seen)[0].nonzero().flatten().tolist() == expected


@pytest.mark.parametrize("junk", [float("nan"), float("inf"), 1e30])
def test_masked_entropies_do_not_matter(junk):
    mask_BT = torch.tensor([[True, True, True, False]])
    seen = (mask_BT, {ENTROPY: torch.tensor([[0.1, 0.9, 0.2, junk]])})
    assert detect(QUANTILE, seen).tolist() == [[False, True, False, False]]


def test_the_quantile_says_which_signal_it_needs():
    with pytest.raises(MissingSignalError, match="entropy_quantile needs entropy_BT"):
        detect(QUANTILE, letters("x"))
    credit = {"planning": {"detector": "entropy_quantile"}}
    assert build_chain("maxrl_hicra", credit).sources == {ENTROPY}
    assert build_chain("maxrl_hicra").sources == {IDS}


# ---- semantic ---------------------------------------------------------------------------------


def bag_of(*vocabulary):
    """An encoder that counts some words."""

    def encode_texts(texts):
        counts = np.array([[text.lower().count(word) for word in vocabulary] for text in texts])
        return counts / np.maximum(1e-9, np.linalg.norm(counts, axis=1, keepdims=True))

    return encode_texts


def spans(text, margin=0.02):
    found = SemanticFinder(bag_of("let me", "strategy", "plus", "equals"), margin)(text)
    return [text[first : last + 1] for first, last in found.tolist()]


PLAN, RUN = "let me find a strategy", "two plus two equals four"


def test_windows_that_plan_are_marked_and_others_are_not():
    assert spans(PLAN) == [PLAN]
    assert spans(RUN) == []
    assert spans("nothing of either kind here") == []  # cosine 0 is below 0.25
    assert spans(PLAN, margin=1.5) == []


def test_windows_stop_at_boundaries():
    assert spans(f"{RUN}\x00{PLAN}\x00\x00{RUN}") == [PLAN]
    assert spans("let me\x00let me") == []  # two words are no window


def test_windows_are_twelve_words_every_six():
    text = " ".join(f"w{i}" for i in range(6)) + f" {PLAN} " + " ".join(f"x{i}" for i in range(13))
    words = text.split()
    first, second = " ".join(words[:12]), " ".join(words[6:18])
    assert spans(text) == [first, second]


def test_every_word_is_in_a_window():
    for length in range(3, 40):
        text = " ".join(["strategy"] * length)
        covered = SemanticFinder(bag_of("strategy"), 0.0)(text)
        assert covered[0][0] == 0
        assert covered[-1][1] == len(text) - 1
        assert (covered[1:, 0] <= covered[:-1, 1] + 2).all()


def test_twenty_planning_sentences_and_fifteen_of_execution():
    assert len(set(PLANNING_SENTENCES)) == 20
    assert len(set(EXECUTION_SENTENCES)) == 15


def test_semantic_marks_the_tokens_of_its_windows(monkeypatch):
    loaded = bag_of("let me", "strategy", "plus")
    monkeypatch.setattr(semantic, "load_encoder", lambda folder: loaded)
    marked = detect({"detector": "semantic"}, letters(PLAN, "a plus b plus c"))
    assert marked.sum(1).tolist() == [len(PLAN), 0]


@pytest.fixture(scope="module")
def encoder_folder(tmp_path_factory):
    from transformers import BertConfig, BertModel

    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("encoder")
    size = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
    config = BertConfig(vocab_size=400, intermediate_size=16, **size)
    BertModel(config).eval().save_pretrained(folder)
    byte_level().save_pretrained(folder)
    return folder


@pytest.mark.parametrize("pooling", ["mean", "cls"])
def test_an_encoder_from_a_folder(encoder_folder, pooling):
    pooled = encoder_folder / "1_Pooling"
    pooled.mkdir(exist_ok=True)
    flags = {f"pooling_mode_{pooling}_token{'s' * (pooling == 'mean')}": True, "dimension": 16}
    (pooled / "config.json").write_text(json.dumps(flags))
    load_encoder.cache_clear()
    texts = ["let me think", "so", "a \udc80 byte", *["x y z"] * 70]
    vectors = load_encoder(str(encoder_folder))(texts)
    assert vectors.shape == (73, 16)
    close(torch.from_numpy(vectors).norm(dim=1), torch.ones(73))

    from transformers import AutoModel

    ids = torch.tensor([encode(byte_level(), "let me think")])
    hidden = AutoModel.from_pretrained(encoder_folder).eval()(ids).last_hidden_state[0].detach()
    expected = hidden.mean(0) if pooling == "mean" else hidden[0]
    close(torch.from_numpy(vectors[0]), expected / expected.norm(), 1e-4)


def test_other_poolings_and_other_folders_are_refused(encoder_folder, tmp_path):
    load_encoder.cache_clear()
    with pytest.raises(CreditError, match="holds no sentence encoder"):
        load_encoder(str(tmp_path))
    (tmp_path / "1_Pooling").mkdir()
    (tmp_path / "1_Pooling" / "config.json").write_text('{"pooling_mode_max_tokens": true}')
    with pytest.raises(CreditError, match="pools by mean or first token"):
        load_encoder(str(tmp_path))


# ---- configuration ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("planning", "said"),
    [
        (
            {"detector": "phrase"},
            "planning.detector: unknown detector 'phrase'; did you mean 'phrases'?",
        ),
        (
            {"detector": 3},
            "unknown detector 3; known: entropy_quantile, phrases, semantic (MODULE",
        ),
        ({"detector": "json:dumps"}, "is function, must be a function under text_detector or"),
        ({"detector": "nowhere:x"}, "no module named 'nowhere' is found from this folder"),
        ({"detector": "semantic"}, "planning.model is null, must be the folder"),
        (
            {"detector": "semantic", "model": "/nowhere"},
            "'/nowhere', must be a folder with a",
        ),
        ({"grams": "/nowhere.json"}, "planning.grams: /nowhere.json cannot be read"),
        ({"grams": 3}, "planning.grams is 3, must be null or a path"),
        ({"grams": "x", "phrases": ["hold on"]}, "are both given; keep one of them"),
        ({"share": 1.5}, "planning.share is 1.5, must be a number from 0 to 1"),
        ({"margin": -1}, "planning.margin is -1, must be a number from 0 to 2"),
    ],
)
def test_bad_planning(planning, said):
    (problem,) = problems("maxrl_hicra", {"planning": planning})
    assert said in problem
