"""Loading: by entry point, lazily, loudly."""

from __future__ import annotations

from pathlib import Path

import pytest

from .subprocesses import last_line, python


@pytest.mark.slow
def test_import_verl_loads_the_plugin_and_nothing_heavy() -> None:
    run = python(
        "import sys, verl\n"
        "assert 'credit_plugins.verl_adapter.plugin' in sys.modules\n"
        "heavy = {'verl.trainer.ppo.core_algos', 'verl.trainer.ppo.v1', 'vllm', "
        "'credit_plugins.chain'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    assert last_line(run) == "[]"


@pytest.mark.slow
def test_estimators_appear_with_verls_registry() -> None:
    run = python(
        "from verl.trainer.ppo.core_algos import ADV_ESTIMATOR_REGISTRY as r\n"
        "print('maxrl_gtpo_sepa_hicra' in r, r['grpo'].__module__)"
    )
    assert last_line(run) == "True verl.trainer.ppo.core_algos"


@pytest.mark.slow
def test_broken_plugin_ends_the_process_with_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "wrapt.py").write_text("raise ImportError('broken on purpose')\n")
    run = python("import verl", before=tmp_path)
    assert run.returncode != 0
    assert "verl-credit: the verl plugin failed to load" in run.stderr
    assert "broken on purpose" in run.stderr
    assert python("import verl", before=tmp_path, VERL_USE_EXTERNAL_PLUGINS="none").returncode == 0


@pytest.mark.slow
def test_cpu_platform_is_opt_in() -> None:
    code = (
        "import verl\n"
        "from verl.plugin.platform.platform_manager import PlatformRegistry as r\n"
        "print('cpu' in r.registered_names())"
    )
    assert last_line(python(code, VERL_PLATFORM="cpu")) == "True"
    assert last_line(python(code, VERL_PLATFORM="")) == "False"
