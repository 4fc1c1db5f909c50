import pandas as pd
import pytest

from liptako.data import pacts, timeline
from liptako.errors import InputError

ROW = {
    "row_id": "20230101-MLI-coup", "date": "2023-01-05", "country_iso3": "MLI",
    "actor": "junta_mali", "action": "media_ban", "target": "", "magnitude": "2",
    "magnitude_unit": "outlets", "lens_relevance": "yes",
    **dict.fromkeys(timeline.EFFECTS, "0"), "confidence": "high", "date_basis": "stored",
    "short_fact": "fact", "source": "page",
}  # fmt: skip


def write(path, *changes):
    rows = [{**ROW, "row_id": f"r{n}", **change} for n, change in enumerate(changes)]
    pd.DataFrame(rows).to_csv(path, index=False)
    return path


@pytest.fixture
def words(theatre_folder):
    return theatre_folder / "timeline_words.csv"


def test_a_row_is_known_from_its_month_on(tmp_path, words):
    path = write(tmp_path / "t.csv", {"date": "2023-03-31"}, {"date": "2023-02"}, {})
    rows = timeline.read_timeline(path, words)
    assert rows["month"].tolist() == [517, 518, 519]
    assert timeline.known(rows, 516).empty
    assert timeline.known(rows, 518)["row_id"].tolist() == ["r2", "r1"]


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"date": "2023-02-31"}, "not a date"),
        ({"date": "2023-13"}, "not a date"),
        ({"date": "5 May 2023"}, "not a date"),
        ({"actor": "junta_atlantis"}, "column actor.*controlled word"),
        ({"action": "dance"}, "column action.*controlled word"),
        ({"rents_arms": "2"}, "rents_arms.*allowed"),
        ({"row_id": "r0"}, "twice"),
        ({"lens_relevance": "no"}, "expected effects"),
        ({"confidence": "sure"}, "confidence"),
        ({"source": ""}, "source.*missing"),
    ],
)
def test_bad_rows_are_refused(tmp_path, words, change, match):
    with pytest.raises(InputError, match=match):
        timeline.read_timeline(write(tmp_path / "t.csv", {}, change), words)


def test_dates_of_pacts():
    assert pacts.month_of_text("2017-07") == (451.0, "dated")
    assert pacts.month_of_text("2017") == (451.0, "dated")
    assert pacts.month_of_text("unknown")[1] == "unknown"
    for text in ("none", "ongoing as of 2023-12", float("nan")):
        assert pacts.month_of_text(text)[1] == "none"
    with pytest.raises(InputError, match="not a date"):
        pacts.month_of_text("soon")


def test_censoring_blanks_what_came_later(snapshot):
    table = snapshot.pacts
    ended = table[table["end"].notna()].iloc[[0]]
    month = int(ended["end"].iat[0])
    before = pacts.censor(ended, month - 1)
    assert before[["end_mode", "end_status", "end_trigger"]].to_numpy().tolist() == [
        ["ongoing", "none", "n_a"]
    ]
    assert before["end"].isna().all()
    assert pacts.censor(ended, month)["end"].tolist() == [month]
    assert pacts.censor(ended, int(ended["signed"].iat[0]) - 1).empty
