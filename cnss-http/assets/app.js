// cnss: small improvements on pages that work without this file.

const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

const DRAFT_PREFIX = "cnss-draft:";
const DRAFT_DAYS = 14;

const store = {
  get(key) {
    try { return JSON.parse(localStorage.getItem(DRAFT_PREFIX + key)); } catch { return null; }
  },
  set(key, value) {
    try { localStorage.setItem(DRAFT_PREFIX + key, JSON.stringify(value)); return true; } catch { return false; }
  },
  remove(key) {
    try { localStorage.removeItem(DRAFT_PREFIX + key); } catch { /* storage is closed */ }
  },
  // Removes the copies that are too old, those already sent, or all of them.
  clean(all, sent) {
    try {
      for (const key of Object.keys(localStorage)) {
        if (!key.startsWith(DRAFT_PREFIX)) continue;
        const copy = this.get(key.slice(DRAFT_PREFIX.length));
        if (all || !copy || (sent && copy.submitted) || Date.now() - copy.at > DRAFT_DAYS * 864e5) localStorage.removeItem(key);
      }
    } catch { /* storage is closed */ }
  },
};

// A submit button is switched off after the first click, until the page is shown again.
function setBusy(form, busy) {
  if (busy) form.dataset.busy = ""; else delete form.dataset.busy;
  for (const button of $$("button:not([type=button])", form)) {
    if (busy) button.setAttribute("aria-busy", "true"); else button.removeAttribute("aria-busy");
  }
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.hasAttribute("data-logout")) store.clean(true);
  if (event.defaultPrevented || !form.hasAttribute("data-once")) return;
  if ("busy" in form.dataset) event.preventDefault(); else setBusy(form, true);
});
addEventListener("pageshow", () => $$("form[data-once]").forEach((form) => setBusy(form, false)));

// Everything that is folded is printed.
addEventListener("beforeprint", () => $$("main details:not([open])").forEach((d) => {
  d.open = true;
  d.dataset.reclose = "";
}));
addEventListener("afterprint", () => $$("details[data-reclose]").forEach((d) => {
  d.open = false;
  delete d.dataset.reclose;
}));

// Sending a file, with its progress.
function enhanceUpload(form) {
  const input = $("input[type=file]", form);
  const progress = $("[data-upload-progress]", form);
  const bar = $("progress", progress);
  const text = $("[data-upload-text]", progress);
  const message = form.dataset;

  const fail = (why) => {
    setBusy(form, false);
    progress.hidden = true;
    $("[data-upload-error]", form).textContent = why;
    $("#file-error", form).hidden = false;
    input.setAttribute("aria-invalid", "true");
    input.focus();
  };

  form.addEventListener("submit", (event) => {
    const file = input.files[0];
    if (!file || "busy" in form.dataset) return;
    event.preventDefault();
    if (file.size > Number(message.maxBytes)) return fail(message.msgSize);
    setBusy(form, true);
    $("#file-error", form).hidden = true;
    input.removeAttribute("aria-invalid");
    progress.hidden = false;
    text.textContent = message.msgSend;
    bar.value = 0;

    const request = new XMLHttpRequest();
    request.upload.onprogress = (e) => { if (e.lengthComputable) bar.value = (e.loaded / e.total) * 100; };
    request.upload.onload = () => {
      bar.removeAttribute("value");
      text.textContent = message.msgCheck;
    };
    request.onerror = request.ontimeout = () => fail(message.msgFail);
    request.onload = () => {
      if ((request.getResponseHeader("Content-Type") || "").includes("json")) {
        let answer = {};
        try { answer = JSON.parse(request.responseText); } catch { /* not JSON after all */ }
        if (answer.location) return location.assign(answer.location);
        return fail(answer.detail || answer.title || message.msgFail);
      }
      // The server redirected: go there.
      if (request.status < 400 && request.responseURL && request.responseURL !== form.action) {
        return location.assign(request.responseURL);
      }
      // The server answered with a page: show it in place.
      const page = new DOMParser().parseFromString(request.responseText, "text/html");
      const main = $("main", page);
      if (!main) return fail(message.msgFail);
      document.title = page.title;
      $("main").replaceWith(main);
      enhance(main);
      scrollTo(0, 0);
    };
    request.open("POST", form.action);
    request.setRequestHeader("Accept", "application/json, text/html;q=0.9");
    request.send(new FormData(form));
  });
}

// A draft is copied on this device at each change and saved a few seconds later.
function enhanceDraft(form) {
  const key = form.dataset.draftKey;
  const message = form.dataset;
  const status = $("[data-draft-status]", form);
  const panel = $("[data-draft-panel]");
  const fields = () => $$("input[name^='rows['], select[name^='rows['], textarea[name^='rows[']", form);
  const values = () => Object.fromEntries(fields().map((f) => [f.name, f.value]));
  const same = (a, b) => (a || "").replace(/\s/g, "") === (b || "").replace(/\s/g, "");
  const pauses = [5, 10, 20, 40, 80, 160, 320];
  let version = form.dataset.version;
  let changes = 0;
  let timer = 0;
  let attempt = 0;
  let flight = null;
  let stopped = false;

  const say = (text) => { if (status.textContent !== text) status.textContent = text; };

  const ask = (title, text, buttons, kind = "warning") => {
    const box = document.createElement("div");
    box.className = `notice notice-${kind}`;
    const body = document.createElement("div");
    const first = document.createElement("p");
    const strong = document.createElement("strong");
    strong.textContent = title;
    first.append(strong);
    const second = document.createElement("p");
    second.textContent = text;
    const row = document.createElement("p");
    row.className = "actions";
    for (const [label, action, quiet] of buttons) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = quiet ? "btn btn-quiet" : "btn";
      button.textContent = label;
      button.addEventListener("click", action);
      row.append(button);
    }
    body.append(first, second, row);
    box.append(body);
    panel.replaceChildren(box);
    panel.hidden = false;
    panel.setAttribute("role", "status");
  };
  const closePanel = () => { panel.hidden = true; panel.replaceChildren(); };

  const keep = (more) => store.set(key, { version, values: values(), at: Date.now(), ...more });
  const fill = (copy) => {
    for (const field of fields()) if (field.name in copy.values && field.type !== "hidden") field.value = copy.values[field.name];
  };
  const reset = () => { for (const field of fields()) field.value = field.defaultValue; };

  const plan = (seconds) => {
    clearTimeout(timer);
    if (!stopped) timer = setTimeout(save, seconds * 1000);
  };

  const retry = () => {
    if (attempt >= pauses.length) {
      say(message.msgStopped);
      const again = document.createElement("button");
      again.type = "button";
      again.className = "btn btn-quiet";
      again.textContent = message.msgRetry;
      again.addEventListener("click", () => { attempt = 0; save(); });
      status.append(" ", again);
      return;
    }
    say(message.msgOffline);
    plan(pauses[attempt]);
    attempt += 1;
  };

  async function send() {
    const sent = changes;
    const body = new URLSearchParams(new FormData(form));
    body.set("action", "save");
    let response;
    let answer;
    try {
      response = await fetch(form.dataset.autosave, {
        method: "POST", body, credentials: "same-origin", headers: { Accept: "application/json" },
      });
      const json = (response.headers.get("Content-Type") || "").includes("json");
      answer = json ? await response.json() : null;
    } catch {
      return retry();
    }
    if (response.status === 409) {
      stopped = true;
      say(message.msgConflict);
      return ask(message.msgConflict, message.msgConflictText, [[message.msgReload, () => location.reload()]]);
    }
    if (response.status === 401 || response.status === 403 || (response.ok && !answer)) {
      stopped = true;
      return say(message.msgSession);
    }
    if (response.status >= 500 || response.status === 429) return retry();
    if (!answer || !answer.version) return say(message.msgDirty);
    attempt = 0;
    version = String(answer.version);
    form.dataset.version = version;
    form.elements.version.value = version;
    if (changes === sent) {
      store.remove(key);
      closePanel();
      say(`${message.msgSaved} ${answer.saved_at || ""}`.trim());
    } else {
      keep();
      plan(3);
    }
  }

  function save() {
    clearTimeout(timer);
    if (flight || stopped) return;
    if (navigator.onLine === false) { say(message.msgOffline); return; }
    say(message.msgSaving);
    flight = send().finally(() => { flight = null; });
  }

  form.addEventListener("input", (event) => {
    if (!event.target.name || !event.target.name.startsWith("rows[")) return;
    changes += 1;
    keep();
    if (!stopped) say(message.msgDirty);
    if (attempt === 0) plan(4);
  });

  // A plain submit waits for the save under way, so that both carry the right version.
  form.addEventListener("submit", (event) => {
    clearTimeout(timer);
    if (flight) {
      event.preventDefault();
      const submitter = event.submitter;
      flight.then(() => form.requestSubmit(submitter));
      return;
    }
    if (!event.defaultPrevented && changes > 0) keep({ submitted: true });
  });

  addEventListener("online", () => { if (changes > 0) { attempt = 0; save(); } });
  addEventListener("pagehide", () => clearTimeout(timer));

  // What was kept on this device the last time.
  const copy = store.get(key);
  if (!copy || !copy.values) return;
  const differs = fields().some((f) => f.name in copy.values && !same(copy.values[f.name], f.defaultValue));
  const moved = String(copy.version) !== String(version);
  if (!differs || (copy.submitted && moved && !form.hasAttribute("data-conflict"))) return store.remove(key);
  const discard = () => { reset(); store.remove(key); changes = 0; clearTimeout(timer); closePanel(); say(""); };
  const useLocal = () => { fill(copy); changes += 1; keep(); closePanel(); say(message.msgDirty); plan(4); };
  if (!moved) {
    useLocal();
    ask(message.msgFound, message.msgFoundText, [[message.msgDiscard, discard, true]], "info");
  } else {
    ask(message.msgOlder, message.msgOlderText, [[message.msgUseLocal, useLocal], [message.msgUseServer, discard, true]]);
  }
}

// The rules of a password are marked while one types; the server looks at all of them again.
function enhancePasswordRules(list) {
  const input = document.getElementById(list.dataset.passwordRules);
  if (!input) return;
  const tests = {
    password_too_short: (text, count) => [...text].length >= count,
    password_no_upper: (text) => /\p{Lu}/u.test(text),
    password_no_lower: (text) => /\p{Ll}/u.test(text),
    password_no_digit: (text) => /\p{N}/u.test(text),
    password_no_special: (text) => /[^\p{L}\p{N}]/u.test(text),
  };
  const show = () => {
    for (const rule of $$("[data-rule]", list)) {
      const test = tests[rule.dataset.rule];
      if (!test) continue;
      const state = input.value === "" ? "" : test(input.value, Number(rule.dataset.count)) ? "met" : "open";
      if (rule.dataset.state === state) continue;
      rule.dataset.state = state;
      $("[data-rule-state]", rule).textContent = { met: " : rempli", open: " : à remplir" }[state] || "";
    }
  };
  input.addEventListener("input", show);
  show();
}

// A password can be looked at while it is typed; it is sent, and found again by the back button, hidden.
function enhancePassword(input) {
  const button = document.createElement("button");
  const show = (shown) => {
    input.type = shown ? "text" : "password";
    button.setAttribute("aria-pressed", String(shown));
  };
  button.type = "button";
  button.className = "btn btn-quiet btn-show";
  button.textContent = input.dataset.show;
  button.setAttribute("aria-controls", input.id);
  const label = $(`label[for="${input.id}"]`);
  if (label) button.setAttribute("aria-describedby", label.id ||= `${input.id}-label`);
  button.addEventListener("click", () => show(input.type === "password"));
  input.form?.addEventListener("submit", () => show(false));
  addEventListener("pagehide", () => show(false));
  show(false);
  input.after(button);
}

function enhance(root) {
  $$("input[data-show]", root).forEach(enhancePassword);
  $$("[data-password-rules]", root).forEach(enhancePasswordRules);
  if (typeof print === "function") {
    for (const button of $$("[data-print]", root)) {
      button.hidden = false;
      button.addEventListener("click", () => print());
    }
  }
  for (const button of $$("[data-copy]", root)) {
    if (!navigator.clipboard) break;
    button.hidden = false;
    button.addEventListener("click", async () => {
      const source = document.getElementById(button.dataset.copy);
      try {
        await navigator.clipboard.writeText(source.textContent.trim());
        $("[data-copy-status]").textContent = button.dataset.copied;
      } catch { getSelection().selectAllChildren(source); }
    });
  }
  $$("form[data-upload]", root).forEach(enhanceUpload);
  $$("form[data-draft-key]", root).forEach(enhanceDraft);
  const summary = $("[data-error-summary]", root);
  if (summary) summary.focus();
}

store.clean(false, Boolean($("[data-draft-done]")));
enhance(document);
