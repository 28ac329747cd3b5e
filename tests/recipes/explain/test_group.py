"""Groups are read from JSONL, dumps and Python; what is none is refused with file and line."""

from __future__ import annotations

import json

import numpy as np
import pytest

from recipes.errors import RecipeError
from recipes.explain import example, explain, read_group
from recipes.explain.group import EXAMPLE, group_of, split

from .groups import BY_HAND, dumped

GOOD = {"text": "a b", "reward": 1}


def written(tmp_path, *rows):
    file = tmp_path / "group.jsonl"
    lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
    file.write_text("\n".join(lines))
    return file


@pytest.mark.parametrize(
    "text", ["", " ", "Don't\n\n  go, é€ 12.5 \\boxed{4}\n", "a_b\t", "日本 x"]
)
def test_the_pieces_of_a_text_are_the_text(text):
    assert "".join(split(text)) == text


def test_a_file_is_read_line_by_line(tmp_path):
    first = GOOD | {"entropies": [0.5, 1], "surprisals": [2, 0], "prompt": "?", "id": 7}
    second = {"tokens": ["c"], "reward": False, "entropies": [0], "surprisals": [1], "prompt": "?"}
    group = read_group(written(tmp_path, first, "", second))
    one, two = group.rollouts
    assert (one.text, one.reward, one.prompt, one.rollout) == (["a", " b"], 1.0, "?", 0)
    assert one.entropy.tolist() == [0.5, 1.0]
    assert one.surprisal.tolist() == [2.0, 0.0]
    assert (two.text, two.reward, two.rollout) == (["c"], 0.0, 1)
    assert two.mask.all()
    assert group.name.endswith("group.jsonl")


def test_the_example_is_a_group_of_real_entropies_and_says_what_it_is():
    group = example()
    assert [one.reward for one in group.rollouts] == [1, 1, 0, 0]
    assert "example" in group.name
    assert "written by hand" in group.name
    for one in group.rollouts:
        assert (one.entropy >= 0).all()
        assert one.entropy.max() < np.log(49152)  # the vocabulary of SmolLM2
    told = explain("maxrl_hicra")
    assert all(one.planning.any() and not one.planning.all() for one in told.dump.rollouts)


WRONG = {
    '{"text": "a"': "line 2: not JSON (",
    "[1]": "line 2: [1] is no object with text and reward.",
    '{"text": "a"}': "line 2: reward is None, must be a number.",
    '{"text": "a", "reward": "1"}': "line 2: reward is '1', must be a number.",
    '{"text": "a", "reward": NaN}': "line 2: reward is nan, must be a number.",
    '{"reward": 1}': "line 2: text is None, must be a text, not empty.",
    '{"text": "", "reward": 1}': "line 2: text is '', must be a text, not empty.",
    '{"text": "a", "reward": 1, "prompt": ["x"]}': "line 2: prompt is ['x'], must be a text.",
    '{"text": "a", "reward": 1, "prompt": "x"}': "line 2: another prompt than that of ",
    r'{"text": "\ud800 a", "reward": 1}': r"line 2: the text holds '\ud800', half of a character",
    '{"tokens": [], "reward": 1}': "line 2: tokens is [], must be a list of texts.",
    '{"tokens": ["a", 1], "reward": 1}': "line 2: tokens is ['a', 1], must be a list of texts.",
    '{"tokens": ["a", "c"], "text": "a c", "reward": 1}': (
        "line 2: tokens, joined, are 'ac', must be text, 'a c'."
    ),
    '{"text": "a b", "reward": 1, "entropies": [1]}': (
        "line 2: 1 entropies for 2 tokens (words and single signs; give tokens yourself); "
    ),
    '{"tokens": ["a"], "reward": 1, "entropies": [1, 2]}': "2 entropies for 1 tokens; give one",
    '{"text": "a", "reward": 1, "entropies": 3}': "entropies is 3, must be a list of numbers.",
    '{"text": "a", "reward": 1, "entropies": [-1]}': "entropies[0] is -1, must be a number of nats",
    '{"text": "a", "reward": 1, "surprisals": [null]}': "surprisals[0] is None, must be a number",
    '{"text": "a", "reward": 1, "entropies": [1]}': "line 2: has entropies, unlike ",
}


@pytest.mark.parametrize("line", WRONG)
def test_a_wrong_line_is_named(tmp_path, line):
    file = written(tmp_path, GOOD, line)
    with pytest.raises(RecipeError) as caught:
        read_group(file)
    assert WRONG[line] in str(caught.value)
    assert str(caught.value).startswith(f"{file}, line 2: ")
    assert "\n" not in str(caught.value)


def test_a_file_that_is_none_is_refused(tmp_path):
    (tmp_path / "empty.jsonl").touch()
    (tmp_path / "bytes.jsonl").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "no.parquet").write_bytes(b"PAR1")
    for name, said in {
        "nowhere": "nowhere does not exist.",
        ".": "is a folder; give a file.",
        "empty.jsonl": "empty.jsonl: no rollouts; a group has at least one.",
        "bytes.jsonl": "bytes.jsonl is no text in UTF-8",
        "no.parquet": "no.parquet is no dump of verl-credit",
    }.items():
        with pytest.raises(RecipeError) as caught:
            read_group(tmp_path / name)
        assert said in str(caught.value)


def test_a_mapping_that_is_no_rollout_is_named_by_its_position():
    with pytest.raises(RecipeError, match=r"^rollout 1: reward is None, must be a number\.$"):
        group_of([GOOD, {"text": "a"}])
    with pytest.raises(RecipeError, match="no rollouts"):
        group_of([])


def test_groups_of_a_dump_are_numbered(tmp_path):
    file = dumped(tmp_path, explain("maxrl_gtpo", BY_HAND), rewards_of_second=0.0)
    first, second = read_group(file), read_group(f"{file}@2")
    assert "group 1 of 2, step 5, trained with maxrl_gtpo" in first.name
    assert [one.reward for one in first.rollouts] == [1, 0, 0, 0]
    assert [one.reward for one in second.rollouts] == [0, 0, 0, 0]
    with pytest.raises(RecipeError, match="has 2 groups, and no group 3"):
        read_group(f"{file}@3")


def test_what_a_dump_holds_is_explained_as_it_was(tmp_path):
    credit = {"gtpo": {"beta": 0.5}}
    told = explain("maxrl_gtpo_hicra", BY_HAND, credit)
    again = explain("maxrl_gtpo_hicra", dumped(tmp_path, told), credit)
    assert list(again.rows()) == list(told.rows())


def test_the_example_is_one_of_the_package():
    assert EXAMPLE.is_file()
