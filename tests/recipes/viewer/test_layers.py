"""Which quantities there are, and their scales."""

from __future__ import annotations

import numpy as np
import pytest

from recipes.errors import RunError
from recipes.viewer import layers_of, open_dumps
from recipes.viewer.layers import Scale, find, scale_for, scale_of
from tests.recipes.viewer.dumps import write_step


def test_every_operator_has_what_was_before_and_after_it(dump):
    assert [layer.key for layer in layers_of(dump)] == [
        *("weight", "moved", "advantage", "entropy", "surprisal", "maxrl"),
        *("sepa:before", "sepa", "sepa:change", "gtpo:before", "gtpo", "gtpo:change"),
        *("hicra:before", "hicra", "hicra:change"),
    ]


def test_layers_are_the_columns_of_the_dump(dump):
    one, layers = dump.groups["g1"][0], layers_of(dump)
    values = {layer.key: layer.values(one) for layer in layers}
    np.testing.assert_array_equal(values["sepa:before"], one.entropy)
    np.testing.assert_array_equal(values["sepa"], one.layers["signal:sepa"])
    np.testing.assert_array_equal(values["gtpo:before"], one.layers["advantage:maxrl"])
    np.testing.assert_array_equal(values["gtpo:before"], values["maxrl"])
    gained = one.layers["advantage:hicra"] - one.layers["advantage:gtpo"]
    np.testing.assert_array_equal(values["hicra:change"], gained)
    np.testing.assert_array_equal(values["moved"], one.advantage - one.base)
    np.testing.assert_array_equal(values["weight"], one.weight)
    assert {layer.unit for layer in layers if "H" in layer.label} == {"nats"}
    assert {layer.centre for layer in layers if layer.unit == "nats"} == {None, 0.0}


def test_a_chain_on_surprisal_has_surprisal_before_sepa(tmp_path):
    file = write_step(tmp_path, 1, credit={"gtpo": {"signal": "surprisal"}}, groups=1)
    dump = open_dumps(file).load()
    before = find("sepa:before", layers_of(dump))
    assert (before.column, before.label) == ("surprisal", "surprisal before sepa")


def test_a_chain_of_one_operator_moves_nothing(tmp_path):
    dump = open_dumps(write_step(tmp_path, 1, name="maxrl", credit={}, groups=1)).load()
    keys = [layer.key for layer in layers_of(dump)]
    assert keys == ["weight", "advantage", "entropy", "surprisal", "maxrl"]


def test_what_no_model_wrote_has_no_value(runs):
    one = open_dumps(runs / "turns").load().rollouts[0]
    assert not one.mask.all()
    for layer in layers_of(one):
        assert np.isnan(layer.values(one)).tolist() == (~one.mask).tolist()


def test_a_layer_goes_by_its_key_or_its_column(dump):
    layers = layers_of(dump)
    assert find("gtpo", layers) is find("advantage:gtpo", layers)
    assert find("signal:sepa", layers).key == "sepa"
    with pytest.raises(RunError, match=r"There is no layer 'wieght'\. Nearest: weight\."):
        find("wieght", layers)


def test_a_signed_scale_turns_at_its_centre_and_reaches_as_far_on_both_sides():
    scale = scale_for(np.array([0.5, 1.0, 3.0]), 1.0)
    assert (scale.low, scale.centre) == (pytest.approx(0.51), 1.0)
    assert scale.shade(1.0) == 0
    assert scale.shade(scale.high) == 1
    assert scale.shade(9) == 1
    assert scale.shade(0.51) == pytest.approx(-0.49 / (scale.high - 1))


def test_a_scale_without_sign_begins_at_its_least_value():
    scale = scale_for(np.array([2.0, 3.0, np.nan, 4.0]), None)
    assert [scale.shade(x) for x in (1.0, 2.0, 9.0)] == [0, 0, 1]
    assert np.isnan(scale.shade(float("nan")))


def test_one_large_value_does_not_hide_the_others():
    values = np.append(np.linspace(0, 1, 999), 1000.0)
    assert scale_for(values, None).high < 1.01


@pytest.mark.parametrize("values", [[1.0, 1.0], [1.0]])
def test_values_that_are_all_alike_have_no_shade(values):
    assert scale_for(np.array(values), None).shade(1.0) == 0
    assert Scale(1.0, 1.0, 1.0).shade(1.0) == 0


def test_nothing_known_is_no_scale(dump):
    weight = find("weight", layers_of(dump))
    scale = scale_of(weight, dump.groups["g0"])  # all wrong: MaxRL gives no advantage
    assert np.isnan([scale.low, scale.high]).all()
    assert np.isnan(scale.shade(float("nan")))
