"""Token operators: from an advantage per token to another.

To add one: a file here with one function under ``token_operator``.
"""
