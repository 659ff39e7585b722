/* Keys typed while the page is there but its scripts are not yet: kept for them (see keys.js). */
window.earlyKeys = [];
document.addEventListener("keydown", (event) => {
  if (!window.earlyKeys || event.key.length !== 1 || event.key === " ") return;
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.target.closest?.("input,select,textarea,[contenteditable]")) return;
  window.earlyKeys.push(event.key);
});
