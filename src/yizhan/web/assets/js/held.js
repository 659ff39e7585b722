/* What is typed while the act of a key is still on its way (a page, an answer, a dialog): it is
   held, goes into the field that then has the focus, and never acts as another key. */
const STORE = "yizhan.held";
const WAIT_MS = 3000;
const PAUSE_MS = 500;
const LENGTH_MAX = 200;
const FIELD = "input:not([type=checkbox],[type=radio],[type=button],[type=submit],[type=file],[type=hidden]),textarea";

let held = null;
let answer = false;
let settling = false;
let timer = 0;

const field = () => {
  const at = document.activeElement;
  return at?.matches(FIELD) && !at.readOnly && !at.disabled ? at : null;
};

export const inField = () => field() !== null;

export function give(text) {
  const to = field();
  if (!to || text === "" || to.value !== "") return; // never into a figure that stands there
  to.value = text;
  to.dispatchEvent(new Event("input", { bubbles: true }));
}

/* From now on until a page has come, or the answer to a request of this page. */
export function hold({ forAnswer }) {
  held ??= "";
  answer = forAnswer;
  settling = false;
  wait(WAIT_MS);
}

/* On until there is a pause: what began on another page and has no place here ends before a key
   acts again. */
export function settle() {
  held ??= "";
  settling = true;
  wait(PAUSE_MS);
}

function wait(ms) {
  window.clearTimeout(timer);
  timer = window.setTimeout(letGo, ms);
}

export function letGo() {
  const text = held;
  held = null;
  window.clearTimeout(timer);
  if (text) give(text);
}

/* Whether the key was held: a page that is leaving has no use for it. */
export function holds(event) {
  if (held === null) return false;
  if (event.key === "Backspace") held = held.slice(0, -1);
  else if (event.key === "Escape") held = "";
  else if (event.key.length === 1 && event.key !== " ") held = (held + event.key).slice(0, LENGTH_MAX);
  else if (event.key !== "Enter" && event.key !== " ") return false;
  event.preventDefault();
  if (settling) wait(PAUSE_MS);
  return true;
}

export function startHeld() {
  window.addEventListener("pagehide", () => {
    if (held) window.sessionStorage.setItem(STORE, JSON.stringify({ text: held, at: Date.now() }));
    held = null;
  });
  for (const name of ["htmx:afterSettle", "htmx:sendError", "htmx:responseError"]) {
    document.addEventListener(name, () => { if (answer) letGo(); });
  }
  document.addEventListener("invalid", letGo, true);
}

/* What was typed on the way to this page. */
export function brought() {
  try {
    const { text, at } = JSON.parse(window.sessionStorage.getItem(STORE) ?? "{}");
    return Date.now() - at < WAIT_MS ? text : "";
  } catch {
    return "";
  } finally {
    window.sessionStorage.removeItem(STORE);
  }
}
