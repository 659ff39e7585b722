/* The customer's site in the browser: pages come whole from the server; this keeps the keyboard
   where the work is, asks again for the part that changed, and installs the shell. */
import htmx from "htmx.org";
import { startFocus } from "./focus.js";
import { startForms } from "./forms.js";
import { startLive } from "./live.js";

window.htmx = htmx;
Object.assign(htmx.config, {
  allowEval: false,
  allowScriptTags: false,
  includeIndicatorStyles: false,
  selfRequestsOnly: true,
  historyCacheSize: 0,
  scrollBehavior: "auto",
});

startForms(htmx);
startFocus(htmx);
startLive();
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
});

const charts = document.querySelectorAll("[data-chart]");
if (charts.length > 0) import("./charts.js").then(({ draw }) => charts.forEach(draw));
if ("serviceWorker" in navigator && window.isSecureContext) {
  navigator.serviceWorker.register("/my/sw.js", { scope: "/" }).catch(() => {});
}
