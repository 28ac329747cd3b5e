"""What keeps a recipe from training on this machine, or on the nodes of a cluster."""

from .examine import Report, examine
from .show import show

__all__ = ["Report", "examine", "show"]
