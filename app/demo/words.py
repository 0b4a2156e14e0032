"""What is written in supervision, invented: a few sentences that fit any record, drawn by a die of their own.

They speak of nobody: no name, no place, no illness, nothing that could be anybody's.
"""

from random import Random

_PERSONAL = (
    (
        "Workload was gone through case by case; it is full and can be managed.",
        "Two reports had come back for changes, and that took most of last week.",
        "The move to the new rota has settled. Fridays are calmer than before.",
        "A difficult visit was talked through: what went well, and what to try differently.",
        "Good feedback from a partner agency on how a meeting was chaired.",
        "Being on duty three times in a fortnight was too much; others will take a turn.",
    ),
    (
        "Wants to learn more about direct work with younger children.",
        "The course on recording is finished; first effects can be seen in the notes.",
        "Will shadow a colleague in a review next month.",
        "Reflected on when to hold back in a meeting, and when to challenge.",
        "Asked for an hour of reading time each week; agreed in principle.",
    ),
    (
        "Agreed: Wednesday mornings stay free for writing until the end of next month.",
        "Agreed: annual leave to be booked by the end of the quarter.",
        "Agreed: one joint visit before the next session.",
        "Agreed: to bring one case in which something went well.",
        "Nothing else to be done before the next session.",
    ),
)
_CASE = (
    (
        "The family has kept every appointment since the last discussion.",
        "School reports that mornings are easier and lateness has stopped.",
        "Contact with one of the parents is still irregular; messages are answered late.",
        "The young person wants to be asked, and not only to be told.",
        "The home was calm at the last two visits.",
    ),
    (
        "We looked at what would have to change for the plan to end.",
        "We asked what a day is like for the child, and what we do not know.",
        "The plan is still the right one; one step in it is behind.",
        "Two views of the same event were weighed up, and both are on file.",
    ),
    (
        "Next: a joint visit, then a meeting of everyone involved.",
        "Next: ask the school for the last half-term's attendance.",
        "Next: write the chronology up to date.",
        "Nothing new to be done; look again next time.",
    ),
)


def of_a_worker(die: Random) -> str:
    """A record of personal supervision, in three sentences."""
    return " ".join(die.choice(sentences) for sentences in _PERSONAL)


def of_a_case(die: Random) -> str:
    """What was said about a case, in three sentences."""
    return " ".join(die.choice(sentences) for sentences in _CASE)
