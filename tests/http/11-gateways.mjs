// Codes that really leave: by an operator and a mail relay of other authors, to whoever signs up.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { Api } from "../browser/lib/http.mjs";
import { codeIn, messagesTo } from "../browser/lib/messages.mjs";
import { Peer } from "../browser/lib/peers.mjs";
import { startWith } from "../browser/lib/portal.mjs";

export const title = "Codes by a real operator and a real mail relay";

const PASSWORD = "Lac-Togo-2026-pirogue";
const SECRET = "secret8c";

export async function run({ step, test }) {
  const smsc = await Peer.start("smsc.mjs", { password: SECRET, receipt: "DELIVRD" });
  const relay = await Peer.start("mailbox.mjs", { encrypted: false });
  let portal;
  const settings = `
[post.smpp]
host = "127.0.0.1"
port = ${smsc.port}
tls = false
system_id = "cnss"
password_env = "OPERATOR"
sender = "CNSS Togo"
[post.smtp]
host = "127.0.0.1"
port = ${relay.port}
security = "plain"
from = "CNSS Togo <ne-pas-repondre@cnss.example>"
`;
  const ways = async () => (await new Api(portal).get("/api/v1/sign-up")).json;
  const signUp = async (email, phone) => {
    const { charter } = await ways();
    const json = { email, phone, surname: "Lawson", forenames: "Afi", password: PASSWORD, request: randomUUID(), ...(charter && { terms: charter.digest }) };
    const answer = await new Api(portal).call("POST", "/api/v1/sign-up/mandatary", { json });
    assert.equal(answer.status, 202, answer.text);
    return answer.json.challenge;
  };
  const smsTo = (phone, after) => smsc.heard((event) => event.submitted && event.to === phone, after);
  const mailTo = (address, after) => relay.heard((event) => event.mail && event.to.includes(address), after);
  const codeOf = (sms) => codeIn({ sms: { text: sms.submitted } });
  const plain = (mail) => mail.mail.replace(/=\r?\n/g, "").replace(/(?:=[0-9A-F]{2})+/g, (hex) => Buffer.from(hex.replaceAll("=", ""), "hex").toString("utf8"));
  const confirm = (challenge, code) => new Api(portal).call("POST", `/api/v1/codes/${challenge}/confirmation`, { json: { code } });

  try {
    await step("a portal connects to its operator", async () => {
      portal = await startWith(settings, { OPERATOR: SECRET });
      assert.equal((await smsc.heard((event) => "bound" in event)).bound, true);
      assert.match(portal.printed, /les avis partent par les passerelles/);
    });

    await step("one code arrives by SMS and by e-mail, and opens the account", async () => {
      const challenge = await signUp("cabinet@exemple.tg", "90112233");
      const [sms, mail] = [await smsTo("22890112233"), await mailTo("cabinet@exemple.tg")];
      assert.equal(sms.from, "CNSS Togo");
      assert.ok(sms.submitted.length <= 160 && sms.header === null, sms.submitted);
      const code = codeOf(sms);
      assert.ok(plain(mail).includes(code), "the same code by both ways");
      assert.match(mail.mail, /^Subject: [^\r\n]*\r?\n/m);
      assert.doesNotMatch(mail.mail.match(/^Subject: .*$/m)[0], new RegExp(code), "a subject is shown on locked screens");
      const wrong = await confirm(challenge, String((Number(code) + 1) % 1_000_000).padStart(6, "0"));
      assert.equal(wrong.status, 422, wrong.text);
      const right = await confirm(challenge, `${code.slice(0, 3)} ${code.slice(3)}`);
      assert.equal(right.status, 200, right.text);
      assert.equal((await confirm(challenge, code)).status, 200, "twice is once");
      await new Api(portal).login("cabinet@exemple.tg", PASSWORD);
      await smsc.heard((event) => event.to === "22890112233" && /votre compte est ouvert/.test(event.submitted));
      const shown = await messagesTo(portal, "cabinet@exemple.tg");
      assert.ok(shown.some((message) => message.key === "code" && message.sms.text.includes(code)), "the demonstration shows what left");
    });

    await test("an operator that asks for a slower pace gets the code in the end", async () => {
      await smsc.set({ throttle: 2 });
      await signUp("lente@exemple.tg", "91223344");
      const code = codeOf(await smsTo("22891223344"));
      await mailTo("lente@exemple.tg");
      for (let n = 0; n < 100 && smsc.events.filter((event) => event.submitted && event.to === "22891223344").length < 3; n += 1) await new Promise((done) => setTimeout(done, 100));
      const sent = smsc.events.filter((event) => event.submitted && event.to === "22891223344");
      assert.ok(sent.length === 3 && sent.every((event) => codeOf(event) === code), `${sent.length} submissions, two of them throttled`);
    });

    await test("a relay that refuses the address does not keep the SMS back, and the answer is the same", async () => {
      await relay.set({ refuse: 550 });
      const challenge = await signUp("personne@exemple.tg", "92334455");
      const code = codeOf(await smsTo("22892334455"));
      assert.equal((await confirm(challenge, code)).status, 200);
      await relay.set({ refuse: null });
    });

    await test("an operator that refuses the number is not asked again, and the mail arrives", async () => {
      await smsc.set({ refuse: 0x0b });
      await signUp("seule@exemple.tg", "93445566");
      await smsTo("22893445566");
      await mailTo("seule@exemple.tg");
      await new Promise((done) => setTimeout(done, 3000));
      const sent = smsc.events.filter((event) => event.submitted && event.to === "22893445566");
      assert.equal(sent.length, 1, "a number that does not exist");
      await smsc.set({ refuse: null });
    });

    await test("no code, phone or address stands in the log", () => {
      const codes = smsc.events.filter((event) => /votre code est/.test(event.submitted ?? "")).map(codeOf);
      assert.ok(codes.length >= 4);
      for (const hidden of [...codes, "90112233", "91223344", "@exemple.tg", SECRET, PASSWORD]) assert.ok(!portal.printed.includes(hidden), `${hidden} in the log`);
      assert.doesNotMatch(portal.printed, /\bERROR\b|panicked/);
    });
  } finally {
    await portal?.stop();
    smsc.stop();
    relay.stop();
  }
}
