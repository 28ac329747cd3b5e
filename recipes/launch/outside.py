"""What a configuration names that lies outside of it: models, files, functions, loggers, disk."""

from __future__ import annotations

import ast
import importlib.util
import json
import re
import shutil
import warnings
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf

from .overrides import MODEL_PATH

# Each logger of verl and the package that it imports; "" where it needs none.
LOGGERS = {
    "console": "",
    "file": "",
    "wandb": "wandb",
    "mlflow": "mlflow",
    "tensorboard": "tensorboard",
    "swanlab": "swanlab",
    "clearml": "clearml",
    "trackio": "trackio",
    "vemlp_wandb": "volcengine_ml_platform",
    "rl_insight": "rl_insight",
}
OUR_DATA_SET = "pkg://envs.dataset_for_verl"
_HUB_NAME = re.compile(r"\w[\w.-]*/\w[\w.-]*")
# A checkpoint holds a parameter and Adam's two moments of it, in float32.
_BYTES_PER_PARAMETER = 12
_BYTES_OF_DTYPE = {"float32": 4, "bfloat16": 2, "float16": 2}


def problems(config: DictConfig, root: Path) -> Iterator[str]:
    """Everything named that is not there, one sentence each.

    Args:
        config: the composed configuration.
        root: folder of all runs, on whose disk the checkpoints will lie.
    """
    yield from _model_problems(config)
    yield from _resume_problems(config)
    yield from _file_problems(config)
    yield from _function_problems(config)
    yield from _logger_problems(config)
    yield from _disk_problems(config, root)


def model_folder(config: DictConfig) -> Path | None:
    """The model's folder; None where none is named, or by a name on the hub."""
    path = config.actor_rollout_ref.model.path
    folder = Path(str(path)).expanduser()
    return folder if path is not None and folder.is_dir() else None


def listed(value: Any) -> list[Any]:
    """A setting that may be one value, several, or none, as a list."""
    return [value] if isinstance(value, str) else list(value or ())


def _model_problems(config: DictConfig) -> Iterator[str]:
    path = config.actor_rollout_ref.model.path
    if path is None or "://" in str(path):
        return
    folder = model_folder(config)
    if folder is None:
        yield from _hub_problems(str(path))
    elif not (folder / "config.json").is_file():
        yield f"{MODEL_PATH}={path} holds no config.json; name a folder that transformers can load."


def _hub_problems(name: str) -> Iterator[str]:
    if not _HUB_NAME.fullmatch(name):
        yield f"{MODEL_PATH}={name}: there is no such folder."
        return
    if reason := _hub_refuses(name):
        yield f"{MODEL_PATH}={name} is neither a folder here nor a model the hub gives: {reason}"


@cache  # without a network the hub's client tries for half a minute, and a plan has many arms
def _hub_refuses(name: str) -> str:
    from huggingface_hub import hf_hub_download

    try:
        hf_hub_download(name, "config.json", etag_timeout=10)
    except (OSError, ValueError) as error:
        return str(error).strip().splitlines()[0]
    return ""


def _resume_problems(config: DictConfig) -> Iterator[str]:
    mode, path = config.trainer.resume_mode, config.trainer.resume_from_path
    if mode not in ("auto", "disable", "resume_path"):
        yield f"trainer.resume_mode={mode} must be auto, disable or resume_path."
    elif mode == "resume_path" and not (path and Path(path).expanduser().is_dir()):
        yield f"trainer.resume_from_path={path} is no folder; name one like .../global_step_20."
    elif mode == "resume_path" and not re.fullmatch(r"global_step_\d+", Path(path).name):
        yield f"trainer.resume_from_path={path} must end in global_step_N, a checkpoint of verl."


def _file_problems(config: DictConfig) -> Iterator[str]:
    keys = ["actor_rollout_ref.rollout.agent.agent_loop_config_path"]
    if OmegaConf.select(config, "data.custom_cls.path") != OUR_DATA_SET:
        keys += ["data.train_files", "data.val_files"]
    for key in keys:
        for name in listed(OmegaConf.select(config, key)):
            if "://" not in name and not Path(name).expanduser().exists():
                yield f"{key}={name}: there is no such file."


def _function_problems(config: DictConfig) -> Iterator[str]:
    for section in ("reward.custom_reward_function", "data.custom_cls"):
        chosen = OmegaConf.select(config, section) or {}
        path, name = chosen.get("path"), chosen.get("name")
        if not path:
            continue
        if path.startswith("pkg://"):
            file = _module_file(path.removeprefix("pkg://"))
        else:
            file = Path(path.removeprefix("file://")).expanduser()
        if file is None or not file.is_file():
            yield f"{section}.path={path}: there is no such file."
        elif name not in _defined(file):
            yield f"{section}.name={name}: {path} defines no such name."


def _module_file(module: str) -> Path | None:
    try:
        spec = importlib.util.find_spec(module)
    except (ImportError, ValueError):
        return None
    return Path(spec.origin) if spec and spec.origin else None


def _defined(file: Path) -> set[str]:
    """Names that a module binds at its top level, read without running it."""
    found: set[str] = set()
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            found.update(alias.asname or alias.name for alias in node.names)
        elif isinstance(node, ast.Assign):
            found.update(t.id for t in node.targets if isinstance(t, ast.Name))
    return found


def _logger_problems(config: DictConfig) -> Iterator[str]:
    for name in listed(config.trainer.logger):
        if name not in LOGGERS:
            yield f"trainer.logger has {name!r}, which verl does not know; it has {[*LOGGERS]}."
        elif LOGGERS[name] and importlib.util.find_spec(LOGGERS[name]) is None:
            yield f"trainer.logger has {name!r}: pip install {LOGGERS[name]}."


def _disk_problems(config: DictConfig, root: Path) -> Iterator[str]:
    folder = model_folder(config)
    if config.trainer.save_freq <= 0 or config.actor_rollout_ref.model.lora_rank or not folder:
        return
    disk = next(path for path in (root, *root.absolute().parents) if path.exists())
    free, one = shutil.disk_usage(disk).free, _BYTES_PER_PARAMETER * _parameters(folder)
    kept = config.trainer.max_actor_ckpt_to_keep
    need = one * ((kept or 1) + 1)  # a new one is written before the oldest goes
    said = f"a checkpoint of this model takes about {one / 1e9:.1f} GB; {disk} has {free / 1e9:.1f}"
    if one > free:
        yield f"{said}: free some space, or set trainer.save_freq=-1 to keep none."
    elif need > free:
        warnings.warn(f"{said}, too little for the {kept or 2} to keep.", stacklevel=2)


def _parameters(folder: Path) -> int:
    """How many parameters a model has, from the size of its files."""
    sizes = [file.stat().st_size for file in folder.glob("*.safetensors")]
    sizes = sizes or [file.stat().st_size for file in folder.glob("pytorch_model*.bin")]
    file = folder / "config.json"
    try:
        settings = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        settings = {}  # `resources.model_config` says what is wrong with it
    dtype = settings.get("dtype") or settings.get("torch_dtype") or "bfloat16"
    return sum(sizes) // _BYTES_OF_DTYPE.get(dtype, 2)
