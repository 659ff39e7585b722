/* The search bar as a combobox (ARIA 1.2): results come from the server while one types, arrows
   walk them, Enter opens. */
export function startSearch(htmx) {
  const input = document.getElementById("search");
  const list = document.getElementById("search-results");
  if (!input || !list) return;
  let at = -1;
  const options = () => [...list.querySelectorAll('[role="option"]')];

  const close = () => {
    list.replaceChildren();
    at = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };
  const mark = (index) => {
    const all = options();
    at = all.length === 0 ? -1 : (index + all.length) % all.length;
    all.forEach((option, place) => option.setAttribute("aria-selected", String(place === at)));
    if (at < 0) return input.removeAttribute("aria-activedescendant");
    input.setAttribute("aria-activedescendant", all[at].id);
    all[at].scrollIntoView({ block: "nearest" });
    return undefined;
  };

  htmx.on(list, "htmx:afterSwap", () => {
    const any = options().length > 0;
    input.setAttribute("aria-expanded", String(any));
    mark(0);
  });
  input.addEventListener("input", () => { if (input.value.trim() === "") close(); });
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      mark(at + (event.key === "ArrowDown" ? 1 : -1));
    } else if (event.key === "Enter" && at >= 0 && options()[at]) {
      event.preventDefault();
      window.location.assign(options()[at].dataset.href);
    } else if (event.key === "Escape") {
      if (list.childElementCount > 0) close();
      else input.value = "";
    }
  });
  list.addEventListener("mousedown", (event) => {
    const option = event.target.closest('[role="option"]');
    if (option) {
      event.preventDefault();
      window.location.assign(option.dataset.href);
    }
  });
  input.addEventListener("blur", () => window.setTimeout(close, 120));
}
