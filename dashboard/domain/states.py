"""Every word of state, once: of runs, slots, deployments, feeds and links."""

from __future__ import annotations


class Outcome:
    """What became of a run: the API's words, and one of ours.

    `started` is for records that carry no outcome but name a session: the work was begun, and how
    it ended is not known. A word nobody has heard of is kept as it came.
    """

    PENDING = "pending"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    SKIPPED = "skipped"
    STARTED = "started"

    KNOWN = (FAILED, RUNNING, PENDING, SKIPPED, COMPLETED, STARTED)  # in the order pages show them
    FINAL = (COMPLETED, FAILED, SKIPPED, STARTED)
    GOOD = (COMPLETED, STARTED)  # what ends a streak of failures

    @classmethod
    def of(cls, status: str | None, *, has_error: bool, session_id: str) -> str:
        """The outcome of a record: its own word, else what its other fields allow to say."""
        if status:
            return status
        if has_error:
            return cls.FAILED
        return cls.STARTED if session_id else cls.PENDING


class RunTime:
    """What is known of when a run began: only those whose time is known are last, recent or in any span."""

    KNOWN = "known"
    AHEAD = "clock-off"  # dated after it was read: the clock of the source is off
    UNKNOWN = "not-understood"  # no time of it can be read

    ALL = (KNOWN, AHEAD, UNKNOWN)


class SlotOutcome:
    """What became of a slot. `due` until it is settled."""

    DUE = "due"
    ON_TIME = "on time"
    LATE = "late"
    SKIPPED = "skipped"
    RUNNING = "running"
    MISSED = "missed"
    WITHDRAWN = "withdrawn"
    UNOBSERVED = "unobserved"

    PENDING = (DUE, RUNNING)  # settled again in each cycle
    UNMET = (MISSED, UNOBSERVED)  # changed only by a run that shows up late
    REVISABLE = (*UNMET, WITHDRAWN)  # settled, and may become something else: a run, or promised again
    SETTLED = (ON_TIME, LATE, SKIPPED, *REVISABLE)
    MET = (ON_TIME, LATE, SKIPPED, RUNNING)  # a run came for it


class Withdrawal:
    """Why a slot was withdrawn."""

    ARCHIVED = "archived"
    PAUSED = "paused"
    EDITED = "edited"
    MOVED = "moved"


class CalendarState:
    """What an entry of the calendar stands for: an outcome of a run, of a slot, or a projected firing."""

    PROJECTED = "projected"

    WITHOUT_RUN = (
        SlotOutcome.MISSED,
        SlotOutcome.UNOBSERVED,
        SlotOutcome.WITHDRAWN,
        SlotOutcome.DUE,
        PROJECTED,
    )
    BY_URGENCY = (  # what a cell shows first when it cannot show everything
        Outcome.FAILED,
        SlotOutcome.MISSED,
        SlotOutcome.UNOBSERVED,
        Outcome.RUNNING,
        Outcome.PENDING,
        Outcome.SKIPPED,
        SlotOutcome.DUE,
        PROJECTED,
        Outcome.STARTED,
        Outcome.COMPLETED,
        SlotOutcome.WITHDRAWN,
    )


class Health:
    """The health of a deployment: one word, and one order, worst first."""

    FAILING = "failing"
    MISSED = "missed"
    SILENT = "silent"  # its schedule goes on, and nothing runs any more
    BLOCKED = "blocked"  # its runs begin, and every one of them is skipped
    STUCK = "stuck"
    LATE = "late"
    SLOW = "slow"
    PAUSED_BY_ERROR = "paused-error"
    UNKNOWN = "unknown"
    UNREAD = "unread"  # too little of its account has been read to judge it
    OK = "ok"
    NEVER_RAN = "never"
    PAUSED = "paused"
    ARCHIVED = "archived"

    # What somebody should look at.
    NEEDY = (FAILING, MISSED, SILENT, BLOCKED, STUCK, LATE, SLOW, PAUSED_BY_ERROR, UNKNOWN)
    ORDER = (*NEEDY, UNREAD, OK, NEVER_RAN, PAUSED, ARCHIVED)


HEALTH_LABELS = {  # what pages call them, where that is another word
    Health.PAUSED_BY_ERROR: "paused by error",
    Health.UNREAD: "not judged yet",
    Health.NEVER_RAN: "never ran",
    Health.PAUSED: "paused by hand",
}


class DeploymentStatus:
    """The API's own status of a deployment, as far as it is documented."""

    ACTIVE = "active"
    PAUSED = "paused"

    KNOWN = (ACTIVE, PAUSED)


class PausedReason:
    """Why a deployment is paused, as far as the API documents it."""

    MANUAL = "manual"
    ERROR = "error"


class FeedState:
    """How far an account has been read, and whether that goes on."""

    NEVER = "never"  # not once read completely
    READING = "reading"  # older history is still being read
    LIVE = "live"
    STALE = "stale"  # reading has failed, or has stopped

    FRESH = (LIVE, READING)
    ORDER = (STALE, NEVER, READING, LIVE)  # worst first


class LinkState:
    """Whether a read-only link opens its view."""

    WORKING = "working"
    REVOKED = "revoked"
    EXPIRED = "expired"
    OWNERLESS = "ownerless"
