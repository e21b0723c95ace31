// Boxes between our HPKE and @hpke/core, both ways. Usage: node interop.mjs PATH_OF_HPKE_TOOL
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { Aes128Gcm, CipherSuite, DhkemX25519HkdfSha256, HkdfSha256 } from "@hpke/core";

const tool = process.argv[2];
assert(tool, "usage: node interop.mjs PATH_OF_HPKE_TOOL");
const suite = new CipherSuite({
  kem: new DhkemX25519HkdfSha256(),
  kdf: new HkdfSha256(),
  aead: new Aes128Gcm(),
});
const ENC = 32;

const hex = (bytes) => (bytes.length === 0 ? "-" : Buffer.from(bytes).toString("hex"));
const unhex = (text) => new Uint8Array(text === "-" ? [] : Buffer.from(text, "hex"));
const random = (size) => new Uint8Array(randomBytes(size));

// One run of the tool over all lines; secrets go by stdin alone.
function ask(lines) {
  const run = spawnSync(tool, [], { input: lines.map((words) => words.join(" ") + "\n").join(""), maxBuffer: 1 << 28 });
  assert.equal(run.status, 0, `the tool ended with ${run.status}: ${run.stderr}`);
  const answers = run.stdout.toString().trimEnd().split("\n");
  assert.equal(answers.length, lines.length);
  return answers;
}

const joined = (a, b) => new Uint8Array([...a, ...b]);

async function sealThere(test) {
  const sender = await suite.createSenderContext({
    recipientPublicKey: await suite.kem.deserializePublicKey(test.publicKey),
    info: test.info,
  });
  return joined(new Uint8Array(sender.enc), new Uint8Array(await sender.seal(test.text, test.aad)));
}

async function openThere(test, box) {
  const recipient = await suite.createRecipientContext({
    recipientKey: await suite.kem.importKey("raw", test.secret, false),
    enc: box.slice(0, ENC),
    info: test.info,
  });
  return new Uint8Array(await recipient.open(box.slice(ENC), test.aad));
}

const tests = [];
for (const size of [0, 1, 15, 16, 17, 31, 32, 33, 255, 1000, 65537]) {
  for (const [info, aad] of [[0, 0], [1, 0], [0, 1], [65, 32]]) {
    tests.push({ secret: random(32), info: random(info), aad: random(aad), text: random(size) });
  }
}
const publicKeys = ask(tests.map((test) => ["public", hex(test.secret)]));
tests.forEach((test, i) => (test.publicKey = unhex(publicKeys[i])));

const boxesFromThere = await Promise.all(tests.map(sealThere));
const opened = ask(tests.map((test, i) => ["open", hex(test.secret), hex(test.info), hex(test.aad), hex(boxesFromThere[i])]));
tests.forEach((test, i) => assert.equal(opened[i], hex(test.text), `we did not open box ${i} of the other side`));

const boxesFromHere = ask(tests.map((test) => ["seal", hex(test.publicKey), hex(test.info), hex(test.aad), hex(test.text)])).map(unhex);
for (const [i, test] of tests.entries()) {
  assert.equal(boxesFromHere[i].length, test.text.length + 48);
  assert.equal(hex(await openThere(test, boxesFromHere[i])), hex(test.text), `the other side did not open our box ${i}`);
}

// Both refuse the same damage: to the ciphertext, the tag, the aad and the info.
for (const [i, test] of tests.entries()) {
  const changedBox = boxesFromHere[i].slice();
  changedBox[changedBox.length - 1 - (i % 17)] ^= 1;
  const wrong = [
    [test, changedBox],
    [{ ...test, aad: joined(test.aad, [0]) }, boxesFromHere[i]],
    [{ ...test, info: joined(test.info, [0]) }, boxesFromHere[i]],
  ];
  const answers = ask(wrong.map(([t, box]) => ["open", hex(t.secret), hex(t.info), hex(t.aad), hex(box)]));
  assert.deepEqual(answers, ["refused", "refused", "refused"], `we opened a damaged box ${i}`);
  for (const [t, box] of wrong) await assert.rejects(openThere(t, box), `the other side opened a damaged box ${i}`);
}
console.log(`hpke interop: ${tests.length} boxes each way, ${3 * tests.length} damaged ones refused by both`);
