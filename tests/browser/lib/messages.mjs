// What people receive: the messages of the demonstration, as its portal keeps them.
import assert from "node:assert/strict";
import { Api } from "./http.mjs";

const PATIENCE_SECONDS = 20;

/** The messages to a phone or an address that the portal has now, the newest first. */
export async function messagesTo(portal, to, query = "") {
  const answer = await new Api(portal).get(`/api/v1/demo/messages?limit=100&to=${encodeURIComponent(to)}${query}`);
  assert.equal(answer.status, 200, answer.text);
  return answer.json.messages;
}

/** Waits for the newest message of a kind to a phone or an address, after message number `after`. */
export async function nextMessage(portal, to, key, after = 0) {
  const limit = Date.now() + PATIENCE_SECONDS * 1000;
  let seen = [];
  for (;;) {
    seen = await messagesTo(portal, to);
    const found = seen.find((message) => message.number > after && (!key || message.key === key));
    if (found) return found;
    if (Date.now() > limit) throw new Error(`no message « ${key} » to ${to} in ${PATIENCE_SECONDS} s; there are: ${seen.map((m) => `${m.number} ${m.key}`).join(", ") || "none"}`);
    await new Promise((done) => setTimeout(done, 200));
  }
}

/** The code that a message carries. */
export function codeIn(message) {
  const text = message.sms?.text ?? message.email.text;
  const code = text.match(/code(?: de vérification)?[\s\u00a0]*(?:est|:)[\s\u00a0]*(\d{4,10})/)?.[1];
  assert.ok(code, `no code in « ${text} »`);
  return code;
}

/** A quarter as people are told of it: « 2026-T3 » is the « 3e trimestre 2026 ». */
export function quarterName(quarter) {
  const [, year, number] = quarter.match(/^(\d{4})-T([1-4])$/);
  return `${number === "1" ? "1er" : `${number}e`} trimestre ${year}`;
}
