"""Credit assignment for RL with verifiable rewards: operators, estimators, and their verl adapter.

Importing this package imports nothing heavy. Start from ``credit_plugins.config.build_chain``.
"""
