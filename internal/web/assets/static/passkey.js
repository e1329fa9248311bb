// Passkeys. A form with data-passkey="get" or "create" asks the browser for a passkey
// before it is sent, and carries the answer in its field "response".
//   data-passkey-options  what the browser is asked, as JSON of WebAuthn Level 3; or
//   data-passkey-from     where a POST answers {ticket, options}; the ticket goes into the field "ticket".
// A button with data-prove proves first who is there: a POST to its address answers
// {ticket, options} too, and the fields "proof_ticket" and "proof_response" take the answer.
// A form that is hidden waits for this script: without it a passkey cannot be used.
(() => {
  "use strict";
  if (!window.PublicKeyCredential || !navigator.credentials) return;

  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

  // What the house writes as text, the browser wants as bytes.
  const read = (options) => {
    const key = { ...(options.publicKey || options) };
    key.challenge = bytes(key.challenge);
    if (key.user) key.user = { ...key.user, id: bytes(key.user.id) };
    for (const list of ["allowCredentials", "excludeCredentials"]) {
      if (key[list]) key[list] = key[list].map((c) => ({ ...c, id: bytes(c.id) }));
    }
    return { publicKey: key };
  };

  const write = (credential) => {
    const given = credential.response, response = { clientDataJSON: text(given.clientDataJSON) };
    for (const part of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (given[part]) response[part] = text(given[part]);
    }
    if (given.getTransports) response.transports = given.getTransports();
    return JSON.stringify({
      id: credential.id, rawId: text(credential.rawId), type: credential.type, response,
      authenticatorAttachment: credential.authenticatorAttachment || undefined,
      clientExtensionResults: credential.getClientExtensionResults(),
    });
  };

  const fetched = async (address) => {
    const answer = await fetch(address, { method: "POST", headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error("no options");
    return answer.json();
  };

  const ask = async (kind, options) => write(await navigator.credentials[kind](read(options)));

  const asked = async (form, button) => {
    const fields = form.elements;
    if (button && button.dataset.prove !== undefined && !fields.proof_response.value) {
      const begun = await fetched(button.dataset.prove);
      fields.proof_response.value = await ask("get", begun.options);
      fields.proof_ticket.value = begun.ticket;
    }
    if (!form.dataset.passkey || fields.response.value) return;
    let options;
    if (form.dataset.passkeyFrom) {
      const begun = await fetched(form.dataset.passkeyFrom);
      fields.ticket.value = begun.ticket;
      options = begun.options;
    } else {
      options = JSON.parse(form.dataset.passkeyOptions);
    }
    fields.response.value = await ask(form.dataset.passkey, options);
  };

  const forget = (form) => {
    for (const name of ["response", "proof_response"]) {
      if (form.elements[name]) form.elements[name].value = "";
    }
    delete form.dataset.sent;
    delete form.dataset.asking;
  };

  document.addEventListener("submit", (event) => {
    const form = event.target, button = event.submitter;
    const wanted = button && button.dataset.prove !== undefined || form.dataset.passkey && !(button && button.name === "do");
    if (!wanted || form.dataset.asked !== undefined) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (form.dataset.asking !== undefined) return;
    form.dataset.asking = "";
    const trouble = form.querySelector("[data-passkey-trouble]");
    if (trouble) trouble.hidden = true;
    asked(form, button).then(() => {
      form.dataset.asked = "";
      form.requestSubmit(button || undefined);
    }).catch(() => {
      forget(form);
      if (trouble) trouble.hidden = false;
    });
  }, true);

  const show = () => {
    for (const e of document.querySelectorAll("form[data-passkey][hidden], [data-prove][hidden], [data-needs-passkey][hidden]")) e.hidden = false;
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", show);
  else show();
  window.addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    for (const form of document.querySelectorAll("form[data-asked]")) { delete form.dataset.asked; forget(form); }
  });
})();
