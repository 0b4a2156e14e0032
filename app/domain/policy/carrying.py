"""How a policy says that what is open is carried on to the next session; what it means is in `domain/rules/carried`."""

from app.domain.policy.patterns import EventRef, Linked, Shape


class Carried(Shape):
    """What is still open from before is followed up at the next session.

        carried:
          open: action
          closed_by: {event: action_closed, same: action}
          to: personal_session
          followed_up_by: {event: action_followed_up, same: action}

        carried: {open: ad_hoc_session, to: formal_session, followed_up_by: {event: formal_session, same: revisit}}

    Asked of each session `to`: whatever was opened before it and not closed by then is followed up (or closed) at it,
    by the same session or on its day: `met`. What was followed up only afterwards is `late_met`; what was not is
    `breached` (`not_followed_up`). With nothing open it is `met`; before the first session `not_yet_applicable`.
    """

    open: EventRef
    to: EventRef
    followed_up_by: Linked
    closed_by: Linked | None = None
