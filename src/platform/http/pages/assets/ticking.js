// Updates durations: an element with `data-since` shows the time since then as h:mm:ss, by the server's clock. `data-now` is the
// server's time when it rendered the page.
const rendered = document.querySelector('[data-now]');
const clockOffset = rendered ? Date.now() - Date.parse(rendered.dataset.now) : 0;

function tick() {
  for (const element of document.querySelectorAll('[data-since]')) {
    const seconds = Math.max(
      0,
      Math.floor((Date.now() - clockOffset - Date.parse(element.dataset.since)) / 1000),
    );
    const twoDigits = (number) => String(number).padStart(2, '0');
    const text = `${Math.floor(seconds / 3600)}:${twoDigits(Math.floor(seconds / 60) % 60)}:${twoDigits(seconds % 60)}`;
    if (element.textContent !== text) element.textContent = text;
  }
}

setInterval(tick, 250);
document.addEventListener('live', tick);
tick();
