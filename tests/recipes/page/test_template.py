"""The base that pages extend."""

from __future__ import annotations

import jinja2
import pytest

from recipes.page import template


def page(tmp_path, body, **values):
    (tmp_path / "mine.html").write_text('{% extends "base.html" %}' + body)
    return template(tmp_path / "mine.html").render(title="a < b", **values)


def test_a_page_brings_title_and_style_with_it(tmp_path):
    html = page(tmp_path, "{% block main %}<p>{{ text }}</p>{% endblock %}", text="1 & 2")
    assert html.startswith("<!doctype html>")
    assert html.count("a &lt; b") == 2  # the window's title and the heading
    assert "<p>1 &amp; 2</p>" in html
    for needed in ('name="viewport"', 'name="color-scheme"', "prefers-color-scheme: dark"):
        assert needed in html
    assert "--series-8:" in html


def test_a_name_that_nobody_gave_is_refused(tmp_path):
    with pytest.raises(jinja2.UndefinedError, match="text"):
        page(tmp_path, "{% block main %}{{ text }}{% endblock %}")
