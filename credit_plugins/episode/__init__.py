"""Episode operators: one advantage per rollout, from rewards, groups and lengths alone.

To add one: a file here with one function under ``episode_operator``.
"""
