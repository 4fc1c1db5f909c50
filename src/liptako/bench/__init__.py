"""How fast: the benchmark's case, and the same model in other engines."""
