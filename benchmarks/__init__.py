"""The same model in plain NumPy and in Mesa, for `liptako bench`; see README.md."""
