"""A run: its start, its members in batches, the same run with one thing changed, its folder."""
