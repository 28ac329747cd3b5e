"""The processes of a run: started, marked, and ended with all that they leave behind."""
