// What every page in the frame runs. htmx is a script of its own before this one, as the global `htmx`.

import "./time-zone.js";
import "./page-ages.js";
import "./patch-page.js";
import "./navigation.js";
import "./poll.js";
import "./refresh-menu.js";
import "./keyboard.js";
import "./copy-link.js";
import "./combobox.js";
import "./menus.js";
import "./row-hints.js";
import "./calendar.js";
