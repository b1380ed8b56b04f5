"""The pictures of the README, made from the demonstration by `make pictures`."""

from __future__ import annotations

import shutil
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from benchmarks.browser import ARGS, NAMES
from benchmarks.processes import free_port, served

DOCS = Path(__file__).resolve().parents[1] / "docs"
# Each picture: its name, its page, and the size of the screen.
PICTURES = (
    ("overview", "/", 1440, 900),
    ("calendar", "/calendar/", 1440, 900),
    ("wallboard", "/wallboard/", 1280, 720),
)
_PATIENCE = 300.0  # seconds for the demonstration to be read completely
_READ = "#pulse [data-feed=live]"


def main() -> None:
    """Serve the demonstration from an empty database, wait until it has been read, and take each picture."""
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        database = f"sqlite:///{folder}/pictures.sqlite3"
        env = {"DATABASE_URL": database, "DASHBOARD_AUTH": "none", "PORT": str(port), "TIME_ZONE": "UTC"}
        env |= {"QODER_PAT": "", "QODER_PAT_FILE": "", "QODER_ACCOUNTS_FILE": ""}
        command = ("-m", "gunicorn", "--config", "config/gunicorn.py")
        with served(*command, env=env, port=port), sync_playwright() as playwright:
            program = next(filter(None, map(shutil.which, NAMES)), None)
            browser = playwright.chromium.launch(executable_path=program, args=ARGS)
            page = browser.new_context(timezone_id="UTC", color_scheme="light").new_page()
            _wait(page, f"http://127.0.0.1:{port}/")
            for name, path, width, height in PICTURES:
                page.set_viewport_size({"width": width, "height": height})
                page.goto(f"http://127.0.0.1:{port}{path}")
                page.screenshot(path=DOCS / f"{name}.png")
                print(DOCS / f"{name}.png")
            browser.close()


def _wait(page: Page, url: str) -> None:
    """Until every run of the demonstration has been read."""
    until = time.monotonic() + _PATIENCE
    page.goto(url)
    while not page.locator(_READ).count() or page.get_by_text("older runs still being read").count():
        if time.monotonic() > until:
            raise SystemExit("the demonstration has not been read completely")
        time.sleep(1)
        page.reload()


if __name__ == "__main__":
    main()
