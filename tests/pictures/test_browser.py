"""The pictures as a real browser lays them out: no words run into each other or out of the picture; light and dark.

Run once for each Chromium that is found (Debian's package `chromium`); a machine without one shows it as not run.
"""

import json
import shutil
import subprocess
from html import unescape
from pathlib import Path

import pytest

from app.pictures.timeline import draw
from tests.pictures.stories import STORIES

BROWSERS = [found for name in ("chromium", "chromium-browser") if (found := shutil.which(name))][:1]
MEASURE = """<!doctype html><meta charset="utf-8"><body style="margin:0">{picture}<pre id="found"></pre><script>
const all = [...document.querySelectorAll("svg text")].map((each) => [each.textContent, each.getBoundingClientRect()]);
const page = document.querySelector("svg").getBoundingClientRect();
const out = all.filter(([, at]) => at.left < 0 || at.right > page.right || at.top < 0 || at.bottom > page.bottom);
const over = all.flatMap(([one, a], i) => all.slice(i + 1)
  .filter(([, b]) => a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 4 && b.top < a.bottom - 4)
  .map(([other]) => [one, other]));
document.getElementById("found").textContent = JSON.stringify({{
  texts: all.length, out: out.map(([text]) => text), over,
  paper: getComputedStyle(document.querySelector(".paper")).fill,
  ink: getComputedStyle(document.querySelector(".heading")).fill,
}});
</script>"""


def laid_out(browser: str, folder: Path, picture: str, *flags: str) -> dict:
    page = folder / "page.html"
    page.write_text(MEASURE.format(picture=picture), encoding="utf-8")
    asked = [browser, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder / 'profile'}",
             "--window-size=1100,1200", *flags, "--dump-dom", page.as_uri()]  # fmt: skip
    dom = subprocess.run(asked, capture_output=True, text=True, timeout=120, check=True).stdout
    found: dict = json.loads(unescape(dom.partition('id="found">')[2].partition("</pre>")[0]))
    return found


@pytest.mark.parametrize("browser", BROWSERS)
@pytest.mark.parametrize("name", STORIES)
def test_words_stay_inside_the_picture_and_apart_from_each_other(name: str, browser: str, tmp_path: Path) -> None:
    found = laid_out(browser, tmp_path, draw(STORIES[name]()))
    assert found["texts"] > 15
    assert (found["out"], found["over"]) == ([], [])
    assert found["paper"] == "rgb(255, 255, 255)"


@pytest.mark.parametrize("browser", BROWSERS)
def test_a_dark_screen_gets_a_dark_picture(browser: str, tmp_path: Path) -> None:
    dark = "--blink-settings=preferredColorScheme=0"
    found = laid_out(browser, tmp_path, draw(STORIES["a-late-case"]()), dark)
    assert (found["paper"], found["ink"]) == ("rgb(22, 25, 28)", "rgb(236, 239, 241)")
