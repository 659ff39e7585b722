/* Deadlines count down and contacts count up. The server writes the first words; this keeps them
   true while the page stands open. */
const words = () => document.documentElement.dataset;

function spell(seconds) {
  const days = Math.floor(seconds / 86400);
  const hours = Math.floor((seconds % 86400) / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  const { unitDay, unitHour, unitMinute } = words();
  if (days > 0) return `${days} ${unitDay} ${hours} ${unitHour}`;
  if (hours > 0) return `${hours} ${unitHour} ${minutes} ${unitMinute}`;
  return `${minutes} ${unitMinute}`;
}

function paint() {
  const now = Date.now();
  document.querySelectorAll("time[data-deadline]").forEach((element) => {
    const left = Math.round((Date.parse(element.dateTime) - now) / 1000);
    const { wordLeft, wordOver } = words();
    element.textContent = (left >= 0 ? wordLeft : wordOver).replace("{time}", spell(Math.abs(left)));
    element.classList.toggle("bad", left < 0);
    element.classList.toggle("warn", left >= 0 && left < 4 * 3600);
  });
  document.querySelectorAll("time[data-since]").forEach((element) => {
    const gone = Math.max(0, Math.round((now - Date.parse(element.dateTime)) / 1000));
    const minutes = String(Math.floor(gone / 60)).padStart(2, "0");
    element.textContent = `${minutes}:${String(gone % 60).padStart(2, "0")}`;
  });
}

export function startClocks() {
  if (!document.querySelector("time[data-deadline], time[data-since]")) return;
  paint();
  const every = document.querySelector("time[data-since]") ? 1000 : 20000;
  window.setInterval(paint, every);
  document.addEventListener("htmx:afterSettle", paint);
}
