"""Small files in the real schema of every data set, and the prepared files made from them.

`kwargs_for(env_id, folder)` gives the arguments that make any registered environment.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from envs.dataset.audit import audit
from envs.dataset.prepared import write
from recipes.data.build import source_of

ROWS = 48
Raw = dict[str, Any]


def gsm8k(i: int, split: str) -> Raw:
    total = 1000 * i + 7
    return {
        "question": f"Natalia sold {i} thousand clips in April and 7 in May. How many in {split}?",
        "answer": f"{i}*1000 = <<{i}*1000={1000 * i}>>{1000 * i}.\n{1000 * i}+7 = "
        f"<<{1000 * i}+7={total}>>{total} clips.\n#### {total:,}",
    }


def math(i: int, split: str) -> Raw:
    return {
        "problem": f"If ${i + 2}x = {3 * i + 1}$, what is $x$? ({split})",
        "level": f"Level {i % 5 + 1}" if i else "Level ?",
        "type": "Algebra",
        "solution": f"Dividing by {i + 2}, $x = \\boxed{{\\frac{{{3 * i + 1}}}{{{i + 2}}}}}.$",
    }


def math_500(i: int, split: str) -> Raw:
    answers = (rf"\left( {i}, \frac{{\pi}}{{2}} \right)", r"\text{Evelyn}", str(i), "x^2 - 4")
    answer = answers[i % 4]
    return {
        "problem": f"Problem {i}: convert the point to polar coordinates.",
        "solution": f"We have $r = {i}$, so the answer is $\\boxed{{{answer}}}.$",
        "answer": answer,
        "subject": "Precalculus",
        "level": i % 5 + 1,
        "unique_id": f"test/precalculus/{i}.json",
    }


def polaris(i: int, split: str) -> Raw:
    answer = rf"\frac{{{2 * i + 1}}}{{4}}" if i % 3 == 0 else str(i * i)
    return {"problem": f"Find value {i}.", "answer": answer, "difficulty": f"{i % 8}/8"}


def deepscaler(i: int, split: str) -> Raw:
    solution = f"The sum is $\\boxed{{{i * (i + 1) // 2}}}$." if i % 2 else ""
    return {
        "problem": f"Compute $1 + 2 + \\cdots + {i}$.",
        "answer": str(i * (i + 1) // 2),
        "solution": solution,
    }


def aime_2024(i: int, split: str) -> Raw:
    return {
        "id": 60 + i,
        "problem": f"Find the number of things of kind {i}.",
        "solution": f"There are $\\boxed{{{i:03}}}$ of them.",
        "answer": f"{i:03}",
        "url": f"https://example.org/AIME/{i}",
        "year": "2024",
    }


def aime_2025(i: int, split: str) -> Raw:
    return {"problem": f"Find the sum of kind {i}.", "answer": str(i * 7), "id": str(i)}


def minerva(i: int, split: str) -> Raw:
    answers = (f"{i}.5", rf"\frac{{{i}}}{{7}} m", f"{i + 1}e-9", rf"{i + 2} \exp(-x)")
    return {"question": f"What is quantity {i}?", "answer": answers[i % 4]}


def beyond_aime(i: int, split: str) -> Raw:
    return {"problem": f"Find the number of {i}-things.", "answer": i * 36}


def asdiv(i: int, split: str) -> Raw:
    body = f"Here are {i} red apples and 500 green ones."
    return {"body": body, "question": "How many?", "answer": f"{i + 500} (apples)"}


def svamp(i: int, split: str) -> Raw:
    question = "How many in 2 rooms?"
    return {"Body": f"There are {i} bananas.", "Question": question, "Answer": 2.0 * i}


def mawps(i: int, split: str) -> Raw:
    return {"input": f"What is a third of {i} apples?", "target": round(i / 3, 10)}


def olympiad_bench(i: int, split: str) -> Raw:
    return {
        "id": 1600 + i,
        "context": None,
        "question": f"Find both $n$ with $n^2 = {i * i}$.",
        "solution": ["They are opposite."],
        "final_answer": [f"{i},-{i}"],
    }


def rows(i: int, split: str) -> Raw:
    return {"question": f"What is {i} times 6?", "answer": str(6 * i)}


MADE: dict[str, tuple[Callable[[int, str], Raw], str, tuple[str, ...]]] = {
    # id: (row of a split, ending of the file, splits)
    "reasoning/AIME2024-v0": (aime_2024, "parquet", ("train",)),
    "reasoning/AIME2025-v0": (aime_2025, "jsonl", ("test",)),
    "reasoning/ASDiv-v0": (asdiv, "jsonl", ("test",)),
    "reasoning/BeyondAIME-v0": (beyond_aime, "parquet", ("test",)),
    "reasoning/DeepScaleR-v0": (deepscaler, "json", ("train",)),
    "reasoning/GSM8K-v0": (gsm8k, "parquet", ("train", "test")),
    "reasoning/MAWPS-v0": (mawps, "jsonl", ("test",)),
    "reasoning/MATH-500-v0": (math_500, "jsonl", ("test",)),
    "reasoning/MATH-v0": (math, "parquet", ("train", "test")),
    "reasoning/Minerva-v0": (minerva, "jsonl", ("test",)),
    "reasoning/OlympiadBench-v0": (olympiad_bench, "jsonl", ("test",)),
    "reasoning/POLARIS-53K-v0": (polaris, "jsonl", ("train",)),
    "reasoning/Rows-v0": (rows, "jsonl", ("train",)),
    "reasoning/SVAMP-v0": (svamp, "jsonl", ("test",)),
}


def save(path: Path, made: list[Raw]) -> None:
    """Write rows as JSONL, as one JSON array, or as Parquet, by the ending of the file."""
    if path.suffix == ".parquet":
        pq.write_table(pa.Table.from_pylist(made), path)
    elif path.suffix == ".json":
        path.write_text(json.dumps(made))
    else:
        path.write_text("".join(json.dumps(row) + "\n" for row in made))


def source_files(env_id: str, folder: Path) -> str:
    """Write the small files of a set and return what `path=` is for them."""
    make, ending, splits = MADE[env_id]
    folder.mkdir(parents=True, exist_ok=True)
    for split in splits:
        save(folder / f"{split}.{ending}", [make(i, split) for i in range(ROWS)])
    return str(folder / f"{{split}}.{ending}")


def kwargs_for(env_id: str, folder: Path) -> dict[str, Any]:
    """Return what makes `env_id`: a prepared small file for a data set, nothing for the others."""
    if env_id not in MADE:
        return {}
    here = folder / env_id.rpartition("/")[2]
    prepared = here / "prepared.parquet"
    if not prepared.exists():
        source = source_of(env_id).but(path=source_files(env_id, here))
        write(prepared, audit(source.rows()).kept, {"env_id": env_id})
    return {"file": str(prepared)}
