/* Where the keyboard stands after the page changes: on the errors, on what was asked for, or where
   it was. */
import { announce } from "./announce.js";

function land(root) {
  const errors = root.querySelector?.(".errors");
  const target = errors ?? root.querySelector?.("[data-focus]");
  if (!target) return false;
  if (!target.hasAttribute("tabindex") && !target.matches("input,select,textarea,button,a[href]")) {
    target.setAttribute("tabindex", "-1");
  }
  target.focus({ preventScroll: false });
  return true;
}

export function startFocus(htmx) {
  land(document);
  let before = null;
  htmx.on("htmx:beforeSwap", () => {
    const active = document.activeElement;
    const address = active?.getAttribute?.("href");
    if (active?.id) before = `#${CSS.escape(active.id)}`;
    else before = address ? `#main a[href="${CSS.escape(address)}"]` : null;
  });
  htmx.on("htmx:afterSettle", (event) => {
    const region = event.detail.target;
    if (!region) return;
    const kept = region.hasAttribute("data-keep-focus");
    if (!kept && land(region)) return;
    if (document.activeElement === document.body && before) {
      document.querySelector(before)?.focus();
    }
    if (kept) return;
    if (region.dataset.say) announce(region.dataset.say);
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest('.errors a[href^="#"]');
    if (!link) return;
    const field = document.getElementById(link.hash.slice(1));
    if (!field) return;
    event.preventDefault();
    field.focus();
  });
}
