"""Killable worker processes: deadlines, limits, counters. They know no mathematics."""
