"""The drawing itself: everything is in it, told in words too, harmless and bounded, whatever the values are."""

import re
from datetime import date, timedelta
from itertools import pairwise
from xml.etree import ElementTree

import pytest

from app.domain.calendar import DAY
from app.domain.history import Subject
from app.domain.obligations import Obligation, TimelineRow
from app.domain.policy.patterns import Force, Status
from app.pictures.bars import LINE, LOOKS, WORDS
from app.pictures.scale import Period, Scale
from app.pictures.story import Lane, Mark, Story
from app.pictures.svg import STYLE
from app.pictures.telling import told
from app.pictures.timeline import MOST_LANES, draw
from tests.domain.told import CASE, WORKER, absent, adopted, closed, day, discussed, opened, policy, started
from tests.pictures.stories import AS_AT, FOLDER, STORIES, a_late_case, an_excused_absence, drawn_from

SVG = "{http://www.w3.org/2000/svg}"
EVERY_28 = {
    "id": "R-1", "subject": "case", "title": "Every case, every four weeks",
    "every": {"event": {"type": "CaseDiscussed"}, "limit": "28 days"},
}  # fmt: skip


def parsed(story: Story) -> ElementTree.Element:
    return ElementTree.fromstring(draw(story))


def classes(picture: ElementTree.Element, name: str) -> list[ElementTree.Element]:
    return [each for each in picture.iter() if name in each.get("class", "").split()]


def texts(picture: ElementTree.Element) -> list[str]:
    return ["".join(each.itertext()) for each in picture.iter(f"{SVG}text")]


def row(first: str | date, last: date | None, status: Status, code: str | None = None) -> TimelineRow:
    since = day(first) if isinstance(first, str) else first
    return TimelineRow("R-1", since, last, status, code, ((since, None),))


def plain_story(**changed) -> Story:
    usual = {
        "subject": CASE, "as_at": AS_AT, "known": None, "period": Period(day("2024-04-04"), day("2025-07-04")),
        "status": Status.DUE, "why": None, "policies": (), "marks": (), "absences": (), "lanes": (),
    }  # fmt: skip
    return Story(**usual | changed)


def lane(*rows: TimelineRow, rule: str = "R-1", title: str = "A rule", obligations=()) -> Lane:
    return Lane(rule, title, "Section 1", Force.MUST, None, rows, tuple(obligations))


@pytest.mark.parametrize("name", STORIES)
def test_the_pictures_in_the_documents_are_what_the_code_draws(name: str) -> None:
    """When this fails on purpose: `python -m tests.pictures.stories`, and look at them."""
    assert (FOLDER / f"{name}.svg").read_text(encoding="utf-8") == draw(STORIES[name]())


@pytest.mark.parametrize("name", STORIES)
def test_a_picture_stands_alone_without_script_or_anything_from_elsewhere(name: str) -> None:
    picture = draw(STORIES[name]())
    root = ElementTree.fromstring(picture)
    assert root.tag == f"{SVG}svg"
    assert not {each.tag.removeprefix(SVG) for each in root.iter()} & {"script", "image", "use", "a", "foreignObject"}
    assert re.findall(r"https?://[^\"]+", picture) == ["http://www.w3.org/2000/svg"]
    assert re.findall(r"\b(href|on\w+|style)=", picture) == []
    assert set(re.findall(r"url\((.)", picture)) <= {"#"}
    ids = [each.get("id") for each in root.iter() if each.get("id")]
    assert len(ids) == len(set(ids))
    assert set(re.findall(r"url\(#([^)]+)\)", picture)) <= set(ids)


@pytest.mark.parametrize("name", STORIES)
def test_the_text_alternative_tells_every_rule_and_every_breach(name: str) -> None:
    story = STORIES[name]()
    root = parsed(story)
    assert root.get("role") == "img"
    named = {each.get("id"): each.text for each in root if each.tag in (f"{SVG}title", f"{SVG}desc")}
    title, said = (named[identity] for identity in root.get("aria-labelledby").split())
    assert story.subject.id in title
    assert "4 April 2025" in title
    for each in story.lanes:
        (paragraph,) = [line for line in said.split("\n") if line.startswith(f"{each.rule}, {each.title}")]
        assert each.finding.why in paragraph
        assert f"On 4 April 2025: {each.finding.status.value.replace('_', ' ')}." in paragraph
        assert "If nothing happens: " in paragraph
        late = [row for row in each.rows if row.status is Status.BREACHED and row.from_on <= AS_AT]
        assert paragraph.count("days late") + paragraph.count("days in breach") >= len(late)


def test_a_late_case_reads_as_one_would_tell_it() -> None:
    said = told(a_late_case())
    assert "Discussions: 9 (discussion (full)), the first on 8 July 2024, the last on 3 March 2025." in said
    assert "breached from 3 September 2024 to 15 September 2024 (13 days late)" in said
    assert "breached from 1 April 2025 to 4 April 2025 (4 days late)." in said
    assert said.endswith("If nothing happens: still breached from 5 April 2025 on.")


def test_every_row_is_drawn_where_it_belongs_and_what_lies_ahead_is_drawn_lighter() -> None:
    story = a_late_case()
    picture, scale = parsed(story), Scale(story.period, 150, 984)
    bars = [each for each in classes(picture, "bar") if each.find(f"{SVG}title") is not None]
    drawn = [(each.find(f"{SVG}title").text, float(each.get("x")), float(each.get("width"))) for each in bars]
    found = [
        ("Due, 10 June 2024 to 2 September 2024", "2024-06-10", "2024-09-03"),
        ("Breached, 3 September 2024 to 15 September 2024", "2024-09-03", "2024-09-16"),
        ("Due, 16 September 2024 to 31 March 2025", "2024-09-16", "2025-04-01"),
        ("Breached, 1 April 2025 to 4 April 2025", "2025-04-01", "2025-04-05"),
        ("If nothing happens: breached, 5 April 2025 and from then on", "2025-04-05", "2025-07-05"),
    ]
    assert [said for said, _, _ in drawn] == [said for said, _, _ in found]
    for (_, x, width), (_, first, after) in zip(drawn, found, strict=True):
        assert x == pytest.approx(scale.x(day(first)), abs=0.1)
        assert x + width == pytest.approx(min(scale.x(day(after)), 984), abs=0.2)
    assert ["ahead" in each.get("class") for each in bars] == [False] * 4 + [True]
    assert {"13 days late", "4 days late", "still late", "4 April 2025", "if nothing happens →"} <= set(texts(picture))


def test_arcs_run_from_the_day_a_duty_opened_to_the_day_it_is_due() -> None:
    picture = parsed(a_late_case())
    arcs = [each.find(f"{SVG}title").text for each in classes(picture, "window")]
    assert arcs[0] == "Opened on 10 June 2024, due by 8 July 2024"
    assert arcs[-1] == "Opened on 3 March 2025, due by 31 March 2025"
    done = [each.find(f"{SVG}title").text for each in classes(picture, "done")]
    assert "Done on 5 August 2024" in done
    assert "Done on 16 September 2024, late" in done


def test_days_away_are_a_band_and_a_row_and_are_told() -> None:
    story = an_excused_absence()
    picture = parsed(story)
    assert "Away" in texts(picture)
    assert len(classes(picture, "away")) == 1
    assert "Away from 17 February 2025 to 14 March 2025." in told(story)


def test_no_status_is_told_by_colour_alone() -> None:
    assert set(WORDS) | {Status.NOT_SPECIFIED} == set(Status)
    looks = [(look.height, look.fill if look.pattern else "") for look in LOOKS.values()]
    solid = [look.height for look in LOOKS.values() if not look.pattern and look.fill != "pale-due"]
    assert len(solid) == len(set(solid)), "two solid bars are of different thickness"
    assert len({fill for _, fill in looks if fill}) == sum(bool(fill) for _, fill in looks), (
        "each pattern is of one status"
    )
    assert LINE.height == 0
    legend = " ".join(texts(parsed(an_excused_absence())))
    for status in (
        "Due: open, and in time",
        "Tolerated: past the target",
        "Excused: missed during",
        "Met: done in time",
    ):
        assert status in legend


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2.2 defines it."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


PALETTES = [
    dict(re.findall(r"--([\w-]+): (#\w{6})", block)) for block in re.findall(r":root \{(.*?)\}", STYLE, re.DOTALL)
]


@pytest.mark.parametrize("palette", PALETTES, ids=["light", "dark", "print"])
def test_text_and_marks_stand_out_in_light_in_dark_and_in_print(palette: dict[str, str]) -> None:
    assert len(PALETTES) == 3
    statuses = ["breached", "tolerated", "excused", "unknown", "due", "met"]
    for ground in ("paper", "ahead", "away"):
        for text in ["ink", "quiet", *statuses]:
            assert contrast(palette[text], palette[ground]) >= 4.5, (text, ground)
        assert contrast(palette["axis"], palette[ground]) >= 3, ground
    assert contrast(palette["on-breached"], palette["breached"]) >= 4.5
    for status in ("tolerated", "excused", "unknown", "due"):
        assert contrast(palette[status], palette[f"{status}-pale"]) >= 3, status


HOSTILE = [
    '"><script>alert(1)</script>',
    "]]>&lt;!--",
    "\x00\x08\x1b\ud800\ufffe",
    "\u202eevil",
    "a" * 2000,
    "'onload='x",
    "",
]


@pytest.mark.parametrize("value", HOSTILE)
def test_no_value_breaks_out_of_the_picture(value: str) -> None:
    breach = row("2025-01-01", None, Status.BREACHED)
    marks = [
        Mark(day("2025-01-01"), "CaseClassified", {"category": value}),
        Mark(day("2025-02-01"), "CaseDiscussed", {"depth": value}),
        Mark(day("2025-03-01"), value, {}),
    ]
    story = plain_story(
        subject=Subject("case", value), why=value, known=value, marks=tuple(marks),
        lanes=(lane(breach, rule=value, title=value),),
    )  # fmt: skip
    picture = draw(story)
    tags = {each.tag.removeprefix(SVG) for each in ElementTree.fromstring(picture).iter()}
    assert tags <= {"svg", "title", "desc", "style", "rect", "text", "tspan", "line", "path", "circle", "g", "defs",
                    "pattern", "clipPath"}  # fmt: skip
    assert "<script" not in picture


def test_statuses_and_codes_that_rules_may_come_to_say_are_drawn_like_any_other() -> None:
    rows = [
        row(day("2024-05-01") + 30 * number * DAY, day("2024-05-30") + 30 * number * DAY, status, "new")
        for number, status in enumerate(Status)
    ]
    picture = parsed(plain_story(lanes=(lane(*rows),), as_at=day("2025-06-30")))
    drawn = [each for each in classes(picture, "bar") if each.find(f"{SVG}title") is not None]
    assert [each.get("class").split()[-1] for each in drawn] == [status.value for status in Status]


def test_thousands_of_facts_make_a_bounded_picture_that_says_so() -> None:
    first = day("2021-01-01")
    days = [first + (number // 4) * DAY for number in range(6000)]
    marks = tuple(Mark(on, kind, {}) for on in days for kind in ("CaseDiscussed", "RecordCompleted", "VisitMade"))
    rows = [
        row(on, on, status)
        for on, status in zip(dict.fromkeys(days), [Status.DUE, Status.BREACHED, Status.MET] * 500, strict=True)
    ]
    windows = [Obligation("R-1", on, None, on + 5 * DAY, on + 7 * DAY, Status.LATE_MET) for on in days]
    many = tuple(lane(*rows, rule=f"R-{number}", obligations=windows) for number in range(MOST_LANES + 3))
    period = Period(first, first + 1500 * DAY)
    one = draw(plain_story(marks=marks, lanes=many[:1], period=period, as_at=period.last))
    assert len(one) < 400_000
    assert re.search(r"the worst of \d changes close together", one)
    assert "the worst of them is drawn" in one
    assert "A number stands for several entries close together." in one
    assert "1488 earlier changes, then " in one
    assert len(draw(plain_story(lanes=many, period=period, as_at=period.last))) < 400_000 * MOST_LANES / 2
    assert "Drawn are 60 rules of 63" in draw(plain_story(lanes=many, period=period))


def test_facts_after_the_day_asked_about_are_not_drawn() -> None:
    facts = [adopted(policy(EVERY_28)), opened("2025-01-01"), discussed("2025-01-20"), discussed("2025-05-01")]
    (mark,) = [mark for mark in drawn_from(CASE, *facts).marks if mark.type == "CaseDiscussed"]
    assert mark.on == day("2025-01-20")


def test_clauses_and_rules_that_do_not_apply_are_shown_when_they_are_asked_for() -> None:
    rules = [EVERY_28, EVERY_28 | {"id": "R-2", "answers": ["R-2a"], "applies": {"service": "pier"}}]
    facts = [adopted(policy(*rules)), opened("2025-01-01"), discussed("2025-01-20")]
    assert [each.rule for each in drawn_from(CASE, *facts).lanes] == ["R-1"]
    assert [each.rule for each in drawn_from(CASE, *facts, not_applicable=True).lanes] == ["R-1", "R-2"]
    assert [each.rule for each in drawn_from(CASE, *facts, clauses=["R-2a"], not_applicable=True).lanes] == ["R-2"]
    assert drawn_from(CASE, *facts, clauses=["R-9"]).lanes == ()


def test_a_rule_that_ended_within_the_period_keeps_its_lane() -> None:
    facts = [adopted(policy(EVERY_28)), opened("2024-06-01"), closed("2024-09-01")]
    (ended,) = drawn_from(CASE, *facts).lanes
    assert [row.status for row in ended.rows] == [Status.DUE, Status.BREACHED]


def test_without_a_policy_or_without_facts_there_is_still_a_picture_that_says_so() -> None:
    nothing = drawn_from(WORKER, started("2025-01-01"), *absent("2025-02-01"))
    assert "No supervision policy is known to be in force on this day" in draw(nothing)
    assert "There is no rule to show." in told(nothing)
    assert "Nothing is recorded to have happened in this time." in draw(plain_story())


@pytest.mark.parametrize("days", [1, 6, 40, 75, 76, 200, 500, 2000, 3660])
def test_the_axis_names_dates_that_do_not_run_into_each_other(days: int) -> None:
    first = date(2024, 2, 28)
    scale = Scale(Period(first, first + timedelta(days=days)), 150, 984)
    named = [(on, name) for on, name, _ in scale.named_days() if name]
    assert len(named) <= 20
    places = [scale.x(on) for on, _ in named]
    assert all(later - earlier >= 40 for earlier, later in pairwise(places))
    assert all(on in scale.period for on, _ in named)
