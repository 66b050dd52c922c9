/* global htmx */
// Connects each live region to its stream while the page can be seen. A hidden tab would keep one of the few connections that a
// browser opens to a server. A stream begins with everything that the region shows, so a page that was hidden misses nothing.
const FIRST_RETRY_MS = 500;
const MAX_RETRY_MS = 60_000;

for (const region of document.querySelectorAll('[data-live]')) keepLive(region);

function keepLive(region) {
  let source;
  let retryMs = FIRST_RETRY_MS;
  let retry;

  function connect() {
    source = new EventSource(region.dataset.live);
    for (const part of region.querySelectorAll('[data-fragment]')) {
      source.addEventListener(part.dataset.fragment, ({ data }) => {
        htmx.swap(part, data, { swapStyle: 'innerHTML' });
        document.dispatchEvent(new Event('live'));
      });
    }
    source.addEventListener('open', () => {
      retryMs = FIRST_RETRY_MS;
    });
    // The user may have signed in again in another tab by the time that this one is shown again.
    source.addEventListener('ended', disconnect);
    // The browser reconnects by itself, except after a response that is no stream, as of a proxy whose server restarts.
    source.addEventListener('error', () => {
      if (source?.readyState !== EventSource.CLOSED) return;
      retry = setTimeout(connect, retryMs);
      retryMs = Math.min(2 * retryMs, MAX_RETRY_MS);
    });
  }

  function disconnect() {
    clearTimeout(retry);
    source?.close();
    source = undefined;
  }

  function follow() {
    disconnect();
    if (document.visibilityState === 'visible') connect();
  }

  document.addEventListener('visibilitychange', follow);
  follow();
}
