// SHA-256 and SM3 of a file, computed here: the file is read piece by piece and never leaves this machine.
(() => {
  "use strict";
  const PIECE = 4 << 20;
  const rotl = (value, by) => (by %= 32) ? (value << by) | (value >>> (32 - by)) : value;
  const rotr = (value, by) => (value >>> by) | (value << (32 - by));

  // ---- SHA-256 (FIPS 180-4): the constants are the fractions of roots of the first primes -----------
  const fraction = (value) => ((value - Math.floor(value)) * 0x100000000) | 0;
  const primes = [];
  for (let one = 2; primes.length < 64; one++) if (primes.every((prime) => one % prime)) primes.push(one);
  const K = primes.map((prime) => fraction(Math.cbrt(prime)));
  const sha256Start = () => primes.slice(0, 8).map((prime) => fraction(Math.sqrt(prime)));
  const sha256Words = new Int32Array(64);
  const sha256Block = (state, view, at) => {
    const w = sha256Words;
    for (let i = 0; i < 16; i++) w[i] = view.getInt32(at + 4 * i);
    for (let i = 16; i < 64; i++) {
      const s0 = rotr(w[i - 15], 7) ^ rotr(w[i - 15], 18) ^ (w[i - 15] >>> 3);
      const s1 = rotr(w[i - 2], 17) ^ rotr(w[i - 2], 19) ^ (w[i - 2] >>> 10);
      w[i] = (w[i - 16] + s0 + w[i - 7] + s1) | 0;
    }
    let [a, b, c, d, e, f, g, h] = state;
    for (let i = 0; i < 64; i++) {
      const t1 = (h + (rotr(e, 6) ^ rotr(e, 11) ^ rotr(e, 25)) + ((e & f) ^ (~e & g)) + K[i] + w[i]) | 0;
      const t2 = ((rotr(a, 2) ^ rotr(a, 13) ^ rotr(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g; g = f; f = e; e = (d + t1) | 0; d = c; c = b; b = a; a = (t1 + t2) | 0;
    }
    [a, b, c, d, e, f, g, h].forEach((value, i) => { state[i] = (state[i] + value) | 0; });
  };

  // ---- SM3 (GB/T 32905) ------------------------------------------------------------------------------
  const sm3Start = () => [0x7380166f, 0x4914b2b9, 0x172442d7, 0xda8a0600, 0xa96f30bc, 0x163138aa, 0xe38dee4d, 0xb0fb0e4e].map((value) => value | 0);
  const sm3Words = new Int32Array(68);
  const p0 = (x) => x ^ rotl(x, 9) ^ rotl(x, 17);
  const p1 = (x) => x ^ rotl(x, 15) ^ rotl(x, 23);
  const sm3Block = (state, view, at) => {
    const w = sm3Words;
    for (let i = 0; i < 16; i++) w[i] = view.getInt32(at + 4 * i);
    for (let i = 16; i < 68; i++) w[i] = p1(w[i - 16] ^ w[i - 9] ^ rotl(w[i - 3], 15)) ^ rotl(w[i - 13], 7) ^ w[i - 6];
    let [a, b, c, d, e, f, g, h] = state;
    for (let i = 0; i < 64; i++) {
      const early = i < 16;
      const ss1 = rotl((rotl(a, 12) + e + rotl(early ? 0x79cc4519 : 0x7a879d8a, i)) | 0, 7);
      const ff = early ? a ^ b ^ c : (a & b) | (a & c) | (b & c);
      const gg = early ? e ^ f ^ g : (e & f) | (~e & g);
      const tt1 = (ff + d + (ss1 ^ rotl(a, 12)) + (w[i] ^ w[i + 4])) | 0;
      const tt2 = (gg + h + ss1 + w[i]) | 0;
      d = c; c = rotl(b, 9); b = a; a = tt1; h = g; g = rotl(f, 19); f = e; e = p0(tt2);
    }
    [a, b, c, d, e, f, g, h].forEach((value, i) => { state[i] ^= value; });
  };

  const kinds = { sha256: [sha256Start, sha256Block], sm3: [sm3Start, sm3Block] };
  const blocks = (run, state, bytes) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let at = 0; at + 64 <= bytes.length; at += 64) run(state, view, at);
  };
  // Both digests close a message the same way: a one bit, zeros, and the length in bits.
  const closing = (rest, size) => {
    const tail = new Uint8Array(rest.length + 9 + ((119 - rest.length) % 64));
    tail.set(rest); tail[rest.length] = 0x80;
    const view = new DataView(tail.buffer);
    view.setUint32(tail.length - 8, Math.floor(size / 0x20000000)); view.setUint32(tail.length - 4, (size << 3) >>> 0);
    return tail;
  };
  const hex = (state) => state.map((value) => (value >>> 0).toString(16).padStart(8, "0")).join("");

  const digestsOf = async (file, progress) => {
    const states = Object.fromEntries(Object.entries(kinds).map(([name, [start]]) => [name, start()]));
    let rest = new Uint8Array(0);
    for (let at = 0; at < file.size; at += PIECE) {
      const piece = new Uint8Array(await file.slice(at, at + PIECE).arrayBuffer());
      const whole = piece.length - (piece.length % 64);
      for (const [name, [, run]] of Object.entries(kinds)) blocks(run, states[name], piece.subarray(0, whole));
      rest = piece.slice(whole); // only the last piece leaves any
      progress(Math.min(1, (at + PIECE) / file.size));
    }
    const tail = closing(rest, file.size);
    for (const [name, [, run]] of Object.entries(kinds)) blocks(run, states[name], tail);
    return { sha256: hex(states.sha256), sm3: hex(states.sm3), size: file.size, name: file.name };
  };

  const box = document.querySelector("[data-digests]");
  if (!box) return;
  box.hidden = false;
  const input = box.querySelector("input[type=file]");
  const status = box.querySelector("[role=status]");
  const say = (text, kind) => { status.textContent = text; status.dataset.kind = kind || ""; };
  input.addEventListener("change", async () => {
    const file = input.files[0];
    if (!file) return say("");
    try {
      const found = await digestsOf(file, (share) => say(`${box.dataset.busy} ${Math.round(share * 100)}%`));
      if (box.dataset.digests === "compare") {
        const same = found.sha256 === box.dataset.sha256 && found.sm3 === box.dataset.sm3;
        say(same ? box.dataset.same : box.dataset.different, same ? "same" : "different");
        const shown = box.querySelector("[data-found]");
        shown.hidden = false;
        for (const name of ["sha256", "sm3"]) shown.querySelector(`[data-of=${name}]`).textContent = found[name];
      } else {
        const form = box.closest("form");
        for (const [name, value] of Object.entries(found)) form.elements[name].value = value;
        say(box.dataset.done, "same");
      }
    } catch {
      say(box.dataset.failed, "different");
    }
  });
})();
