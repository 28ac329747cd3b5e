"""Recipes, one YAML file each, and the ``verl-credit`` command; imports nothing."""
