// A second verifier, written from docs/evidence.md alone: signature, tree, order, digests of texts, filing.
// node verify.mjs KEY FILE…: a JSON line for each file, {"holds": …, "position": …, "why": …}. No packages.
import { createHash, createPublicKey, verify as signatureHolds } from "node:crypto";
import { closeSync, openSync, readSync } from "node:fs";

const sha256 = (...parts) => parts.reduce((hash, part) => hash.update(part), createHash("sha256")).digest();
const node = (left, right) => sha256(Buffer.from([1]), left, right);
const u64 = (value) => { const out = Buffer.alloc(8); out.writeBigInt64BE(BigInt(value)); return out; };
const named = (text) => { const raw = Buffer.from(text), out = Buffer.alloc(2); out.writeUInt16BE(raw.length); return Buffer.concat([out, raw]); };
const baseOf = (name) => name.replace(/\/[1-9][0-9]*$/, "");

class Fault extends Error { constructor(position, why) { super(why); this.position = position; } }

function* linesOf(path) {
  const file = openSync(path, "r"), chunk = Buffer.alloc(1 << 20);
  let rest = Buffer.alloc(0);
  for (let read; (read = readSync(file, chunk)) > 0;) {
    rest = Buffer.concat([rest, chunk.subarray(0, read)]);
    for (let end; (end = rest.indexOf(10)) >= 0; rest = rest.subarray(end + 1)) yield rest.subarray(0, end).toString();
  }
  closeSync(file);
  if (rest.length) throw new Fault(null, "the file ends within a line");
}

function checkpointOf(header, key) {
  const [name, , ...rest] = key.split("+"), raw = Buffer.from(rest.join("+"), "base64").subarray(1);
  if (baseOf(name) !== baseOf(header.origin)) throw new Fault(0, "the key is another log's");
  const gap = header.checkpoint.lastIndexOf("\n\n"), text = header.checkpoint.slice(0, gap + 1);
  const id = sha256(header.origin, "\n", Buffer.from([1]), raw).subarray(0, 4);
  const spki = Buffer.concat([Buffer.from("302a300506032b6570032100", "hex"), raw]);
  const held = createPublicKey({ key: spki, format: "der", type: "spki" });
  let signed = false;
  for (const line of header.checkpoint.slice(gap + 2).split("\n").filter(Boolean)) {
    const [dash, by, value] = line.split(" "), bytes = Buffer.from(value, "base64");
    if (dash !== "—" || by !== header.origin || !bytes.subarray(0, 4).equals(id)) continue;
    if (!signatureHolds(null, Buffer.from(text), held, bytes.subarray(4))) throw new Fault(0, "a wrong signature");
    signed = true;
  }
  const [origin, size, root] = text.split("\n");
  if (!signed) throw new Fault(0, "not signed by the key");
  if (origin !== header.origin || Number(size) !== header.size) throw new Fault(0, "the note is about something else");
  return Buffer.from(root, "base64");
}

function entry0(opening) {
  return Buffer.concat([Buffer.from("sv1-open"), named(opening.origin), named(opening.earlier_origin),
    u64(opening.earlier_size), Buffer.from(opening.earlier_root, "hex")]);
}

class Tree { // the roots of perfect subtrees, the largest first, each [leaves, hash]
  constructor(size, peaks) {
    this.size = size;
    const widths = [...size.toString(2)].flatMap((bit, n, all) => bit === "1" ? [2 ** (all.length - 1 - n)] : []);
    this.peaks = peaks.map((hash, n) => [widths[n], hash]);
  }
  add(leaf) {
    this.peaks.push([1, leaf]);
    this.size += 1;
    for (let [a, b] = this.peaks.slice(-2); b !== undefined && a[0] === b[0]; [a, b] = this.peaks.slice(-2)) {
      this.peaks.splice(-2, 2, [a[0] * 2, node(a[1], b[1])]);
    }
  }
  get root() { return this.peaks.map(([, hash]) => hash).reduceRight((right, left) => node(left, right)); }
}

function leadsTo(first, firstRoot, second, secondRoot, path) { // RFC 9162, 2.1.4.2
  if (first === second) return path.length === 0 && firstRoot.equals(secondRoot);
  if (!path.length) return false;
  let trail = Math.log2(first) % 1 === 0 ? [firstRoot, ...path] : path, fn = first - 1, sn = second - 1;
  while (fn % 2) { fn = Math.floor(fn / 2); sn = Math.floor(sn / 2); }
  let fr = trail[0], sr = trail[0];
  for (const c of trail.slice(1)) {
    if (sn === 0) return false;
    if (fn % 2 || fn === sn) {
      fr = node(c, fr); sr = node(c, sr);
      while (fn % 2 === 0 && fn !== 0) { fn = Math.floor(fn / 2); sn = Math.floor(sn / 2); }
    } else sr = node(sr, c);
    fn = Math.floor(fn / 2); sn = Math.floor(sn / 2);
  }
  return sn === 0 && fr.equals(firstRoot) && sr.equals(secondRoot);
}

const TEXTS = ["narrative", "name"];
function textsOf(event) {
  const found = {}, patch = event.type === "EventCorrected" ? event.data.data ?? {} : {};
  for (const name of TEXTS) {
    if (event.data[name]?.sha256) found[name] = event.data[name].sha256;
    if (patch[name]?.sha256) found[`data.${name}`] = patch[name].sha256;
  }
  return found;
}

function checkEvent(line, seen, erased) {
  const at = line.position;
  if (line.filed) throw new Fault(at, "filed otherwise");
  const body = line.body === null ? Buffer.from(line.bytes, "base64") : Buffer.from(line.body);
  let event;
  try { event = JSON.parse(body.toString()); } catch { throw new Fault(at, "not an event"); }
  const key = `${event.source}\0${event.id}`, held = line.texts ?? {}, texts = textsOf(event);
  if (seen.has(key)) throw new Fault(at, "an id twice");
  seen.add(key);
  for (const [name, digest] of Object.entries(texts)) {
    const there = held[name]?.sealed ? sha256(Buffer.from(held[name].sealed, "base64")).toString("hex") : held[name];
    if (there === undefined) erased.push(at);
    else if (there !== digest) throw new Fault(at, "another text");
  }
  for (const name of Object.keys(held)) if (!Object.hasOwn(texts, name)) throw new Fault(at, "a text too many");
  return sha256(Buffer.from([0]), "sv1", u64(at), u64(line.recordedtime), sha256(body));
}

function check(path, key) {
  const lines = linesOf(path), header = JSON.parse(lines.next().value), hex = (text) => Buffer.from(text, "hex");
  if (header.bundle !== "supervision-ledger/1") throw new Fault(null, "not a bundle");
  const signed = checkpointOf(header, key), tree = new Tree(header.from, header.before.map(hex));
  const last = header.openings.at(-1), before = [...header.openings.slice(0, -1).map(({ origin }) => origin)];
  header.openings.forEach((each, n) => { if (each.earlier_origin !== (before[n - 1] ?? "")) throw new Fault(0, "openings"); });
  if (baseOf(header.origin).split("/log/").at(-1) !== header.council) throw new Fault(0, "another council's log");
  if (last.origin !== header.origin) throw new Fault(0, "another log's opening");
  if (header.from === 1 && !tree.root.equals(sha256(Buffer.from([0]), entry0(last)))) throw new Fault(0, "another opening");
  const seen = new Set(), erased = [];
  let time = -Infinity, ended = false, events = 0;
  for (const text of lines) {
    const line = JSON.parse(text), kind = Object.keys(line)[0];
    if (kind === "end") ended = true;
    if (kind !== "position") continue;
    if (line.position !== tree.size) throw new Fault(tree.size, "missing, or in another order");
    if (line.recordedtime < time) throw new Fault(line.position, "a time before the one before");
    time = line.recordedtime;
    tree.add(checkEvent(line, seen, erased));
    events += 1;
  }
  if (tree.size !== header.to + 1) throw new Fault(tree.size, "missing at the end");
  if (!ended) throw new Fault(header.to, "cut off");
  if (!leadsTo(tree.size, tree.root, header.size, signed, header.after.map(hex))) throw new Fault(null, "not what was signed");
  return { holds: true, events, erased };
}

const [key, ...files] = process.argv.slice(2);
for (const file of files) {
  try { console.log(JSON.stringify(check(file, key))); }
  catch (fault) { console.log(JSON.stringify({ holds: false, position: fault.position ?? null, why: fault.message })); }
}
