"""Is an answer worked out? For an environment's own `finished`; see `verify.answer.final_form`."""

from __future__ import annotations

from .verify.answer.final_form import is_echo, is_number, is_surd, members, plain

__all__ = ["is_echo", "is_number", "is_surd", "members", "plain"]
