"""People by region: read, and held against the years beside them."""

import pandas as pd
import pytest

from liptako.data.reference import read_population
from liptako.errors import InputError


def write(path, *rows):
    table = pd.DataFrame(rows, columns=["country", "year", "adm1", "pop_total"])
    table.to_csv(path, index=False)
    return path


PEOPLE = [
    ("Niger", 2022, "Niamey", 1_300_000),
    ("Niger", 2023, "Niamey", 1_350_000),
    ("Niger", 2022, "Tahoua", 4_500_000),
    ("Niger", 2023, "Tahoua", 4_700_000),
    ("Mali", 2022, "Kidal", 70_000),
]


def test_the_latest_year_is_taken(theatre, tmp_path):
    table = read_population(write(tmp_path / "a.csv", *PEOPLE), theatre, 2023)
    found = {(row.country, row.region_name): row.population for row in table.itertuples()}
    assert found == {
        ("MLI", "Kidal"): 70_000, ("NER", "Niamey"): 1_350_000, ("NER", "Tahoua"): 4_700_000,
    }  # fmt: skip


def test_people_in_the_wrong_rows_are_refused_by_the_years_beside_them(theatre, tmp_path):
    swapped = [list(row) for row in PEOPLE]
    swapped[1][3], swapped[3][3] = swapped[3][3], swapped[1][3]
    with pytest.raises(InputError, match=r"population, row 3: not near the 1,300,000 .*Niamey"):
        read_population(write(tmp_path / "a.csv", *swapped), theatre, 2023)
    later = [*PEOPLE[:1], ("Niger", 2032, "Niamey", 4_000_000)]
    read_population(write(tmp_path / "b.csv", *later), theatre, 2032)


def test_a_region_twice_in_a_year_is_refused(theatre, tmp_path):
    with pytest.raises(InputError, match="row 7: a region twice"):
        read_population(write(tmp_path / "a.csv", *PEOPLE, PEOPLE[0]), theatre, 2023)
