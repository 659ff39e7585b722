/* The staff desktop in the browser: pages come from the server, this adds keys, live search,
   live news, focus and clocks. Nothing here decides anything. */
import htmx from "htmx.org";
import { startClocks } from "./clocks.js";
import { startDialogs } from "./dialogs.js";
import { startFocus } from "./focus.js";
import { startForms } from "./forms.js";
import { startHeld } from "./held.js";
import { startKeys, startTyped } from "./keys.js";
import { startLive } from "./live.js";
import { startSearch } from "./search.js";

window.htmx = htmx;
Object.assign(htmx.config, {
  allowEval: false,
  allowScriptTags: false,
  includeIndicatorStyles: false,
  selfRequestsOnly: true,
  historyCacheSize: 0,
  defaultSwapStyle: "innerHTML",
  scrollBehavior: "auto",
  responseHandling: [
    { code: "204", swap: false },
    { code: "[23]..", swap: true },
    { code: "422", swap: true, error: false },
    { code: "...", swap: false, error: true },
  ],
});

startForms(htmx);
startFocus(htmx);
startKeys();
startSearch(htmx);
startClocks();
startDialogs();
startHeld();
startLive();
startTyped();

const charts = document.querySelectorAll("[data-chart]");
if (charts.length > 0) import("./charts.js").then(({ draw }) => charts.forEach(draw));
