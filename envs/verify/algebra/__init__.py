"""Computer algebra. Imported in a limited worker process only: it needs sympy and may not end."""
