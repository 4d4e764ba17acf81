// `genai tokens` against the tokenizers of others: npm's tiktoken (OpenAI's own, as WebAssembly), the samples that gpt-tokenizer ships, and
// Hugging Face's tokenizers.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { binary, environment, temporary } from '../serve/harness.mjs';
import { code, languages, prose, randomUnicode, seeded } from './corpus.mjs';
import { load } from './packages.mjs';

const { get_encoding: getEncoding } = load('tiktoken');
const encodings = ['o200k_base', 'cl100k_base', 'p50k_base', 'r50k_base'];

// A binary with sanitizers is ten times as slow and reserves terabytes of address space.
const sanitized = process.env.TEST_BINARY !== undefined;
const share = sanitized ? 0.1 : 1;

function genai(args, input) {
  const run = spawnSync(binary, ['tokens', ...args], { input, env: environment(), maxBuffer: 1 << 30 });
  return { code: run.status, out: run.stdout.toString(), err: run.stderr.toString() };
}

function ids(args, text) {
  const run = genai([...args, '--ids', '--json', '-'], text);
  assert.equal(run.code, 0, run.err);
  const result = JSON.parse(run.out);
  assert.equal(result.schema, 'genai.tokens/v1');
  assert.equal(result.tokens, result.ids.length);
  return result.ids;
}

// Not deepEqual: a difference among millions is shown by its place.
function assertSame(got, wanted, decode) {
  let at = 0;
  while (at < wanted.length && got[at] === wanted[at]) ++at;
  if (at === wanted.length && got.length === wanted.length) return;
  assert.fail(`token ${at}: got ${got.slice(at, at + 8)}, wanted ${[...wanted.slice(at, at + 8)]}, near ${JSON.stringify(decode(wanted.slice(Math.max(0, at - 3), at + 8)))}`);
}

test('ids are those of tiktoken on more than 10 MB of prose, code, languages and random Unicode', { timeout: 600_000 }, () => {
  const texts = {
    prose: prose(3_000_000 * share), code: code(3_000_000 * share), languages: languages(2_500_000 * share), random: randomUnicode(2_500_000 * share, 1),
  };
  const size = Object.values(texts).reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  assert.ok(size >= 10_000_000 * share, `only ${size} bytes of text on this machine`);
  for (const name of encodings) {
    const reference = getEncoding(name);
    const decode = (some) => new TextDecoder().decode(reference.decode(some));
    for (const [kind, text] of Object.entries(texts)) {
      assertSame(ids(['--encoding', name], text), reference.encode_ordinary(text), (some) => `${name} ${kind} ${decode(some)}`);
    }
    reference.free();
  }
});

test('ids are those of the samples that gpt-tokenizer ships', () => {
  const plans = fs.readFileSync(load.resolve('gpt-tokenizer/package.json').replace('package.json', 'data/TestPlans.txt'), 'utf8');
  const samples = [...plans.matchAll(/EncodingName: (.*)\nSample: ([\s\S]*?)\nEncoded: \[(.*)\]/g)];
  assert.ok(samples.length > 300);
  const some = sanitized ? samples.filter((_, at) => at % 10 === 0) : samples;  // a process each
  for (const [, name, text, list] of some) {
    assert.deepEqual(ids(['--encoding', name], text), list === '' ? [] : list.split(',').map(Number), `${name}: ${JSON.stringify(text)}`);
  }
});

test('bytes that are no UTF-8 count as lossy decoding reads them', () => {
  const reference = getEncoding('o200k_base');
  const random = seeded(5);
  const bytes = Buffer.from(Array.from({ length: 100_000 }, () => (random() < 0.6 ? 0x20 + Math.floor(random() * 0x5f) : Math.floor(random() * 256))));
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });  // WHATWG's decoder replaces maximal subparts too
  assertSame(ids(['--encoding', 'o200k_base'], bytes), reference.encode_ordinary(decoder.decode(bytes)), (some) => new TextDecoder().decode(reference.decode(some)));
  reference.free();
});

test('special tokens with --special are those of tiktoken', () => {
  const reference = getEncoding('cl100k_base');
  const text = 'a<|endoftext|>b <|fim_prefix|>c<|fim_suffix|><|fim_middle|> <|endofprompt|><|unknown|>';
  assert.deepEqual(ids(['--encoding', 'cl100k_base', '--special'], text), [...reference.encode(text, 'all')]);
  assert.deepEqual(ids(['--encoding', 'cl100k_base'], text), [...reference.encode_ordinary(text)]);
  reference.free();
});

test('what is read is not kept: 400 MB within 200 MB of address space, binary and libraries included', { timeout: 120_000, skip: sanitized && 'sanitizers reserve more' }, () => {
  const line = 'The quick brown fox jumps over the lazy dog, again and again.';
  const run = spawnSync('bash', ['-c', `yes "$1" | head -c 400000000 | (ulimit -v 200000; exec "$0" tokens --json -)`, binary, line], { env: environment() });
  assert.equal(run.status, 0, run.stderr.toString());
  assert.equal(JSON.parse(run.stdout).bytes, 400_000_000);
});

// ---- tokenizer.json

const bytesToLetters = (() => {
  const map = new Map();
  let next = 256;
  for (let byte = 0; byte < 256; ++byte) {
    const prints = (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
    map.set(byte, String.fromCodePoint(prints ? byte : next++));
  }
  return map;
})();
const spelled = (bytes) => [...bytes].map((byte) => bytesToLetters.get(byte)).join('');

// The published vocabulary as `tokenizers` writes it: each token with the merge that makes it, found by merging its own bytes by rank.
function asTokenizerJson(name, pattern, extra = {}) {
  const file = load.resolve('gpt-tokenizer/package.json').replace('package.json', `data/${name}.tiktoken`);
  const ranks = new Map();
  for (const line of fs.readFileSync(file, 'latin1').split('\n')) {
    if (line === '') continue;
    const [token, rank] = line.split(' ');
    ranks.set(Buffer.from(token, 'base64').toString('latin1'), Number(rank));
  }
  const vocab = {};
  const merges = [];
  for (const [token, rank] of ranks) {
    vocab[spelled(Buffer.from(token, 'latin1'))] = rank;
    if (token.length === 1) continue;
    const parts = [...token];
    while (parts.length > 2) {
      let best = Infinity, at = -1;
      for (let i = 0; i + 1 < parts.length; ++i) {
        const found = ranks.get(parts[i] + parts[i + 1]);
        if (found !== undefined && found < rank && found < best) [best, at] = [found, i];
      }
      if (at < 0) break;
      parts.splice(at, 2, parts[at] + parts[at + 1]);
    }
    if (parts.length === 2) merges.push(parts.map((part) => spelled(Buffer.from(part, 'latin1'))));
  }
  const split = pattern === undefined ? [] : [{ type: 'Split', pattern: { Regex: pattern }, behavior: 'Isolated', invert: false }];
  return { version: '1.0', truncation: null, padding: null, added_tokens: [], normalizer: null,
           pre_tokenizer: { type: 'Sequence', pretokenizers: [...split, { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: pattern === undefined }] },
           post_processor: null, decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
           model: { type: 'BPE', dropout: null, unk_token: null, continuing_subword_prefix: null, end_of_word_suffix: null, fuse_unk: false, byte_fallback: false, ignore_merges: true, vocab, merges }, ...extra };
}

const contractions = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
const llama3 = `${contractions}|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+`;

test('a tokenizer.json made of a published vocabulary gives the published ids', { timeout: 120_000 }, () => {
  const place = temporary();
  const text = prose(200_000) + code(300_000) + languages(200_000) + randomUnicode(200_000, 9);
  for (const [name, pattern] of [['r50k_base', undefined], ['cl100k_base', llama3]]) {
    const file = path.join(place, `${name}.json`);
    fs.writeFileSync(file, JSON.stringify(asTokenizerJson(name, pattern)));
    const reference = getEncoding(name);
    assertSame(ids(['--tokenizer', file], text), reference.encode_ordinary(text), (some) => new TextDecoder().decode(reference.decode(some)));
    reference.free();
  }
});

test('a tokenizer.json gives the ids of Hugging Face\'s tokenizers', { timeout: 120_000 }, () => {
  const { Tokenizer } = load('@huggingface/tokenizers');
  const place = temporary();
  const qwen2 = llama3.replace('{1,3}', '');
  const text = `${prose(20_000)}\n${code(20_000)}\n${languages(30_000)} 1234567 don't DON'T`;
  for (const [name, pattern, extra] of [['r50k_base', undefined, {}], ['cl100k_base', llama3, {}], ['cl100k_base', qwen2, { normalizer: { type: 'NFC' } }]]) {
    const json = asTokenizerJson(name, pattern, extra);
    json.added_tokens = [{ id: 150_000, content: '<|im_end|>', single_word: false, lstrip: false, rstrip: false, normalized: false, special: true }];
    const file = path.join(place, 'tokenizer.json');
    fs.writeFileSync(file, JSON.stringify(json));
    const reference = new Tokenizer(json, {});
    for (const sample of text.split('\n')) if (sample.includes('\ufeff') === false && sample.length > 400) {
      const line = `${sample} cafe\u0301<|im_end|>`;
      assert.deepEqual(ids(['--tokenizer', file, '--special'], line), reference.encode(line, { add_special_tokens: false }).ids, line.slice(0, 80));
      break;
    }
    const whole = text.replaceAll('\ufeff', '');
    assertSame(ids(['--tokenizer', file, '--special'], whole), reference.encode(whole, { add_special_tokens: false }).ids, (some) => JSON.stringify(some));
  }
});
