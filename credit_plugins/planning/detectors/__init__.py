"""One file for each detector of planning tokens; see ``planning/detector.py``."""
