"""Any error in a few words: the same for errors of one kind, and never long."""

from __future__ import annotations

import pytest

from envs.blame import authored
from envs.errors import EnvConfigError, EnvContractError, OverrunError
from envs.failure import MAX_CAUSE_CHARS, MAX_DETAIL_CHARS, cause_of, shown


class Mute(Exception):
    def __str__(self):
        raise RuntimeError("not a word")


def raised(error: BaseException) -> BaseException:
    try:
        raise error
    except BaseException as caught:
        return caught


def test_errors_of_one_kind_have_one_cause():
    one, other = (cause_of(raised(KeyError(f"row {n}"))) for n in (1, 2))
    assert one[0] == other[0] == "raised KeyError"
    assert one[1] != other[1]


def test_what_an_author_raises_is_named_through_our_own_error():
    with pytest.raises(EnvContractError) as caught, authored("sample_task"):
        raise KeyError("no row")
    cause, detail = cause_of(caught.value)
    assert cause == "raised KeyError"
    assert detail.startswith("'no row'")


@pytest.mark.parametrize(
    "error", [EnvConfigError("There is no file /x."), OverrunError("too long")]
)
def test_our_own_errors_are_their_sentence(error):
    assert cause_of(raised(error)) == (str(error).rstrip("."), "")


@pytest.mark.parametrize(
    "error",
    [
        ValueError("x" * 1_000_000),
        ValueError("two\nlines\n" * 1000),
        EnvContractError("y" * 1_000_000),
        type("Long" * 100, (Exception,), {})("z" * 1000),
        Mute(),
        ValueError("\ud800"),
        SystemExit(1),
    ],
)
def test_nothing_is_long_or_cannot_be_printed(error):
    cause, detail = cause_of(raised(error))
    assert 0 < len(cause) <= MAX_CAUSE_CHARS
    assert len(detail) <= MAX_DETAIL_CHARS
    assert "\n" not in cause + detail
    (cause + detail).encode()


@pytest.mark.parametrize("value", ["x" * 10**7, list(range(10**6)), Mute(), 0.5, 10**4000])
def test_a_value_is_shown_in_short(value):
    assert 0 < len(shown(value)) <= 60
