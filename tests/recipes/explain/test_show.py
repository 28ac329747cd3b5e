"""`verl-credit explain` and `verl-credit dose` as a user types them."""

from __future__ import annotations

import json
import os
import re
import resource
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from credit_plugins.presets import estimator_names
from recipes.cli import app
from recipes.errors import RecipeError
from recipes.explain import explain

from .groups import BY_HAND, dumped, measured, tiny_folder

ROOT = Path(__file__).parents[3]
MOST_CPU_S = 6


def printed(*arguments: str, columns: int = 80) -> str:
    result = CliRunner().invoke(app, arguments, env={"COLUMNS": str(columns)})
    assert result.exit_code == 0, (result.output, result.exception)
    return result.output


def words(text: str) -> str:
    return " ".join(text.split())


@pytest.fixture
def by_hand(tmp_path) -> str:
    (tmp_path / "hand.jsonl").write_text("\n".join(map(json.dumps, BY_HAND)))
    return str(tmp_path / "hand.jsonl")


def test_every_step_is_told_with_its_numbers(by_hand):
    text = printed("explain", "maxrl_gtpo_sepa_hicra", "gtpo.beta=0.5", "--group", by_hand)
    assert max(map(len, text.splitlines())) <= 80
    told = words(text)
    order = [
        "maxrl_gtpo_sepa_hicra: maxrl, sepa, gtpo, hicra, in this order",
        "Rewards mean 1 / 4 = 0.25",
        "Planning tokens 2 of 9 tokens (22.2%), by detector phrases rollout 0: 'notice that'",
        "1. maxrl episode operator order=n-1, eps=1e-06",
        "reward 1: (1 - 0.25) / 0.25 = 3 reward 0: (0 - 0.25) / 0.25 = -1",
        "Their sum is 7.",
        "2. sepa signal operator mode=pool, scope=completion, lam=1 (the end of its schedule)",
        "1.00-4.00 -> 2.00-4.00",
        "[ b] 3 -> 2",
        "3. gtpo token operator beta=0.5, signal=entropy, negative=same",
        "0 12 6 -> 6.6 0.900 to 1.300",
        "[ notice] that b 3 -> 3.9",
        "4. hicra token operator alpha=0.2, centered=False",
        "0 12 -> 13.32 6.6 -> 7.92 1.000 to 1.200",
        "All together",
    ]
    places = [told.index(words(part)) for part in order]
    assert places == sorted(places)


@pytest.mark.parametrize("name", estimator_names())
def test_every_estimator_explains_the_example_in_80_columns(name):
    text = printed("explain", name)
    assert max(map(len, text.splitlines())) <= 80
    assert "\u2026" not in text, "a column is cut"
    assert "the built-in example" in text
    assert "nan" not in text


def test_json_is_the_table(by_hand):
    lines = printed("explain", "maxrl,gtpo", "--group", by_hand, "--json").splitlines()
    assert [json.loads(line) for line in lines] == list(explain("maxrl,gtpo", BY_HAND).rows())


def test_a_step_of_a_schedule_is_said():
    assert "lam=0.4 (step 50 of its schedule, its gate open)" in words(
        printed("explain", "maxrl_gtpo_sepa", "--step", "50")
    )


def test_what_is_probably_not_meant_is_told():
    assert "Note: gtpo runs before sepa" in words(printed("explain", "maxrl,gtpo,sepa"))


def test_markup_in_a_text_is_text(tmp_path):
    row = {"text": "a [bold]b[/bold] [/x]", "reward": 1, "entropies": [1] * 13}
    (tmp_path / "g.jsonl").write_text(json.dumps(row) + "\n" + json.dumps(row | {"reward": 0}))
    assert "a [bold]b[/bold] [/x]" in printed(
        "explain", "rloo_gtpo", "--group", f"{tmp_path}/g.jsonl"
    )


def test_a_large_group_is_cut_and_says_so(tmp_path):
    rows = [{"text": "so " * 500, "reward": i % 2, "entropies": [1] * 501} for i in range(20)]
    (tmp_path / "g.jsonl").write_text("\n".join(map(json.dumps, rows)))
    text = printed("explain", "maxrl_gtpo_hicra", "--group", f"{tmp_path}/g.jsonl")
    assert len(text.splitlines()) < 150
    assert "and 12 more rollouts" in text


@pytest.mark.slow
def test_it_takes_seconds_and_loads_no_more_than_it_needs():
    heavy = "transformers pandas matplotlib verl ray vllm datasets"
    program = (
        "import sys; from recipes.cli import app\n"
        "try: app(['explain', 'maxrl_gtpo_sepa_hicra'])\n"
        f"except SystemExit: print([m for m in {heavy.split()} if m in sys.modules])"
    )
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=100,
    )
    used = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before
    assert done.stdout.splitlines()[-1] == "[]", done.stderr
    assert used < MOST_CPU_S


def test_a_model_computes_what_is_read(tmp_path):
    folder = tiny_folder(tmp_path / "model")
    rows = [
        {"text": "12 + 30", "reward": 1, "prompt": "?"},
        {"text": "7", "reward": 0, "prompt": "?"},
    ]
    (tmp_path / "g.jsonl").write_text("\n".join(map(json.dumps, rows)))
    typed = ("explain", "maxrl_gtpo", "--group", f"{tmp_path}/g.jsonl", "--model", str(folder))
    assert "3 -> 2" not in words(text := printed(*typed))
    assert "2. gtpo" in text


def test_the_dose_of_a_dump(tmp_path):
    folder = tiny_folder(tmp_path / "model")
    told = measured(folder, gtpo={"beta": 1.0})
    file = dumped(tmp_path, told, rewards_of_second=1.0)
    text = printed("dose", str(file), str(folder))
    assert max(map(len, text.splitlines())) <= 80
    found = json.loads(printed("dose", str(file), str(folder), "--json"))
    assert [one["group"] for one in found] == ["g0", "g1", "all"]
    assert f"{found[0]['cosine']:.5f}" in text
    assert "g1: no cosine, because every advantage of the episode operator is 0" in words(text)
    assert re.search(r"differ from the dump's by 0\.0000 nats a token\.$", words(text))


def test_another_model_than_that_of_the_dump_is_said(tmp_path):
    told = measured(tiny_folder(tmp_path / "model"))
    for one in told.dump.rollouts:
        one.surprisal[:] += 1
    file = dumped(tmp_path, told)
    text = words(printed("dose", str(file), str(tmp_path / "model")))
    assert "differ from the dump's by 1.0000 nats a token, so it is not the policy that" in text


def test_the_commands_of_the_page_do_what_it_says(tmp_path, monkeypatch):
    """In a folder with a group, a dump of two groups, a model, and README's operator."""
    page = (ROOT / "recipes" / "README.md").read_text()
    blocks = re.findall(r"```bash\n(verl-credit (?:explain|dose) .*?)```", page, re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines()]
    assert len(lines) == 4
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    example = ROOT / "tests" / "credit" / "user_operator_example.py"
    Path("my_ops.py").write_text(example.read_text())
    told = measured(tiny_folder(tmp_path / "FOLDER"))
    Path("group.jsonl").write_text("\n".join(map(json.dumps, BY_HAND)))
    dumped(tmp_path / "dumps", told, rewards_of_second=1.0)
    said = [printed(*shlex.split(line)[1:]) for line in lines]
    assert "gtpo token operator beta=0.5" in words(said[0])
    assert "4. calm token operator" in words(said[1])
    assert json.loads(said[2].splitlines()[0])["advantage:gtpo"] == 0
    assert said[3].splitlines()[0].split() == (
        ["group", "rollouts", "tokens", "cosine", "angle", "norm,", "chain", "/", "uniform"]
    )


@pytest.mark.parametrize("count", [1, 2])
def test_a_rollout_of_a_dump_without_a_generated_token_is_no_error(tmp_path, count):
    """The first ``count`` of three rollouts hold the text of an environment alone."""
    told = explain("maxrl_gtpo_sepa_hicra", BY_HAND[:3])
    for one in told.dump.rollouts[:count]:
        one.mask[:] = False
    file = dumped(tmp_path, told)
    for chain in ("maxrl_gtpo_sepa_hicra", "opo,gtpo", "gtpo_paper"):
        text = printed("explain", chain, "sepa.mode=one_sided", "--group", str(file))
        assert "All together" in text
        assert "nan" not in text
    assert "reward 1: (1 - 0.3333) / 0.3333, without a token" in printed(
        "explain", "maxrl", "--group", str(file)
    )


def test_a_group_without_a_generated_token_is_refused():
    told = explain("maxrl", BY_HAND)
    for one in told.dump.rollouts:
        one.mask[:] = False
    with pytest.raises(RecipeError, match="no rollout has a token that the model generated"):
        explain("maxrl", told.dump.rollouts)
