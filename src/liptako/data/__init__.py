"""Readers, geography, event streams, the political timeline and the snapshot made of them."""
