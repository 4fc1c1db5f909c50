"""The ledger of claims: each claim of an argument tested against data, and in the model."""
