"""Token operators: an advantage and signals in, an advantage out.

To add one: a file here with its config, its function and its factory, a line in registry.py, and
its place in compose.TOKEN_ORDER.
"""
