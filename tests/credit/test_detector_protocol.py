"""What is true of every detector of planning tokens, and of one of a user's."""

from __future__ import annotations

import pickle
import sys

import pytest
import torch

from credit_plugins.batch import ENTROPY, IDS
from credit_plugins.config import build_chain, problems
from credit_plugins.planning.config import detectors, planning_of
from credit_plugins.planning.grams import write_grams

from .lettering import letters


def test_no_two_detectors_share_a_key():
    keys = [key for detector in detectors().values() for key in detector.options]
    assert len(keys) == len(set(keys))
    assert "detector" not in keys


def test_a_detector_pickles_without_what_it_read(tmp_path):
    path = tmp_path / "grams.json"
    write_grams(path, {"grams": ["split the sum"]})
    planning = planning_of({"grams": str(path)})
    before = planning.marks(*letters("split the sum"))
    copy = pickle.loads(pickle.dumps(planning))
    assert "find" not in vars(copy)
    assert copy.detector is planning.detector
    assert torch.equal(copy.marks(*letters("split the sum")), before)


OWN = """
import numpy as np
from credit_plugins.options import integer, number
from credit_plugins.planning import signal_detector, text_detector

@text_detector()
def questions(*, longest: int = integer(80, 1)):
    def find(text):
        at = [i for i, c in enumerate(text) if c == "?"]
        return np.array([(max(0, i - longest), i) for i in at], dtype=np.int64).reshape(-1, 2)
    return find

@signal_detector(reads="entropy_BT")
def above(signal_BT, mask_BT, *, share: float = number(2.0, 0.0, 9.0)):
    return signal_BT > share
"""


@pytest.fixture
def own(tmp_path, monkeypatch):
    (tmp_path / "my_detectors.py").write_text(OWN)
    monkeypatch.syspath_prepend(tmp_path)
    yield "my_detectors"
    sys.modules.pop("my_detectors", None)


def test_a_users_detector_of_text(own):
    credit = {"planning": {"detector": f"{own}:questions", "longest": 2, "phrases": ["hold on"]}}
    chain = build_chain("maxrl_hicra", credit)
    assert chain.sources == {IDS}
    marked = chain.planning.marks(*letters("is it so? yes"))
    assert marked[0].nonzero().flatten().tolist() == [6, 7, 8]
    credit["planning"]["longest"] = 0
    assert "planning.longest is 0, must be" in problems("maxrl_hicra", credit)[0]


def test_a_users_detector_of_a_signal_has_its_own_share_and_stays_inside_the_mask(own):
    credit = {"planning": {"detector": f"{own}:above", "share": 3.0}}
    chain = build_chain("maxrl_hicra", credit)
    assert chain.sources == {ENTROPY}
    mask_BT = torch.tensor([[True, True, False]])
    marked = chain.planning.marks(mask_BT, {ENTROPY: torch.tensor([[2.5, 3.5, 9.0]])})
    assert marked.tolist() == [[False, True, False]]


def test_an_entropy_detector_beside_an_operator_on_surprisal_edits_surprisal():
    credit = {"planning": {"detector": "entropy_quantile"}, "gtpo": {"signal": "surprisal"}}
    chain = build_chain("maxrl_gtpo_sepa", credit)
    assert chain.sources == {ENTROPY, "surprisal_BT"}
    assert chain.signal_key == "surprisal_BT"
