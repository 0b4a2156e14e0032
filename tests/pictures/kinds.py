"""The pages of the kinds of rule: the pack that each shows, and the picture of its first example.

`python -m tests.pictures.kinds` draws them anew beside the pages. As at the last day of which the example expects
anything; what comes after that day is drawn as it will be if nothing happens.
"""

from datetime import timedelta
from pathlib import Path

from app import shipped
from app.domain.history import Subject
from app.domain.policy.loading import as_json, load
from app.domain.policy.shapes import Pack
from app.pictures.scale import Period
from app.pictures.story import Story, story
from app.pictures.timeline import draw
from tests.domain.told import adopted, answered, told

FOLDER = Path(__file__).parent.parent.parent / "docs" / "rules"
PAGES = sorted(path for path in FOLDER.glob("*.md") if path.stem != "README")


def shown(page: Path) -> Pack:
    """The pack that stands in the page."""
    return load(page.read_text(encoding="utf-8").split("```yaml\n")[1].split("```")[0])


def drawn_of(pack: Pack) -> Story:
    """The story of the pack's first example."""
    example = pack.examples[0]
    facts = [told(event.type, **event.data) for event in example.events]
    kind, _, name = example.subject.partition("/")
    as_at = max(expected.on for expected in example.expect)
    days = [fact.on for fact in facts if fact.on]
    period = Period(min(days) - timedelta(10), max(as_at, *days) + timedelta(60))
    known = [told("CalendarAdopted", **shipped.calendar()), adopted(as_json(pack), "2020-01-01"), *facts]
    return answered(lambda loaded: story(Subject(kind, name), loaded, as_at, period), tuple(known))


if __name__ == "__main__":
    for page in PAGES:
        page.with_suffix(".svg").write_text(draw(drawn_of(shown(page))), encoding="utf-8")
