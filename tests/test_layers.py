"""Import arrows within and between the three packages, read from the source."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

# From the bottom up. A module imports from lower layers, and from its own group within a layer.
CREDIT = [
    [{"errors"}],
    [{"options", "declared", "metrics", "stats"}, {"discovery"}, {"held_out"}],
    [{"batch", "blocks", "ranking"}, {"operator"}],
    [{"planning"}, {"schedules"}, {"notices"}],
    [{"episode"}, {"signal"}, {"token"}, {"dump"}],
    [{"chain", "core_metrics"}, {"registry"}, {"check"}],
    [{"config", "presets", "old_form"}],
    [{"verl_adapter"}, {"viewer"}],
]
ENVS = [
    [{"spaces", "seeding", "errors", "offload", "blame", "failure"}],
    [{"task", "options", "calculator", "turns"}, {"checked"}],
    [{"verify"}],
    [{"forms", "info"}],
    [{"base"}],
    [{"loading"}],
    [
        {"procedural"},
        {"dataset"},
        {"wrappers"},
        {"curriculum"},
        {"reward_function"},
        {"batch_env"},
    ],
    [{"check", "laws", "basics", "wording", "probes"}, {"data_env"}, {"mixture"}],
    [{"torch_dataset"}],
    [{"agent_loop", "agent_loop_090", "dataset_for_verl"}],
]
# Nothing imports algebra: a worker finds its job by name, and the caller never loads sympy.
VERIFY = [
    [{"workers"}],
    [{"answer"}],
    [{"compare"}],
    [{"ask_algebra"}, {"verdict"}],
    [{"grade"}],
    [{"gold"}, {"explain"}],
    [{"algebra"}],
]
RECIPES = [
    [{"errors"}],
    [{"cache"}, {"catalog"}, {"foreign"}, {"quiet"}, {"tensorboard_layout"}],
    [{"page"}, {"processes"}, {"runs"}],
    [{"pretrained"}, {"held_out"}, {"viewer"}],
    [{"cluster"}, {"compare"}, {"data"}, {"explain"}, {"report"}, {"warm_start"}],
    [{"launch"}],
    [{"doctor"}, {"campaign"}],
    [{"cli"}],
]
LAYERS = {
    "credit_plugins": CREDIT,
    "envs": ENVS,
    "envs.verify": VERIFY,
    "recipes": RECIPES,
}

IN_ENVS = ("envs.agent_loop", "envs.agent_loop_090", "envs.dataset_for_verl")
# Packages that only the named places may import, by prefix of the module's dotted name.
ONLY_IN = {
    "verl": ("credit_plugins.verl_adapter", *IN_ENVS, "recipes"),
    "ray": ("credit_plugins.verl_adapter", *IN_ENVS, "recipes"),
    "torch": ("credit_plugins", "envs.agent_loop", "envs.torch_dataset", "recipes"),
    "credit_plugins": ("credit_plugins", "recipes"),
    "envs": ("envs", "recipes"),
    "recipes": ("recipes",),
    **dict.fromkeys(("sympy", "math_verify", "latex2sympy2_extended"), ("envs.verify.algebra",)),
}
LIGHT = {"credit_plugins": set(), "envs": {"gymnasium"}}  # what a package's __init__ may import


def sources(package, root=ROOT):
    for path in sorted((root / package).rglob("*.py")):
        yield ".".join(path.relative_to(root).with_suffix("").parts), path.read_text()


def imports(module, source):
    """Absolute names of all that a module imports, wherever in it; relative ones resolved."""
    package = module.rpartition(".")[0]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parts = package.split(".")
                anchor = parts[: len(parts) - node.level + 1]
                base = ".".join([*anchor, *([node.module] if node.module else [])])
            yield from (f"{base}.{alias.name}" for alias in node.names)


def unit(name, package):
    """The file or folder right below the package: 'signal' of 'credit_plugins.signal.sepa'."""
    return name.removeprefix(package).removeprefix(".").partition(".")[0]


def rank(layers, name):
    for height, groups in enumerate(layers):
        for group in groups:
            if name in group:
                return height, group
    return None


def is_module(package, name):
    """False for what the package's own __init__ defines, such as ``envs.make``."""
    folder = ROOT / package.replace(".", "/")
    return any((folder / end).exists() for end in (f"{name}.py", name))


def arrow_problems(module, source, layers, package=""):
    package = package or module.split(".")[0]
    here = unit(module, package)
    place = rank(layers, here)
    if here in ("", "__init__"):
        return
    if place is None:
        yield f"{module}: {here!r} has no place in the layers of {package}; give it one"
        return
    for name in imports(module, source):
        target = unit(name, package)
        if not name.startswith(package + ".") or target == here or not is_module(package, target):
            continue
        there = rank(layers, target)
        if there is None:
            yield f"{module} imports {name}, which has no place in the layers"
        elif there[0] > place[0] or (there[0] == place[0] and there[1] is not place[1]):
            yield f"{module} imports {name}, which is not below it"


def boundary_problems(module, source):
    for name in imports(module, source):
        top = name.split(".")[0]
        allowed = ONLY_IN.get(top)
        if allowed and not any(module == a or module.startswith(a + ".") for a in allowed):
            yield f"{module} imports {name}; only {', '.join(allowed)} may"
    for package, light in LIGHT.items():
        if module == f"{package}.__init__":
            tops = {name.split(".")[0] for name in toplevel_imports(source)}
            for top in sorted(tops - light - sys.stdlib_module_names):
                yield f"{module} imports {top} on import of the package; it must stay light"


def toplevel_imports(source):
    """External packages imported when a module is imported, not inside its functions."""
    for node in ast.parse(source).body:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module


@pytest.mark.parametrize("package", LAYERS)
def test_arrows(package):
    found = [
        problem
        for module, source in sources(package.replace(".", "/"))
        for problem in arrow_problems(module, source, LAYERS[package], package)
    ]
    assert not found, "\n".join(found)


def module_of(name, known):
    """The module that an imported name is or lives in; None for one of another package."""
    while name and name not in known:
        name = name.rpartition(".")[0]
    return name or None


def circles(modules):
    """Modules that import themselves over others, wherever in a file the imports stand."""
    known = {module.removesuffix(".__init__") for module in modules}
    reached = {}
    for module, source in modules.items():
        here = module.removesuffix(".__init__")
        reached[here] = {module_of(name, known) for name in imports(module, source)} - {None, here}
    for _ in known:
        reached = {m: seen.union(*(reached[n] for n in seen)) for m, seen in reached.items()}
    return sorted(module for module, seen in reached.items() if module in seen)


@pytest.mark.parametrize("package", ["credit_plugins", "envs", "recipes"])
def test_no_circle(package):
    assert not circles(dict(sources(package)))


@pytest.mark.parametrize("package", ["credit_plugins", "envs", "recipes"])
def test_boundaries(package):
    found = [p for module, source in sources(package) for p in boundary_problems(module, source)]
    assert not found, "\n".join(found)


# ---- the checks above bite --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("credit_plugins.batch", "from .planning import planning_mask"),
        ("credit_plugins.episode.maxrl", "from ..token.gtpo import gtpo"),
        ("credit_plugins.episode.maxrl", "from ..chain import Chain"),
        ("credit_plugins.token.gtpo", "def f():\n    from .. import config"),
        ("credit_plugins.chain", "import credit_plugins.verl_adapter.fields"),
        (
            "credit_plugins.schedules.linear",
            "from ..planning.detectors.phrases import SEED_PHRASES",
        ),
        ("credit_plugins.novelty", ""),
    ],
)
def test_a_wrong_arrow_is_seen(module, source):
    assert list(arrow_problems(module, source, CREDIT))


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("envs.verify.workers.pool", "from ..answer.parse import read"),
        ("envs.verify.workers.child", "def f():\n    from ..algebra.job import Compare"),
        ("envs.verify.answer.values", "from ..compare.render import readable"),
        ("envs.verify.grade", "from .algebra.confirm import confirm"),
        ("envs.verify.novelty", ""),
    ],
)
def test_a_wrong_arrow_between_rooms_is_seen(module, source):
    assert list(arrow_problems(module, source, VERIFY, "envs.verify"))


def test_a_circle_is_seen():
    away = {"p.a": "from .b import x", "p.b": "import p.c.d", "p.c.d": "x = 1", "p.__init__": ""}
    assert circles(away) == []
    assert circles(away | {"p.c.d": "def f():\n    from .. import a"}) == ["p.a", "p.b", "p.c.d"]
    assert circles(away | {"p.__init__": "from .a import x", "p.c.d": "from p import x"})


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("recipes.runs.folder", "from ..launch import attempt"),
        ("recipes.report.page", "def f():\n    from ..warm_start import ensure"),
        ("recipes.launch.__init__", "from ..cli import app"),
        ("recipes.novelty.plan", ""),
    ],
)
def test_a_wrong_arrow_between_the_rooms_of_recipes_is_seen(module, source):
    assert list(arrow_problems(module, source, RECIPES))


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("credit_plugins.batch", "from .errors import CreditError"),
        ("credit_plugins.blocks", "from .batch import CreditBatch"),
        ("credit_plugins.signal.sepa", "from ..operator import x\nfrom ..batch import y"),
        ("credit_plugins.config", "from .chain import Chain\nimport json"),
    ],
)
def test_a_right_arrow_is_not(module, source):
    assert not list(arrow_problems(module, source, CREDIT))


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("credit_plugins.config", "import verl"),
        ("credit_plugins.config", "def f():\n    from verl.trainer import x"),
        ("credit_plugins.config", "import envs.base"),
        ("credit_plugins.config", "from recipes import cli"),
        ("envs.base", "import torch"),
        ("envs.base", "from credit_plugins import stats"),
        ("envs.verify.workers.pool", "import ray"),
        ("envs.__init__", "import numpy"),
        ("credit_plugins.__init__", "import torch"),
        ("credit_plugins.__init__", "from torch import Tensor"),
    ],
)
def test_a_crossed_boundary_is_seen(module, source):
    assert list(boundary_problems(module, source))
