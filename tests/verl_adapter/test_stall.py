"""When a run counts as standing still, by what can be seen of a trainer of verl."""

from __future__ import annotations

from collections import defaultdict
from types import SimpleNamespace

import pytest
from omegaconf import OmegaConf

from credit_plugins.verl_adapter.stall import Stall, problems


class Machine:
    """A trainer and its queue, and a clock that a test moves."""

    def __init__(self, **options: int) -> None:
        self.now = 0.0
        self.trainer = SimpleNamespace(global_steps=0)
        self.queue: dict[str, dict[str, dict]] = {}
        self.buffer = SimpleNamespace(
            partitions=defaultdict(dict),
            finished_keys=defaultdict(set),
            failure_keys=defaultdict(set),
            _sync_metadata_from_transfer_queue=self.sync,
        )
        section = {"trainer": {"stall": options} if options else {}}
        self.stall = Stall(OmegaConf.create(section), clock=lambda: self.now)
        self.stall.watch_rollouts(self.buffer)

    def sync(self) -> None:
        self.buffer.partitions.clear()  # as verl does
        self.buffer.partitions.update(self.queue)

    def after(self, seconds: float) -> str:
        """The cause so many seconds later; asked every two, as the watchdog asks."""
        end, cause = self.now + seconds, ""
        while self.now < end and not cause:
            self.now += min(2.0, end - self.now)
            cause = self.stall.cause(self.trainer)
        return cause

    def step(self, number: int, seconds: float) -> None:
        """A step of verl's loop."""
        self.trainer.global_steps, self.trainer.timing_raw = number, {}
        assert self.after(seconds / 2) == ""
        self.trainer.timing_raw["gen"] = seconds / 2
        assert self.after(seconds / 2) == ""


@pytest.fixture
def machine():
    return Machine(first_step_s=500, steps=10)


def test_before_the_first_step_has_ended_the_limit_is_fixed(machine):
    assert machine.after(500) == ""
    cause = machine.after(4)
    assert "for 502 s, longer than trainer.stall.first_step_s=500" in cause
    assert "At step 0, no phase has ended" in cause
    assert Machine().after(3601) == ""
    assert "trainer.stall.first_step_s=3600" in Machine().after(3604)


def test_after_a_step_the_limit_is_a_multiple_of_the_longest(machine):
    machine.step(1, 40)
    machine.step(2, 60)
    machine.step(3, 20)
    machine.step(4, 20)
    assert machine.after(590) == ""
    cause = machine.after(14)
    assert "trainer.stall.steps=10 times the longest step (60.0 s)" in cause
    assert "At step 4, the last phase that ended is gen" in cause


def test_short_steps_leave_five_minutes(machine):
    machine.step(1, 4)
    machine.step(2, 4)
    assert machine.after(298) == ""
    assert "longer than 300 s" in machine.after(4)


def test_the_start_of_a_resumed_run_is_no_step():
    machine = Machine(first_step_s=1000, steps=10)
    machine.trainer.global_steps = 10  # verl has loaded the checkpoint; vLLM starts
    assert machine.after(90) == ""
    machine.trainer.global_steps = 11
    assert machine.after(950) == ""


@pytest.mark.parametrize("queue", ["partitions", "finished_keys", "failure_keys"])
def test_whatever_comes_into_the_queue_is_progress(machine, queue):
    machine.step(1, 40)
    machine.step(2, 40)
    for count in range(1, 5):
        assert machine.after(390) == ""
        keys = [f"uid{i}_0_0" for i in range(count)]
        if queue == "partitions":
            machine.queue = {"train": {key: {} for key in keys}}
        else:
            getattr(machine.buffer, queue)["train"] = set(keys)
        machine.buffer._sync_metadata_from_transfer_queue()
    assert machine.after(390) == ""
    assert machine.after(40)


def test_the_second_batch_of_a_validation_is_progress(machine):
    """As many rollouts as the first: the queue was emptied in between."""
    machine.step(1, 40)
    machine.step(2, 40)
    for rows in ({"a_0_0": {}}, {}, {"b_0_0": {}}, {}):
        machine.queue = {"val": rows}
        machine.buffer._sync_metadata_from_transfer_queue()
        assert machine.after(390) == ""


def test_a_look_at_the_queue_that_finds_it_unchanged_is_none(machine):
    machine.step(1, 40)
    machine.step(2, 40)
    machine.queue = {"train": {"a_0_0": {}}}
    causes = []
    for _ in range(300):
        machine.buffer._sync_metadata_from_transfer_queue()
        causes.append(machine.after(2))
    assert any(causes)
    assert "1 finished rollouts of 0 finished groups" in next(filter(None, causes))


@pytest.mark.parametrize(
    ("section", "said"),
    [
        ({"steps": 0}, "trainer.stall.steps is 0, must be an integer of at least 1"),
        ({"first_step_s": "long"}, "trainer.stall.first_step_s is 'long'"),
        ({"minutes": 3}, "trainer.stall.minutes"),
        (5, "trainer.stall is 5, must be a mapping of options"),
    ],
)
def test_settings_that_cannot_work_are_named(section, said):
    (found,) = problems(OmegaConf.create({"trainer": {"stall": section}}))
    assert found.startswith(said)
    assert problems(OmegaConf.create({"trainer": {}})) == []


def test_a_sampler_of_a_users_own_may_look_in_another_way():
    machine = Machine(first_step_s=500)
    machine.stall.watch_rollouts(SimpleNamespace())
    assert "trainer.stall.first_step_s=500" in machine.after(504)
