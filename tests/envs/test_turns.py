"""Several answers per question: feedback, the calculator, and no search by guessing."""

from __future__ import annotations

import asyncio
import pickle
import re

import gymnasium
import pytest

import envs
from envs import turns
from envs.base import ReasoningEnv, Task
from envs.errors import EnvConfigError, EnvContractError
from envs.wrappers import MultiTurn

LETTERS = "Which is prime?\n(A) 4 (B) 6 (C) 7 (D) 8"


class Fixed(ReasoningEnv):
    """One task, whatever the seed."""

    given = Task("Name a number.", "7", hint="It is odd.")

    def sample_task(self, rng):
        return self.given


def playing(task=Fixed.given, **kwargs):
    env = Fixed(**kwargs)
    env.given = task
    env.reset(seed=0)
    return env


def boxed(answer):
    return rf"\boxed{{{answer}}}"


def test_hints_follow_a_wrong_answer_only():
    env = playing(max_turns=4, feedback="hint")
    assert "Hint" not in env.step("no idea")[0]
    assert "Hint" not in env.step(r"\boxed{1} or \boxed{7}")[0]
    assert env.step(boxed(8))[0].endswith("Hint: It is odd.")


def test_binary_feedback_has_no_hint():
    assert "odd" not in playing(max_turns=2).step(boxed(8))[0]


def test_a_missing_hint_is_an_error_not_silence():
    with pytest.raises(EnvConfigError, match=r"gives no hint for this task; set Task\.hint"):
        playing(Task("?", "7"), max_turns=2, feedback="hint")


def test_distinct_answers_are_counted_by_value():
    env = playing(max_turns=9)
    counts = [
        env.step(text)[4]["distinct"]
        for text in (boxed("1/2"), boxed("0.5"), boxed("2/4"), "nothing", boxed(3), boxed(7))
    ]
    assert counts == [1.0, 1.0, 1.0, 1.0, 2.0, 3.0]
    assert env.reset(seed=0)[1]["distinct"] == 0.0


def test_a_repeated_answer_costs_a_turn_and_earns_no_hint():
    env = playing(max_turns=3, feedback="hint")
    env.step(boxed(8))
    said, _, terminated, _, info = env.step(boxed("8.0"))
    assert said == turns.REPEATED.format(place=r"\boxed{}")
    assert (terminated, info["turn"], info["distinct"]) == (False, 2.0, 1.0)
    assert env.step(boxed(9))[2]


@pytest.mark.parametrize(
    ("question", "answer", "choices"),
    [
        ("Is 7 prime?", "yes", 2),
        ("Is 7 prime?", r"\text{No}", 2),
        ("True or false?", "True", 2),
        (LETTERS, "C", 4),
        (LETTERS, r"\text{(C)}", 4),
        ("Choose. A. one B. two C. three", "B", 3),
        ("Which point?", "P", 0),
        ("Which?", "A", 2),
        ("What is 1+1?", "2", 0),
    ],
)
def test_choices_are_seen(question, answer, choices):
    assert turns.choices_of(question, answer) == choices


@pytest.mark.parametrize(
    ("choices", "tries"), [(0, 50), (1, 1), (2, 1), (3, 2), (5, 4), (51, 50), (1000, 50)]
)
def test_fewer_tries_than_choices(choices, tries):
    assert turns.attempts(50, Task("?", "7", choices=choices)) == tries


@pytest.mark.parametrize("kind", turns.FEEDBACK)
@pytest.mark.parametrize(
    ("task", "guesses"),
    [
        (Task("Is 7 prime?", "yes", hint="Try."), ["no", "yes"]),
        (Task(LETTERS, "C", hint="Try."), ["A", "B", "D", "C"]),
        (Task("What is 9 mod 3?", "0", hint="Try.", choices=3), ["2", "1", "0"]),
    ],
)
def test_trying_every_choice_in_turn_never_pays(task, guesses, kind):
    env = playing(task, max_turns=99, feedback=kind)
    for guess in guesses[:-1]:
        assert not env._done
        _, reward, terminated, _, _ = env.step(boxed(guess))
        assert reward == 0.0
    assert terminated


def test_remainders_cannot_be_searched():
    env = envs.make("reasoning/NumberTheory-v0", topics=["remainder"], levels=[1], max_turns=1000)
    env.reset(seed=0)
    for guess in range(env.task.choices):
        if guess != int(env.task.answer) and env.step(boxed(guess))[2]:
            return
    pytest.fail("every wrong remainder could be tried")


# ---- the calculator


def test_the_calculator_answers_between_turns():
    env = playing(max_turns=1, feedback="tool")
    told, reward, terminated, truncated, info = env.step("Let me see. <calc>3/4 + 5</calc>")
    assert (told, reward, terminated, truncated) == ("<result>23/4</result>", 0.0, False, False)
    assert (info["turn"], info["verdict"], info["distinct"]) == (0.0, "none", 0.0)
    assert env.step(boxed(7))[1] == 1.0


def test_the_question_says_how_and_the_task_is_the_same():
    plain, tool = Fixed(), Fixed(feedback="tool")
    assert tool.reset(seed=0)[0] == plain.reset(seed=0)[0] + "\n" + turns.TOOL_INSTRUCTION
    assert str(turns.MAX_TOOL_CALLS) in turns.TOOL_INSTRUCTION


def test_an_answer_ends_the_turn_whatever_was_asked():
    env = playing(max_turns=2, feedback="tool")
    assert env.step(r"<calc>1+1</calc> so \boxed{7}")[1:3] == (1.0, True)


def test_calls_are_counted_over_the_episode():
    env = playing(max_turns=2, feedback="tool")
    for _ in range(turns.MAX_TOOL_CALLS - 1):
        assert env.step("<calc>1+1</calc>")[0] == "<result>2</result>"
    assert env.step("<calc>1</calc><calc>2</calc><calc>3</calc>")[0] == "<result>1</result>"
    said, *_, info = env.step("<calc>1+1</calc>")
    assert (info["verdict"], info["turn"]) == ("no_answer", 1.0)
    assert "no final answer" in said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("<calc>2^10</calc>", "<result>1024</result>"),
        ("<calc>1</calc> then <calc>2</calc>", "<result>1</result>\n<result>2</result>"),
        ("<calc>1/0</calc>", "<result>error: division by zero</result>"),
        ("<calc>9^9^9^9</calc>", "<result>error: an exponent"),
        ("<calc>10^300</calc>", "<result>error: the number is too large</result>"),
        ("<calc>__import__('os')</calc>", "<result>error: unexpected '_'</result>"),
        ("<calc></calc>", "<result>error: unexpected end</result>"),
        ("<think><calc>1</calc></think> <calc>2</calc>", "<result>2</result>"),
    ],
)
def test_what_the_calculator_says(text, said):
    assert turns.Turns(1).ask(text).startswith(said)


@pytest.mark.parametrize("text", ["<calc>1", "1</calc>", "<CALC>1</CALC>", "calc(1)", ""])
def test_what_is_no_call(text):
    assert turns.Turns(1).ask(text) == ""


def test_the_calculator_never_sees_the_task():
    texts = ["<calc>1+1</calc>", "<calc>answer</calc>", "<calc>x</calc>", "<calc>7</calc>"]
    seven, eight = (
        [env.step(text)[0] for text in texts]
        for env in (playing(feedback="tool"), playing(Task("Name.", "8"), feedback="tool"))
    )
    assert seven == eight


def test_other_kinds_have_no_calculator():
    assert playing(max_turns=1).step("<calc>1+1</calc>")[2]


def test_async_and_sync_tell_the_same():
    for kind in turns.FEEDBACK:
        for text in ("<calc>1+1</calc>", boxed(3), "nothing"):
            here = playing(max_turns=2, feedback=kind).step(text)
            there = asyncio.run(playing(max_turns=2, feedback=kind).step_async(text))
            assert here == there


def test_an_open_episode_survives_pickle():
    env = envs.make("reasoning/Addition-v0", max_turns=3, feedback="tool")
    env.reset(seed=0)
    env.step(boxed(-1))
    copy = pickle.loads(pickle.dumps(env))
    assert copy.step(boxed(-1))[0] == turns.REPEATED.format(place=r"\boxed{}")


@pytest.mark.parametrize("kind", turns.FEEDBACK)
def test_the_answer_is_never_said(kind):
    env = envs.make("reasoning/Arithmetic-v0", max_turns=5, feedback=kind)
    for index in range(20):
        question, _ = env.reset(seed=0, options={"index": index})
        said = " ".join(env.step(t)[0] for t in ("", boxed(10**9), boxed(10**9), boxed("1+1")))
        if env.task.answer not in question:
            assert not re.search(rf"(?<!\d){re.escape(env.task.answer)}(?!\d)", said)


def test_feedback_does_not_change_the_tasks():
    plain = envs.make("reasoning/Arithmetic-v0")
    for kwargs in ({"feedback": "hint"}, {"max_turns": 5, "feedback": "tool"}):
        other = envs.make("reasoning/Arithmetic-v0", **kwargs)
        for index in range(5):
            for env in (plain, other):
                env.reset(seed=0, options={"index": index})
            assert plain.task == other.task


@pytest.mark.parametrize("feedback", ["", "Hint", "oracle", None])
def test_unknown_feedback_is_named(feedback):
    with pytest.raises(EnvConfigError, match="feedback must be one of"):
        envs.make("reasoning/Addition-v0", feedback=feedback)


# ---- the wrapper


class Plain(ReasoningEnv):
    """Takes no arguments at all."""

    def __init__(self):
        super().__init__()

    def sample_task(self, rng):
        return Fixed.given


def test_the_wrapper_makes_any_environment_multi_turn():
    env = MultiTurn(Plain(), max_turns=2, feedback="hint")
    env.reset(seed=0)
    assert env.step(boxed(8))[0].endswith("Hint: It is odd.")
    assert env.step(boxed(7))[1:3] == (1.0, True)
    assert (env.max_turns, env.task.answer) == (2, "7")
    env.reset(seed=0)
    assert asyncio.run(env.step_async(boxed(8)))[2] is False


def test_the_wrapper_equals_the_arguments():
    wrapped = MultiTurn(gymnasium.make("reasoning/Addition-v0"), 2, "hint")
    direct = envs.make("reasoning/Addition-v0", max_turns=2, feedback="hint")
    for env in (wrapped, direct):
        env.reset(seed=0, options={"index": 3})
    assert wrapped.step(boxed(-1)) == direct.step(boxed(-1))
    assert wrapped.spec.additional_wrappers[0].kwargs == {"max_turns": 2, "feedback": "hint"}


def test_the_wrapper_wants_one_of_ours():
    with pytest.raises(EnvContractError, match="wraps a ReasoningEnv"):
        MultiTurn(gymnasium.make("CartPole-v1"))
    with pytest.raises(EnvConfigError, match="max_turns"):
        MultiTurn(Plain(), max_turns=0)


@pytest.mark.parametrize(
    ("answer_format", "place", "wrong"),
    [
        ("boxed", r"\boxed{}", r"\boxed{7}"),
        ("answer_tag", "<answer></answer>", "<answer>7</answer>"),
        ("hash", "####", "#### 7"),
    ],
)
def test_feedback_names_the_place_of_the_answer_format(answer_format, place, wrong):
    kwargs = {"digits": [2], "max_turns": 4, "answer_format": answer_format}
    env = envs.make("reasoning/Addition-v0", **kwargs)
    env.reset(seed=0, options={"index": 0})
    for text in ("no answer", wrong, wrong):
        feedback, *_ = env.step(text)
        assert place in feedback
        assert answer_format == "boxed" or "boxed" not in feedback
