/* Pages fade into one another, by the style sheet alone. Whoever moves on before the fade is over
   skips it, and the browser rejects its promises: no error. Here before the page is shown, since
   that is when the first of them may be rejected. */
const quiet = (transition) => {
  for (const promise of [transition?.ready, transition?.finished, transition?.updateCallbackDone]) {
    promise?.catch(() => {});
  }
};
window.addEventListener("pagereveal", (event) => quiet(event.viewTransition));
window.addEventListener("pageswap", (event) => quiet(event.viewTransition));
window.addEventListener("unhandledrejection", (event) => {
  const { name = "", message = "" } = event.reason ?? {};
  if (/^(Abort|InvalidState|Timeout)Error$/.test(name) && /transition/i.test(message)) {
    event.preventDefault();
  }
});
