// Shows what the fragment of this page's address carries, which no server ever sees; takes it out of the address, so
// that a token stays neither in sight nor in the history.
const received = document.getElementById('received');
const fragment = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
if (received && Object.keys(fragment).length > 0) {
  received.textContent = JSON.stringify({ ...JSON.parse(received.textContent), ...fragment }, null, 2);
  history.replaceState(null, '', location.pathname + location.search);
}
