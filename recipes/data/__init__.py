"""Data sets: prepared for training, and checked."""
