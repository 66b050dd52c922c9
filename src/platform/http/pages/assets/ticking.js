// Lets durations go on: an element with `data-since` shows how long ago that was, h:mm:ss, by the server's clock, which
// `data-now` tells as it was when the page was made.
const made = document.querySelector('[data-now]');
const ahead = made ? Date.now() - Date.parse(made.dataset.now) : 0;

function tick() {
  for (const element of document.querySelectorAll('[data-since]')) {
    const seconds = Math.max(0, Math.floor((Date.now() - ahead - Date.parse(element.dataset.since)) / 1000));
    const two = (number) => String(number).padStart(2, '0');
    const text = `${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
    if (element.textContent !== text) element.textContent = text;
  }
}

setInterval(tick, 250);
document.addEventListener('htmx:sseMessage', tick);
tick();
