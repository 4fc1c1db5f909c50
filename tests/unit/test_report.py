"""The report: complete, escaped, offline, stamped, and small enough to send."""

from __future__ import annotations

import base64
import hashlib
import html
import io
import json
import re
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pandas as pd
import pytest

import table_fixtures as tf
from liptako import charts
from liptako.errors import InputError
from liptako.exhibits import EXHIBITS
from liptako.exhibits.figure import json_in_html
from liptako.report import bundle, render
from liptako.report import downloads as report_downloads
from liptako.words.page import say
from liptako.words.places import say as place_words

VOID = {"meta", "link", "br", "hr", "img", "input", "path", "rect", "use", "line", "circle"}


class Page(HTMLParser):
    """Collects tags, checks nesting, and keeps text apart from scripts and styles."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.stack: list[str] = []
        self.bodies: list[tuple[str, dict[str, str | None], str]] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.stack.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.stack.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.stack and self.stack[-1] in ("script", "style"):
            self.bodies.append((self.stack[-1], self.tags[-1][1], data))
        else:
            self.words.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.tags if name == tag]


@pytest.fixture(scope="module")
def outlines() -> dict[str, Any]:
    return charts.read_outlines(tf.OUTLINES)


@pytest.fixture(scope="module")
def text(outlines: dict) -> str:
    return render(tf.tables(), tf.facts(outlines=outlines))


@pytest.fixture(scope="module")
def page(text: str) -> Page:
    return Page(text)


@pytest.fixture(scope="module")
def small() -> dict[str, pd.DataFrame]:
    return tf.tables(cell_step=40)


def _scripts(page: Page) -> list[str]:
    return [data for tag, attrs, data in page.bodies if tag == "script" and not attrs.get("type")]


def test_the_full_report_stays_small_enough_to_send(text: str) -> None:
    assert len(tf.tables()["cells"]) > 3 * 2000
    assert len(text.encode()) < 2_500_000


def test_tags_are_balanced_with_one_heading_and_landmarks(page: Page) -> None:
    assert page.stack == []
    assert len(page.all("h1")) == 1
    for landmark in ("header", "main", "nav", "footer"):
        assert len(page.all(landmark)) == 1
    assert page.all("html")[0]["lang"] == "en"
    ids = [attrs["id"] for _, attrs in page.tags if attrs.get("id")]
    still = {attrs["id"] for _, attrs in page.tags if (attrs.get("id") or "").startswith("clip")}
    assert len([i for i in ids if i not in still]) == len({i for i in ids if i not in still})


def test_headings_descend_without_a_gap(page: Page) -> None:
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch(r"h[1-6]", tag)]
    assert all(b <= a + 1 for a, b in pairwise(levels))


def test_every_header_cell_has_a_scope_and_every_chart_words(page: Page) -> None:
    assert page.all("th")
    assert all(attrs.get("scope") in ("col", "colgroup", "row") for attrs in page.all("th"))
    ids = {attrs.get("id") for _, attrs in page.tags}
    boxes = [attrs for attrs in page.all("div") if "data-chart" in attrs]
    assert [box["data-chart"] for box in boxes] == ["perpetrators", "fan", "annual", "map"]
    for box in boxes:
        assert box["role"] == "img"
        assert box["aria-label"]
        assert box["aria-describedby"] in ids


def test_a_region_without_event_data_is_called_unknown_where_its_numbers_would_stand(
    text: str,
) -> None:
    (row,) = [row for row in re.findall(r"<tr>(.*?)</tr>", text) if "Upper East" in row]
    assert "<td>GH01</td><td>Ghana</td>" in row
    assert row.endswith(f'<td class="blind" colspan="11">{place_words["unobserved"]}</td>')


def test_anchors_lead_somewhere(page: Page) -> None:
    ids = {attrs.get("id") for _, attrs in page.tags}
    targets = [a["href"] for a in page.all("a") if (a.get("href") or "").startswith("#")]
    assert len(targets) > 8
    assert all(str(target)[1:] in ids for target in targets)


def test_nothing_is_loaded_from_anywhere(text: str, page: Page) -> None:
    for tag, attrs in page.tags:
        for name, value in attrs.items():
            if name in ("src", "srcset", "action", "poster", "data") or (
                name in ("href", "xlink:href") and tag != "a"
            ):
                assert (value or "").startswith("#"), (tag, name)
            if name == "href" and tag == "a":
                own = (value or "").startswith(("#", "data:text/csv"))
                assert own or value == "tables.xlsx", "beside the page"
    outside = text.replace(max(_scripts(page), key=len), "")
    found = set(re.findall(r"https?://[^\s\"'<>\\)]*", outside))
    assert found <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}
    assert "@import" not in outside
    assert "url(" not in re.sub(r"url\(['\"]?#", "", outside)


def test_the_policy_names_exactly_the_scripts_and_allows_no_eval(page: Page) -> None:
    policy = next(m["content"] for m in page.all("meta") if m.get("http-equiv"))
    assert policy is not None
    assert "default-src 'none'" in policy
    assert "unsafe-eval" not in policy
    assert "unsafe-inline" not in policy.split("style-src")[0]
    scripts = _scripts(page)
    hashes = {base64.b64encode(hashlib.sha256(part.encode()).digest()).decode() for part in scripts}
    assert set(re.findall(r"sha256-([^']+)", policy)) == hashes
    assert len(scripts) == 2


def test_the_drawing_library_is_there_once(text: str) -> None:
    assert text.count("window.vegaEmbed=") == 1


def test_the_drawing_library_is_made_and_never_read_from_a_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page's policy vouches for it, whatever it is."""
    monkeypatch.setenv("LIPTAKO_CACHE", str(tmp_path))
    version = ".".join(__import__("altair").SCHEMA_VERSION.lstrip("v").split(".")[:2])
    name = f"vega-lite-{version}-{__import__('vl_convert').__version__}.js"
    (tmp_path / name).write_text("window.planted = 1", encoding="utf-8")
    bundle.cache_clear()
    assert "window.vegaEmbed=" in bundle()
    assert "planted" not in bundle()
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_library_made_before_is_the_one_in_the_page(small: dict) -> None:
    shown = render(small, tf.facts(), script="window.mine = 1;")
    assert "<script>window.mine = 1;</script>" in shown
    assert base64.b64encode(hashlib.sha256(b"window.mine = 1;").digest()).decode() in shown


def test_no_event_handlers_in_attributes(page: Page) -> None:
    assert not [name for _, attrs in page.tags for name in attrs if name.startswith("on")]


def test_stamp_range_wording_and_gaps_are_said(page: Page) -> None:
    words_ = " ".join(" ".join(page.words).split())
    assert words_.index("AS SEEN FROM 31 DEC 2023") < words_.index(
        "The middle future for Burkina Faso"
    )
    assert "not a current forecast" in words_
    assert "In 9 of 10 futures the toll lies inside the range" in words_
    assert "not yet verified" in words_
    assert "None in this run" in words_
    for name in ("Ghana", "Guinea, Mauritania, Algeria, most of Nigeria"):
        assert name in words_
    assert "27 in 100" in words_
    assert "no event data: not safe, unknown" in words_


def test_the_skill_line_is_printed_when_there_is_one(small: dict) -> None:
    shown = render(small, tf.facts(skill="10% (2-17) better than last year again"))
    assert "10% (2-17) better than last year again" in shown
    assert "not yet verified" not in shown


def test_first_table_holds_last_year_exactly(text: str) -> None:
    body = text[text.index('<table class="lead">', text.index('id="h-killed"')) :]
    rows = re.findall(r"<tr>(.*?)</tr>", body[: body.index("</table>")], flags=re.DOTALL)
    cells = [re.findall(r">([^<]+)</t[hd]>", row) for row in rows[1:]]
    assert [row[0] for row in cells] == ["Burkina Faso", "Mali", "Niger"]
    assert [row[1] for row in cells] == ["6,109", "2,109", "534"]


def test_text_from_files_is_escaped_everywhere(small: dict) -> None:
    evil = "</script><script>alert(1)</script><img src=x onerror=alert(2)>{{7*7}}\"'"
    tables = dict(small)
    tables["coast"] = tables["coast"].assign(group=evil, not_counted=[[evil], [evil]])
    tables["regions"] = tables["regions"].assign(region_name=evil)
    names = tf.COUNTRIES | {"MLI": evil}
    facts = tf.facts(
        title=evil,
        run_id=evil,
        events=evil,
        data_vintages=evil,
        countries=names,
        perpetrators=tf.PERPETRATORS | {"jnim": evil},
        skill=evil,
        warnings=[evil],
        provenance={evil: evil},
        citation=evil,
        bibtex=evil,
        outlines=charts.read_outlines(tf.OUTLINES),
    )
    shown = render(tables, facts)
    page = Page(shown)
    assert page.stack == []
    assert not page.all("img")
    assert len(_scripts(page)) == 2
    assert "{{7*7}}" in " ".join(page.words)
    assert html.escape(evil, quote=False)[:40] in shown
    assert not [name for _, attrs in page.tags for name in attrs if name.startswith("on")]


def test_specs_are_json_and_hold_no_angle_bracket(text: str) -> None:
    found = re.findall(r'<script type="application/json" id="([\w-]+)">(.*?)</script>', text)
    assert [key for key, _ in found] == [
        "spec-perpetrators", "spec-fan", "spec-annual", "spec-map", "settings",
    ]  # fmt: skip
    for _, body in found:
        assert "<" not in body
        json.loads(body)
    with pytest.raises(ValueError, match="not JSON compliant"):
        json_in_html(float("nan"))


def test_downloads_read_back_as_the_tables(page: Page) -> None:
    links = {
        str(a["download"]): unquote(str(a["href"]).split(",", 1)[1])
        for a in page.all("a")
        if a.get("download")
    }
    assert len(links) == 11
    assert all("as-seen-from-2023-12" in name for name in links)
    body = next(body for name, body in links.items() if "_observed_" in name)
    table = pd.read_csv(io.StringIO(body))
    assert table["deaths"].tolist() == tf.observed()["deaths"].tolist()
    assert table["month"].iloc[-1] == "2023-12"
    assert set(table["as_seen_from"]) == {"2023-12"}


def test_a_table_that_is_too_large_is_named_instead(
    small: dict, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report_downloads, "MAX_TABLE_BYTES", 3_000)
    found = {d.key: d for d in report_downloads.downloads(small, tf.facts())}
    assert found["deaths_country_month"].href == ""
    assert found["observed"].href.startswith("data:text/csv")
    assert "too large to put into this page" in render(small, tf.facts())


def test_a_run_without_optional_tables_says_so(small: dict) -> None:
    short = {entry.table: small[entry.table] for entry in EXHIBITS if entry.needed}
    assert set(short) == {
        "observed", "deaths_country_month", "deaths_country_period", "civilians_perpetrator",
    }  # fmt: skip
    shown = render(short, tf.facts())
    assert Page(shown).stack == []
    assert shown.count(say["not_in_run"]) == 5
    assert 'data-chart="map"' not in shown


@pytest.mark.parametrize("missing", ["civilians_perpetrator", "deaths_country_period"])
def test_harm_and_deaths_cannot_be_left_out(small: dict, missing: str) -> None:
    with pytest.raises(InputError, match=missing):
        render({key: table for key, table in small.items() if key != missing}, tf.facts())


def test_unknown_tables_and_languages_are_refused(small: dict) -> None:
    with pytest.raises(InputError, match="no such table"):
        render(small | {"death": small["observed"]}, tf.facts())
    with pytest.raises(InputError, match="no translation"):
        render(small, tf.facts(language="xx"))
    with pytest.raises(InputError, match="beyond the init month"):
        tf.facts(last_data_month=tf.INIT + 1)


def test_rendering_twice_gives_the_same_bytes(small: dict) -> None:
    assert render(small, tf.facts()) == render(small, tf.facts())
