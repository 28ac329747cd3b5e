"""The dose of a run: the first gradient against uniform credit, and against chance."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
import yaml

from credit_plugins.dump import write
from recipes.campaign.dose import COSINE, NOISE, delivered, dose_of
from recipes.explain import explain
from recipes.explain.gradient import doses_of, read
from recipes.explain.policy import load
from recipes.runs import Run

from ..explain.groups import SUMS, parts_of, rows_of, tiny_folder

OTHERS = [
    {"prompt": "what is 7 + 5?", "text": "wait, let me see: 7 + 5 = 12", "reward": 1},
    {"prompt": "what is 7 + 5?", "text": "it is 13", "reward": 0},
]


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return tiny_folder(tmp_path_factory.mktemp("model"))


@pytest.fixture
def run(tmp_path, model) -> Run:
    """A run of 8 prompts a step, whose first step has two groups with contrast and one without."""
    told = [
        explain("maxrl_gtpo", group, {"gtpo": {"beta": 1.0}}, model=model)
        for group in (SUMS, OTHERS)
    ]
    rows = [row for place, one in enumerate(told) for row in rows_of(one, f"g{place}")]
    rows += rows_of(told[0], "g2", 1.0)
    ran = [{"name": o.name, "kind": o.kind, "numbers": {}} for o in told[0].dump.operators]
    settings = {
        "data": {"train_batch_size": 8},
        "actor_rollout_ref": {"model": {"path": str(model)}},
    }
    made = Run(tmp_path)
    made.config.write_text(yaml.safe_dump(settings))
    write(made.dumps, [row | {"step": 1} for row in rows], "maxrl_gtpo", ran)
    return made


def test_the_cosine_is_that_of_explain_and_the_noise_that_of_half_the_groups(run, model):
    found = dose_of(run)
    policy = load(str(model))
    dump = read(run.dumps / "step_000001.parquet")
    groups = {name: replace(dump, rollouts=tuple(g)) for name, g in dump.groups.items()}
    both = replace(dump, rollouts=groups["g0"].rollouts + groups["g1"].rollouts)
    assert found[COSINE] == pytest.approx(doses_of(both, policy)[-1].cosine, abs=1e-5)
    first, second = (uniform_gradient(groups[name], policy) for name in ("g0", "g1"))
    ratio = ((first - second).norm() / (first + second).norm()).item()
    assert found[NOISE] == pytest.approx(ratio * (2 / 8) ** 0.5, rel=1e-3)


def uniform_gradient(dump, policy) -> torch.Tensor:
    loss = sum(
        -(
            torch.from_numpy(one.base)
            * policy.logits(one.prompt_ids, one.id)
            .log_softmax(-1)
            .gather(1, torch.tensor(one.id)[:, None])[:, 0]
        ).sum()
        for one in dump.rollouts
    )
    return torch.cat([g.flatten() for g in torch.autograd.grad(loss, parts_of(policy))])


def test_what_is_not_known_is_left_out(run, tmp_path):
    assert dose_of(Run(tmp_path / "nothing")) == {}
    run.config.write_text("actor_rollout_ref: {model: {path: /nowhere}}")
    assert dose_of(Run(run.path)) == {}


@pytest.mark.parametrize(
    ("cosine", "noise", "steps", "said"),
    [
        (0.98, 0.4, 28, True),  # .2 at every step adds up to 5.6, noise to 2.1
        (0.9997, 0.4, 28, False),
        (0.9997, 0.4, 1000, True),
        (1.0, 0.0, 28, False),
    ],
)
def test_a_shift_adds_up_with_the_steps_and_noise_with_their_root(cosine, noise, steps, said):
    assert delivered({COSINE: cosine, NOISE: noise}, steps) is said
    assert delivered({}, steps) is None
