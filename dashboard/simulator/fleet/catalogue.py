"""The jobs of the fleet: what they are called, what they do, when they fire and how long they take."""

from __future__ import annotations

from dataclasses import dataclass

ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Shanghai", "Asia/Kolkata")
AGENTS = 12
ENVIRONMENTS = 4
TEAMS = ("data", "platform", "storefront", "support", "")  # the last: of none


@dataclass(frozen=True)
class Job:
    """One line of the catalogue.

    expression: cron, empty for manual-only; zone: index in ZONES; usual: seconds a run takes in the middle
    story: what is special about it, see stories
    """

    name: str
    purpose: str
    expression: str
    zone: int
    usual: float
    story: str = ""


JOBS = (
    Job("warehouse-reconcile", "Reconcile stock counts with the ledger", "*/30 * * * *", 1, 1500, "overrun"),
    Job("uptime-probe", "Probe the public pages and note what is slow", "* * * * *", 0, 19, "tight"),
    Job("invoice-dispatch", "Prepare and dispatch the open invoices", "30 */4 * * *", 2, 540, "stuck"),
    Job("vault-audit", "List credentials that are due for renewal", "15 * * * *", 3, 140, "paused by error"),
    Job(
        "staging-cleanup",
        "Remove stale branches and staging databases",
        "0 */2 * * *",
        1,
        210,
        "paused early",
    ),
    Job("changelog-draft", "Draft the changelog from merged changes", "0 16 * * 1-5", 2, 320, "paused late"),
    Job("on-demand-triage", "Sort new issues by area and urgency", "", 0, 95, "manual"),
    Job("yearly-forecast", "Forecast next year's demand", "", 3, 1800, "never"),
    Job("ticket-summary", "Summarise open support tickets", "*/15 * * * *", 2, 75, "too fast"),
    Job("feed-ingest", "Ingest partner feeds into the staging tables", "*/20 * * * *", 0, 260, "near limit"),
    Job("search-index-refresh", "Refresh the search index", "*/30 * * * *", 4, 410, "silent"),
    Job("legacy-export", "Export orders for the old reporting system", "0 5 * * *", 1, 600, "archived late"),
    Job("price-watch", "Compare list prices with last week's", "5 */2 * * *", 3, 180, "rota"),
    Job("log-digest", "Digest error logs of the last hour", "10 * * * *", 0, 230, "rota"),
    Job("dependency-scan", "Scan lock files for known weaknesses", "20 */2 * * *", 2, 340, "rota"),
    Job("queue-drain-check", "Check that queues drain", "0 */4 * * *", 0, 45, "irregular"),
    Job("cache-warmup", "Warm the caches of the storefront", "25 */2 * * *", 4, 120, "rota"),
    Job("stock-alerts", "Write alerts for articles that run low", "40 * * * *", 3, 150, "rota"),
    Job("translation-sync", "Bring translated texts up to date", "50 */2 * * *", 1, 480, "rota"),
    Job("metrics-rollup", "Roll up product metrics", "*/5 * * * *", 0, 140, ""),
    Job("review-reminder", "Remind of reviews that wait for two days", "0 9,14 * * 1-5", 1, 60, ""),
    Job("nightly-backup-check", "Verify last night's backups", "30 3 * * *", 1, 1500, "slow rota"),
    Job("daily-status-report", "Write today's status report", "0 9 * * *", 3, 190, "slow rota"),
    Job("sales-snapshot", "Snapshot yesterday's sales", "15 6 * * *", 2, 420, "slow rota"),
    Job("data-quality-gate", "Check row counts and nulls of the marts", "0 7 * * *", 4, 880, "slow rota"),
    Job("license-inventory", "Inventory the licenses in use", "0 0 * * *", 0, 700, "recedes, even"),
    Job("weekly-digest", "Write the weekly digest", "0 17 * * 5", 2, 510, ""),
    Job("capacity-review", "Review capacity and spending", "0 6 1 * *", 0, 2400, ""),
    Job("month-end-close", "Prepare the month-end close", "30 22 28 * *", 3, 3100, ""),
    Job("docs-link-check", "Find dead links in the handbook", "45 2 * * *", 0, 640, "slow rota"),
    Job("schema-drift-watch", "Watch tables for drifting columns", "*/15 * * * *", 4, 70, "new version"),
    Job("campaign-tagging", "Tag campaigns by theme", "30 */6 * * *", 2, 330, "slow rota"),
    Job("contract-expiry-scan", "List contracts that end within a month", "55 */2 * * *", 1, 240, "rota"),
    Job("image-alt-texts", "Describe new product images", "35 */2 * * *", 4, 1300, "rota"),
    Job("flaky-test-report", "Group flaky tests by cause", "0 5 * * 1-5", 2, 760, ""),
    Job("old-crawler", "Crawl the former documentation site", "*/45 * * * *", 0, 150, "archived early"),
    Job("release-notes-check", "Check release notes for completeness", "0 0 * * *", 0, 280, "recedes, odd"),
    Job("survey-clustering", "Cluster free-text survey answers", "20 1 * * 0", 4, 1900, ""),
    Job("access-review", "Review who may do what", "", 1, 450, "manual"),
    Job("incident-timeline", "Keep the timeline of open incidents", "*/10 * * * *", 0, 95, "gaps"),
)
