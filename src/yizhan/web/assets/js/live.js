/* News by server-sent events: the stream names what changed, the page asks for that part again.
   The browser reconnects by itself and says where it was (Last-Event-ID); at first it says how far
   the log was final when the page was read, so nothing that happened on the way is missed. */
import { announce } from "./announce.js";

export function startLive() {
  const source = document.querySelector("[data-live]");
  if (!source) return;
  let waiting = 0;
  const settled = document.querySelector("meta[name=settled]")?.content ?? "";
  const stream = new EventSource(
    settled ? `${source.dataset.live}?settled=${settled}` : source.dataset.live,
  );
  const refresh = (event) => {
    window.clearTimeout(waiting);
    waiting = window.setTimeout(() => {
      document.querySelectorAll("[data-live-part]").forEach((part) => {
        window.htmx.trigger(part, "news");
      });
      if (source.dataset.liveSays) announce(source.dataset.liveSays);
    }, 150);
    if (event.lastEventId) source.dataset.liveAt = event.lastEventId;
  };
  stream.addEventListener("message", refresh);
  for (const name of (source.dataset.liveEvents ?? "").split(" ").filter(Boolean)) {
    stream.addEventListener(name, refresh);
  }
  stream.addEventListener("open", () => { source.dataset.liveState = "open"; });
  stream.addEventListener("error", () => { source.dataset.liveState = "lost"; });
  window.addEventListener("pagehide", () => stream.close());
}
