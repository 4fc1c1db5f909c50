"""Briefs in a real browser: one sheet of A4 each, whole at the width of a phone, no request."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

import compare_fixtures as cf
import politics_fixtures as pf
import table_fixtures as tf
from liptako.exhibits.brief_country import country_brief
from liptako.exhibits.briefs import Brief
from liptako.report.asked import known_of, of_question
from liptako.report.brief import write_briefs

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "unit"))

from test_briefs import VERIFIED, facts, with_chances

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
CITATION = "Authors, A. and B. (2024). A long title of a data set. Journal of Things 61(4). " * 5
ALIKE = [
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
    "--virtual-time-budget=5000",
]  # fmt: skip

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here")


def browse(page: Path, *options: str) -> subprocess.CompletedProcess[str]:
    profile = f"--user-data-dir={page.parent / 'profile'}"
    command = [str(CHROMIUM), *ALIKE, profile, *options, page.as_uri()]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)


def sheets(page: Path) -> int:
    """Return on how many sheets a page prints."""
    printed = page.with_suffix(".pdf")
    browse(page, f"--print-to-pdf={printed}", "--no-pdf-header-footer")
    return len(re.findall(rb"/Type\s*/Page\b(?!s)", printed.read_bytes()))


def fullest() -> Brief:
    """Return a brief with as much on it as one can have."""
    tables = tf.tables(cell_step=40) | pf.tables() | cf.tables()
    regions = with_chances(tables["regions"])
    first = regions[regions["region"] == "BF46"]
    many = [first.assign(region=f"BF-{n:02d}", p_25_in_12=n / 100) for n in range(13)]
    posts = pd.concat([tables["signposts"].assign(where="BFA", months=n) for n in (3, 6, 12)])
    tables |= {"regions": pd.concat(many), "signposts": posts}
    counts = {name: f"{name} {'with a long name ' * 3}" for name in tf.PERPETRATORS.values()}
    labels = {name: f"{label} and all that goes with them" for name, label in cf.POLICIES.items()}
    about = facts(
        citation=CITATION,
        skill="Tested on deaths 2018-23 (state-based, 3 countries): no clear difference from "
        "'last year again' (-4% to 6%)",
        compared=cf.about(labels=labels, changed=("params.toml",)),
        perpetrators=dict(zip(tf.PERPETRATORS, counts.values(), strict=True)),
    )
    return country_brief("BFA", tables, about, VERIFIED)


def test_a_full_page_and_an_empty_one_print_on_one_sheet(tmp_path):
    tables = tf.tables(cell_step=40)
    empty = country_brief("GHA", tables, facts(citation=CITATION))
    for page in write_briefs([fullest(), empty], tmp_path):
        assert sheets(page) == 1, page.name


def test_more_than_a_sheet_would_be_seen(tmp_path):
    long = fullest()
    long = replace(long, parts=long.parts * 3)
    assert sheets(write_briefs([long], tmp_path)[0]) > 1


def test_on_a_phone_nothing_is_wider_than_the_screen_but_what_scrolls(tmp_path):
    path = write_briefs([fullest()], tmp_path)[0]
    probe = tmp_path / "probe.html"
    probe.write_text(
        f'<iframe src="{path.as_uri()}" width="390" height="5000" id="f"></iframe>'
        "<script>onload=()=>{const d=document.getElementById('f').contentDocument.documentElement;"
        "document.title=`${d.scrollWidth} ${d.clientWidth}`}</script>",
        encoding="utf-8",
    )
    found = browse(probe, "--allow-file-access-from-files", "--dump-dom").stdout
    wide, screen = map(int, re.search(r"<title>(\d+) (\d+)</title>", found).groups())
    assert screen <= 390
    assert wide <= screen


def test_the_buttons_come_with_the_script_and_nothing_else_is_asked_for(tmp_path):
    path = write_briefs([fullest()], tmp_path)[0]
    done = browse(path, "--dump-dom", "--enable-logging=stderr", "--v=0")
    assert re.search(r'<button type="button" id="copy"[^>]*data-copied="Copied">', done.stdout)
    assert "CONSOLE" not in done.stderr


@pytest.mark.slow
def test_each_question_of_the_shipped_theatre_prints_on_one_sheet(tmp_path):
    known = known_of("sahel-2024")
    briefs = [of_question(key, known) for key in known.questions]
    found = {page.name: sheets(page) for page in write_briefs(briefs, tmp_path)}
    assert len(found) > 5
    assert set(found.values()) == {1}, found
