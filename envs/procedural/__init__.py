"""Environments that make their problems from a seed; one file each."""
