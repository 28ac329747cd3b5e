"""The configurations of a plan's runs: composed, compared with one another, hashed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..catalog import RECIPES_DIR
from ..errors import PreflightError
from ..launch.compose import compose, for_hydra
from ..launch.preflight import is_our_data_set
from ..launch.preflight import problems as preflight_problems
from ..launch.wanted import to_yaml
from .plan import Plan

if TYPE_CHECKING:
    from omegaconf import DictConfig

_ROLLOUT = "actor_rollout_ref.rollout"
WARM_START_SEED = "launch.warm_start.seed"
SAMPLING_SEED = "data.env.sampling_seed"
# What makes a pair, which no arm may change. The A/A arm alone has other sampling seeds.
_SHARED = (
    "data.",
    "launch.",
    "trainer.",
    "actor_rollout_ref.model.",
    f"{_ROLLOUT}.",
)
_MANY = 1_000_000


@dataclass(frozen=True)
class Configurations:
    """What the runs of a plan are started with.

    Attributes:
        plan: the plan.
        recipes: where the recipes lie.
    """

    plan: Plan
    recipes: Path = RECIPES_DIR
    _made: dict[tuple[str, int], DictConfig] = field(default_factory=dict, repr=False)

    @cached_property
    def _base(self) -> DictConfig:
        """The recipe with what all arms have."""
        items = for_hydra(self.plan.recipe, self.plan.overrides, self.recipes)
        return compose(self.plan.recipe, items, self.recipes)

    @cached_property
    def seeded(self) -> tuple[str, ...]:
        """Keys that get the seed: order of tasks, tasks and sampling, initial weights."""
        made = (self._base.get("launch") or {}).get("warm_start")
        return ("data.seed", "data.env.seed", *([WARM_START_SEED] if made else []))

    def _fixed(self, seed: int) -> dict[str, Any]:
        """What the plan itself sets, in every run of a seed."""
        plan, evaluation = self.plan, self.plan.evaluation
        shared = {
            **dict.fromkeys(self.seeded, seed),
            "data.env.seeded_sampling": "true",
            "trainer.total_training_steps": plan.steps,
            "trainer.test_freq": evaluation.every,
            # Every rollout of every step, by which pairs are proved.
            "algorithm.credit.dump.every": 1,
            "algorithm.credit.dump.groups": _MANY,
        }
        if evaluation.problems:
            shared["data.env.validation_size"] = evaluation.problems
        if evaluation.samples:
            shared[f"{_ROLLOUT}.val_kwargs.n"] = evaluation.samples
        return shared

    def overrides(self, arm: str, seed: int) -> list[str]:
        """Hydra overrides of a run, but for who validates before training; the plan's win."""
        own = [f"{key}={value}" for key, value in self._fixed(seed).items()]
        return [*self.plan.overrides, *self.plan.arms[arm], *own]

    def started(self, arm: str, seed: int) -> list[str]:
        """Overrides of a run as it is started."""
        first = str(arm == self.plan.validates_first).lower()
        return [*self.overrides(arm, seed), f"trainer.val_before_train={first}"]

    def composed(self, arm: str, seed: int) -> DictConfig:
        """The configuration of a run.

        Raises:
            RecipeError: the recipe is unknown, or Hydra refuses an override.
        """
        if (arm, seed) not in self._made:
            items = for_hydra(self.plan.recipe, self.overrides(arm, seed), self.recipes)
            self._made[arm, seed] = compose(self.plan.recipe, items, self.recipes)
        return self._made[arm, seed]

    def hash(self, arm: str, seed: int) -> str:
        """A hash of the configuration of a run, whoever validates before training."""
        text = to_yaml(self.composed(arm, seed), resolve=False)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def hashes(self) -> dict[str, str]:
        """A hash per arm, at the first seed."""
        return {arm: self.hash(arm, self.plan.seeds[0]) for arm in self.plan.arms}

    def check(self) -> None:
        """Refuse what `problems` finds.

        Raises:
            PreflightError: with a sentence for each problem.
            RecipeError: as `composed`.
        """
        if found := list(self.problems()):
            raise PreflightError(found)

    def problems(self) -> Iterator[str]:
        """Why the plan's runs cannot start, or cannot be pairs; one sentence each.

        Raises:
            RecipeError: as `composed`.
        """
        from verl.trainer.ppo.core_algos import ADV_ESTIMATOR_REGISTRY

        from credit_plugins.presets import VERLS_OWN
        from credit_plugins.verl_adapter.estimators import is_ours

        arms = {arm: self.composed(arm, self.plan.seeds[0]) for arm in self.plan.arms}
        if not is_our_data_set(self._base):
            yield (
                f"{self.plan.recipe} trains on rows of verl's own, whose sampling has no seeds, so "
                "runs could not be paired; use an environment (data.env)."
            )
            return
        yield from self._fixed_problems()
        flat = {arm: flattened(config) for arm, config in arms.items()}
        for arm, config in arms.items():
            name = config.algorithm.adv_estimator
            if name in ADV_ESTIMATOR_REGISTRY and not is_ours(name):
                own = "algorithm.adv_estimator=credit algorithm.credit.operators="
                same = f"write {own}[{name}], which is the same advantage"
                yield (
                    f"The arm {arm} uses verl's own {name}, whose rollouts leave no proof of "
                    f"pairing; {same if name in VERLS_OWN else 'take one of `verl-credit list`'}."
                )
            yield from (f"{arm}: {one}" for one in preflight_problems(config))
        yield from self._difference_problems(flat)

    def _fixed_problems(self) -> Iterator[str]:
        """Overrides of what the plan sets: they would be without effect."""
        given = {"overrides": self.plan.overrides}
        given |= {f"the arm {arm}": items for arm, items in self.plan.arms.items()}
        fixed = [*self._fixed(self.plan.seeds[0]), "trainer.val_before_train"]
        for where, items in given.items():
            for item in items:
                key = item.partition("=")[0].lstrip("+~")
                if key in fixed:
                    yield (
                        f"{item} in {where}: the plan sets {key} in every run, by its seeds, steps "
                        "and evaluation, or for the proof that pairs are pairs; leave it out."
                    )

    def _difference_problems(self, flat: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
        plan, base = self.plan, self.plan.contrast.against
        for arm, settings in flat.items():
            if arm == base:
                continue
            keys = differing(flat[base], settings)
            is_noise = plan.noise is not None and arm == plan.noise.arm
            if not keys and not is_noise:
                yield f"The arms {base} and {arm} are the same; an arm differs in its overrides."
            if SAMPLING_SEED in keys and not is_noise:
                yield (
                    f"The arm {arm} changes {SAMPLING_SEED}, which makes it an A/A arm; name it "
                    f"so, with noise: {{arm: {arm}, against: ...}} in the plan."
                )
            shared = [key for key in keys if key.startswith(_SHARED) and key != SAMPLING_SEED]
            if shared:
                yield (
                    f"The arms {base} and {arm} differ in {', '.join(shared)}, which a pair has in "
                    "common; write it into the plan's overrides, for all arms."
                )
        if plan.noise:
            keys = differing(flat[plan.noise.against], flat[plan.noise.arm])
            if keys != [SAMPLING_SEED]:
                yield (
                    f"The A/A arm {plan.noise.arm} differs from {plan.noise.against} in "
                    f"{', '.join(keys) or 'nothing'}, must differ in {SAMPLING_SEED} alone."
                )


def flattened(config: DictConfig) -> dict[str, str]:
    """Dotted key -> value of a configuration; lists as texts."""
    from omegaconf import OmegaConf

    def leaves(node: Any, prefix: str) -> Iterator[tuple[str, str]]:
        for key, value in node.items():
            if isinstance(value, dict):
                yield from leaves(value, f"{prefix}{key}.")
            else:
                yield f"{prefix}{key}", str(value)

    return dict(leaves(OmegaConf.to_container(config, resolve=False), ""))


def differing(one: Mapping[str, Any], other: Mapping[str, Any]) -> list[str]:
    """Keys whose values differ, in their order."""
    return [key for key in {**one, **other} if one.get(key) != other.get(key)]
