import numpy as np
import pandas as pd
import pytest

import typecheck
from liptako.data import views
from liptako.errors import InputError


def draws(number=views.DRAWS, unit="country_id", cases=((457, 50), (457, 78))):
    rng = np.random.default_rng(1)
    parts = [
        pd.DataFrame(
            {
                "month": month,
                unit: place,
                "draw": np.arange(number),
                "outcome": rng.poisson(3, number),
            }
        )
        for month, place in cases
    ]
    return pd.concat(parts, ignore_index=True)


@pytest.mark.parametrize(("unit", "name"), [("country_id", "country_id"), ("gid", "priogrid_gid")])
def test_a_forecast_survives_the_way_to_disk_and_back(tmp_path, unit, name):
    table = draws(unit=unit)
    path = tmp_path / "f.parquet"
    views.write_forecast(table.sample(frac=1, random_state=1), path)
    stored = pd.read_parquet(path)
    assert stored.index.names == ["month_id", name, "draw"]
    assert stored.columns.tolist() == ["outcome"]
    pd.testing.assert_frame_equal(views.read_forecast(path), table, check_dtype=False)


@pytest.mark.parametrize(
    ("table", "match"),
    [
        (draws(999), "exactly 1000"),
        (draws(1001), "draw"),
        (draws().iloc[:-1], "not the same"),
        (pd.concat([draws(), draws().iloc[[0]]]), "not the same"),
        (draws().assign(outcome=-1), "outcome"),
        (draws().assign(outcome=0.5), "whole number"),
        (draws().rename(columns={"country_id": "place"}), "no column of units"),
    ],
)
def test_only_exactly_a_thousand_draws_are_written(tmp_path, table, match):
    with pytest.raises(InputError, match=match):
        views.write_forecast(table, tmp_path / "f.parquet")
    assert not list(tmp_path.iterdir())


def test_damaged_forecasts_are_refused(tmp_path):
    path = tmp_path / "f.parquet"
    path.write_bytes(b"PAR1 not really")
    with pytest.raises(InputError, match="Parquet"):
        views.read_forecast(path)
    with pytest.raises(InputError, match="not found"):
        views.read_forecast(tmp_path / "none.parquet")


def test_a_submission_is_found_in_either_layout(tmp_path):
    for name in ("cm/window=Y2018/a.parquet", "pgm/window=Y2018/a.parquet", "x_cm_2019.parquet"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    assert views.find_forecast(tmp_path, "cm", 2018).parent.name == "window=Y2018"
    assert views.find_forecast(tmp_path, "cm", 2019).name == "x_cm_2019.parquet"
    with pytest.raises(InputError, match="found 0"):
        views.find_forecast(tmp_path, "pgm", 2019)


def test_actuals_refuse_a_unit_and_month_twice(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("month_id,country_id,outcome\n457,50,1\n457,50,2\n")
    with pytest.raises(InputError, match="twice"):
        views.read_actuals(path)


def test_history_leaves_out_months_without_a_country(tmp_path):
    path = tmp_path / "h.csv"
    path.write_text("month_id,country_id,ged_sb\n121,56,\n122,56,33.00000000000001\n")
    assert views.read_history(path).to_numpy().tolist() == [[122, 56, 33]]


def test_stored_benchmarks(raw):
    folder = raw / "views"
    path = views.find_forecast(folder / "conflictology", "cm", 2018)
    table = views.read_forecast(path)
    assert table.groupby(["month", "country_id"]).size().eq(12).all()
    scores = views.read_stored_scores(folder / "benchmark_scores", "conflictology", 2018, "crps")
    mine = scores[scores["country_id"].isin([50, 47, 78])]["value"]
    assert mine.mean() == pytest.approx(12.48, abs=0.005)
    with typecheck.off(), pytest.raises(InputError, match="crps, ign, mis"):
        views.read_stored_scores(folder, "zero", 2018, "rmse")


def stored(folder, name="cm/window=Y2018/team_cm_2018.parquet", first=0, unit=47, **change):
    """Write a forecast of one country: three draws in each month of 2018."""
    months, draws = range(457, 469), range(first, first + 3)
    rows = [(month, unit, draw, 2.0) for month in months for draw in draws]
    table = pd.DataFrame(rows, columns=["month_id", "country_id", "draw", "outcome"])
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    table.assign(**change).set_index(["month_id", "country_id", "draw"]).to_parquet(path)
    return path


@pytest.mark.parametrize(
    "beside",
    [
        "__MACOSX/cm/window=Y2018/._team_cm_2018.parquet",
        "cm/window=Y2018/._team_cm_2018.parquet",
        "cm/window=Y2018/eval_crps.parquet",
        "cm/window=Y2018/eval/crps.parquet",
        "eval/cm/window=Y2018/metric=crps/crps.parquet",
        "cm/window=Y2018/metric=crps/crps.parquet",
    ],
)
def test_leftovers_and_scores_beside_a_forecast_are_passed_over(tmp_path, beside):
    path = stored(tmp_path)
    (tmp_path / beside).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / beside).write_bytes(b"leftover")
    assert views.find_forecast(tmp_path, "cm", 2018) == path


def test_links_are_followed_and_a_circle_of_them_ends(tmp_path):
    stored(tmp_path / "there")
    (tmp_path / "here").mkdir()
    (tmp_path / "here/cm").symlink_to("../there/cm")
    (tmp_path / "here/round").symlink_to("../here")
    found = views.find_forecast(tmp_path / "here", "cm", 2018)
    assert found == tmp_path / "here/cm/window=Y2018/team_cm_2018.parquet"


def test_draws_numbered_from_1_are_those_numbered_from_0(tmp_path):
    expected = views.read_forecast(stored(tmp_path, "a.parquet"))
    pd.testing.assert_frame_equal(
        views.read_forecast(stored(tmp_path, "b.parquet", first=1)), expected
    )
    with pytest.raises(InputError, match="draws are not the same"):
        views.read_forecast(stored(tmp_path, "c.parquet", first=2))


@pytest.mark.parametrize("value", [1e300, float("inf"), float("nan"), -1.0])
def test_outcomes_that_no_score_can_take_are_refused(tmp_path, value):
    with pytest.raises(InputError, match="column outcome, row 2"):
        views.read_forecast(stored(tmp_path, outcome=value))


def test_a_name_that_is_index_and_column_is_read_once(tmp_path):
    table = views.read_forecast(stored(tmp_path, "a.parquet"))
    other = pd.read_parquet(tmp_path / "a.parquet").reset_index()
    other.set_index(pd.Index(other["draw"], name="outcome")).to_parquet(tmp_path / "b.parquet")
    pd.testing.assert_frame_equal(views.read_forecast(tmp_path / "b.parquet"), table)
