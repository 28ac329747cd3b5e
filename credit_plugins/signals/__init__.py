"""Signals: where the model is uncertain or plans, and the operators that edit them.

To add an edit: a file here with its config, its function and its factory, and a line in
registry.py.
"""
