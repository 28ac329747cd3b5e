"""A group in a terminal: with colours, without, in 80 columns."""

from __future__ import annotations

import io
import re

import numpy as np
import pytest
from rich.cells import cell_len
from rich.console import Console

from recipes.viewer import layers_of, open_dumps
from recipes.viewer.layers import Scale, find, scale_of
from recipes.viewer.lines import lines
from recipes.viewer.shades import ABOVE, BELOW, GREY, PLAIN, Shades
from recipes.viewer.terminal import show, show_difference
from tests.recipes.viewer.dumps import write_step


class Stream(io.StringIO):
    def __init__(self, encoding="utf-8"):
        super().__init__()
        self._encoding = encoding

    @property
    def encoding(self):
        return self._encoding


def printed(runs, *, layer="weight", group="g1", name="a", everything=False, dump=None, **console):
    stream = Stream(console.pop("encoding", "utf-8"))
    screen = Console(file=stream, width=80, highlight=False, **console)
    dumps = open_dumps(runs / name)
    dump = dump or dumps.load()
    rollouts = dump.groups[group]
    show(screen, dumps, dump, rollouts, find(layer, layers_of(dump)), everything)
    return stream.getvalue()


def test_a_pipe_gets_marks_below_the_text_and_fits_80_columns(runs):
    text = printed(runs)
    assert "\x1b" not in text
    assert max(cell_len(line) for line in text.split("\n")) <= 80
    at = text.split("\n").index(next(x for x in text.split("\n") if x.startswith("Let me add")))
    first, marks, plans = text.split("\n")[at : at + 3]
    assert set(marks) <= set("▼▽ △▲")
    assert set(plans) <= set(" ~")
    for phrase in ("second thought", "Notice that", "let me check"):
        for place in re.finditer(phrase, first):
            assert plans[place.start() : place.end()] == "~" * len(phrase)


def test_marks_say_which_tokens_gained_credit(runs, dump):
    group = dump.groups["g1"]
    scale = scale_of(find("weight", layers_of(dump)), group)
    shown_first = printed(runs).partition("rollout 0")[2].partition("rollout 1")[0]
    first = group[0]
    shade_T = scale.shades(first.weight)
    for mark, chosen in (("▲", shade_T > 0.6), ("▽▼", shade_T < -0.15)):
        wanted = sum(len(text) for text, yes in zip(first.text, chosen, strict=True) if yes)
        assert sum(shown_first.count(each) for each in mark) == wanted
    assert "▲" in shown_first


def test_every_rollout_has_its_outcome_and_a_sparkline(runs, dump):
    text = printed(runs)
    for rollout in dump.groups["g1"]:
        said = f"rollout {rollout.rollout}  reward {rollout.reward:g}  {rollout.verdict}"
        assert f"{said}  answer {rollout.answer}" in text
    assert len(re.findall(r"^[▁▂▃▄▅▆▇█ ]{40}$", text, re.MULTILINE)) == 4
    assert "gold 150" in text


def test_what_moved_and_what_is_conserved_are_tables(runs):
    text = printed(runs)
    assert "Tokens whose credit moved most" in text
    assert re.search(r"gtpo +sum of A +-2 +-2 +0 +dimensionless", text)
    assert re.search(r"sepa +mean of H +(\S+) +\1 +0 +nats", text)


def test_a_group_without_credit_says_so(runs):
    text = printed(runs, group="g0")
    assert "not known in this group" in text
    assert "No credit moved" in text


def test_a_screen_with_colours_gets_shades_and_no_marks(runs):
    text = printed(runs, force_terminal=True, color_system="truecolor")
    assert re.search(r"\x1b\[[\d;]*48;2;\d+;\d+;\d+m", text)
    assert "▼" not in text
    assert re.search(r"\x1b\[4[;m]", text)  # planning is underlined


@pytest.mark.parametrize("how", [{"no_color": True}, {"color_system": "standard"}])
def test_no_colour_or_16_of_them_get_marks(runs, how):
    text = printed(runs, force_terminal=True, **{"color_system": "truecolor"} | how)
    assert "▲" in text
    assert "48;2" not in text


def test_an_ascii_stream_gets_only_ascii(runs):
    for layer in ("weight", "entropy"):
        text = printed(runs, layer=layer, encoding="ascii")
        marks = "".join(
            line for line in text.split("\n") if re.fullmatch(r"[0-9=\-+# ]{41,}", line)
        )
        assert marks


def test_colours_can_be_read():
    def contrast(colour):
        parts = [part / 255 for part in colour]
        linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 1.05 / (0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] + 0.05)

    for hue in (ABOVE, BELOW, PLAIN):
        for share in np.linspace(0, 1, 11):
            mixed = np.array(GREY) + (np.array(hue) - GREY) * share
            assert contrast(mixed) > 4.5


def test_a_shade_is_stronger_the_further_it_lies():
    shades = Shades(colours=False, unicode=True)
    assert [shades.mark(x, 0.0) for x in (-1, -0.4, 0, 0.4, 1)] == list("▼▽ △▲")
    assert [shades.mark(x, None) for x in (0, 0.5, 1)] == list("▁▅█")
    assert shades.mark(float("nan"), None) == shades.mark(float("nan"), 0.0) == " "
    line = shades.sparkline(np.array([0.0, 1.0, 2.0, np.nan]), Scale(0, 2, None), 4)
    assert line == "▁▅█ "


def test_text_cannot_act_on_the_terminal(runs, tmp_path):
    file = write_step(tmp_path, 1, groups=1, hostile="\x1b[2J\u202e[red]\n")
    text = printed(runs, group="g0", dump=open_dumps(file).load())
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "\\u001b[2J\\u202e" in text.replace("◦", "")
    assert "[red]" in text


def test_long_groups_are_cut_unless_all_is_asked_for(runs, tmp_path):
    dump = open_dumps(write_step(tmp_path, 1, groups=1, rollouts=12, tokens=400)).load()
    text = printed(runs, group="g0", dump=dump)
    assert "4 more rollouts; --all prints them." in text
    assert re.search(r"\d+ more tokens; --all prints them\.", text)
    text = printed(runs, group="g0", dump=dump, everything=True)
    assert "--all" not in text
    assert text.count("boxed") == 12


def test_lines_break_where_the_text_does_or_before_a_word(dump):
    rollout = dump.groups["g1"][0]
    found = list(lines(rollout, len(rollout.text), 60))
    assert "".join(text for line in found for _, text in line) == rollout.response
    assert all(sum(cell_len(text) for _, text in line) <= 60 for line in found)
    assert all(line[0][1].startswith(" ") for line in found[1:])


def test_a_token_that_is_wider_than_the_line_is_cut(dump):
    rollout = type(dump.rollouts[0])(
        step=1, group="g", rollout=0, prompt="", reward=0.0,
        text=["本" * 30, "x\n\ny"], mask=np.ones(2, bool),
    )  # fmt: skip
    found = [[text for _, text in line] for line in lines(rollout, 2, 20)]
    assert found == [["本" * 10], ["本" * 10], ["本" * 10], ["x↵"], ["↵"], ["y"]]


def test_two_runs_are_told_apart_by_a_table(runs):
    stream = Stream()
    here, there = (open_dumps(runs / name).load(5).groups["g1"] for name in "ac")
    show_difference(Console(file=stream, width=80), ("toy/a", "toy/c"), here, there)
    text = stream.getvalue()
    assert "A: toy/a" in text
    assert re.search(r"mean reward +0\.5 +0\.5 +0 ", text)
    assert re.search(r"credit moved, share of \|A\| +\S+ +\S+ +-\S+ +%", text)
