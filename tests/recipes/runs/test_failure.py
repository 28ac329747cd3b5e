"""The one error that matters, out of a long log."""

from __future__ import annotations

from recipes.runs.failure import log_end, root_error


def test_the_cause_in_vllms_worker_is_shown_with_the_error_that_points_to_it():
    worker = "(WatchedServer pid=9) (Worker pid=5) ERROR 11-27 02:57:03 [executor.py:898] "
    engine = "(WatchedServer pid=9) (EngineCore pid=4) ERROR 11-27 02:57:06 [core.py:1231] "
    lines = [
        worker + "Traceback (most recent call last):",
        worker + "ValueError: no room",
        engine + "Exception: Worker initialization failed. See stack trace for root cause.",
        "RuntimeError: Engine core initialization failed. See root cause above. Failed: {}",
        "(WatchedServer pid=9) OSError: torn down",
    ]
    assert root_error(lines) == ["ValueError: no room", lines[-2]]


def test_an_error_that_points_to_a_cause_nobody_printed_stands_alone():
    lines = ["ValueError: an earlier one", "RuntimeError: failed. See root cause above."]
    assert root_error(lines) == lines[1:]


def test_driver_error_wins_over_the_noise_of_teardown():
    lines = [
        "INFO:2026-01-01:all good",
        "Traceback (most recent call last):",
        "ray.exceptions.RayTaskError(ValueError): ray::TaskRunnerV1.run() (pid=7, ip=10.0.0.1)",
        '  File "x.py", line 3, in run',
        "ValueError: two things are wrong:",
        "  gtpo.beta is 3, must be in [0, 1]",
        "(vLLMHttpServer pid=9) RuntimeError: cancelled",
    ]
    assert root_error(lines) == [
        "ValueError: two things are wrong:",
        "  gtpo.beta is 3, must be in [0, 1]",
    ]


def test_colours_and_worker_names_are_taken_off():
    lines = ["\x1b[36m(WorkerDict pid=9)\x1b[0m torch.cuda.OutOfMemoryError: no memory", "bye"]
    assert root_error(lines)[0] == "torch.cuda.OutOfMemoryError: no memory"


def test_without_an_error_there_is_none_and_the_last_lines_can_be_shown():
    assert root_error(["a", "", "b", "c"]) == []
    assert log_end(["a", "", "b", "c"], limit=2)[1:] == ["b", "c"]


def test_a_traceback_cut_off_before_its_error_is_none():
    assert root_error(["Traceback (most recent call last):", '  File "x.py", line 3, in run']) == []


def test_words_that_only_look_like_errors_do_not_count():
    assert root_error(["2 tests, Error rate: 0", "the end"]) == []


def test_empty_log():
    assert root_error([]) == []
    assert log_end([]) == ["No process has printed an error; the log ends with:"]
