"""Whether a bill of materials names every package of a lock, with its version and hashes, and no other."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

bill, lock = (Path(name).read_text("utf-8") for name in sys.argv[1:])
locked = {f"{name}@{version}" for name, version in re.findall(r"^([\w.-]+)==([^\s;\\]+)", lock, re.MULTILINE)}
parts = json.loads(bill)["components"]
listed = {f"{part['name']}@{part['version']}" for part in parts}
if listed != locked or not locked:
    sys.exit(f"not the same: {sorted(listed ^ locked)}")
if bare := [part["name"] for part in parts if not any("hashes" in one for one in part["externalReferences"])]:
    sys.exit(f"without a hash: {bare}")
sys.stdout.write(f"{len(listed)} packages, all of them locked, each with its hashes\n")
