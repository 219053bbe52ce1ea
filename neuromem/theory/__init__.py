"""Mean-field equations and closed forms, one file a theory; NumPy and SciPy only."""
