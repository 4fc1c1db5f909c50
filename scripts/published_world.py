"""Write the means of scores that others published for all countries, and the countries' names.

    python scripts/published_world.py VIEWS_FOLDER

Only means over countries are kept; the folder itself is not shipped.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd

from liptako.data import views
from liptako.files import atomic_write
from liptako.verification.backtest.world import NAMES, PUBLISHED

FILE = "tft_walterskirchen_cm_country_crps_2018_2023.csv"
SOURCE = "Walterskirchen et al., submission to the VIEWS 2023/24 prediction challenge"
MODELS = {"TFT": "temporal fusion transformer"}


def main(folder: str) -> None:
    """Average over countries and write both tables."""
    table = pd.read_csv(Path(folder) / "submissions" / FILE)
    rows = [
        {"window": int(window), "model": MODELS[name], "crps": round(float(mean), 4),
         "countries": int(part["country_id"].nunique()), "source": SOURCE}
        for window, part in table.groupby("w")
        for name, mean in part[list(MODELS)].mean().items()
    ]  # fmt: skip
    with atomic_write(PUBLISHED) as temporary:
        pd.DataFrame(rows).to_csv(temporary, index=False)
    countries = views.read_countries(Path(folder) / "country_list.csv")
    with atomic_write(NAMES) as temporary:
        countries[["country_id", "name"]].to_csv(temporary, index=False)


if __name__ == "__main__":
    main(sys.argv[1])
