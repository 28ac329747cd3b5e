"""The section ``data.env``: what a run trains on, and what it validates on.

One environment::

    env: {id: reasoning/Addition-v0, kwargs: {digits: [1, 2]}, seed: 0,
          train_size: 100000, validation_size: 128}

A mixture, and a validation with entries of its own, each under a name that its metrics carry::

    env:
      mix:
        words: {id: reasoning/GSM8K-v0, kwargs: {file: /abs/gsm8k.parquet}, weight: 3}
        sums: {id: reasoning/Addition-v0, kwargs: {digits: [3]}}
      validation:
        MATH-500: {id: reasoning/MATH-500-v0, kwargs: {file: /abs/math500.parquet}, samples: 4}
        Minerva: {id: reasoning/Minerva-v0, kwargs: {file: /abs/minerva.parquet}, temperature: 0}

Entries are maps and not lists, because OmegaConf refuses to merge a list over a map.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from .checked import checked, known_only, plain
from .errors import EnvConfigError

_DEFAULTS: dict[str, Any] = {
    "id": None,
    "kwargs": None,
    "mix": None,
    "validation": None,
    "seed": 0,
    "train_size": 1_000_000,
    "validation_size": 256,
    "instruction": None,
    "seeded_sampling": False,
    "sampling_seed": None,
    "curriculum": None,
}
_SAMPLING = ("temperature", "top_p", "top_k")
_OF_BOTH = ("id", "kwargs", "instruction")
_OF_MIX = (*_OF_BOTH, "weight")
_OF_VALIDATION = (*_OF_BOTH, "size", "samples", *_SAMPLING)
_LEFT_OPEN = "???"  # OmegaConf's mark of a value that is still to be given
# A name becomes a part of metric names, whose parts end at a slash.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@dataclass(frozen=True)
class Entry:
    """One environment of a mixture or of a validation.

    Attributes:
        name: what metrics and `info` call it: the entry's name; the id of a single environment.
        id: a registered environment.
        kwargs: its arguments.
        key: where it stands in the configuration, for messages.
        instruction: what follows every question; None for that of the answer format, "" for none.
        weight: its part of the training rows, relative to the others' weights.
        size: rows of a validation, at most as many as a data set has.
        samples: answers to each of them; None for `val_kwargs.n`.
        sampling: those of temperature, top_p and top_k that are not `val_kwargs`'.
    """

    name: str
    id: str
    kwargs: Mapping[str, Any]
    key: str
    instruction: str | None = None
    weight: float = 1.0
    size: int = 1
    samples: int | None = None
    sampling: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class DataEnv:
    """``data.env``, read and checked.

    Attributes:
        train: the entries to train on; one, named by its id, unless there is a mixture.
        validation: the entries to validate on; by default those to train on.
        is_mixture: whether `train` comes from ``data.env.mix``.
        seed: of the tasks.
        train_size: rows to train on, at most.
        seeded_sampling: give each request a sampling seed derived from step, task and session, so
            that a resumed run draws what an uninterrupted one would.
        sampling_seed: joins ``seed`` in the sampling seeds of training, so that the same tasks get
            other answers; validation keeps its own. None for ``seed`` alone.
        curriculum: arguments of :class:`envs.curriculum.Curriculum`; None for none.
    """

    train: tuple[Entry, ...]
    validation: tuple[Entry, ...]
    is_mixture: bool
    seed: int
    train_size: int
    seeded_sampling: bool
    sampling_seed: int | None
    curriculum: Mapping[str, Any] | None


def read(data_config: Any) -> DataEnv:
    """Return ``data.env`` of verl's ``data`` section with defaults filled in.

    Keys: ``id`` and ``kwargs`` of one environment, or ``mix``, a map of entries; ``validation``, a
    map of entries (null: what is trained on); ``seed``, ``train_size``, ``seeded_sampling``,
    ``sampling_seed`` and ``curriculum`` as in :class:`DataEnv`; ``validation_size`` and
    ``instruction`` of entries that give none.

    An entry of ``mix`` has id, kwargs, weight (1) and instruction; one of ``validation`` has id,
    kwargs, size, samples, temperature, top_p, top_k (as in ``val_kwargs``) and instruction. An
    entry with ``temperature: 0`` is answered once, because every answer would be the same.

    Raises:
        EnvConfigError: an unknown key, a missing id or argument, an environment beside a mixture,
            or a value out of its range; the sentence names the key.
    """
    given = plain(data_config.get("env", None), "data.env")
    settings = {**_DEFAULTS, **known_only(given, "data.env", _DEFAULTS)}
    for key in ("seed", "sampling_seed", "train_size", "validation_size", "instruction"):
        if settings[key] is not None or _DEFAULTS[key] is not None:
            checked(f"data.env.{key}", settings[key], key.rpartition("_")[2])
    if settings["curriculum"] is not None:
        settings["curriculum"] = plain(settings["curriculum"], "data.env.curriculum")
    of_all = {"instruction": settings["instruction"], "size": settings["validation_size"]}
    train = _mixture(settings, of_all) if settings["mix"] else _single(settings, of_all)
    validation = train
    if settings["validation"]:
        validation = _entries(settings, "validation", _OF_VALIDATION, of_all)
        validation = _counted(validation, data_config)
    _require_given(train if validation is train else (*train, *validation))
    return DataEnv(
        train=train,
        validation=validation,
        is_mixture=bool(settings["mix"]),
        seed=settings["seed"],
        train_size=settings["train_size"],
        seeded_sampling=bool(settings["seeded_sampling"]),
        sampling_seed=settings["sampling_seed"],
        curriculum=settings["curriculum"],
    )


def _single(settings: Mapping[str, Any], of_all: Mapping[str, Any]) -> tuple[Entry, ...]:
    if not _named(settings["id"]):
        raise EnvConfigError(
            "data.env.id is missing; set it to an environment id such as reasoning/Addition-v0, or "
            "name several environments in data.env.mix."
        )
    env_id, kwargs = str(settings["id"]), plain(settings["kwargs"], "data.env.kwargs")
    return (Entry(env_id, env_id, kwargs, "data.env", **of_all),)


def _mixture(settings: Mapping[str, Any], of_all: Mapping[str, Any]) -> tuple[Entry, ...]:
    if _named(settings["id"]):
        raise EnvConfigError(
            f"data.env.id={settings['id']} and data.env.mix are both given, and a run trains on "
            "one of them; set data.env.id=null and data.env.kwargs=null, or data.env.mix=null."
        )
    if settings["kwargs"]:
        raise EnvConfigError(
            f"data.env.kwargs={settings['kwargs']} belongs to data.env.id; with data.env.mix set "
            "data.env.kwargs=null and give every entry its own kwargs."
        )
    return _entries(settings, "mix", _OF_MIX, of_all)


def _entries(
    settings: Mapping[str, Any], where: str, known: Iterable[str], of_all: Mapping[str, Any]
) -> tuple[Entry, ...]:
    """Return the entries of a map, in its order."""
    found = []
    for name, entry in plain(settings[where], f"data.env.{where}").items():
        key = f"data.env.{where}.{name}"
        if not _NAME.fullmatch(str(name)):
            raise EnvConfigError(
                f"data.env.{where} has an entry named {name!r}; a name becomes part of metric "
                "names, so it has letters, digits, '.', '_' and '-' only, and begins with a "
                "letter or a digit."
            )
        given = known_only(plain(entry, key), key, known)
        given = {k: value for k, value in given.items() if value is not None}
        if not _named(given.pop("id", None)):
            raise EnvConfigError(
                f"{key}.id is missing; set it to an environment id such as reasoning/Addition-v0."
            )
        kwargs = plain(given.pop("kwargs", None), f"{key}.kwargs")
        values = {k: checked(f"{key}.{k}", value, k) for k, value in given.items()}
        sampling = {k: values.pop(k) for k in _SAMPLING if k in values}
        env_id = str(entry["id"])
        found.append(
            Entry(str(name), env_id, kwargs, key, **{**of_all, **values}, sampling=sampling)
        )
    return tuple(found)


def _counted(entries: tuple[Entry, ...], data_config: Any) -> tuple[Entry, ...]:
    """Give every entry its number of samples if one differs: verl wants all rows alike."""

    def samples(entry: Entry) -> int | None:
        if entry.sampling.get("temperature") != 0:
            return entry.samples
        if (entry.samples or 1) > 1:
            raise EnvConfigError(
                f"{entry.key}.samples={entry.samples} with {entry.key}.temperature=0 would draw "
                f"the same answer {entry.samples} times; set samples=1 or a temperature above 0."
            )
        return 1

    counts = [samples(entry) for entry in entries]
    if all(count is None for count in counts):
        return entries
    default = _val_samples(data_config)
    for entry, count in zip(entries, counts, strict=True):
        if count is None and default is None:
            raise EnvConfigError(
                f"{entry.key}.samples is missing: another entry has its own number of samples, and "
                "there is no actor_rollout_ref.rollout.val_kwargs.n to fall back on."
            )
    return tuple(
        replace(entry, samples=default if count is None else count)
        for entry, count in zip(entries, counts, strict=True)
    )


def _val_samples(data_config: Any) -> int | None:
    """Return `val_kwargs.n` of the configuration that `data_config` is a part of; None if alone."""
    from omegaconf import OmegaConf
    from omegaconf.errors import InterpolationKeyError

    if not OmegaConf.is_config(data_config):
        return None
    key = "${actor_rollout_ref.rollout.val_kwargs.n}"
    try:
        return int(OmegaConf.create({"n": key}, parent=data_config).n)
    except InterpolationKeyError:
        return None


def rows_of(entry: Entry, tasks: int | None) -> int:
    """Return the rows of an entry of a validation: its size, but each row of a data set once."""
    return entry.size if tasks is None else min(entry.size, tasks)


def _require_given(entries: Iterable[Entry]) -> None:
    """Refuse arguments that a recipe leaves to its user, all in one sentence."""
    left = {
        f"{entry.key}.kwargs.{name}": entry.id
        for entry in entries
        for name, value in entry.kwargs.items()
        if value == _LEFT_OPEN
    }
    if not left:
        return
    several = len(left) > 1
    wanted = "each a value" if several else "it a value"
    if all(key.endswith(".file") for key in left):
        env_id = "ENV_ID" if several else next(iter(left.values()))
        wanted = f"{'each' if several else 'it'} the file that `verl-credit build {env_id} -o "
        wanted += "FILE.parquet` makes"
    raise EnvConfigError(f"{', '.join(left)} {'are' if several else 'is'} missing; give {wanted}.")


def _named(env_id: Any) -> bool:
    """Whether an id is given."""
    return env_id not in (None, "", _LEFT_OPEN)
