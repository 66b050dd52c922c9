// Sends each form once: until the server has answered, further clicks do nothing and the buttons of the form are disabled.
const sent = new Set();

// On the document, so after the listeners of the form itself. A form that the browser finds invalid gets no such event.
document.addEventListener('submit', (event) => {
  const form = event.target;
  if (event.defaultPrevented) return;
  if (sent.has(form)) return event.preventDefault();
  sent.add(form);
  // Later, because a button that is disabled now would not be sent with its form.
  setTimeout(() => setDisabled(form, sent.has(form)));
});

function allowAll() {
  for (const form of sent) setDisabled(form, false);
  sent.clear();
}
addEventListener('pageshow', allowAll); // from the back/forward cache
addEventListener('focus', allowAll); // the answer has opened an installed application, from which the person returns
globalThis.navigation?.addEventListener('navigateerror', allowAll); // the person has stopped it

function setDisabled(form, disabled) {
  for (const element of form.elements) if (element.type === 'submit') element.disabled = disabled;
}
