// Passkeys need the browser's own dialogue, hence these few lines. Without scripts the buttons
// stay hidden and the authenticator's code does the same.
"use strict";

const toBytes = (text) =>
  Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const toText = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

async function post(url, fields) {
  const answer = await fetch(url, { method: "POST", body: new URLSearchParams(fields) });
  const body = await answer.json();
  if (!answer.ok) throw new Error(body.message);
  return body;
}

async function makePasskey(options) {
  options.challenge = toBytes(options.challenge);
  options.user.id = toBytes(options.user.id);
  for (const known of options.excludeCredentials) known.id = toBytes(known.id);
  const made = await navigator.credentials.create({ publicKey: options });
  return {
    id: made.id, rawId: made.id, type: made.type,
    response: {
      clientDataJSON: toText(made.response.clientDataJSON),
      attestationObject: toText(made.response.attestationObject),
    },
  };
}

async function usePasskey(options) {
  options.challenge = toBytes(options.challenge);
  for (const known of options.allowCredentials) known.id = toBytes(known.id);
  const used = await navigator.credentials.get({ publicKey: options });
  return {
    id: used.id, rawId: used.id, type: used.type,
    response: {
      clientDataJSON: toText(used.response.clientDataJSON),
      authenticatorData: toText(used.response.authenticatorData),
      signature: toText(used.response.signature),
    },
  };
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  if (!window.PublicKeyCredential) continue;
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const message = form.querySelector("[data-passkey-message]");
    message.textContent = "";
    const token = { csrf_token: form.elements.csrf_token.value };
    try {
      const options = await post(form.dataset.options, token);
      const act = form.dataset.passkey === "make" ? makePasskey : usePasskey;
      const credential = JSON.stringify(await act(options));
      const label = form.elements.label ? form.elements.label.value : "";
      window.location = (await post(form.action, { ...token, credential, label })).next;
    } catch (error) {
      message.textContent = error.name === "Error" ? error.message : form.dataset.failed;
    }
  });
}
