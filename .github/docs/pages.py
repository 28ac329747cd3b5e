"""All pages of the site by path: READMEs, the option reference, one API page per module."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from posixpath import normpath
from typing import Any

import options

ROOT = Path(__file__).resolve().parents[2]
READMES = {
    "README.md": ("Start", "index.md"),
    "envs/README.md": ("envs", "packages/envs.md"),
    "envs/verify/README.md": ("envs.verify", "packages/verify.md"),
    "credit_plugins/README.md": ("credit_plugins", "packages/credit_plugins.md"),
    "recipes/README.md": ("recipes", "packages/recipes.md"),
    "recipes/campaign/README.md": ("recipes.campaign", "packages/campaign.md"),
    ".github/CONTRIBUTING.md": ("Contributing", "contributing.md"),
    ".github/CHANGELOG.md": ("Changes", "changelog.md"),
}
ASSETS = ".github/docs/assets"
"""They lie at the root of the site."""
PACKAGES = ("envs", "credit_plugins", "recipes")
NOT_A_LIBRARY = ("recipes.cli",)
"""Commands: what they take, `verl-credit COMMAND --help` says."""

_FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[(?P<text>[^\]]+)\]\((?P<target>[^)\s#]+)(?P<anchor>#[^)\s]*)?\)")


def collect() -> dict[str, str]:
    """Markdown of every page."""
    found = {page: _readme(source, page) for source, (_, page) in _readmes()}
    found |= options.collect()
    return found | {_api_page(name): f"::: {name}\n" for name in modules()}


def navigation() -> list[dict[str, Any]]:
    """The tree of titles and pages, as mkdocs takes it."""
    readmes = [{title: page} for _, (title, page) in _readmes()]
    own = [entry for entry in readmes if "packages/" in next(iter(entry.values()))]
    others = [entry for entry in readmes if entry not in own]
    return [
        others[0],
        {"Packages": own},
        {"Options": [{title: page} for title, page in options.TITLES.items()]},
        {"API": [{package: _branch(package)} for package in PACKAGES]},
        *others[1:],
    ]


def modules() -> list[str]:
    """Dotted names of the public modules and packages of the library."""
    return sorted(
        name
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        if not re.search(r"\._|^_", name := _dotted(path))
        if not any(f"{name}.".startswith(f"{closed}.") for closed in NOT_A_LIBRARY)
    )


def _dotted(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _api_page(module: str) -> str:
    path = ROOT.joinpath(*module.split("."))
    return f"api/{module.replace('.', '/')}{'/index' if path.is_dir() else ''}.md"


def _branch(package: str) -> list[Any]:
    """A package's page, then its modules, then its packages, each a branch of its own."""
    inside = [name for name in modules() if name.rpartition(".")[0] == package]
    pages = [(name.rpartition(".")[2], _api_page(name), name) for name in inside]
    leaves = [{title: page} for title, page, _ in pages if not page.endswith("/index.md")]
    folders = [{title: _branch(name)} for title, page, name in pages if page.endswith("/index.md")]
    return [_api_page(package), *leaves, *folders]


def _readmes() -> Iterator[tuple[str, tuple[str, str]]]:
    return ((source, titled) for source, titled in READMES.items() if (ROOT / source).is_file())


def _readme(source: str, page: str) -> str:
    """A README with its links pointing at pages.

    Raises:
        FileNotFoundError: a link names what the repository does not have.
    """
    text, done, parts = (ROOT / source).read_text(encoding="utf-8"), 0, []
    for fence in _FENCE.finditer(text):
        parts += [_relinked(text[done : fence.start()], source, page), fence[0]]
        done = fence.end()
    return "".join([*parts, _relinked(text[done:], source, page)])


def _relinked(text: str, source: str, page: str) -> str:
    def relink(link: re.Match[str]) -> str:
        if re.match(r"[a-z]+:", link["target"]):
            return link[0]
        path = normpath(f"{Path(source).parent.as_posix()}/{link['target']}")
        if not (ROOT / path).exists():
            raise FileNotFoundError(f"{source} links to {link['target']}, which does not exist.")
        target = _page_of(path)
        if target is None:
            return link["text"]  # a file that has no page
        relative = os.path.relpath(target, Path(page).parent)
        return f"[{link['text']}]({Path(relative).as_posix()}{link['anchor'] or ''})"

    return _LINK.sub(relink, text)


def _page_of(path: str) -> str | None:
    """The page that shows a file or folder of the repository, or the picture itself, if any."""
    if Path(path).parent.as_posix() == ASSETS:
        return Path(path).name
    if readme := READMES.get(path) or READMES.get(normpath(f"{path}/README.md")):
        return readme[1]
    name = path.removesuffix("/__init__.py").removesuffix(".py").replace("/", ".")
    return _api_page(name) if name in modules() else None
