/* Buttons that open a dialog, print, or go with the page's own form: no script in the page. */
export function startDialogs() {
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-open]");
    if (opener) {
      event.preventDefault();
      document.getElementById(opener.dataset.open)?.showModal();
      return;
    }
    if (event.target.closest("[data-print]")) window.print();
    if (event.target.closest("[data-close]")) event.target.closest("dialog")?.close();
    if (event.target instanceof HTMLDialogElement) event.target.close();
  });
  const first = document.querySelector("dialog[data-open-now]");
  if (first) first.showModal();
}
