// Creates or uses a passkey: a form with `data-passkey` (`create` or `verify`) fetches the options of the challenge from
// `data-options`, and is submitted with the browser's response.
const { browserSupportsWebAuthn, startAuthentication, startRegistration } = globalThis.SimpleWebAuthnBrowser;

for (const form of document.querySelectorAll('form[data-passkey]')) {
  const problem = form.querySelector('[role="alert"]');
  const button = form.querySelector('button');

  const showProblem = (text) => {
    problem.textContent = text;
    problem.hidden = text === '';
  };

  const respond = async () => {
    const options = await fetch(form.dataset.options, {
      method: 'POST',
      headers: { accept: 'application/json' },
    });
    if (!options.ok || options.redirected)
      throw new Error('You are no longer signed in. Open this page again.');
    const optionsJSON = await options.json();
    const start = form.dataset.passkey === 'create' ? startRegistration : startAuthentication;
    return JSON.stringify(await start({ optionsJSON }));
  };

  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    showProblem('');
    button.disabled = true;
    try {
      form.elements.namedItem('response').value = await respond();
      form.submit();
    } catch (error) {
      button.disabled = false;
      showProblem(error.name === 'NotAllowedError' ? 'The passkey was not used. Try again.' : error.message);
    }
  });

  if (!browserSupportsWebAuthn()) {
    button.disabled = true;
    showProblem('This browser does not support passkeys.');
  }
}
