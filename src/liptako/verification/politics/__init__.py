"""Politics scored on past cases: coups, the pact."""
