"""Rates of past cases: coups, how regimes ended, pacts, disputes."""
