"""Which rows are refused, and what becomes of the solutions of those that are kept."""

from __future__ import annotations

import pytest

import envs.dataset.audit
from envs.dataset.audit import audit
from envs.dataset.row import Row, normalised
from envs.errors import VerifierError


def kinds(*rows):
    found = audit(
        Row(f"{stream}/{i}", stream, question, answer, solution=solution)
        for i, (stream, question, answer, *rest) in enumerate(rows)
        for solution in (rest or [""])
    )
    return [(finding.kind, finding.row.id) for finding in found.findings], found


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([("train", "A", "1"), ("train", "B", "1")], []),
        ([("train", "A?", "1"), ("train", " a?\n", "1")], [("duplicate", "train/1")]),
        ([("train", "A", "0.5"), ("train", "A", "1/2")], [("duplicate", "train/1")]),
        ([("train", "A", "1"), ("validation", "A", "1")], [("overlap", "train/0")]),
        (
            [("train", "A", "1"), ("train", "A", "2"), ("train", "A", "1")],
            [("conflict", "train/0"), ("conflict", "train/1"), ("conflict", "train/2")],
        ),
        (
            [("train", "A", "1"), ("validation", "A", "2")],
            [("conflict", "train/0"), ("conflict", "validation/1")],
        ),
        (
            [("train", "A", "1"), ("train", "A", "1"), ("validation", "a", "1")],
            [("duplicate", "train/1"), ("overlap", "train/0")],
        ),
        ([("validation", "A", "1"), ("validation", "A", "1")], []),
        (
            [("validation", "A", "1"), ("validation", "A", "2")],
            [
                ("conflict", "validation/0"),
                ("conflict", "validation/1"),
            ],
        ),
        ([("train", "A", "see text above")], [("unverifiable", "train/0")]),
        ([("train", "A", "①③④"), ("train", "B", "1")], [("unverifiable", "train/0")]),
        ([("train", "", "1")], [("unreadable", "train/0")]),
        ([("train", "A", r"\frac{1}{")], [("unverifiable", "train/0")]),
        ([("train", "A", "9" * 3000)], [("unverifiable", "train/0")]),
    ],
)
def test_audit(rows, expected):
    assert kinds(*rows)[0] == expected


def test_an_error_of_one_check_refuses_one_row(monkeypatch):
    """Whatever it is; but where no worker starts, no row is to blame."""

    def verify(gold, response, **how):
        if gold == "2":
            raise RecursionError("too deep")
        return real(gold, response, **how)

    real = envs.dataset.audit.verify
    monkeypatch.setattr(envs.dataset.audit, "verify", verify)
    rows = [Row(str(i), "train", f"Q{i}", str(i), solution="s") for i in range(4)]
    found = audit(rows)
    assert [row.id for row in found.kept] == ["0", "1", "3"]
    assert found.findings[0].why == "checking it raises RecursionError: too deep"

    def no_worker(gold):
        raise VerifierError("No worker process can be started.")

    monkeypatch.setattr(envs.dataset.audit, "gold_problem", no_worker)
    with pytest.raises(VerifierError):
        audit(rows)


def test_audit_counts_and_progress():
    done = []
    rows = [Row(str(i), "train", f"Q{i // 2}", str(i // 2)) for i in range(1000)]
    found = audit(rows, done.append)
    assert found.counts() == {"duplicate": 500}
    assert len(found.kept) == 500
    assert sum(done) == 1000


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (r"It is \boxed{7}.", r"It is \boxed{7}."),
        ("It is seven.", "It is seven.\nSo the answer is \\boxed{7}."),
        (r"It is \boxed{8}.", "It is \\boxed{8}.\nSo the answer is \\boxed{7}."),
        ("", ""),
        (r"Open \boxed{", ""),
    ],
)
def test_a_kept_solution_ends_in_the_gold(given, kept):
    assert kinds(("train", "A", "7", given))[1].kept[0].solution == kept


def test_normalised_questions():
    assert normalised("  What\u00a0IS  \uff11?\n") == "what is 1?"
    assert normalised("a b") != normalised("ab")
