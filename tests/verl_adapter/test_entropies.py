"""Entropies that are widened, refused for their dtype, and refused for their range."""

from __future__ import annotations

import math

import pytest
import torch

from credit_plugins.errors import MissingSignalError
from credit_plugins.verl_adapter.entropies import Entropies

FLAT = math.log(1000)


def entropies(*, fused: bool = False) -> Entropies:
    return Entropies(fused=fused, vocabulary=1000)


def test_float32_passes_as_it_is() -> None:
    given = torch.tensor([0.0, 1e-9, FLAT])
    assert entropies().widened(given) is given


def test_half_precision_is_refused_unless_fused_kernels_made_it() -> None:
    half = torch.tensor([0.5]).bfloat16()
    with pytest.raises(MissingSignalError, match=r"torch.bfloat16, which rounds low entropies"):
        entropies().widened(half)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_half_precision_of_fused_kernels_is_widened_and_said_once(dtype, capsys) -> None:
    taking = entropies(fused=True)
    for _ in range(2):
        wide = taking.widened(torch.tensor([0.5, 2.0], dtype=dtype))
        assert wide.dtype == torch.float32
        assert wide.tolist() == [0.5, 2.0]
    said = capsys.readouterr().err
    assert said.count("use_fused_kernels=True rounds entropies to") == 1


def rows(*values: float, padding: float = 0.0) -> tuple[torch.Tensor, torch.Tensor]:
    """Two hundred generated tokens of entropy 1, of which the first are replaced."""
    entropy_BT = torch.ones(2, 101)
    entropy_BT[0, : len(values)] = torch.tensor(values)
    entropy_BT[:, 100] = padding
    mask_BT = torch.ones(2, 101, dtype=torch.bool)
    mask_BT[:, 100] = False
    return entropy_BT, mask_BT


@pytest.mark.parametrize("wrong", [-0.2, FLAT + 0.2, 40.0, -1e30])
def test_more_than_a_hundredth_outside_is_refused(wrong: float) -> None:
    with pytest.raises(MissingSignalError, match=r"1\.5% of the entropies lie outside 0 to 6\.91"):
        entropies().believed(*rows(wrong, wrong, wrong))


@pytest.mark.parametrize(
    "given",
    [
        rows(-0.2, 9.0),  # a hundredth
        rows(-0.04, -1e-6, FLAT + 0.04),  # rounded
        rows(padding=float("nan")),
        rows(padding=-99.0),
        rows(math.nan, math.nan, math.inf, math.inf),  # the chain counts these
    ],
)
def test_what_is_believed_is_left_as_it_is(given) -> None:
    entropy_BT, mask_BT = given
    before = entropy_BT.clone()
    assert entropies().believed(entropy_BT, mask_BT) is entropy_BT
    assert torch.equal(entropy_BT.nan_to_num(), before.nan_to_num())


def test_the_remedy_is_that_of_what_computed_them() -> None:
    for fused, remedy in ((True, "use_fused_kernels=False"), (False, "the model's logits")):
        with pytest.raises(MissingSignalError, match=remedy):
            entropies(fused=fused).believed(*rows(*[-1.0] * 9))


def test_no_tokens_at_all() -> None:
    nothing = torch.zeros(2, 3)
    assert entropies().believed(nothing - 5, nothing.bool()).shape == (2, 3)
