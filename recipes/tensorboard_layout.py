"""Charts for TensorBoard's "Custom Scalars" tab: what belongs together, in one chart.

An example to copy and change::

    python -m recipes.tensorboard_layout tensorboard_log
    tensorboard --logdir tensorboard_log

The layout is a run of its own, ``layout/``, and holds for all runs in the folder.
"""

from __future__ import annotations

import sys
from pathlib import Path

LAYOUT = {
    "1 Held-out problems": {
        "pass@1": ["Multiline", [r"val-credit/.+/mean/pass@1$"]],
        "pass@k": ["Multiline", [r"val-credit/.+/mean/pass@\d+"]],
        "pass@1 by difficulty": ["Multiline", [r"val-credit/.+/difficulty=.+/pass@1$"]],
        "answers": ["Multiline", [r"val-env/has_answer", r"val-env/error"]],
    },
    "2 Rewards": {
        "reward": ["Multiline", [r"critic/score/mean", r"credit/correct_rate"]],
        "groups without contrast": ["Multiline", [r"credit/group/all_(fail|pass)"]],
        "verdicts": ["Multiline", [r"^env/verdict/.+", r"^env/error"]],
        "answers": ["Multiline", [r"^env/has_answer", r"response_length/clip_ratio"]],
    },
    "3 Credit": {
        "weights: cosine to uniform": ["Multiline", [r"credit/weight/cosine"]],
        "weights": ["Multiline", [r"credit/weight/(min|mean|max)"]],
        "planning: share of tokens and of credit": [
            "Multiline",
            [r"credit/planning_ratio", r"credit/share/planning"],
        ],
        "signal, mean": ["Multiline", [r"credit/(entropy|surprisal)/.+_mean(_sepa)?$"]],
        "signal, variance": ["Multiline", [r"credit/(entropy|surprisal)/.+_var(_sepa)?$"]],
        "SEPA's lambda and gate": ["Multiline", [r"credit/sepa/lam.*"]],
    },
    "4 Trainer": {
        "entropy, aggregated as the loss": ["Multiline", [r"actor/entropy"]],
        "gradient norm": ["Multiline", [r"actor/grad_norm"]],
        "seconds": ["Multiline", [r"timing_s/(step|gen|adv|update_actor|testing)$"]],
    },
}
"""Category -> chart -> kind and regular expressions of tags, as ``add_custom_scalars`` takes it."""


def write(folder: Path) -> Path:
    """Write the layout beside the runs in a folder and return the run that it makes."""
    from torch.utils.tensorboard import SummaryWriter

    place = folder / "layout"
    with SummaryWriter(str(place)) as writer:
        writer.add_custom_scalars(LAYOUT)
    return place


if __name__ == "__main__":
    if len(sys.argv) != 2 or not Path(sys.argv[1]).is_dir():
        sys.exit("usage: python -m recipes.tensorboard_layout FOLDER, such as tensorboard_log")
    print(f"Layout: {write(Path(sys.argv[1]))}")
