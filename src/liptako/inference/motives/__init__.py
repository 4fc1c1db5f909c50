"""Motives of juntas: which lens their decisions are consistent with."""
