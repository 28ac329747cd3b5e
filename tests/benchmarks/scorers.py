"""The scorers that bench_verifier_accuracy.py compares; each is made in a process of its own."""

from __future__ import annotations


def ours():
    from envs.verify import verify

    def score(gold, response, kind, percent="exact"):
        return verify(gold, response, answer_format=kind, percent=percent).correct

    return score


def math_verify():
    from math_verify import parse, verify

    return lambda gold, response, kind: verify(parse(rf"\boxed{{{gold}}}"), parse(response))


def verl_math_verify():
    from verl.utils.reward_score.math_verify import compute_score

    return lambda gold, response, kind: compute_score(response, gold) > 0.5


def verl_math_dapo():
    from verl.utils.reward_score.math_dapo import compute_score

    def score(gold, response, kind):
        return compute_score(response, gold, strict_box_verify=True)["acc"]

    return score


def verl_math_reward():
    from verl.utils.reward_score.math_reward import compute_score

    return lambda gold, response, kind: compute_score(response, gold) > 0.5


def verl_prime_math():
    from verl.utils.reward_score.prime_math import compute_score

    return lambda gold, response, kind: compute_score(response, gold)[0]


def verl_gsm8k():
    from verl.utils.reward_score.gsm8k import compute_score

    return lambda gold, response, kind: compute_score(response, gold) > 0.5


def gem():
    from gem.utils.math_grader import boxed_reward_fn

    return lambda gold, response, kind: boxed_reward_fn(response, gold, fast=False)[1] > 0.5


BOXED, HASH, ALL = {"boxed"}, {"hash"}, {"boxed", "answer_tag", "hash"}
SCORERS = {
    "ours": (ours, BOXED),
    "math-verify 0.9.0, default": (math_verify, BOXED),
    "verl math_verify": (verl_math_verify, BOXED),
    "verl math_reward": (verl_math_reward, BOXED),
    "verl math_dapo, strict box": (verl_math_dapo, BOXED),
    "verl prime_math": (verl_prime_math, BOXED),
    "GEM": (gem, BOXED),
    "ours, ####": (ours, HASH),
    "verl gsm8k, ####": (verl_gsm8k, HASH),
    "ours, all formats": (ours, ALL),
}
