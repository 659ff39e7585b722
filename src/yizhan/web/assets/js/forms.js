/* Forms: the token against forged posts on every htmx request, one sending per submit, and the
   change to give back while the money is counted. */
import { announce } from "./announce.js";

function fen(text) {
  const cleaned = text.replace(/[¥￥,，\s]/g, "");
  if (!/^\d+(\.\d{0,2})?$/.test(cleaned)) return null;
  const [whole, part = ""] = cleaned.split(".");
  return Number(whole) * 100 + Number(part.padEnd(2, "0"));
}

function countChange(form) {
  const amount = fen(form.querySelector("[data-amount]")?.value ?? "");
  const given = fen(form.querySelector("[data-tendered]")?.value ?? "");
  const out = form.querySelector("output[data-change]");
  if (!out) return;
  const due = amount === null || given === null ? null : given - amount;
  out.value = due === null ? "–" : `¥${(due / 100).toFixed(2)}`;
  out.classList.toggle("bad", due !== null && due < 0);
}

export function startForms(htmx) {
  htmx.on("htmx:configRequest", (event) => {
    const token = document.querySelector('meta[name="csrf-token"]')?.content;
    if (token) event.detail.headers["x-csrf-token"] = token;
  });
  htmx.on("htmx:responseError", () => announce(document.documentElement.dataset.wordFailed));
  htmx.on("htmx:sendError", () => announce(document.documentElement.dataset.wordFailed));
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.sent === "yes") {
      event.preventDefault();
      return;
    }
    if (!form.hasAttribute("hx-post") && !form.hasAttribute("hx-get") && form.method === "post") {
      form.dataset.sent = "yes";
      form.classList.add("sending");
      window.setTimeout(() => { form.dataset.sent = ""; form.classList.remove("sending"); }, 8000);
    }
  });
  window.addEventListener("pageshow", () => {
    document.querySelectorAll("form").forEach((form) => {
      form.dataset.sent = "";
      form.classList.remove("sending");
    });
  });
  document.addEventListener("input", (event) => {
    const form = event.target.closest("form");
    if (form?.querySelector("output[data-change]")) countChange(form);
  });
  document.querySelectorAll("form").forEach(countChange);
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-submit-on-change]")) event.target.form.requestSubmit();
  });
}
