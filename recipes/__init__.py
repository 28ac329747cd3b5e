"""Recipes (one YAML per run) and the ``verl-credit`` command that trains them; imports nothing."""
