"""Shaded tokens for other pages, and as a picture."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from html.parser import HTMLParser

import pytest

from recipes.errors import RunError
from recipes.viewer import layers_of, open_dumps, picture, shaded_html, shades_css
from tests.recipes.viewer.dumps import write_step

EVIL = "</script></div><img src=x onerror=alert(1)>&\x1b\u202e"


@pytest.fixture(scope="module")
def evil(tmp_path_factory):
    file = write_step(tmp_path_factory.mktemp("evil"), 1, groups=1, turns=2, hostile=EVIL)
    return open_dumps(file).load().rollouts[0]


class Reader(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.texts, self.classes = [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.classes += (dict(attrs).get("class") or "").split()

    def handle_data(self, data):
        self.texts.append(data)


def read(text: str) -> Reader:
    reader = Reader()
    reader.feed(text)
    return reader


def test_every_layer_shades_every_token(dump):
    rollout = dump.groups["g1"][0]
    for layer in layers_of(rollout):
        found = read(shaded_html(rollout, layer))
        assert found.classes.count("t") == len(rollout.text)
        assert found.classes.count("plan") == rollout.planning.sum() + 1  # and in the legend
        assert "".join(found.texts).endswith(rollout.response)
        assert f"{layer.label}, {layer.unit}" in found.texts


def test_shades_have_their_sign_and_values_their_unit(dump):
    rollout = dump.groups["g1"][0]
    weight, entropy = (shaded_html(rollout, key) for key in ("weight", "entropy"))
    assert {"up", "down"} <= set(read(weight).classes)
    assert not {"up", "down"} & set(read(entropy).classes)
    assert re.search(r'title="[\d.]+ nats"', entropy)
    assert re.search(r'title="[\d.]+"', weight)
    for name in ("up", "down", "plain", "plan", "said", "legend", "ramp", "shaded"):
        assert f".{name} {{" in shades_css()


def test_text_of_a_model_is_text_on_a_page(evil):
    found = read(shaded_html(evil, "weight"))
    assert set(found.tags) == {"p", "b", "span", "div"}
    assert "onerror" in "".join(found.texts)
    assert "said" in found.classes
    assert not {"\x1b", "\u202e"} & set("".join(found.texts))


def test_a_picture_is_xml_with_the_text_in_it(dump):
    rollout = dump.groups["g1"][0]
    root = ET.fromstring(picture(rollout, "weight"))
    texts = [node.text for node in root.iter() if node.tag.endswith("}text")]
    assert "weight (A / episode A), dimensionless" in texts
    assert "What is 87 + 63?" in texts
    for word in rollout.text:
        assert not word.strip() or word in texts
    assert "prefers-color-scheme: dark" in ET.tostring(root, encoding="unicode")
    title = next(node for node in root.iter() if node.tag.endswith("}title"))
    assert title.text.startswith("weight (A / episode A) of each token of a solution")


def test_text_of_a_model_is_text_in_a_picture(evil):
    root = ET.fromstring(picture(evil, "entropy"))
    assert {node.tag.rpartition("}")[2] for node in root.iter()} <= {
        *("svg", "title", "style", "rect", "text", "line")
    }


def test_a_long_rollout_is_cut_and_that_is_said(tmp_path):
    rollout = open_dumps(write_step(tmp_path, 1, groups=1, tokens=2000)).load().rollouts[0]
    text = picture(rollout, "weight")
    assert "and so on" in text
    assert float(re.search(r'viewBox="0 0 \d+ (\d+)"', text)[1]) < 520


def test_a_layer_that_is_not_there_is_refused(dump):
    for make in (shaded_html, picture):
        with pytest.raises(RunError, match="There is no layer 'x'"):
            make(dump.rollouts[0], "x")
