"""The laws of every operator: functions of a subject and a batch that raise `Broken`."""

from __future__ import annotations

import pickle
from dataclasses import replace
from functools import partial

import torch
from torch import Tensor

from ..batch import CreditBatch
from ..metrics import Recorder
from ..operator import EPISODE, KINDS
from .batches import JUNK, edit, fill_masked, tensors, to_dtype
from .subject import Subject


class Broken(AssertionError):
    """A law that does not hold, told in the terms of who writes the operator."""


def _require(holds: bool, sentence: str) -> None:
    if not holds:
        raise Broken(sentence)


def _close(left: Tensor, right: Tensor, sentence: str, tolerance: float = 1e-5) -> None:
    same = left.shape == right.shape and torch.allclose(
        left.double(), right.double(), rtol=tolerance, atol=tolerance, equal_nan=True
    )
    if not same and left.shape == right.shape:
        row, slot = divmod(int((left - right).abs().nan_to_num(1e30).argmax()), left.shape[1])
        at = f"row {row}, token {slot}: {left[row, slot]:g} against {right[row, slot]:g}"
        sentence = f"{sentence} ({at})"
    _require(same, sentence)


def shape(subject: Subject, batch: CreditBatch) -> None:
    """A float tensor of the shape of the input."""
    answer = subject(batch)
    _require(
        isinstance(answer, Tensor)
        and answer.shape == batch.mask_BT.shape
        and answer.is_floating_point(),
        f"it must return a float tensor of the shape of {KINDS[subject.operator.kind][0]}",
    )


def masked_is_zero(subject: Subject, batch: CreditBatch) -> None:
    """Exactly 0 where the mask is false."""
    answer = subject(batch)
    _require(
        bool((answer[~batch.mask_BT] == 0).all()),
        "where the mask is false the answer must be exactly 0; multiply by batch.kept_BT what you "
        "add",
    )


def masked_content(subject: Subject, batch: CreditBatch) -> None:
    """What stands where the mask is false has no effect."""
    expected = subject(fill_masked(batch, 0.0))
    for junk in JUNK:
        _require(
            torch.equal(subject(fill_masked(batch, junk)), expected),
            "what stands where the mask is false changes the answer; read token ids and the like "
            "under batch.mask_BT only",
        )


def permutation(subject: Subject, batch: CreditBatch) -> None:
    """Rows in another order give the same answers in that order."""
    order = torch.arange(len(batch.reward_B)).flip(0).roll(1)
    moved = edit(batch, row=lambda x: x[order], token=lambda x: x[order])
    _close(
        subject(moved),
        subject(batch)[order],
        "the answer depends on the order of the rows; rows of a group may stand anywhere, so use "
        "batch.group_B",
    )


def padding(subject: Subject, batch: CreditBatch) -> None:
    """More masked slots at the end change nothing."""
    width = batch.mask_BT.shape[1]
    wide = subject(edit(batch, token=lambda x: torch.nn.functional.pad(x, (0, 3))))
    _close(
        wide[:, :width],
        subject(batch),
        "more padding changes the answer; divide by the generated tokens (batch.length_B1), not by "
        "the width",
    )


def scope(subject: Subject, batch: CreditBatch) -> None:
    """Nothing outside the declared scope has influence."""
    if subject.scope == "batch":
        return
    whole = subject(batch)
    alike = batch.group_B if subject.scope == "group" else torch.arange(len(batch.group_B))
    for one in alike.unique():
        rows = alike == one
        alone = edit(batch, row=partial(_rows, chosen=rows), token=partial(_rows, chosen=rows))
        _close(
            subject(alone),
            whole[rows],
            f"rollouts outside its {subject.scope} change the answer; declare a wider scope "
            '("group" or "batch")',
        )


def _rows(x: Tensor, chosen: Tensor) -> Tensor:
    return x[chosen]


def labels(subject: Subject, batch: CreditBatch) -> None:
    """The numbers that name the groups have no meaning."""
    renamed = replace(batch, group_B=5 - 2 * batch.group_B)
    _close(subject(renamed), subject(batch), "the values of batch.group_B change the answer")


def finite(subject: Subject, batch: CreditBatch) -> None:
    """No NaN and no infinity, whatever the groups."""
    _require(
        bool(torch.isfinite(subject(batch)).all()),
        "the answer has a NaN or an infinity: guard a division where a group has one rollout, all "
        "rewards are equal, a completion has no token or its signal is 0",
    )


def untouched(subject: Subject, batch: CreditBatch) -> None:
    """Inputs are not changed in place."""
    block = subject.block(batch)
    seen = [batch, block]
    before = [[x.clone() for x in tensors(each)] for each in seen]
    subject(batch)
    if subject.operator.kind != EPISODE:
        subject.operator(subject.input(block), block, **subject.numbers)
    for each, copies in zip(seen, before, strict=True):
        for now, copy in zip(tensors(each), copies, strict=True):
            _require(
                torch.equal(now.nan_to_num(7.0), copy.nan_to_num(7.0)),
                "it changes its inputs in place; the next operator reads them",
            )


def precision(subject: Subject, batch: CreditBatch) -> None:
    """The same in float32 and in float64, each in its own precision."""
    narrow, wide = subject(batch), subject(to_dtype(batch, torch.float64))
    _require(
        (narrow.dtype, wide.dtype) == (torch.float32, torch.float64),
        f"float32 in must give float32 and float64 must give float64; it gave {narrow.dtype} and "
        f"{wide.dtype}",
    )
    _close(narrow, wide, "float32 and float64 give different answers")


def pickles(subject: Subject, batch: CreditBatch) -> None:
    """It travels to another process."""
    try:
        copy = replace(subject, operator=pickle.loads(pickle.dumps(subject.operator)))
    except Exception as error:
        raise Broken(f"it cannot be pickled ({error}); define it at the top of a module") from error
    _require(torch.equal(copy(batch), subject(batch)), "after pickling it gives another answer")


def neutral(subject: Subject, batch: CreditBatch) -> None:
    """At the neutral numbers it changes nothing, bit for bit."""
    declared = subject.operator.neutral
    if not declared or any(subject.numbers.get(name) != x for name, x in declared.items()):
        return
    _require(
        torch.equal(subject(batch), subject.input(subject.block(batch))),
        f"at its neutral numbers {dict(declared)} it must change nothing, bit for bit",
    )


def metrics(subject: Subject, batch: CreditBatch) -> None:
    """It reports what it declares, and reporting changes nothing."""
    recorder = Recorder("entropy")
    reported = subject(batch, recorder)
    _require(torch.equal(reported, subject(batch)), "reporting metrics changes the answer")
    for metric in recorder.metrics:
        _require(
            metric in subject.operator.metrics,
            f"it reports {metric.name!r}, which is not among its declared metrics",
        )


LAWS = (
    shape,
    masked_is_zero,
    masked_content,
    finite,
    scope,
    permutation,
    padding,
    labels,
    untouched,
    precision,
    neutral,
    metrics,
    pickles,
)
