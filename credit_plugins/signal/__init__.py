"""Signal operators: edits of the uncertainty that token operators read.

To add one: a file here with one function under ``signal_operator``.
"""
