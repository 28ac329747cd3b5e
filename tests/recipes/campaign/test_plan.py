"""Plans: read, refused in sentences, hashed."""

from __future__ import annotations

import pytest

from recipes.campaign.overview import design, spread
from recipes.campaign.plan import Contrast
from recipes.campaign.reading import read
from recipes.campaign.simulate import World
from recipes.errors import PreflightError, RecipeError

from .toy import PLAN, plan_of


def sentences(tmp_path, *changes: tuple[str, str]) -> list[str]:
    text = PLAN
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    with pytest.raises(PreflightError) as refused:
        plan_of(tmp_path, text)
    return refused.value.problems


def test_what_is_read(plan):
    assert plan.contrast == Contrast("sharp", "plain")
    assert plan.arms["sharp"] == (
        "algorithm.adv_estimator=maxrl_gtpo",
        "algorithm.credit.gtpo.beta=1.0",
    )
    assert (plan.steps, plan.evaluation.every, plan.evaluation.samples) == (4, 2, 4)
    assert str(plan.primary) == "integrated pass@1"
    assert plan.secondary == []
    assert plan.folder.name == "toy"
    assert plan.hours == pytest.approx(1.8)


def test_runs_go_seed_by_seed_and_the_control_validates_first(plan):
    assert plan.order[:4] == [("plain", 1), ("sharp", 1), ("again", 1), ("plain", 2)]
    assert plan.validates_first == "plain"
    assert len(plan.order) == 18


def test_the_hash_is_of_what_is_planned_and_not_of_its_text_or_place(tmp_path, plan):
    commented = plan_of(
        tmp_path, "# why\n" + PLAN.replace("margin: 0.03", "margin: 0.030"), "other"
    )
    assert commented.hash == plan.hash
    changes = (
        ("margin: 0.03", "margin: 0.02"),
        ("seeds: [1, 2, 3, 4, 5, 6]", "seeds: [1, 2, 3, 4, 5, 7]"),
        ("beta=1.0", "beta=0.9"),
        ("hours_per_run: 0.1", "hours_per_run: 0.09"),
        ("integrated pass@1, final pass@1", "final pass@1, integrated pass@1"),
    )
    hashes = {plan_of(tmp_path, PLAN.replace(*change)).hash for change in changes}
    assert len(hashes | {plan.hash}) == 6


def test_a_plan_that_cannot_reject_is_refused(tmp_path):
    assert sentences(tmp_path, ("[1, 2, 3, 4, 5, 6]", "[1, 2, 3, 4, 5]")) == [
        "5 seeds can give no p below 0.0625 in a sign-flip test, so the plan cannot reject at "
        "alpha=0.05; take at least 6 seeds."
    ]


def test_a_plan_beyond_its_budget_is_refused(tmp_path):
    (said,) = sentences(tmp_path, ("budget_h: 2", "budget_h: 1.5"))
    assert said.startswith("18 runs of 0.1 h are 1.8 h, more than budget_h=1.5;")


def test_everything_wrong_is_said_at_once(tmp_path):
    said = sentences(
        tmp_path,
        ("contrast: {arm: sharp, against: plain}", "contrast: {arm: sharpe, against: plain}"),
        ("steps: 4", "steps: 0"),
        ("integrated pass@4", "integrated pass@8"),
        ("margin: 0.03", "margin: 0.06"),
        ("retries: 1", "stopping: when significant"),
    )
    assert said == [
        "contrast names the arm 'sharpe', which is not under arms: plain, sharp, again.",
        "steps is 0, must be a number above 0.",
        "evaluation.every is 2, must be at most the 0 steps of a run.",
        "margin=0.06 is above smallest_effect=0.05, so an effect of interest could be called no "
        "difference; take a margin of at most that.",
        "stopping is 'when significant'; the only rule is 'all seeds'.",
        "integrated pass@8 needs evaluation.samples of at least 8; it is 4.",
    ]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("margin: 0.03", "marign: 0.03", "there is no key 'marign' in a plan. Nearest: margin."),
        ("margin: 0.03\n", "", "margin is missing; say which difference counts as none, such as"),
        ("steps: 4", "steps: four", "steps is 'four', must be an integer."),
        ("budget_h: 2", "budget_h: true", "budget_h is True, must be a number."),
        ("[1, 2, 3, 4, 5, 6]", "[1, 2, 2, 4, 5, 6]", "seeds has a seed twice"),
        ("[1, 2, 3, 4, 5, 6]", "6", "seeds is 6, must be a list of integers from 0."),
        ("arms:\n", "arms:\n  a-b: []\n", "The arm 'a-b' needs a name of letters, digits and _"),
        ("{every: 2, ", "{", "evaluation is {'problems': 12, 'samples': 4}"),
        ("{arm: sharp, against: plain}", "{arm: plain, against: plain}", "with itself"),
        ("[integrated pass@1, final", "[pass@1, final", "'pass@1' is no endpoint"),
        ("hours_per_run: 0.1", "hours_per_run: .nan", "hours_per_run is nan, must be a number"),
        ("margin: 0.03", "margin: 3", "margin is 3, must be a share between 0 and 1: 2 points"),
        ("smallest_effect: 0.05", "smallest_effect: 5", "smallest_effect is 5, must be a share"),
        ("{every: 2, ", "{every: 5, ", "evaluation.every is 5, must be at most the 4 steps"),
        ("margin: 0.03", "margin: 0.03\nreuse: [gone.yaml]", "reuse names 'gone.yaml', and there"),
        ("arms:\n", "arms:\n  off: []\n", "arms has a name that YAML reads as False; put it"),
        ("margin: 0.03", "margin: 0.03\nsd: .nan", "sd is nan, must be a share between 0 and 1"),
        ("[integrated pass@1, ", "[integrated pass@1, integrated pass@1, ", "has one twice"),
        ("{every: 2, ", "{evry: 2, ", "There is no 'evry' in it."),
        ("arms:\n", "arms:\n  more: maxrl\n", "The arm more is 'maxrl', must be a list of over"),
        (
            "noise: {arm: again",
            "noise: {arm: twin",
            "under arms: plain, sharp, again. Write it there too, with the overrides of the arm",
        ),
    ],
)
def test_a_sentence_says_what_is_wrong(tmp_path, old, new, said):
    assert any(said in one for one in sentences(tmp_path, (old, new)))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: [", "is no YAML"),
        ("question: one: two", "A text with a colon in it has to stand between quotes"),
        ("- a", "is no plan"),
        (PLAN.replace("  again:", "  sharp: []\n  again:"), "'sharp' stands there twice"),
    ],
)
def test_a_file_of_another_kind_is_refused(tmp_path, text, said):
    file = tmp_path / "x.yaml"
    file.write_text(text)
    with pytest.raises(RecipeError, match=said):
        read(file)


def test_what_a_plan_says_of_itself(tmp_path):
    lines = "\n".join(design(plan_of(tmp_path, PLAN + "sd: 0.04\n")))
    assert "runs      18: 3 arms, 6 seeds" in lines
    assert "validates at steps 0, 2, 4" in lines
    assert "hours     1.8 of 2, at 0.1 h a run" in lines
    assert "smallest p  0.031, when all 6 differences have one sign" in lines
    assert "points with 80% power, if a seed's difference has an sd of 4.00 points" in lines
    assert "more than smallest_effect" in lines
    unknown = "\n".join(design(plan_of(tmp_path)))
    assert "a guess: independent answers to problems solved half of the time" in unknown


def test_the_guessed_spread_is_that_of_simulated_answers(plan):
    sd, _ = spread(plan)
    world = World(0.0, (0, 2, 4), 12, 4, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    right = world.draw(1000, 20)
    values = plan.primary.values(world.steps, right, world.samples).mean(-1)
    assert sd == pytest.approx((values[..., 1] - values[..., 0]).std(), rel=0.03)
