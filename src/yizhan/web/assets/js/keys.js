/* Shortcuts: an element says its own key with data-key="p" (or "g c"); the person may give it
   another key or switch all of them off (WCAG 2.1.4). What they chose is kept in this browser. */
import { announce } from "./announce.js";
import { brought, give, hold, holds, inField, letGo, settle } from "./held.js";

const STORE = "yizhan.keys";
const STAYS = "[type=button]:not([hx-get],[hx-post]),[download],[target]";

function load() {
  try {
    return { off: false, map: {}, ...JSON.parse(window.localStorage.getItem(STORE) ?? "{}") };
  } catch {
    return { off: false, map: {} };
  }
}

let chosen = load();

function save() {
  window.localStorage.setItem(STORE, JSON.stringify(chosen));
}

const visible = (element) => element.checkVisibility?.() ?? element.offsetParent !== null;
const keyOf = (element) => chosen.map[element.dataset.act] ?? element.dataset.key;

function acts() {
  const found = new Map();
  document.querySelectorAll("[data-key][data-act]").forEach((element) => {
    if (!found.has(element.dataset.act)) found.set(element.dataset.act, element);
  });
  return found;
}

function label(element) {
  return element.dataset.says ?? element.getAttribute("aria-label") ?? element.textContent.replace(/\s+/g, " ").trim();
}

function showHints() {
  document.documentElement.classList.toggle("keys-off", chosen.off);
  document.querySelectorAll("[data-key][data-act]").forEach((element) => {
    const key = keyOf(element);
    const hint = element.querySelector("kbd");
    if (hint) hint.textContent = key;
    if (chosen.off) element.removeAttribute("aria-keyshortcuts");
    else element.setAttribute("aria-keyshortcuts", key);
  });
}

function fillSheet(dialog) {
  const list = dialog.querySelector("[data-shortcuts]");
  list.replaceChildren();
  for (const [act, element] of acts()) {
    const row = document.createElement("div");
    const name = document.createElement("label");
    const input = document.createElement("input");
    input.id = `key-${act}`;
    name.htmlFor = input.id;
    name.textContent = label(element).replace(new RegExp(`\\s${keyOf(element)}$`), "");
    input.value = keyOf(element);
    input.maxLength = 5;
    input.autocomplete = "off";
    input.spellcheck = false;
    input.addEventListener("change", () => {
      const value = input.value.trim();
      if (value) chosen.map[act] = value;
      else delete chosen.map[act];
      input.value = keyOf(element);
      save();
      showHints();
    });
    row.append(name, input);
    list.append(row);
  }
  dialog.querySelector("[data-keys-off]").checked = chosen.off;
}

function act(element) {
  if (element.matches("input,select,textarea")) {
    element.focus();
    element.select?.();
  } else if (element.tagName === "DETAILS") {
    element.open = true;
    element.querySelector("summary").focus();
  } else {
    const asks = [element, element.form].some((one) => one?.matches("[hx-get],[hx-post]"));
    let prevented = false;
    window.addEventListener("click", (event) => { prevented = event.defaultPrevented; }, { once: true });
    element.focus();
    hold({ forAnswer: asks });
    element.click();
    if ((prevented && !asks) || element.matches(STAYS)) letGo();
  }
}

const reachable = () => [...document.querySelectorAll("[data-key][data-act]")].filter(visible);

/* Last of all at the start of a page: what was typed on the way to it, and before this was here.
   Of what was typed on the way only a key that opens a dialog acts: nothing is decided by it. */
export function startTyped() {
  const typed = brought();
  let keys = [...typed, ...(window.earlyKeys ?? [])];
  window.earlyKeys = null;
  if (typed && !inField()) {
    const opener = reachable().find((element) => keyOf(element) === keys[0]);
    if (!chosen.off && opener?.matches("[data-open]")) {
      act(opener);
      keys.shift();
    } else {
      keys = [];
      settle();
    }
  }
  while (keys.length > 0) {
    if (inField() || document.querySelector("dialog[open]")) {
      give(keys.join(""));
      return;
    }
    const key = keys.shift();
    document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
  }
}

export function startKeys() {
  const sheet = document.getElementById("shortcut-sheet");
  let pending = "";
  let timer = 0;
  showHints();
  sheet?.addEventListener("toggle", () => sheet.open && fillSheet(sheet));
  document.addEventListener("click", (event) => {
    if (event.target.closest('[data-open="shortcut-sheet"]')) fillSheet(sheet);
    if (event.target.closest("[data-keys-reset]")) {
      chosen = { off: false, map: {} };
      save();
      showHints();
      fillSheet(sheet);
      announce(event.target.dataset.done ?? "");
    }
  });
  sheet?.querySelector("[data-keys-off]")?.addEventListener("change", (event) => {
    chosen.off = event.target.checked;
    save();
    showHints();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && !event.altKey) {
      event.preventDefault();
      document.getElementById("search")?.focus();
      return;
    }
    if (chosen.off || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const typing = event.target.closest("input:not([type=checkbox],[type=radio]),select,textarea,[contenteditable]");
    if (typing) return;
    if (holds(event) || document.querySelector("dialog[open]")) return;
    if (event.key.length !== 1 || event.key === " ") return;
    const open = reachable();
    const wanted = pending ? `${pending} ${event.key}` : event.key;
    window.clearTimeout(timer);
    const hit = open.find((element) => keyOf(element) === wanted);
    if (hit) {
      pending = "";
      event.preventDefault();
      act(hit);
      return;
    }
    const begins = open.some((element) => keyOf(element).startsWith(`${wanted} `));
    pending = begins ? wanted : "";
    if (begins) timer = window.setTimeout(() => { pending = ""; }, 1200);
  });
}
