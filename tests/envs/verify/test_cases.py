"""Our own case file: labels that the policy of `envs.verify.verify` makes certain, by kind.

No wrong 1 at all, and at most 2% wrong 0s.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from envs.verify import verify_batch
from envs.verify.answer.extract import extract
from envs.verify.answer.formats import ANSWER_FORMATS
from envs.verify.answer.forms.number import Number
from envs.verify.answer.forms.quantity import Quantity
from envs.verify.answer.parse import read
from envs.verify.answer.values import any_of
from envs.verify.compare.equivalence import Walk

HERE = Path(__file__).parent
MAX_FALSE_ZEROS = 0.02


def load(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


CASES = load(HERE / "cases" / "cases.jsonl")
PUBLIC = load(HERE / "data" / "verifier_cases.jsonl")


def judged():
    """Every case with its verdict."""
    for answer_format in ANSWER_FORMATS:
        cases = [c for c in CASES if c.get("format", "boxed") == answer_format]
        golds, responses = [c["gold"] for c in cases], [c["response"] for c in cases]
        # The deadline is generous: this is about labels, and other jobs share the machine.
        verdicts = verify_batch(golds, responses, answer_format=answer_format, timeout=6)
        yield from zip(cases, verdicts, strict=True)


@pytest.fixture(scope="module")
def wrong():
    """Cases whose verdict is not their label, as (kind, line to print), by label."""
    found = {0: [], 1: []}
    for case, verdict in judged():
        if verdict.correct != bool(case["expected"]):
            line = f"{case['id']}: {case['gold']!r} | {case['response'][-80:]!r} -> {verdict}"
            found[case["expected"]].append((case["kind"], line))
    return found


def told(rows):
    by_kind = defaultdict(list)
    for kind, line in rows:
        by_kind[kind].append(line)
    return "\n".join(
        f"{kind}: {len(lines)}\n  " + "\n  ".join(lines) for kind, lines in by_kind.items()
    )


def test_no_wrong_answer_is_paid(wrong):
    assert not wrong[0], told(wrong[0])


def test_hardly_a_correct_answer_goes_unpaid(wrong):
    positives = sum(case["expected"] for case in CASES)
    assert len(wrong[1]) <= MAX_FALSE_ZEROS * positives, told(wrong[1])


def test_the_labels_are_sane():
    keys = [(c["gold"], c["response"], c.get("format", "boxed")) for c in CASES]
    assert len(CASES) >= 400
    assert [key for key, n in Counter(keys).items() if n > 1] == []
    assert [i for i, n in Counter(c["id"] for c in CASES).items() if n > 1] == []
    labels = defaultdict(set)
    for case in CASES:
        assert case["expected"] in {0, 1}
        assert case.get("format", "boxed") in ANSWER_FORMATS
        assert case["reason"]
        labels[case["kind"]].add(case["expected"])
    assert [kind for kind, seen in labels.items() if seen != {0, 1}] == []


def test_the_cases_are_our_own():
    """The public cases measure us; what is measured against is not what was written for it."""
    public = {(case["gold"], case["response"]) for case in PUBLIC}
    assert not public & {(case["gold"], case["response"]) for case in CASES}


def test_no_label_contradicts_another():
    seen = defaultdict(set)
    for case in CASES:
        found = extract(case["response"], case.get("format", "boxed"))
        if not found.problem and not found.rivals:
            seen[case["gold"], found.text].add(case["expected"])
    assert [key for key, labels in seen.items() if len(labels) > 1] == []


def in_any_order(self, gold, answer):
    return self.members(gold, answer, as_sets=True) if isinstance(gold, tuple) else gold == answer


def without_units(self, gold, answer, compare):
    return compare.equal(*(getattr(side, "value", side) for side in (gold, answer)))


@pytest.mark.parametrize(
    ("kind", "owner", "name", "broken"),
    [
        ("tuples", Walk, "fields", in_any_order),
        ("units", Quantity, "same", without_units),
        (
            "lists",
            Walk,
            "members",
            lambda self, g, a, as_sets: any_of([self.equal(x, y) for x in g for y in a]),
        ),
        ("percent", Number, "same", lambda self, g, a, compare: True),
    ],
)
def test_the_cases_find_a_broken_verifier(monkeypatch, kind, owner, name, broken):
    monkeypatch.setattr(owner, name, broken)
    negatives = [c for c in CASES if c["kind"] == kind and not c["expected"]]
    answers = [(c["gold"], extract(c["response"]).text) for c in negatives]
    assert any(Walk(None).equal(read(g), read(a)) for g, a in answers)
