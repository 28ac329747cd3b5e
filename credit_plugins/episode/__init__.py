"""Episode operators: one advantage per rollout, from rewards and groups alone.

To add one: a file here with its config, its function and its factory, and a line in registry.py.
"""
