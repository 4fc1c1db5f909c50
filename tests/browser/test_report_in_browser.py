"""The report, a brief and a comparison in a real browser: quiet, reachable, whole on any screen."""

from __future__ import annotations

import html
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

import compare_fixtures as cf
import politics_fixtures as pf
import table_fixtures as tf
from liptako.exhibits.brief_country import country_brief
from liptako.exhibits.briefs import BriefLinks
from liptako.report import render
from liptako.report.brief import render_brief
from liptako.report.comparison import render_comparison
from liptako.words import page as words
from liptako.words.figures import say as figure_words

TITLE = "<script>alert(1)</script>"
WIDE, PHONE = (1280, 800), (390, 844)
SCREENS, SCREEN_PX = 8, 800
"""Screens that the page may take before its folds are opened, and the height of one in pixels."""
NAMES = ("report", "brief", "comparison")
WAIT_MS = 240_000

pytestmark = pytest.mark.slow


def facts(**changes: Any) -> Any:
    named = {
        "alliance": "Alliance of Sahel States", "thresholds": pf.THRESHOLDS, "dyads": pf.DYADS,
        "compared": cf.about(), "tested_shortly": ("Deaths: tested on 2018-23", "Juntas: tested"),
    }  # fmt: skip
    return tf.facts(**(named | changes))


def written(folder: Path, **changes: Any) -> dict[str, Path]:
    """Write one page of each kind and return where they are."""
    about, compared = facts(**changes), cf.tables()
    tables = tf.tables(cell_step=40) | pf.tables() | compared
    texts = {
        "report": render(tables, about, briefs=BriefLinks([("Mali", "brief.html")])),
        "brief": render_brief(country_brief("MLI", tables, about)),
        "comparison": render_comparison(compared, about, ["patrols: Rule 1: protect"]),
    }
    for name, text in texts.items():
        (folder / f"{name}.html").write_text(text, encoding="utf-8")
    return {name: folder / f"{name}.html" for name in texts}


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return written(tmp_path_factory.mktemp("pages"))


@dataclass
class Heard:
    """What a page said and asked for while it was open."""

    asked: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)

    def listen(self, page: Any) -> None:
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("websocket", lambda socket: self.asked.append(socket.url))
        page.on("console", lambda said: said.type == "error" and self.errors.append(said.text))
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("dialog", lambda dialog: (self.dialogs.append(dialog.message), dialog.dismiss()))

    @property
    def outside(self) -> list[str]:
        """Return what was asked of anything but this page's own file."""
        return [url for url in self.asked if not url.startswith(("file:", "data:", "blob:"))]


@contextmanager
def opened(
    browser: Any, path: Path, size: tuple[int, int] = WIDE, *, at: str = "", **options: Any
) -> Iterator[tuple[Any, Heard]]:
    """Open a page, wait until its charts are drawn, and close it again."""
    heard = Heard()
    viewport = {"width": size[0], "height": size[1]}
    context = browser.new_context(viewport=viewport, reduced_motion="reduce", **options)
    context.set_default_timeout(WAIT_MS)
    page = context.new_page()
    heard.listen(page)
    page.goto(path.as_uri() + at, wait_until="load")
    if path.stem != "brief" and options.get("java_script_enabled", True):
        page.wait_for_selector("html[data-ready=yes]")
    yield page, heard
    context.close()


def unfold(page: Any) -> None:
    page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")


@pytest.mark.parametrize("size", [WIDE, PHONE])
@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_asked_of_any_network_nothing_fails_and_nothing_is_cut(
    browser, pages, name, size
):
    with opened(browser, pages[name], size) as (page, heard):
        for _ in range(2):
            wide, screen = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
            assert wide <= screen
            silent = page.evaluate(
                """() => [...document.querySelectorAll('.scroll')]
                .filter(box => box.checkVisibility() && box.scrollWidth > box.clientWidth + 1)
                .filter(box => getComputedStyle(box).overflowX !== 'auto'
                  || ![...box.parentElement.querySelectorAll('.scrolls, .phone')]
                    .some(note => note.checkVisibility() && note.textContent.trim()))
                .map(box => box.getAttribute('aria-label'))"""
            )
            assert silent == [], "tables that are cut and do not say that they scroll"
            unfold(page)
            page.wait_for_timeout(300)
        page.evaluate("scrollTo(0, document.body.scrollHeight)")
        page.wait_for_timeout(200)
        assert heard.outside == []
        assert set(heard.asked) == {pages[name].as_uri()}, "one file and nothing else"
        assert heard.errors == []


@pytest.mark.parametrize("name", NAMES)
def test_axe_finds_nothing_of_weight(browser, pages, name):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="no axe here").Axe()
    lighter = []
    with opened(browser, pages[name], bypass_csp=True) as (page, _):
        for state in ("closed", "open"):
            found = axe.run(page).response["violations"]
            said = [
                f"{state}: {one['impact']} {one['id']}: {one['help']}: "
                + "; ".join(node["html"][:160] for node in one["nodes"][:3])
                for one in found
            ]
            lighter += said
            heavy = [one for one in said if re.search(": (serious|critical) ", one)]
            assert heavy == [], "\n".join(lighter)
            unfold(page)
    assert lighter == [], "\n".join(lighter)


REACHED = "a[href], button, summary, [tabindex='0']"


def test_the_keyboard_reaches_all_and_opens_what_is_folded(browser, pages):
    """Tab from the top to the end; Enter opens each fold on the way."""
    with opened(browser, pages["report"]) as (page, _):
        count = page.evaluate(
            """what => { const all = [...document.querySelectorAll(what)];
            all.forEach((one, n) => { one.dataset.n = n; }); return all.length; }""",
            REACHED,
        )
        assert count > 60
        met: set[int] = set()
        for _ in range(count + 5):
            page.keyboard.press("Tab")
            at = page.evaluate(
                """() => { const one = document.activeElement;
                return [Number(one.dataset.n ?? -1), one.tagName, !!one.parentElement?.open]; }"""
            )
            number, tag, is_open = at
            if number < 0 or number in met:
                break
            met.add(number)
            if tag == "SUMMARY" and not is_open:
                page.keyboard.press("Enter")
                assert page.evaluate("document.activeElement.parentElement.open")
        missed = page.evaluate(
            """([what, met]) => [...document.querySelectorAll(what)]
            .filter(one => one.checkVisibility() && !met.includes(Number(one.dataset.n)))
            .map(one => one.outerHTML.slice(0, 120))""",
            [REACHED, sorted(met)],
        )
        assert missed == []
        assert len(met) == count, "some are hidden even where all is open"


def until(page, script: str) -> None:
    """Wait until a script in the page gives true; the page's policy forbids it to ask itself."""
    for _ in range(200):
        if page.evaluate(script):
            return
        page.wait_for_timeout(100)
    pytest.fail(f"never: {script}")


@pytest.mark.parametrize("name", ["report", "brief"])
def test_the_sentence_is_copied_with_caveat_date_and_source(browser, pages, name):
    allowed = {"permissions": ["clipboard-read", "clipboard-write"]}
    with opened(browser, pages[name], **allowed) as (page, _):
        page.focus("#copy")
        page.keyboard.press("Enter")
        until(page, "document.getElementById('said').textContent !== ''")
        copied = page.evaluate("navigator.clipboard.readText()")
        sentence, caveat = ("h1", ".caveat") if name == "report" else (".sentence", ".caveat")
        for part in (sentence, caveat):
            assert " ".join(page.inner_text(part).split()).rstrip(".") in copied
        for part in ("as seen from 31 Dec 2023", tf.SOURCE.split(";")[0], "sahel-2024-3f9c"):
            assert part in copied


@pytest.mark.parametrize("by", ["address", "link"])
def test_a_link_opens_what_is_folded(browser, pages, by):
    at = "#defined" if by == "address" else ""
    with opened(browser, pages["report"], at=at) as (page, _):
        if by == "link":
            assert not page.locator("#defined").is_visible()
            page.click("a[href='#defined']")
        until(page, "document.getElementById('defined').checkVisibility()")
        until(
            page,
            """() => { const { top } = document.getElementById('defined').getBoundingClientRect();
            return top > -2 && top < innerHeight; }""",
        )


def test_a_link_to_all_tests_opens_them(browser, pages):
    with opened(browser, pages["report"]) as (page, _):
        fold = page.locator("#trust > details")
        assert fold.get_attribute("open") is None
        page.click(".trust a[href='#trust']")
        until(page, "document.querySelector('#trust > details').open")


def test_an_address_that_leads_nowhere_still_shows_the_page(browser, pages):
    with opened(browser, pages["report"], at="#100%") as (page, heard):
        assert page.locator("[data-chart] svg").count() > 0
        assert not heard.errors


def test_the_sentence_on_scales_follows_the_button(browser, pages):
    with opened(browser, pages["report"]) as (page, _):
        figure = page.locator("#fig-fan")
        own, shared = figure_words["own"], figure_words["shared"]
        assert own in figure.inner_text()
        page.click("[data-alike='fan']")
        assert own not in figure.inner_text()
        assert shared in figure.inner_text()


def test_without_scripts_the_page_is_whole(browser, pages):
    source = re.sub(
        r"<script\b.*?</script>", "", pages["report"].read_text(encoding="utf-8"), flags=re.DOTALL
    )
    with opened(browser, pages["report"], java_script_enabled=False) as (page, heard):
        assert page.locator("table").count() == len(re.findall(r"<table\b", source)) > 30
        assert not page.locator("#copy").is_visible(), "buttons that do nothing are not shown"
        figures = page.locator("figure").all()
        assert len(figures) > 10
        for figure in figures:
            told = figure.locator("details.alt p").text_content() or ""
            assert re.search(r"\d", told), figure.get_attribute("id")
            if figure.locator("noscript svg").count() == 0:
                note = " ".join((figure.locator("noscript").inner_text() or "").split())
                folded = not figure.is_visible()
                assert folded or note == words.say["no_script"], figure.get_attribute("id")
        shown = [figure for figure in figures if figure.is_visible()]
        pictures = [one for one in shown if one.locator("noscript svg").count()]
        assert len(shown) - len(pictures) <= 1, "the map alone has no picture"
        assert heard.errors == []
        assert heard.outside == []


def test_the_first_screen_has_outcomes_harm_and_deaths_before_any_list_of_contents(browser, pages):
    with opened(browser, pages["report"]) as (page, _):

        def top(what: str) -> float:
            return page.locator(what).first.bounding_box()["y"]

        nav, screen = top("nav"), WIDE[1]
        for what in (".ends .pieces", ".ends tbody >> nth=1", "#h-harm", "#h-killed"):
            assert top(what) < nav
            assert top(what) < screen, f"{what} begins below the first screen"
        assert top("#h-harm") < top("#h-killed"), "harm to civilians leads"


def test_before_anything_is_opened_the_page_is_short(browser, pages):
    with opened(browser, pages["report"]) as (page, _):
        tall = page.evaluate("document.documentElement.scrollHeight") / SCREEN_PX
        assert tall <= SCREENS, f"{tall:.1f} screens"


@pytest.fixture(scope="module")
def printed(browser, pages, tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("paper") / "report.pdf"
    with opened(browser, pages["report"]) as (page, _):
        page.pdf(path=str(path), prefer_css_page_size=True)
    return path


def test_on_paper_the_first_page_stands_alone_and_none_is_blank(pages, printed):
    sheets = len(re.findall(rb"/Type\s*/Page\b(?!s)", printed.read_bytes()))
    assert sheets > 2
    if shutil.which("pdftotext") is None:
        pytest.skip("no pdftotext here (poppler-utils): the words of the sheets are not read")
    done = subprocess.run(
        ["pdftotext", "-layout", str(printed), "-"], capture_output=True, text=True, check=True
    )
    texts = [" ".join(text.split()) for text in done.stdout.split("\f")[:-1]]
    assert len(texts) == sheets
    assert [n for n, text in enumerate(texts, 1) if len(text) < 150] == [], "blank sheets"
    first = texts[0]
    (headline,) = re.findall(r"<h1>(.*?)</h1>", pages["report"].read_text(encoding="utf-8"))
    assert html.unescape(headline) in first
    assert "Burkina Faso" in first
    assert "Harm to civilians" in first
    assert "People killed" in first
    after = [words.say[name] for name in words.say if name.startswith("section_")]
    after.remove(words.say["section_trust"])  # the first page says it too, in short
    assert [title for title in after if title in first] == []


@pytest.mark.parametrize("name", NAMES)
def test_a_title_that_is_a_script_is_text(browser, hostile, name):
    with opened(browser, hostile[name]) as (page, heard):
        page.wait_for_timeout(200)
        assert heard.dialogs == []
        assert heard.errors == []
        assert TITLE in page.inner_text("header")
        assert TITLE in page.title() or name == "brief"


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return written(tmp_path_factory.mktemp("hostile"), title=TITLE)
