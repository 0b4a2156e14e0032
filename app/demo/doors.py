"""Doors to try: one question each, who asks it, and what is answered. They show who may see what, and who may not.

The table is what the demo prints from and what its tests ask, like the stories.
"""

from dataclasses import dataclass
from typing import Final

from app.demo import luton_personas as luton
from app.demo import shropshire_personas as shropshire


@dataclass(frozen=True, slots=True)
class Door:
    """A question by a persona, and the status of its answer (HTTP)."""

    council: str
    persona: str
    path: str
    answers: int
    tells: str

    @property
    def opens_texts(self) -> bool:
        """Whether what was written is in the answer."""
        return self.answers == 200 and "access-log" not in self.path


LUTON_FILE, SHROPSHIRE_FILE = f"/v1/workers/{luton.SUPERVISEE}", f"/v1/workers/{shropshire.SUPERVISEE}"

DOORS: Final = (
    Door("luton", "supervisee", f"{LUTON_FILE}/file", 200,
         "A worker reads what was written in their own supervision: in Luton all of it,"),
    Door("shropshire", "supervisee", f"{SHROPSHIRE_FILE}/file", 403,
         "in Shropshire not the folder, and the answer says what there is instead:"),
    Door("shropshire", "supervisee", f"{SHROPSHIRE_FILE}/copies", 200, "the copies they were given"),
    Door("luton", "supervisor", f"{LUTON_FILE}/file", 200, "Their supervisor reads it too,"),
    Door("luton", "supervisor", f"/v1/workers/{luton.STOOD_IN_FOR}/file", 404, "and nothing of anybody else's;"),
    Door("luton", "interim_supervisor", f"/v1/workers/{luton.STOOD_IN_FOR}/file", 200,
         "that one is read by whoever stands in today"),
    Door("luton", "supervisee", f"/v1/workers/{luton.COLLEAGUE}/file", 404,
         "Of a colleague there is nothing to be found, not even that they are there"),
    Door("luton", "service_manager", "/v1/cases/C-2001/record", 403,
         "A service manager reads what was said of a case of the service for a purpose, and is asked for which:"),
    Door("luton", "service_manager", "/v1/cases/C-2001/record?purpose=oversight", 200, "it is kept with the reading"),
    Door("luton", "hr", f"{LUTON_FILE}/file", 404, "HR finds nobody,"),
    Door("luton", "hr", f"/v1/workers/{luton.OF_A_MATTER}/file", 200, "but the worker about whom a matter is open"),
    Door("luton", "auditor", f"/v1/workers/{luton.COLLEAGUE}/file", 403,
         "An auditor sees how everybody is supervised, and no file"),
    Door("luton", "auditor", f"{LUTON_FILE}/file", 200, "but one that was granted"),
    Door("luton", "admin", f"{LUTON_FILE}/file", 403, "An administrator sees no record of anybody"),
    Door("luton", "supervisee", f"{LUTON_FILE}/access-log", 200, "Who has read my file? The worker sees all of that"),
)  # fmt: skip
