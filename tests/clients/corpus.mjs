// Texts to count, collected from what every test machine has (the installed npm packages, the compiler's headers) and made from seeds:
// nothing of it is kept in the source tree.
import fs from 'node:fs';
import path from 'node:path';
import { source } from '../serve/programs.mjs';

const packages = process.env.TEST_PACKAGES ?? path.join(source, 'build/clients');

function* walk(directory) {
  let entries;
  try {
    entries = fs.readdirSync(directory, { withFileTypes: true });
  } catch {
    return;
  }
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const name = path.join(directory, entry.name);
    if (entry.isDirectory()) yield* walk(name);
    else if (entry.isFile()) yield name;
  }
}

function gather(directories, wanted, bytes, pick = (text) => text) {
  const parts = [];
  let size = 0;
  for (const name of directories.flatMap((directory) => [...walk(directory)])) {
    if (size >= bytes) break;
    if (!wanted(name) || fs.statSync(name).size > 400_000) continue;
    const text = pick(fs.readFileSync(name).toString('utf8'));
    parts.push(text);
    size += Buffer.byteLength(text);
  }
  return Buffer.from(parts.join('\n')).subarray(0, bytes).toString('utf8');
}

// English: lines of documentation and comments that read as sentences, each once.
export function prose(bytes) {
  const seen = new Set();
  const sentence = /^[#*/ \t>-]*([A-Z(a-z][A-Za-z ,.'";:()/`-]{50,180})$/;
  const lines = (text) => text.split('\n').map((line) => sentence.exec(line)?.[1]).filter((line) => line !== undefined && !seen.has(line) && seen.add(line)).join('\n');
  return gather([path.join(packages, 'node_modules'), '/usr/share/doc', '/usr/share/common-licenses', '/usr/share/perl', '/usr/lib/python3', '/usr/include'],
    (name) => /\.(md|txt|rst|pod|py|h|hpp|d\.ts)$|LICENSE|copyright|GPL/.test(name), bytes, lines);
}

// Code: half C and C++ headers, half JavaScript.
export function code(bytes) {
  return gather(['/usr/include'], (name) => /\.(h|hpp)$/.test(name), bytes / 2) +
    gather([path.join(packages, 'node_modules')], (name) => /\.(js|mjs|ts)$/.test(name), bytes / 2);
}

// Words of many languages, as the Unicode library of Node knows them: names of regions, languages and currencies, dates.
export function languages(bytes) {
  const locales = ['zh', 'zh-Hant', 'ja', 'ko', 'hi', 'mr', 'ar', 'fa', 'he', 'th', 'ru', 'uk', 'el', 'ta', 'bn', 'te', 'ka', 'hy', 'am', 'my', 'km', 'vi', 'tr', 'de', 'fr', 'pl'];
  const codes = { region: [], language: ['aa', 'de', 'en', 'fr', 'ja', 'zh', 'hi', 'ar', 'sw', 'tlh', 'yue', 'zu'], currency: ['USD', 'EUR', 'JPY', 'INR', 'CNY', 'BRL', 'XAU'] };
  for (const a of 'ABCDEFGHIJKLMNOPQRSTUVWXYZ') for (const b of 'ABCDEFGHIJKLMNOPQRSTUVWXYZ') codes.region.push(a + b);
  const parts = [];
  let size = 0;
  for (let day = 0; size < bytes; ++day) {
    for (const locale of locales) {
      for (const [type, names] of Object.entries(codes)) {
        const shown = new Intl.DisplayNames([locale], { type, fallback: 'none' });
        const some = names.map((name) => shown.of(name)).filter((name) => name !== undefined);
        const line = some.filter((_, i) => (i + day) % 7 !== 0).join(day % 3 === 0 ? '、' : day % 3 === 1 ? ', ' : ' ');
        const date = new Date(86400_000 * (day * 37 + locale.length)).toLocaleString(locale, { dateStyle: 'full', timeStyle: 'long' });
        parts.push(`${date}: ${line}`);
        size += Buffer.byteLength(line) + 60;
      }
    }
  }
  return parts.join('\n');
}

// mulberry32: the same numbers from the same seed.
export function seeded(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

// Every block of Unicode, and often what patterns look at: blanks of all kinds, BOM, apostrophes, marks, title case, digits.
export function randomUnicode(bytes, seed) {
  const random = seeded(seed);
  const odd = ['\u0085', '\u00a0', '\ufeff', '\u017f', '\u2028', '\u3000', '\u1680', '\u200b', '\u200d', '\u01c5', '\u0301', '\u0308', ' ', '  ', '\t', '\r', '\n', '\r\n', '\n\n', "'", "'s", "'S",
    "'ſ", "'ll", "'RE", '/', '//', '0', '12', '345', '6789', '٣', 'Ⅷ', '½', 'a', 'B', 'The', 'word', 'XMLHttp', '中文', 'ニホン', 'हिन्दी', 'العربية', 'ไทย', '👩‍👧', '🇩🇪', '<|endoftext|>', '\u0000', '\u001c'];
  const blocks = [[0x20, 0x7f], [0x20, 0x7f], [0xa0, 0x250], [0x250, 0x370], [0x370, 0x530], [0x530, 0x700], [0x900, 0xa00], [0xe00, 0x1000], [0x10a0, 0x1400], [0x1c80, 0x2070], [0x2070, 0x2800],
    [0x2e80, 0xa000], [0xa640, 0xa830], [0xac00, 0xd7a4], [0xf900, 0xfffe], [0x10000, 0x11fff], [0x16800, 0x17000], [0x1d400, 0x1d800], [0x1e900, 0x1e960], [0x1f000, 0x1fb00], [0x20000, 0x20200], [0xe0000, 0xe0200]];
  const parts = [];
  for (let size = 0; size < bytes;) {
    let part;
    if (random() < 0.5) {
      part = odd[Math.floor(random() * odd.length)];
    } else {
      const [from, to] = blocks[Math.floor(random() * blocks.length)];
      part = String.fromCodePoint(from + Math.floor(random() * (to - from)));
    }
    parts.push(part);
    size += Buffer.byteLength(part);
  }
  return parts.join('');
}
