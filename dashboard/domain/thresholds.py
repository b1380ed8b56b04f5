"""From when on something is called late, missed, stuck, slow or fast: every such figure, and its reason."""

from __future__ import annotations

from datetime import timedelta

# A schedule may start its runs a small fixed while after the promised instant: that is still on time.
ON_TIME = timedelta(seconds=60)
# A run may be stamped a little before its slot, when two clocks disagree.
EARLY = timedelta(seconds=10)
# A slot without a run is called missed after this long, or after half the gap between two slots.
PATIENCE = timedelta(minutes=10)
# The gap of a schedule that promised only one instant.
UNKNOWN_GAP = timedelta(days=1)

# A run is stuck when it outlives its own limit by this much: the API needs a moment to stop it.
STUCK_GRACE = timedelta(seconds=60)
# The limit of a run where the deployment gives none: the API's documented default.
DEFAULT_TIMEOUT = timedelta(minutes=5)
# A run that waits is stuck after its deployment's whole cadence; after this where none is known.
UNKNOWN_WAIT = timedelta(hours=1)

# Silent is a deployment of which nothing ran at so many firings of its schedule, and for the usual patience
# after the last: one or two may have been withdrawn or moved, three are no accident.
SILENT_AFTER = 3
# Blocked is one of which so many runs were skipped in a row while none was in progress: a run or two may be
# skipped where the one before is only just over.
BLOCKED_AFTER = 3

# The scheduler itself is silent once promises of so many deployments came to nothing and none came true: two
# may share an editor's mistake, three of one account or environment share what starts them.
SCHEDULER_SILENT_AFTER = 3
# How far back that is looked for: what is promised daily is seen until the next day's promises are settled,
# also where the clocks change.
SCHEDULER_WINDOW = timedelta(hours=26)

# What is usual is the median of so many completed runs: enough to outweigh an odd one, few enough to follow.
USUAL_OF = 20
# Fewer completed runs than this do not show what is usual.
FEWEST = 5
# Slow is beyond this many times the usual, and by so much that somebody would notice.
SLOW_TIMES = 2
SLOW_BY = timedelta(seconds=30)
# A usual beyond this part of the limit leaves too little room for a bad day.
NEAR_LIMIT = 0.8
# A run that completed in less than this part of the usual may have done nothing.
FAST_PART = 0.2

# A run dated later than this after it was read has its date from a clock that is off. Two hosts whose clocks
# are set by the network differ by less than a second, two that are not by some minutes; a wrong zone is off
# by half an hour at least.
CLOCK_TOLERANCE = timedelta(minutes=5)

# An alert is closed once a deployment has been well for so long: what fails every other time is one alert.
ALERT_WELL_FOR = timedelta(minutes=5)
# What fails for the same cause within this time of the last message waits for the next one.
SAME_INCIDENT = timedelta(minutes=10)
# What is still open is sent again after this, and then every so often.
STILL_AFTER = timedelta(hours=1)
STILL_EVERY = timedelta(days=1)
# That an account cannot be read is sent after this long: a single answer that fails shows little.
BLIND_AFTER = timedelta(minutes=1)
# A message that could not be sent for so long is not tried any more.
GIVEN_UP_AFTER = timedelta(days=3)
# What was sent is kept for so long: a quarter of a year is what people look back upon.
MESSAGES_KEPT = timedelta(days=90)
