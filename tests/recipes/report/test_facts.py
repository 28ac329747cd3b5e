"""What a report says was run, from what the launches wrote down."""

from __future__ import annotations

import json

import pytest

from recipes.report.facts import command, facts, files, took
from recipes.report.numbers import duration
from recipes.runs import load
from tests.recipes.report.synthetic import make_run, train_metrics, write_attempt

LAUNCH = {
    "time": "2026-11-26T12:20:02",
    "command": "verl-credit train cpu_addition algorithm.credit.gtpo.beta=0.3",
    "versions": {"verl": "0.9.1", "torch": "2.13.0+cpu"},
    "commit": "0123456789 + changes",
    "cpus": 16,
    "memory": 128e9,
    "gpus": ["NVIDIA H100 80GB HBM3"] * 8,
    "device": "cuda",
    "nodes": 1,
    "gpus_per_node": 8,
}


@pytest.fixture
def run_dir(tmp_path):
    return make_run(tmp_path / "cpu_addition" / "one")


def record(run_dir, **known):
    (run_dir / "run.json").write_text(json.dumps({"recipe": "cpu_addition", **known}))
    return load(run_dir)


def timeline(run_dir, *attempts):
    rows = [
        json.dumps({"attempt": f"metrics.{number}.jsonl", "phase": phase, "seconds": seconds})
        for number, phases in enumerate(attempts, 1)
        for phase, seconds in phases.items()
    ]
    (run_dir / "timeline.jsonl").write_text("\n".join(rows) + '\n{"attempt": "met')
    return load(run_dir)


def test_what_a_launch_wrote_down_is_on_the_page(run_dir):
    known = dict(facts(record(run_dir, launches=[LAUNCH]), []))
    assert known["versions"] == "verl 0.9.1, torch 2.13.0+cpu"
    assert known["commit of the working directory"] == "0123456789 + changes"
    assert known["hardware"] == "8 x NVIDIA H100 80GB HBM3; 16 CPU cores, 128 GB memory"
    assert known["started"] == "2026-11-26 12:20"
    assert "earlier launches" not in known


def test_a_run_without_a_gpu_names_none(run_dir):
    run = record(run_dir, launches=[{**LAUNCH, "device": "cpu", "cpus": 2, "memory": 8e9}])
    assert dict(facts(run, []))["hardware"] == "2 CPU cores, 8 GB memory"


def test_the_processor_is_named(run_dir):
    here = {**LAUNCH, "device": "cpu", "cpus": 2, "memory": 8e9, "processor": "AMD EPYC"}
    run = record(run_dir, launches=[{**here, "processor": "Intel Xeon"}, here])
    known = dict(facts(run, []))
    assert known["hardware"] == "2 CPU cores (AMD EPYC), 8 GB memory"
    assert known["earlier launches"] == "with other processor: see run.json"


def test_several_nodes_are_counted_together(run_dir):
    run = record(run_dir, launches=[{**LAUNCH, "nodes": 4}])
    hardware = dict(facts(run, []))["hardware"]
    assert hardware.startswith("32 x NVIDIA H100 80GB HBM3 on 4 nodes; 16 CPU cores")
    assert hardware.endswith("on the first")


def test_launches_that_ran_in_something_else_are_told(run_dir):
    run = record(run_dir, launches=[{**LAUNCH, "commit": "9876543210"}, LAUNCH])
    assert dict(facts(run, []))["earlier launches"] == "with other commit: see run.json"


def test_an_old_run_has_the_facts_that_it_has(run_dir):
    known = dict(facts(load(run_dir), ["reasoning/Addition-v0"]))
    assert known["environment"] == "reasoning/Addition-v0"
    assert not {"hardware", "versions", "started"} & set(known)
    assert command(load(run_dir)) == ""


def test_the_command_comes_from_the_launch_else_from_the_overrides(run_dir):
    assert command(record(run_dir, launches=[LAUNCH])) == LAUNCH["command"]
    told = command(record(run_dir, overrides=["data.env.kwargs={digits: [5]}"]))
    assert told == "verl-credit train cpu_addition 'data.env.kwargs={digits: [5]}'"
    point = {"checkpoint": "outputs/x/y/checkpoints/global_step_14", "step": 14}
    branch = command(record(run_dir, overrides=[], branched_from=point))
    assert branch == f"verl-credit train cpu_addition --from {point['checkpoint']}"
    assert command(record(run_dir, recipe="eval", overrides=["a run", "{}"])) == ""


def test_links_are_to_files_that_are_there(run_dir):
    (run_dir / "train.log").write_text("")
    assert [name for name, _ in files(load(run_dir))] == [
        *("train.log", "config.yaml", "metrics.1.jsonl")
    ]
    write_attempt(run_dir, 2, {13: train_metrics(13)})
    assert files(load(run_dir))[-1] == ("metrics.2.jsonl", "metrics of attempt 2")


def test_time_counts_the_start_of_every_attempt(run_dir):
    first = {"importing verl": 0.0, "validating": 58.0, "training": 103.0, "ended": 200.0}
    run = timeline(run_dir, first, {"importing verl": 0.0, "training": 60.0, "ended": 160.0})
    assert took(run) == (
        "6 min 00 s: 1 min 58 s start-up, 45 s validation before the first step, "
        "3 min 17 s steps and their validations"
    )


def test_without_a_validation_before_training_all_of_that_is_start_up(run_dir):
    with (run_dir / "config.yaml").open("a") as file:
        file.write("trainer: {val_before_train: false}\n")
    run = timeline(run_dir, {"validating": 58.0, "training": 60.0, "ended": 160.0})
    assert took(run) == "2 min 40 s: 1 min 00 s start-up, 1 min 40 s steps and their validations"


def test_an_attempt_that_was_killed_is_counted_as_far_as_it_is_known(run_dir):
    run = timeline(run_dir, {"validating": 58.0, "training": 103.0})
    # 12 steps of 12.5 s and two validations of 8 s
    assert took(run) == (
        f"about {duration(103 + 166)}: 58 s start-up, 45 s validation before the first step, "
        "2 min 46 s steps and their validations"
    )
    write_attempt(run_dir, 2, {13: train_metrics(13)})
    run = timeline(run_dir, {"validating": 58.0, "training": 103.0}, {"starting Ray": 6.0})
    assert took(run).startswith(f"about {duration(103 + 166 + 12.5 + 6)}: 1 min ")


def test_without_a_timeline_it_is_what_verl_timed(run_dir):
    assert took(load(run_dir)) == "2 min 46 s in steps and their validations"
