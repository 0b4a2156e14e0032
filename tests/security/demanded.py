"""What the councils' own policies demand of access, written by hand and by nobody else's table: it judges the matrix.

Each line: somebody in this role who stands so (one of `standing`), and all they are given with whatever purpose they
may state, under Luton's policy and under Shropshire's. What no line gives, nobody has.

    state case team      how the worker, the case, the team stands (nothing that anybody wrote)
    file copies          personal text: the supervision file of the worker, the copies they were given of it
    case_record          what was written about the case
"""

from typing import Final

from tests.security.standing import PEOPLE

HERE: Final = tuple(name for name, person in PEOPLE.items() if person.here)
SAME: Final = None

DEMANDED: Final = (
    # Supervisee. LU-77, LU-89: on the list of those who see the file. SH-54, SH-55: copies, no unsupervised access.
    ("supervisee", ("W-1",), "state case case_record copies file", "state case case_record copies"),
    ("supervisee", ("A-1",), "case case_record", SAME),
    ("supervisee", ("G-supervised_access",), "file", SAME),
    # Peers: of a group's discussion they were at, what was said of the case there; nothing else of it.
    ("supervisee", ("AT-1, at a group's discussion",), "case_record", SAME),
    # Supervisor, interim supervisor: their own supervisees while assigned, and their cases. LU-89; SH-57; LU-83.
    ("supervisor", ("S-1",), "state case team file copies case_record", SAME),
    ("supervisor", ("P-1",), "state team file copies", SAME),
    ("supervisor", ("CS-1",), "case case_record", SAME),
    ("supervisor", ("SP-1",), "case case_record team", SAME),
    ("supervisor", ("I-1", "L-1"), "team", SAME),
    ("interim_supervisor", ("I-1",), "state case team file copies case_record", SAME),
    ("interim_supervisor", ("CI-1",), "case case_record", SAME),
    ("interim_supervisor", ("S-1", "P-1", "SP-1", "L-1"), "team", SAME),
    # Supervisor's line manager. SH-56, SH-57: the line manager holds the file. LU: not on the list of LU-89, but
    # may observe (LU-125) and settles what comes to the second stage; Shropshire gives their manager nothing.
    ("line_manager", ("M-1",), "state", "state file copies"),
    ("line_manager", ("B-1",), "state case case_record", SAME),
    ("line_manager", ("O-1, who observed", "BQ-1, over a concern", "G-dispute", "G-observation"), "file", ""),
    # Luton, section 3: senior practitioners supervise cases only; nothing personal.
    ("senior_practitioner", ("SP-1",), "state case case_record", SAME),
    ("senior_practitioner", ("S-1", "CS-1"), "case case_record", SAME),
    # Senior managers. LU-89, LU-131 (a service manager: their own service), LU-132 (the director), LU-128: files
    # that were selected; LU-130: copies on request. Shropshire names no senior managers.
    ("service_manager", ("W-1", "V-1"), "state case team case_record", SAME),
    ("service_manager", ("G-audit", "G-complaint"), "file", ""),
    ("service_manager", ("GF-1, by the file's number", "GT-1, of the team", "D-1, who drew it"), "file", ""),
    ("service_manager", ("GS-1, of the session", "GR-1, of the record"), "file", ""),
    *(
        line
        for role in ("service_director", "senior_manager")
        for line in (
            (role, HERE, "state case team case_record", SAME),
            (role, ("G-audit", "G-complaint", "G-copies"), "file", ""),
            (role, ("GF-1, by the file's number", "GT-1, of the team", "D-1, who drew it"), "file", ""),
            (role, ("GS-1, of the session", "GR-1, of the record"), "file", ""),
            (role, ("G-copies",), "copies", ""),
        )
    ),
    # HR: "as appropriate", with a purpose (LU-89); no case, and counts only beyond that.
    ("hr", ("G-hr_matter", "G-personnel"), "state file", "state"),
    # Auditor, outside agency: everything's state during an engagement; texts by a time-boxed grant (LU-90).
    ("auditor", ("E-1", "E-2"), "state case team", SAME),
    ("auditor", ("G-audit", "G-inspection"), "state case file case_record", "state case case_record"),
    ("auditor", ("GT-1, of the team",), "state case team file case_record", "state case team case_record"),
    ("auditor", ("GF-1, by the file's number", "D-1, who drew it"), "state file", "state"),
    ("auditor", ("GS-1, of the session",), "file case_record", "case_record"),
    ("auditor", ("GR-1, of the record",), "file", ""),
    # DPO: what a request for one's own data needs, while it is open.
    ("dpo", HERE, "state case team file", SAME),
    ("dpo", ("G-subject_access",), "case_record", SAME),
    # Case system: never content.
    ("integration", ("no worker id",), "state case team", SAME),
)  # fmt: skip
WORDS: Final = {"worker": "state", "case": "case", "team": "team", "file": "file", "copies": "copies",
                "case_record": "case_record"}  # fmt: skip
"""The operations of the matrix that these words mean."""


def demanded(pack: str, role: str, person: str) -> set[str]:
    """All that somebody is given."""
    given = [(luton, shropshire) for of, people, luton, shropshire in DEMANDED if of == role and person in people]
    return {word for luton, other in given for word in (luton if pack == "luton" or other is None else other).split()}
