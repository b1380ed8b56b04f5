// What every page in the frame runs. htmx stands before it, as the global `htmx` (dashboard/web/bundles.py).

import "./early-back.js";
import "./time-zone.js";
import "./page-ages.js";
import "./patch-page.js";
import "./navigation.js";
import "./poll.js";
import "./refresh-menu.js";
import "./keyboard.js";
import "./copy.js";
import "./combobox.js";
import "./menus.js";
import "./jump.js";
import "./histogram.js";
import "./row-hints.js";
