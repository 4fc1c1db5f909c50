"""Write the pictures of the pact: its prior predictive beside past pacts, and its hysteresis.

python scripts/pact_pictures.py [--members 1000] [--out docs/figures]
"""

from __future__ import annotations

import argparse
from pathlib import Path

import vl_convert

from liptako import charts, files
from liptako.experiments.hysteresis import hysteresis
from liptako.runs.pact_courses import DEFAULT_MEMBERS, pact_batch, prepare_pact
from liptako.verification.politics.pact_times import pact_times

FIGURES = Path(__file__).parents[1] / "docs" / "figures"
PAST = "past pacts coded by Liptako; simulated by Liptako"
SIMULATED = "simulated by Liptako"


def main() -> None:
    """Simulate once, draw both, write each as SVG."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--members", type=int, default=DEFAULT_MEMBERS)
    parser.add_argument("--out", type=Path, default=FIGURES)
    given = parser.parse_args()
    prepared = prepare_pact(members=given.members)
    batch = pact_batch(prepared.structure)
    init = prepared.loaded.scenario.init_month
    times, two = pact_times(prepared, batch), hysteresis(prepared, batch)
    drawn = {
        "pact_times": charts.pact_times_chart(times.curves, init_month=init, source=PAST),
        "hysteresis": charts.hysteresis_chart(
            two.loop, two.histories, two.differ, init_month=init, source=SIMULATED
        ),
    }
    given.out.mkdir(parents=True, exist_ok=True)
    for name, chart in drawn.items():
        path = given.out / f"{name}.svg"
        with files.atomic_write(path) as temporary:
            picture = vl_convert.vegalite_to_svg(chart.to_dict(), allowed_base_urls=[])
            Path(temporary).write_text(picture, encoding="utf-8")
        print(path)


if __name__ == "__main__":
    main()
