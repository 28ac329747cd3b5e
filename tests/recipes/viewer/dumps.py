"""Dumps and the run around them, made by the real chain on made solutions; no run is needed."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
import yaml

from credit_plugins import dump
from credit_plugins.batch import PLANNING, CreditBatch
from credit_plugins.chain import Chain, Run
from credit_plugins.config import build_chain
from credit_plugins.dump.schema import ADVANTAGE_OF, column_of
from credit_plugins.planning import PieceTable, planning_mask
from credit_plugins.planning.detectors.phrases import SEED_PHRASES
from tests.credit.tokenizers_for_tests import byte_level

NAME = "maxrl_gtpo_sepa_hicra"
CREDIT = {"gtpo": {"beta": 0.3}, "sepa": {"lam": 0.5}, "hicra": {"alpha": 0.2}}
PLANS = ("Wait, let me check the carry.", "On second thought, start over.", "Notice that", "")
FEEDBACK = "\nThat is not the sum. Try again.\n"


@dataclass(frozen=True)
class Solution:
    """A rollout before its credit.

    Attributes:
        parts: text and whether the model wrote it, in order.
        reward: 0 or 1.
        answer: read from the text; "" for none.
    """

    parts: list[tuple[str, bool]]
    reward: float
    answer: str
    verdict: str
    ids: list[int] = field(default_factory=list)
    mask: list[bool] = field(default_factory=list)
    turns: list[dict[str, int]] = field(default_factory=list)

    def encoded(self) -> Solution:
        tokenizer = byte_level()
        for text, generated in self.parts:
            ids = tokenizer.encode(text) + ([tokenizer.eos_token_id] if generated else [])
            if generated:
                self.turns.append({"start": len(self.ids), "end": len(self.ids) + len(ids)})
            self.ids.extend(ids)
            self.mask.extend([generated] * len(ids))
        return self


def solution(
    rng: random.Random, a: int, b: int, right: bool, tokens: int, turns: int, begin: str
) -> Solution:
    """A worked sum of about so many tokens; of several turns, all but the last are wrong."""
    parts: list[tuple[str, bool]] = []
    for turn in range(turns):
        good = right and turn == turns - 1
        said = a + b if good else a + b + rng.choice([-10, -1, 1, 10])
        text = f"{begin}Let me add {a} and {b}. "
        long = len(byte_level().encode(text)) + 20
        while long < tokens // turns:
            x, y = rng.randrange(10), rng.randrange(10)
            more = f"{x}+{y}={x + y}, carry {(x + y) // 10}. {rng.choice(PLANS)} "
            text, long = text + more, long + len(byte_level().encode(more))
        text += rf"So the sum is \boxed{{{said}}}"
        parts += [(text, True), (FEEDBACK, False)]
    verdict = "correct" if right else "wrong"
    return Solution(parts[:-1], float(right), str(said), verdict).encoded()


def write_step(
    folder: Path,
    step: int,
    *,
    groups: int = 2,
    rollouts: int = 4,
    tokens: int = 120,
    turns: int = 1,
    name: str = NAME,
    credit: dict[str, Any] | None = None,
    tasks: str = "a",
    texts: str = "a",
    hostile: str = "",
) -> Path:
    """Write one step's file, as the plugin would.

    The first group is all wrong where there are several, the others have both.

    Args:
        tasks: a seed; steps of runs with the same one have the same tasks.
        texts: a seed; with the same one they have the same solutions as well.
        hostile: put in front of prompt, answer, gold, each turn, and the text of the first token.
    """
    asked, rng = random.Random(f"{tasks} {step}"), random.Random(f"{tasks} {texts} {step}")
    table = PieceTable.from_tokenizer(byte_level())
    rows: list[dict[str, Any]] = []
    made: list[Solution] = []
    for group in range(groups):
        a, b = asked.randrange(10, 100), asked.randrange(10, 100)
        for number in range(rollouts):
            right = number % 2 == 0 and (group > 0 or groups == 1)
            one = solution(rng, a, b, right, tokens + rng.randrange(-9, 9), turns, hostile)
            text = dump.token_texts(one.ids, byte_level(), table)
            text[0] = hostile + text[0]
            made.append(one)
            prompt = f"{hostile}What is {a} + {b}?<|im_end|>"
            rows.append(
                {
                    "step": step,
                    "group": f"g{group}",
                    "rollout": number,
                    "prompt": prompt,
                    "prompt_ids": byte_level().encode(prompt),
                    "reward": one.reward,
                    "verdict": one.verdict,
                    "answer": hostile + one.answer,
                    "gold": hostile + str(a + b),
                    "task": f"train/0/{a}-{b}",
                    "source": "reasoning/Addition-v0",
                    "difficulty": "2",
                    "turns": one.turns,
                    "text": text,
                    "id": one.ids,
                }
            )
    chain = build_chain(name, CREDIT if credit is None else credit)
    operators = _add_credit(rows, made, chain, step, table)
    return dump.write(folder, rows, chain.name, operators)


def make_run(path: Path, *, steps: tuple[int, ...] = (1, 5, 10), **how: Any) -> Path:
    """A finished run with a dump at each of these steps; ``how`` as for ``write_step``."""
    path.mkdir(parents=True)
    for step in steps:
        write_step(path / "checkpoints" / "dumps", step, **how)
    lines = [
        {"step": step, "data": {"critic/score/mean": 0.4 + step / 100, "timing_s/step": 9.0}}
        for step in range(1, max(steps) + 1)
    ]
    text = "".join(json.dumps(line) + "\n" for line in lines)
    (path / "metrics.1.jsonl").write_text(text, encoding="utf-8")
    config = {
        "algorithm": {
            "adv_estimator": how.get("name", NAME),
            "credit": {**(how.get("credit") or CREDIT), "dump": {"every": 5, "groups": 2}},
        },
        "data": {"train_batch_size": 32, "seed": 7},
        "trainer": {"total_training_steps": max(steps)},
    }
    (path / "config.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    (path / "done").touch()
    return path


def _add_credit(
    rows: list[dict[str, Any]], made: list[Solution], chain: Chain, step: int, table: PieceTable
) -> list[dict[str, Any]]:
    """Add to each row what the chain makes of entropies that are high where words begin."""
    slots = max(len(one.ids) for one in made)
    draw = torch.Generator().manual_seed(step + sum(map(len, (row["text"] for row in rows))))
    mask_BT = torch.zeros(len(made), slots, dtype=torch.bool)
    ids_BT = torch.zeros(len(made), slots, dtype=torch.int64)
    for at, one in enumerate(made):
        mask_BT[at, : len(one.ids)] = torch.tensor(one.mask)
        ids_BT[at, : len(one.ids)] = torch.tensor(one.ids)
    planning_BT = planning_mask(ids_BT, mask_BT, table, SEED_PHRASES)
    entropy_BT = torch.rand(len(made), slots, generator=draw) ** 6 * 3 + 0.02
    entropy_BT += 0.8 * planning_BT * torch.rand(len(made), slots, generator=draw)
    surprisal_BT = entropy_BT * -torch.rand(len(made), slots, generator=draw).log()
    signals = {"entropy_BT": entropy_BT, "surprisal_BT": surprisal_BT, PLANNING: planning_BT}
    group_B = torch.tensor([int(row["group"][1:]) for row in rows])
    reward_B = torch.tensor([one.reward for one in made])
    kept = {key: signals[key] for key in chain.reads}
    batch = CreditBatch(reward_B, group_B, mask_BT, kept, step)
    run = Run(chain, {}, step, reward_B, group_B)
    seen = run.trace(batch, run.adv_B, torch.arange(len(made)))
    steps = list(zip(chain.steps, run.numbers, strict=True))
    columns = {column_of(s.operator.name, s.operator.kind): s.operator.name for s, _ in steps}
    advantages = [column for column in columns if column.startswith(ADVANTAGE_OF)]
    for at, (row, one) in enumerate(zip(rows, made, strict=True)):
        long = len(one.ids)
        layers = {column: seen[operator][at, :long] for column, operator in columns.items()}
        base_T, final_T = layers[advantages[0]], layers[advantages[-1]]
        weight_T = torch.where(base_T != 0, final_T / base_T, torch.nan)
        row |= {
            "mask": one.mask,
            "entropy": entropy_BT[at, :long].tolist(),
            "surprisal": surprisal_BT[at, :long].tolist(),
            "planning": planning_BT[at, :long].tolist() if PLANNING in chain.reads else None,
            **{column: x_T.tolist() for column, x_T in layers.items()},
            "weight": [None if w != w else w for w in weight_T.tolist()],
        }
    return [
        {"name": s.operator.name, "kind": s.operator.kind, "numbers": dict(n)} for s, n in steps
    ]
