"""Every word of state, once: of runs, slots, deployments, feeds, links and people."""

from __future__ import annotations

from collections.abc import Collection


def word_of(text: str, known: Collection[str]) -> str:
    """A word of the API without the blanks around it; one of `known` is taken in any case of its letters."""
    word = text.strip()
    return lower if (lower := word.lower()) in known else word


class Outcome:
    """What became of a run: the API's words, and two of ours.

    `started` is for records that carry no outcome but name a session: the work was begun, and how
    it ended is not known. `gone` is for runs that left the API before they were seen to finish: nobody knows
    whether they still go on. A word nobody has heard of is kept as it came: such a run is over, and
    neither good nor bad.
    """

    PENDING = "pending"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    SKIPPED = "skipped"
    STARTED = "started"
    GONE = "gone"

    OURS = (STARTED, GONE)
    KNOWN = (FAILED, RUNNING, PENDING, SKIPPED, COMPLETED, *OURS)  # in the order pages show them
    REPORTED = (PENDING, RUNNING, COMPLETED, FAILED, SKIPPED)  # the API's own words, as documented
    OPEN = (PENDING, RUNNING)  # what may still change
    RATED = (COMPLETED, FAILED)  # what a success rate is made of

    @classmethod
    def of(cls, status: str | None, *, has_error: bool, session_id: str) -> str:
        """The outcome of a record: its own word where it is a known one, else what the other fields show."""
        if status in cls.REPORTED:
            return status
        if has_error:
            return cls.FAILED
        if status:
            # A word that also names something else here is quoted, so that nothing takes it for that.
            return f"“{status}”" if status in _NOT_OF_RUNS else status
        return cls.STARTED if session_id else cls.PENDING


# In place of a word, where outcomes are counted: all that are not named. No record can have it.
OTHER_OUTCOMES = "\x00"


class RunTime:
    """What is known of when a run began: only those whose time is known are last, recent or in any span."""

    KNOWN = "known"
    AHEAD = "clock-off"  # dated after it was read: the clock of the source is off
    UNKNOWN = "not-understood"  # no time of it can be read

    ALL = (KNOWN, AHEAD, UNKNOWN)


class FailureState:
    """Whether failures of one kind go on; `unclear` where a deployment they touched was never read."""

    NEW = "new"  # it goes on, and was first seen within a day
    ONGOING = "ongoing"  # the last finished run of a deployment failed so
    STOPPED = "stopped"
    UNCLEAR = "unclear"


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


_NOT_OF_RUNS = (
    *(SlotOutcome.DUE, SlotOutcome.ON_TIME, SlotOutcome.LATE, SlotOutcome.MISSED, SlotOutcome.WITHDRAWN),
    *(SlotOutcome.UNOBSERVED, CalendarState.PROJECTED, Outcome.GONE),
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
    OUTCOME_UNKNOWN = "outcome-unknown"  # how its newest run ended is not reported, or in a word not known
    OK = "ok"
    NEVER_RAN = "never"
    PAUSED = "paused"
    ARCHIVED = "archived"

    # What somebody should look at.
    NEEDY = (FAILING, MISSED, SILENT, BLOCKED, STUCK, LATE, SLOW, PAUSED_BY_ERROR, UNKNOWN)
    ORDER = (*NEEDY, UNREAD, OUTCOME_UNKNOWN, OK, NEVER_RAN, PAUSED, ARCHIVED)


class HealthCause:
    """What a change of health came from, in words that follow "by"."""

    FIRST = "the first look"  # there was none before
    RUN = "a run"
    SLOT = "a promised run"
    CLOCK = "the clock"  # a limit ran out: nothing else happened
    READING = "the reading"  # how far the account has been read
    RECORD = "its record"  # paused, archived, or gone

    KNOWN = (FIRST, RUN, SLOT, CLOCK, READING, RECORD)


OUTCOME_LABELS = {Outcome.STARTED: "outcome not reported", Outcome.GONE: "left the API"}
HEALTH_LABELS = {  # what pages call them, where that is another word
    Health.PAUSED_BY_ERROR: "paused by error",
    Health.UNREAD: "not judged yet",
    Health.OUTCOME_UNKNOWN: "outcome unknown",
    Health.NEVER_RAN: "never ran",
}
# What else pages write for a word, where that is read back.
NOT_SEEN = "not seen"
HEALTH_ALSO_CALLED = {
    NOT_SEEN: Health.UNKNOWN,
    "paused by hand": Health.PAUSED,
    f"{Outcome.STARTED}, {OUTCOME_LABELS[Outcome.STARTED]}": Health.OUTCOME_UNKNOWN,
}
RUN_TIME_ALSO_CALLED = {
    "clock of the source is off": RunTime.AHEAD,
    "clock of the source off": RunTime.AHEAD,
    "time not understood": RunTime.UNKNOWN,
    "not understood": RunTime.UNKNOWN,
    "no time given": RunTime.UNKNOWN,
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

    KNOWN = (MANUAL, ERROR)


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


class Role:
    """What a person may do: look, or also manage rules, people and links of others."""

    VIEWER = "viewer"
    ADMINISTRATOR = "administrator"

    ALL = (VIEWER, ADMINISTRATOR)


class PersonState:
    """Whether a person can sign in: `invited` is who has not chosen a password yet."""

    ENABLED = "enabled"
    DISABLED = "disabled"
    INVITED = "invited"


class Deed:
    """What the audit trail keeps, as it is shown."""

    SIGNED_IN = "signed in"
    REFUSED = "sign-in refused"
    SIGNED_OUT = "signed out"
    PASSWORD = "password changed"  # noqa: S105 - the word
    CODES_ON = "one-time codes on"
    CODES_OFF = "one-time codes off"
    RECOVERED = "recovery code used"
    INVITED = "person invited"
    DISABLED = "person disabled"
    ENABLED = "person enabled"
    SESSIONS_ENDED = "sessions ended"
    RESET = "person reset"
    ROLE = "role changed"
    LINK_MADE = "link made"
    LINK_OPENED = "link opened"
    LINK_REVOKED = "link revoked"
    LINK_TAKEN_OVER = "link taken over"
    RULE_MADE = "rule made"
    RULE_TRIED = "rule tried"
    RULE_REMOVED = "rule removed"
    WINDOW_MADE = "quiet window made"
    WINDOW_REMOVED = "quiet window removed"
    NOTE_WRITTEN = "note written"
    NOTE_CHANGED = "note changed"
    NOTE_ENDED = "note ended"
    HANDOVER_SENT = "hand-over sent"

    ALL = (
        *(SIGNED_IN, REFUSED, SIGNED_OUT, PASSWORD, CODES_ON, CODES_OFF, RECOVERED),
        *(INVITED, DISABLED, ENABLED, SESSIONS_ENDED, RESET, ROLE),
        *(LINK_MADE, LINK_OPENED, LINK_REVOKED, LINK_TAKEN_OVER, RULE_MADE, RULE_TRIED, RULE_REMOVED),
        *(WINDOW_MADE, WINDOW_REMOVED, NOTE_WRITTEN, NOTE_CHANGED, NOTE_ENDED, HANDOVER_SENT),
    )


class SendBy:
    """How a message reaches its receiver."""

    EMAIL = "email"
    WEBHOOK = "webhook"
    SERVICE = "service"  # Slack and the like, through apprise

    KNOWN = (WEBHOOK, EMAIL, SERVICE)


class MessageKind:
    """What a message is about."""

    OPENED = "opened"
    STILL = "still"
    CLOSED = "closed"
    BLIND = "blind"  # an account cannot be read: nothing is opened or closed meanwhile
    SEEING = "seeing"  # it can again
    TEST = "test"
    SUMMARY = "summary"  # a summary, also of a quiet day
    HANDOVER = "hand-over"


class NoteEnd:
    """Why a note ended."""

    RECOVERED = "recovered"
    OTHER_CAUSE = "other-cause"  # what it acknowledged is something else now
    DATE = "date-reached"
    BY_HAND = "by-hand"

    BY_ITSELF = (RECOVERED, OTHER_CAUSE, DATE)


class SilentBy:
    """Why nothing is sent of what is open."""

    ACKNOWLEDGED = "by-note"
    QUIET = "quiet-window"  # in a window of planned work
