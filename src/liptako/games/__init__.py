"""Games and choices: pure mathematics, without a theatre."""
