"""Campaigns: a plan, paired runs over seeds, and an answer with its interval."""
