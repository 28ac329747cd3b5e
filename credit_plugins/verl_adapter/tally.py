"""Sessions of a step that failed, by cause and node, and how they are told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite

from ..notices.finding import percent
from .infos import Info, number, words
from .outcomes import Outcomes

Place = tuple[str, str]
"""A cause in a few words, and the node; "" for one that is not known."""

UNKNOWN = "no cause given"
OTHER = "other causes"
SHOWN = 5
_MOST_PLACES = 200  # kept apart; rewards drawn at random would be a cause each


@dataclass
class Tally:
    """What became of the sessions of a step, or of several.

    Attributes:
        sessions: those that were asked for.
        dropped: those that never came back, because agent loop or reward function raised.
        groups: prompts.
        short: groups of which a session was dropped.
        places: failed sessions, dropped ones among them, by cause and node.
        details: what one error of a cause said, by cause.
        sources: what failed sessions of our environments name as their source.
    """

    sessions: int = 0
    dropped: int = 0
    groups: int = 0
    short: int = 0
    places: Counter[Place] = field(default_factory=Counter)
    details: dict[str, str] = field(default_factory=dict)
    sources: set[str] = field(default_factory=set)

    @property
    def failed(self) -> int:
        """Sessions whose environment failed, or that were dropped."""
        return sum(self.places.values())

    @property
    def share(self) -> float:
        """``failed`` of ``sessions``; 0 of none."""
        return self.failed / self.sessions if self.sessions else 0.0

    def add(self, other: Tally) -> None:
        """Take in another part."""
        for name in ("sessions", "dropped", "groups", "short"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.blame(other.places, other.details)
        self.sources |= other.sources

    def blame(self, places: Mapping[Place, int], details: Mapping[str, str]) -> None:
        """Count failed sessions."""
        for (cause, node), n in places.items():
            known = (cause, node) in self.places or len(self.places) < _MOST_PLACES
            self.places[(cause if known else OTHER), node] += n
            if known and details.get(cause):
                self.details.setdefault(cause, details[cause])

    def metrics(self, prefix: str) -> dict[str, float]:
        """``{prefix}/dropped``, ``/failed_share`` and, of groups, ``/short_groups``."""
        found = {f"{prefix}/dropped": float(self.dropped), f"{prefix}/failed_share": self.share}
        return found | ({f"{prefix}/short_groups": float(self.short)} if self.groups else {})

    def told(self, where: str) -> str:
        """How many failed, in one sentence; ``where`` as in "step 4"."""
        many = f"{self.failed} of {self.sessions} sessions of {where}"
        return f"{many} failed or were dropped ({percent(self.share)})."

    def by_place(self) -> str:
        """``8x raised KeyError on a (10.0.0.3); 1x took longer than 60 s on b (10.0.0.4)``."""
        ranked = sorted(self.places.items(), key=lambda item: (-item[1], item[0]))
        parts = [f"{n}x {c}" + (f" on {node}" if node else "") for (c, node), n in ranked[:SHOWN]]
        if rest := sum(n for _, n in ranked[SHOWN:]):
            parts.append(f"{rest}x for {len(ranked) - SHOWN} other reasons")
        return "; ".join(parts)

    def examples(self) -> list[str]:
        """``raised KeyError: 'no row' (my_env.py:12, in sample_task)`` of the commonest causes."""
        totals: Counter[str] = Counter()
        for (cause, _), n in self.places.items():
            totals[cause] += n
        causes = [cause for cause, _ in totals.most_common() if cause in self.details]
        return [f"{cause}: {self.details[cause]}" for cause in causes[:2]]


def of_outcomes(
    outcomes: Outcomes, *, n: int, groups: int = 0, asked: Mapping[str, int] | None = None
) -> Tally:
    """What the sessions that came back say, and how many did not; of those no cause is known.

    Args:
        outcomes: of a batch.
        n: sessions of a group, ``rollout.n``.
        groups: how many were sampled; 0: as many as came back.
        asked: sessions of single groups that are not ``n``, by verl's ``uid``.
    """
    arrived = Counter(outcomes.groups)
    missing = [max(0, (asked or {}).get(uid, n) - came) for uid, came in arrived.items()]
    missing += [n] * max(0, groups - len(arrived))
    tally = Tally(
        sessions=len(outcomes.infos) + sum(missing),
        dropped=sum(missing),
        groups=len(missing),
        short=sum(lost > 0 for lost in missing),
    )
    count_infos(tally, outcomes.infos, outcomes.rewards)
    return tally


def count_infos(tally: Tally, infos: Sequence[Info], rewards: Sequence[float]) -> None:
    """Count those that an environment failed, or whose reward is no number, by place."""
    for info, reward in zip(infos, rewards, strict=True):
        if number(info.get("env_error")):
            cause, detail = words(info.get("env_cause"), 120) or UNKNOWN, info.get("env_detail")
            tally.sources |= {words(info.get("source"))} - {""}
        elif not isfinite(reward):
            cause, detail = f"reward {reward}", ""
        else:
            continue
        tally.blame({(cause, words(info.get("node"), 100)): 1}, {cause: words(detail)})
