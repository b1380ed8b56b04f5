"""What goes wrong in the fleet: error types and messages as people meet them, with numbers and ids inside."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.simulator.fleet.marks import mark
from dashboard.simulator.records import Record


@dataclass(frozen=True)
class ErrorKind:
    """A type of error and its message; `starts`: whether the session came to be before it went wrong."""

    type: str
    message: str
    starts: bool = True


TROUBLES = (
    ErrorKind("timeout_error", "Run exceeded timeout_ms={timeout} and was stopped after {elapsed} ms."),
    ErrorKind("concurrency_limit_reached", "Skipped: {few} of {few} runs of this deployment still running."),
    ErrorKind("timeout_error", "Session {session} was lost: no heartbeat for {many}s. The run was given up."),
    ErrorKind("vault_archived_error", "Vault {vault} is archived; its credentials cannot be used.", False),
    ErrorKind(
        "unknown_error",
        "Tool call `query_table` failed after {few} attempts\n"
        "  caused by: connection to 10.{few}.{some}.{few}:5432 refused\n"
        "  session {session}, turn {few}, elapsed {elapsed} ms",
    ),
    ErrorKind(
        "mcp_egress_blocked_error",
        "MCP server tools-{few} refused the connection: HTTP 403 after {elapsed} ms.",
    ),
    ErrorKind(
        "session_rate_limited_error", "Rate limit reached: {many} sessions a minute. Try in {few}s.", False
    ),
    ErrorKind(
        "unknown_error",
        "Traceback (most recent call last):\n"
        '  File "/workspace/report.py", line {some}, in <module>\n'
        "    rows = load(batch={many})\n"
        '  File "/workspace/load.py", line {few}, in load\n'
        '    raise ValueError(f"batch {{batch}} has no rows")\n'
        "ValueError: batch {many} has no rows",
    ),
    ErrorKind("file_not_found_error", "File file_{vault} is not in the workspace (looked for {few}.{few}s)."),
    ErrorKind("environment_not_found_error", "Environment {environment} does not exist.", False),
    ErrorKind(
        "session_creation_rejected_error", "Session rejected: quota of {many} sessions is used up.", False
    ),
    ErrorKind("skill_not_found_error", "Skill `table-export` at version {few} cannot be found.", False),
    ErrorKind(
        "session_resource_not_found_error", "Repository checkout failed: branch `release-{some}` not found."
    ),
)
TIMEOUT, CONCURRENCY, LOST, VAULT = range(4)
ORDINARY = range(4, len(TROUBLES))


def error_record(trouble: int, at: int, salt: int, timeout_ms: int, elapsed: int) -> Record:
    """The `error` of a run; equal arguments give equal texts. `elapsed` is in microseconds."""
    known = TROUBLES[trouble]
    vault = mark("vault", at - 40 * 86_400_000_000, salt & 7)
    message = known.message.format(
        timeout=timeout_ms,
        elapsed=elapsed // 1000,
        session=mark("sess", at, salt),
        vault=vault if known.type.startswith("vault") else vault[-12:],
        environment=mark("env", at - 10**13, salt & 3),
        few=1 + salt % 9,
        some=10 + salt % 87,
        many=100 + salt % 871,
    )
    return {"type": known.type, "message": message}
