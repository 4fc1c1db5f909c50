"""What is said to readers: dates, numbers and whole sentences, each from plain values.

Nothing here knows a run or a table. Each module holds one subject: its English texts, under keys
and with named places, and functions for what depends on numbers. Another language is a catalogue
of the same keys, see `liptako.words.language`. Errors, progress and help stay where they arise.
"""
