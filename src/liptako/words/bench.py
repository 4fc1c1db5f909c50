"""What is said of the benchmark: sizes, rates, agreement, where the time goes."""

from __future__ import annotations

from liptako.words.language import Texts

say = Texts(
    "bench",
    {
        "jax": "Liptako (JAX)",
        "numpy": "Plain NumPy",
        "mesa": "Mesa 3",
        "about": (
            "{cells} cells, {months} months, batches of {batch} futures; {processors} processors "
            "({architecture}), JAX on {device}, load {load}"
        ),
        "cold": (
            "Compiling: {seconds} s ({cpu} s of processor time). Peak memory of {members} futures: "
            "{memory} MB"
        ),
        "agrees": (
            "{engine} agrees with the model in distribution: p = {p}, {members} futures of "
            "{months} months, {statistics} statistics, false alarms 1 in {rarity}"
        ),
        "disagrees": (
            "{engine} DOES NOT AGREE with the model in distribution: p = {p}, {members} futures of "
            "{months} months, {statistics} statistics, false alarms 1 in {rarity}"
        ),
        "rates": "Cell-months per second",
        "engine": "engine",
        "median": "median",
        "least": "least",
        "most": "most",
        "per_cpu": "per CPU second",
        "ratio": (
            "{middle} times {engine} ({low} to {high}); {cpu} times per second of processor time"
        ),
        "sizes": "By {size}",
        "seconds": "seconds",
        "cpu_seconds": "CPU seconds",
        "rate": "cell-months/s",
        "power": (
            "Time grows with {size} to the power {power} (processor time {cpu}); 1 is linear"
        ),
        "where": "Where the time goes",
        "without": "without",
        "saved": "saved",
        "cpu_saved": "CPU time saved",
        "in_its_place": "in its place",
    },
)
