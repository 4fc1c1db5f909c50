"""Briefs: what one page says of a country or a question, and that its numbers are the tables'."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pandas as pd
import pytest

import compare_fixtures as cf
import politics_fixtures as pf
import run_fixtures as rf
import table_fixtures as tf
from liptako.charts import paper
from liptako.charts.compare import prepared
from liptako.errors import InputError
from liptako.exhibits.brief_country import country_brief, outcomes_for, regions_grid
from liptako.exhibits.brief_question import question_brief
from liptako.exhibits.briefs import Brief, answered, brief_links, countries_of, find
from liptako.report.asked import Known, fits
from liptako.report.brief import render_brief, write_briefs
from liptako.runs.dataset import scenario_of
from liptako.theatre.loading import load_scenario
from liptako.theatre.questions import Question
from liptako.theatre.scenario import EndingThresholds, Policy, Shock
from liptako.words.numbers import exact, inside_100, of_100, rounded, signed, whole_100

QUESTION = Question(
    ask="Send boats?",
    claims=[7],
    policies=["boats", "patrols"],
    outcomes=["civilians_killed", "exits", "share_far_crown"],
    not_said="Whether they arrive.",
)
WHEN = "next_12_months"
BEFORE = "last_12_months"
VERIFIED = {
    "tested": {"regimes": {"cases": 1440, "gain": [0.02, 0.01, 0.03], "auc": [0.52, 0.45, 0.59]}},
    "countries": ["BFA", "MLI"],
    "worst_miss": {
        "unit": "BFA", "name": "Burkina Faso", "month": "2023-06", "observed": 708.0,
        "forecast_median": 107.0, "forecast_90": [9.0, 412.0],
        "worst_window": {"name": "Burkina Faso", "window": 2023, "share_of_loss": 0.29},
    },
}  # fmt: skip


def facts(**changes: Any) -> Any:
    named = {"dyads": pf.DYADS, "compared": cf.about()}
    return tf.facts(**(named | changes))


@pytest.fixture(scope="module")
def tables() -> dict[str, pd.DataFrame]:
    found = tf.tables(cell_step=40) | pf.tables() | cf.tables()
    return found | {"regions": with_chances(found["regions"])}


def with_chances(regions: pd.DataFrame) -> pd.DataFrame:
    """Return regions with chances by months, people and records, each value apart from others."""
    found = regions.copy()
    unseen = found["observed"] == 0
    for place, months in enumerate((3, 6, 12), start=1):
        for least in (1, 25, 100):
            chance = (found["mean"] / 2000) * place / 3 * (1.0 if least < 100 else 0.3)
            found[f"p_{least}_in_{months}"] = chance.mask(unseen)
    found["people"] = 1000.0 * (100 + found.index)
    found["last_12_months"] = 3.0 + found.index
    found["code_system"] = "P-code"
    return found


def brief(code: str, tables: dict, **changes: Any) -> Brief:
    return country_brief(code, tables, facts(**changes), VERIFIED)


def question(tables: dict, key: str = "boats", asked: Question | None = QUESTION) -> Brief:
    return question_brief(key, asked, tables, facts(), "Tested: some")


def one(table: pd.DataFrame, **where: Any) -> pd.Series:
    for name, value in where.items():
        table = table[table[name] == value]
    assert len(table) == 1, where
    return table.iloc[0]


# a country


def test_harm_to_civilians_leads(tables):
    page = brief("MLI", tables)
    ahead, past = (
        one(tables["civilians_perpetrator"], country="MLI", perpetrator="ALL", period=period)
        for period in (WHEN, BEFORE)
    )
    span = f"{rounded(ahead['q05'])} to {rounded(ahead['q95'])} in 9 of 10 futures"
    first = page.numbers[0]
    assert first.value == rounded(ahead["q50"])
    assert first.spread == span
    assert first.beside == f"{exact(past['observed'])} recorded in 2023"
    assert page.sentence.startswith(
        f"Mali, 2024: the middle future has {first.value} civilians killed on purpose ({span})"
    )


def test_the_second_number_is_the_toll_beside_last_years(tables):
    ahead, past = (
        one(tables["deaths_country_period"], country="NER", period=period)
        for period in (WHEN, BEFORE)
    )
    second = brief("NER", tables).numbers[1]
    assert second.value == rounded(ahead["q50"])
    assert second.spread.startswith(f"{rounded(ahead['q05'])} to {rounded(ahead['q95'])} ")
    assert second.beside == f"{exact(past['observed'])} recorded in 2023"


def test_a_simulated_regime_stands_beside_past_cases(tables):
    row = one(tables["regime_survival"], country="NER", lead=36)
    third = brief("NER", tables).numbers[2]
    assert third.name == "Regime still in power, Dec 2026"
    assert third.value == of_100(row["p"])
    assert f"{whole_100(row['lo'])} to {whole_100(row['hi'])}" in third.spread
    past = [of_100(row["reference"]), whole_100(row["reference_lo"])]
    assert third.beside.startswith(f"past cases: {past[0]} in 100 ({past[1]} to")


def test_without_a_simulated_regime_it_is_the_chance_of_a_hundred_killed(tables):
    period = tables["deaths_country_period"].copy()
    ahead = (period["country"] == "NER") & (period["period"] == WHEN)
    period.loc[ahead, ["p_25", "p_100"]] = [0.9, 0.27]
    others = {name: table for name, table in tables.items() if name != "regime_survival"}
    third = brief("NER", others | {"deaths_country_period": period}).numbers[2]
    assert (third.name, third.value) == ("100 or more people killed, 2024", "27")
    assert third.beside == "534 killed in 2023"


def test_regions_are_ranked_and_their_numbers_are_the_tables(tables):
    rows = regions_grid("BFA", tables, facts()).rows
    table = tables["regions"]
    mine = table[table["country"] == "BFA"].sort_values("p_25_in_12", ascending=False)
    assert rows == [
        [
            row["region_name"], row["region"], rounded(row["people"]), exact(row["last_12_months"]),
            *(inside_100(row[f"p_25_in_{months}"]) for months in (3, 6, 12)),
        ]
        for row in mine.to_dict("records")
    ]  # fmt: skip


def test_chances_of_a_region_within_another_are_the_most_that_they_can_be(tables):
    regions = tables["regions"].copy()
    mine = regions.index[regions["country"] == "MLI"]
    regions["counted_in"] = ""
    regions.loc[mine[0], "counted_in"] = regions.loc[mine[1], "region"]
    grid = regions_grid("MLI", tables | {"regions": regions}, facts())
    for row in grid.rows:
        within = row[1] == regions.loc[mine[0], "region"]
        assert ["≤" in text or text == "< 1" for text in row[-3:]] == [within] * 3
    assert "≤: the most that its own can be" in grid.note


def test_a_region_that_nobody_knows_of_is_unknown_and_last(tables):
    table = tables["regions"].copy()
    table.loc[table["region"] == "BF56", [f"p_25_in_{months}" for months in (3, 6, 12)]] = None
    grid = regions_grid("BFA", tables | {"regions": table}, facts())
    assert grid.rows[-1][0] == "Sahel"
    assert grid.rows[-1][-3:] == ["?", "?", "?"]
    assert "Not safe, unknown" in grid.note


def test_of_many_regions_ten_are_named_and_the_rest_counted(tables):
    table = tables["regions"]
    first = table[table["region"] == "ML05"]
    many = [first.assign(region=f"X{n:02d}", p_25_in_12=n / 100) for n in range(13)]
    grid = regions_grid("MLI", tables | {"regions": pd.concat(many)}, facts())
    assert [row[1] for row in grid.rows] == [f"X{n:02d}" for n in range(12, 2, -1)]
    assert grid.note.endswith("3 more, none ranked higher, are in the report and in tables.xlsx.")


def test_what_would_change_it_are_events_here_that_hold(tables):
    lines = next(part.lines for part in brief("NER", tables).parts if "change" in part.title)
    assert lines[0].startswith("Power is handed over: Niger, by Dec 2024. If so,")
    assert '"The alliance fails" in 0 of 100 futures; if not, 47.' in lines[0]
    assert lines[1].startswith("A dispute at coercion, or beyond: Niger and Benin")
    mali = next(part.lines for part in brief("MLI", tables).parts if "change" in part.title)
    assert "none is seen" in mali[0], "the one of Mali does not hold"


def test_policies_stand_with_both_signs_and_no_view(tables):
    lines = next(part.lines for part in brief("MLI", tables).parts if "change" in part.title)
    killed = next(line for line in lines if line.startswith("Civilians killed on purpose"))
    assert 'fewer under "Boats for all islands" (-18; -30 to -10)' in killed
    assert 'more under "Patrols at sea" (+13; +7.0 to +21)' in killed
    assert "no robust sign under 1 of 3 policies (no view on 1 of them)" in killed


def test_a_country_is_moved_by_what_counts_fewest_others():
    outcomes = ["deaths", "deaths:AAA,BBB", "deaths:AAA", "civilians_killed", "coast_deaths"]
    own = facts(allies=("AAA", "BBB"), littoral=("CCC",))
    assert outcomes_for("AAA", outcomes, own) == ["civilians_killed", "deaths:AAA"]
    assert outcomes_for("BBB", outcomes, own) == ["civilians_killed", "deaths:AAA,BBB"]
    assert outcomes_for("CCC", outcomes, own) == ["coast_deaths"]
    assert outcomes_for("DDD", outcomes, own) == []


def test_the_worst_miss_is_named_where_it_was(tables):
    said = {
        code: str([part.lines for part in brief(code, tables).parts]) for code in ("BFA", "MLI")
    }
    assert "Worst miss: Burkina Faso, 2023-06: 708 killed, forecast 107 (9 to 412)" in said["BFA"]
    assert "Worst miss" not in said["MLI"]


def test_regimes_were_tested_where_one_is_simulated(tables):
    said = {code: str([p.lines for p in brief(code, tables).parts]) for code in ("MLI", "NER")}
    assert "better than one chance for all of them, and told which of two lasts" in said["MLI"]
    assert "no better than by chance" in said["MLI"]
    foreign = brief("NER", tables, allies=("MLI",))
    assert "Regimes:" not in str([part.lines for part in foreign.parts])


def test_a_policy_that_was_run_is_said_beside_the_sentence(tables):
    assert "Simulated, as seen" in brief("MLI", tables).caveat
    other = brief("MLI", tables, provenance={"Policy": "boats"})
    assert other.caveat.startswith('Simulated under the policy "boats", as seen')


def test_of_a_country_without_data_nothing_is_said_but_that(tables):
    page = brief("GHA", tables)
    assert page.kind == "unknown"
    assert (page.numbers, page.harm, page.tables, page.picture) == ((), None, (), None)
    assert "does not mean that it is safe" in page.sentence
    text = " ".join([page.sentence, *(line for part in page.parts for line in part.lines)])
    assert not re.search(r"\d", text), "no number where nothing is known"
    assert "Upper East" in text


# a question


def test_both_sides_stand_with_their_signs(tables):
    rows = {row[0]: row[1:] for row in question(tables).tables[0].rows}
    table = prepared(tables["comparison"])
    row = one(table, policy="boats", outcome="civilians_killed")
    span = f"{signed(row['low'])} to {signed(row['high'])}"
    killed = rows["Civilians killed on purpose"]
    assert killed == ["Better", "200", f"{signed(row['at'])} ({span})", "fewer, robust"]
    assert rows["People killed, all violence"][0] == "Unclear"
    assert rows["People killed, all violence"][-1] == "depends on assumptions"
    assert rows["Regimes ended"][0] == "Shift"
    assert rows["Share of support from Far Crown"][1] == "30 in 100"
    worse = question(tables, "patrols").tables[0].rows[0]
    assert worse[:2] == ["Civilians killed on purpose", "Worse"]


def test_harm_to_people_stands_before_politics(tables):
    names = [row[0] for row in question(tables).tables[0].rows]
    assert names[:2] == ["Civilians killed on purpose", "People killed, all violence"]


def test_no_view_is_said_where_there_is_none(tables):
    rows = {row[0]: row for row in question(tables, "envoys", None).tables[0].rows}
    assert rows["Civilians killed on purpose"][-1] == "no view"


def test_a_policy_leads_the_question_it_stands_for(tables):
    page = question(tables, "patrols")
    assert page.title == "Send boats?"
    assert page.about.endswith("Claims 7 of the argument.")
    assert page.sentence.startswith('"Patrols at sea"')
    assert [row[0] for row in page.tables[1].rows] == ["Boats for all islands (boats)"]
    alone = question(tables, "envoys", None)
    assert alone.title == "What if: Envoys between two skerries?"
    assert len(alone.tables) == 1


def test_what_cannot_be_said_and_the_law_are_said(tables):
    parts = {part.title: part.lines for part in question(tables).parts}
    assert parts["What cannot be said"] == ("Whether they arrive.",)
    assert parts["Law that bounds it"] == ("Patrols at sea: Rule 1: protect",)
    assert "not an experiment, and no advice" in question(tables).caveat


# the page


class Text(HTMLParser):
    """The words of a page, without styles, scripts and what is below the line."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.left_out, self.words, self.tags = 0, [], []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.left_out += tag in ("style", "script", "footer", "title")

    def handle_endtag(self, tag):
        self.left_out -= tag in ("style", "script", "footer", "title")

    def handle_data(self, data):
        if not self.left_out:
            self.words.append(data)


NUMBER = re.compile(r"(?:[<>] )?(?<![\w.-])[+-]?\d+(?:,\d{3})*(?:\.\d+)?")
FRAME = {
    "2023", "2024", "2026", "31", "24.1", "4.0", "3", "6", "12", "25", "36", "100", "9", "10", "1",
    "2,000", "0",
}  # fmt: skip
"""Dates, thresholds, spans, sizes and the source's version, in texts around measures."""


def measures(code: str, tables: dict) -> set[str]:
    """Return all that a country's tables measure, as it is printed."""
    found: set[str] = set()
    for name in ("civilians_perpetrator", "deaths_country_period"):
        mine = tables[name][tables[name]["country"] == code]
        found |= {exact(value) for value in mine["observed"].dropna()}
        found |= {rounded(v) for q in ("q05", "q50", "q95") for v in mine[q].dropna()}
    last = one(tables["regime_survival"], country=code, lead=36)
    ends = ("p", "lo", "hi", "reference", "reference_lo", "reference_hi")
    found |= {of_100(last[name]) for name in ends}
    regions = tables["regions"][tables["regions"]["country"] == code]
    for column in ("p_25_in_3", "p_25_in_6", "p_25_in_12"):
        found |= {inside_100(value) for value in regions[column].dropna()}
    found |= {rounded(value) for value in regions["people"]}
    found |= {exact(value) for value in regions["last_12_months"]}
    found |= {of_100(v) for name in ("given", "absent") for v in tables["signposts"][name]}
    shown = prepared(tables["comparison"])
    found |= {signed(v) for name in ("at", "low", "high") for v in shown[name]}
    found |= {str(n) for n in range(shown["policy"].nunique() + 1)}
    status = tables["evidence"].dropna(subset=["share"])
    return found | {of_100(v) for name in ("share", "lo", "hi") for v in status[name]}


@pytest.mark.parametrize("code", list(tf.CORE))
def test_every_number_on_the_page_is_a_measure_of_its_tables(code, tables):
    made = brief(code, tables)
    tested = next(part for part in made.parts if "did before" in part.title)
    made = replace(made, parts=tuple(part for part in made.parts if part is not tested))
    page = render_brief(replace(made, picture=None, harm=None, tables=(made.harm, *made.tables)))
    seen = NUMBER.findall(" ".join(Text(page).words))
    codes = {row[1] for row in made.tables[0].rows}
    assert len(seen) > 60
    assert set(seen) - FRAME - codes <= measures(code, tables)


def test_another_countrys_numbers_would_be_found(tables):
    """The walk can fail: Mali's page does not pass for Niger's."""
    page = render_brief(replace(brief("MLI", tables), picture=None, harm=None))
    seen = set(NUMBER.findall(" ".join(Text(page).words))) - FRAME
    assert len(seen - measures("NER", tables)) > 10


def test_the_page_asks_for_nothing_and_runs_its_own_script_alone(tables):
    page = render_brief(brief("MLI", tables))
    tags = Text(page).tags
    policy = next(a["content"] for tag, a in tags if a.get("http-equiv"))
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert not re.findall(r"(?:src|href)=|url\(|@import", page)
    assert [tag for tag, _ in tags].count("script") == 1
    assert len(page) < 60_000


def test_markup_in_names_and_titles_does_nothing(tables):
    bad = "<script>alert(1)</script>"
    names = {**tf.COUNTRIES, "MLI": bad}
    page = render_brief(brief("MLI", tables, title=bad, countries=names, citation=bad))
    assert [tag for tag, _ in Text(page).tags].count("script") == 1
    assert page.count("&lt;script&gt;alert(1)") > 4
    labels = cf.about(labels=dict.fromkeys(cf.POLICIES, bad), laws={})
    asked = question_brief("boats", QUESTION, tables, facts(compared=labels), None)
    assert [tag for tag, _ in Text(render_brief(asked)).tags].count("script") == 1


def test_the_sentence_to_copy_carries_caveat_date_and_source(tables):
    for made in (brief("MLI", tables), brief("GHA", tables), question(tables)):
        page = render_brief(made)
        assert "as seen from 31 Dec 2023" in made.whole_sentence
        assert "not a current forecast" in made.whole_sentence
        assert "UCDP GED 24.1" in made.whole_sentence
        start = page.index('id="sentence"')
        assert page.index("UCDP GED 24.1", start) < page.index("</div>", start)


def test_briefs_are_files_and_the_report_can_link_to_them(tables, tmp_path):
    asked = {"send-boats": QUESTION, "other": QUESTION.model_copy(update={"policies": ["none"]})}
    links = brief_links(tables, facts(), asked)
    assert links.countries[:2] == [("Burkina Faso", "briefs/BFA.html"), ("Mali", "briefs/MLI.html")]
    assert links.questions[-1] == ("Send boats?", "briefs/send-boats.html")
    assert answered(tables, asked) == ["send-boats"]
    made = [brief(code, tables) for code in countries_of(tables, facts())]
    made += [question_brief("send-boats", QUESTION, tables, facts())]
    paths = write_briefs(made, tmp_path / "briefs")
    assert [f"briefs/{path.name}" for path in paths] == [
        href for _, href in (*links.countries, *links.questions)
    ]


# names


COUNTRIES = {"AAA": "Aland", "CIV": "Côte d'Ivoire"}


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("aaa", ("country", "AAA")),
        ("ALAND", ("country", "AAA")),
        ("cote d'ivoire", ("country", "CIV")),
        ("Send-Boats", ("question", "send-boats")),
        ("boats", ("policy", "boats")),
    ],
)
def test_names_are_found_in_any_case_and_without_accents(asked, found):
    assert find(asked, COUNTRIES, {"send-boats": QUESTION}, ["boats"]) == found


@pytest.mark.parametrize("asked", ["Atlantis", "", "A", "--"])
def test_what_nobody_goes_by_is_answered_with_all_that_is_known(asked):
    with pytest.raises(InputError) as error:
        find(asked, COUNTRIES, {"send-boats": QUESTION}, ["boats"])
    said = str(error.value)
    assert all(name in said for name in ("AAA Aland", "CIV Côte d'Ivoire", "send-boats", "boats"))


# the charts

BANDS = ("q05", "q25", "q50", "q75", "q95")


def test_a_plume_is_drawn_to_scale():
    months = list(range(529, 532))
    flat = [{"month": month, **dict.fromkeys(BANDS, 50.0)} for month in months]
    seen = [{"month": 527, "deaths": 0.0}, {"month": 528, "deaths": 100.0}]
    svg = paper.plume_svg(seen, flat, 528, height=126.0)
    lines = re.findall(r'<polyline points="([^"]+)"', svg)
    recorded, middle = (next(line for line in lines if line.count(",") == n) for n in (2, 3))
    heights = [[float(p.split(",")[1]) for p in line.split()] for line in (recorded, middle)]
    assert heights[0] == [108.0, 8.0], "none at the foot, a hundred at the top"
    assert set(heights[1]) == {58.0}


def test_arrowheads_point_to_the_sign():
    tips = {kind: re.findall(r"(-?\d+\.\d),0\.0", paper.mark(kind, 0.0, 0.0))
            for kind in ("fewer", "more")}  # fmt: skip
    assert tips == {"fewer": ["-5.0"], "more": ["5.0"]}


def luminance(colour: str) -> float:
    """Return the relative luminance of a colour, as WCAG 2 defines it."""
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    light = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * light[0] + 0.7152 * light[1] + 0.0722 * light[2]


def test_marks_stand_out_from_paper():
    """The wide band is outlined in the colour of the narrow one."""
    marks = {**paper.PLUME, **paper.SIDES}
    del marks["nine"]
    for kind, colour in marks.items():
        assert 1.05 / (luminance(colour) + 0.05) >= 3.0, kind


def test_text_in_a_chart_is_escaped(tables):
    rows = prepared(tables["comparison"])
    rows = rows[(rows["outcome"] == "deaths") & (rows["policy"] == "boats")].assign(policy="<b>")
    rows = rows.to_dict("records")
    svg = paper.sides_svg([("<i>", ("fewer", "more"), rows)], ["<b>"])
    assert "<b>" not in svg
    assert "&lt;i&gt;" in svg


def test_a_run_fits_a_scenario_only_while_what_counts_is_as_it_was(theatre) -> None:
    run = rf.run_of(theatre, months=12)
    made = json.loads(run.attrs["manifest"]) | {"policy": "baseline"}
    run = run.assign_attrs(manifest=json.dumps(made))
    own, loaded = scenario_of(run), load_scenario("sahel-2024")

    def known(**changes: Any) -> Known:
        return Known(replace(loaded, scenario=own.model_copy(update=changes)), None, {})

    assert fits(run, known(months=36, members=9, seed=9, title="Another"))
    assert not fits(run, known(endings=EndingThresholds(min_joint_acts=9)))
    assert fits(run, known(policies={"baseline": Policy(label="another name")}))
    coup = Shock(kind="coup", countries=["NER"], month="2024-02")
    assert not fits(run, known(policies={"baseline": Policy(label="-", shock=[coup])}))
    assert not fits(run, known(init_time="2023-11"))
