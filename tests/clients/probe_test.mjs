// `genai config check --probe` in front of providers of every mood.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';
import { load } from './packages.mjs';
import { completion, freePort, genai, jsonAnswer, scripted, temporary } from '../serve/harness.mjs';

const { LLMock } = load('@copilotkit/aimock');
const mocks = [];
after(() => Promise.all(mocks.map((mock) => mock.stop())));

const key = 'sk-secret-of-this-test-0123456789';

// Runs the check in a directory with that configuration: {code, out, err, found}. `found`: the document, by provider.
async function check(yaml, args = [], more = {}) {
  const cwd = temporary();
  fs.writeFileSync(path.join(cwd, 'genai.yaml'), yaml);
  const result = await genai(['config', 'check', '--probe', ...args], { cwd, env: { KEY: key }, ...more });
  assert.ok(!(result.out + result.err).includes(key.slice(3)), 'no secret is ever said');
  if (args.includes('--json')) {
    result.document = JSON.parse(result.out);
    result.found = Object.fromEntries(result.document.probes.map((one) => [one.provider, one]));
  }
  return { ...result, cwd };
}

// One provider `it` at that address, with a model.
const only = (url, more = '') => `
providers:
  it: {type: openai-compatible, base_url: "${url}/v1", api_key: "\${env:KEY}"${more}}
models:
  m: {targets: [{provider: it, model: llama}]}
`;
const failing = async (url, args = []) => {
  const { code, found, document } = await check(only(url), ['--json', ...args]);
  assert.equal(code, 1);
  assert.equal(document.schema, 'genai.config-probe/v1');
  assert.equal(found.it.result, 'failed');
  assert.ok(found.it.message.length > 10 && found.it.hint.length > 10);
  return found.it;
};

test('every kind of provider answers through its own API, and what it took is counted and priced', async () => {
  const mock = new LLMock({ port: 0, auth: { apiKeys: [key] } });
  mock.onMessage('Hello', { content: 'Hi', usage: { prompt_tokens: 8, completion_tokens: 1, total_tokens: 9 } });
  await mock.start();
  mocks.push(mock);
  const yaml = `
providers:
  openai: {type: openai, base_url: "${mock.url}/v1", api_key: "\${env:KEY}"}
  compatible: {type: openai-compatible, base_url: "${mock.url}/v1", api_key: "\${env:KEY}"}
  anthropic: {type: anthropic, base_url: "${mock.url}/v1", api_key: "\${env:KEY}", price: {input_usd_per_mtok: 1000, output_usd_per_mtok: 2000}}
  gemini: {type: gemini, base_url: "${mock.url}/v1beta", api_key: "\${env:KEY}"}
  embedded: {type: sim}
  listed: {type: openai, base_url: "${mock.url}/v1", api_key: "\${env:KEY}"}
  theirs: {type: anthropic, base_url: "${mock.url}/v1", credentials: passthrough}
models:
  all:
    targets:
      - {provider: openai, model: gpt-4o}
      - {provider: compatible, model: llama}
      - {provider: anthropic, model: claude-sonnet-4}
      - {provider: gemini, model: gemini-2.5-pro}
      - {provider: embedded, model: sim}
      - {provider: openai, model: gpt-4o-mini}
      - {provider: theirs, model: claude-sonnet-4}
`;
  const { code, found, document, cwd } = await check(yaml, ['--json']);
  assert.equal(code, 0, JSON.stringify(document));
  for (const name of ['openai', 'compatible', 'anthropic', 'gemini']) {
    assert.deepEqual([found[name].result, found[name].question, found[name].prompt_tokens, found[name].completion_tokens], ['ok', 'chat', 8, 1], name);
    assert.ok(found[name].latency_ms > 0);
  }
  assert.equal(found.openai.cost_nano_usd, 8 * 2500 + 10_000);
  assert.equal(found.openai.cost_usd, '0.00003');
  assert.equal(found.compatible.cost_nano_usd, null);
  assert.equal(found.anthropic.cost_nano_usd, 10_000_000);
  assert.equal(found.embedded.result, 'ok');
  assert.deepEqual([found.listed.result, found.listed.question], ['ok', 'models']);
  assert.ok(found.listed.models_listed > 0);
  assert.equal(found.theirs.result, 'not_asked');
  assert.deepEqual([document.total.asked, document.total.answered, document.total.failed, document.total.cost_at_least], [7, 7, 0, true], 'the embedded model of the profile as well');
  assert.deepEqual(fs.readdirSync(cwd), ['genai.yaml'], 'no ledger was made');

  const all = await check(yaml, ['--json', '--all-targets']);
  assert.equal(all.document.probes.length, 9);
  assert.deepEqual(all.document.probes.slice(0, 2).map((one) => [one.provider, one.model]), [['openai', 'gpt-4o'], ['openai', 'gpt-4o-mini']]);

  const shown = await check(yaml);
  assert.equal(shown.code, 0);
  assert.match(shown.out, /^ok: genai.yaml\n/);
  assert.match(shown.out, /^openai +gpt-4o +ok +chat by gpt-4o\S* +\d+ ms +8 \+ 1 +\$0\.00003$/m);
  assert.match(shown.out, /^theirs\/claude-sonnet-4: its callers bring their own keys/m);
});

test('a key that is refused', async () => {
  for (const status of [401, 403]) {
    const upstream = await scripted((request, response) => jsonAnswer(response, status, { error: { message: `Incorrect API key provided: ${key}.` } }));
    const found = await failing(upstream.url);
    assert.equal(found.code, 'upstream_auth');
    assert.match(found.hint, /key/);
    assert.equal(upstream.seen.length, 1);
    assert.equal(upstream.seen[0].headers.authorization, `Bearer ${key}`);
  }
});

test('a model that is not there is asked for once, a rejected question again in another way', async () => {
  const unknown = await scripted((request, response) => jsonAnswer(response, 404, { error: { message: 'The model llama does not exist' } }));
  const found = await failing(unknown.url);
  assert.deepEqual([found.code, found.message], ['upstream_rejected', 'The model llama does not exist']);
  assert.match(found.hint, /target's model/);
  assert.equal(unknown.seen.filter((one) => one.url === '/v1/chat/completions').length, 1);

  const demanding = await scripted((request, response, body) => {
    const asked = JSON.parse(body);
    if (asked.max_tokens < 16) return jsonAnswer(response, 400, { error: { message: 'max_tokens is too small' } });
    jsonAnswer(response, 200, completion('hi'));
  });
  const { code, found: well } = await check(only(demanding.url), ['--json']);
  assert.equal(code, 0);
  assert.equal(well.it.prompt_tokens, 7);
  assert.equal(demanding.seen.length, 2);
});

test('nobody listens there, and no such name', async () => {
  const refused = await failing(`http://127.0.0.1:${await freePort()}`);
  assert.equal(refused.code, 'upstream_unreachable');
  assert.match(refused.message, /Connection refused/);
  const nameless = await failing('https://no-such-host.invalid');
  assert.equal(nameless.code, 'upstream_unreachable');
  assert.match(nameless.message, /no-such-host\.invalid/);
});

test('one that is slow is waited for as long as allowed, and others meanwhile', async () => {
  const silent = await scripted(() => {});
  const found = await failing(silent.url, ['--timeout', '300ms']);
  assert.equal(found.code, 'upstream_timeout');
  assert.match(found.hint, /--timeout/);
  const names = Array.from({ length: 20 }, (_, i) => `p${i}`);
  let open = 0, most = 0;
  const counted = await scripted((request, response) => {
    most = Math.max(most, ++open);
    setTimeout(() => { --open; jsonAnswer(response, 200, completion('hi')); }, 30);
  });
  const yaml = `providers:\n${names.map((name) => `  ${name}: {type: openai-compatible, base_url: "${counted.url}/v1"}\n`).join('')}models:\n  m: {targets: [${names.map((name) => `{provider: ${name}, model: x}`).join(', ')}]}\n`;
  const { code, document } = await check(yaml, ['--json']);
  assert.equal(code, 0);
  assert.deepEqual([document.total.failed, counted.seen.length], [0, 20]);
  assert.ok(most <= 8, `${most} at once`);
});

test('what is no such API: a web page, an empty answer, broken JSON, a closed connection', async () => {
  const moods = {
    page: (request, response) => { response.writeHead(200, { 'content-type': 'text/html' }); response.end('<html><body>Welcome</body></html>'); },
    empty: (request, response) => jsonAnswer(response, 200, {}),
    broken: (request, response) => { response.writeHead(200, { 'content-type': 'application/json' }); response.end('{"choices": ['); },
    closed: (request, response) => response.destroy(),
    cut: (request, response) => { response.writeHead(200, { 'content-type': 'application/json', 'content-length': 1000 }); response.write('{'); setImmediate(() => response.destroy()); },
  };
  for (const [name, mood] of Object.entries(moods)) {
    const upstream = await scripted(mood);
    const found = await failing(upstream.url);
    assert.ok(['upstream_protocol', 'upstream_incomplete', 'upstream_unreachable'].includes(found.code), `${name}: ${found.code}`);
    assert.ok(!found.message.includes('<'), name);
  }
});

test('limits and failures of the provider itself', async () => {
  for (const [status, code] of [[429, 'upstream_rate_limited'], [500, 'upstream_error'], [503, 'upstream_error'], [529, 'upstream_error']]) {
    const upstream = await scripted((request, response) => jsonAnswer(response, status, { error: { message: 'not now' } }));
    assert.equal((await failing(upstream.url)).code, code, String(status));
  }
});

test('an embedding model is asked for an embedding', async () => {
  const upstream = await scripted((request, response) => jsonAnswer(response, 200, { object: 'list', model: 'text-embedding-3-small', data: [{ object: 'embedding', index: 0, embedding: [0.1, 0.2] }], usage: { prompt_tokens: 1, total_tokens: 1 } }));
  const yaml = `providers:\n  it: {type: openai, base_url: "${upstream.url}/v1", api_key: "\${env:KEY}"}\nmodels:\n  e: {targets: [{provider: it, model: text-embedding-3-small}]}\n`;
  const { code, found } = await check(yaml, ['--json']);
  assert.equal(code, 0);
  assert.deepEqual([found.it.question, found.it.prompt_tokens, found.it.completion_tokens, found.it.answered_by], ['embeddings', 1, 0, 'text-embedding-3-small']);
  assert.equal(upstream.seen[0].url, '/v1/embeddings');
});

test('an unusable configuration is told before anybody is asked', async () => {
  const { code, err, out } = await check('providers:\n  it: {type: openai-compatible}\n');
  assert.equal(code, 2);
  assert.equal(out, '');
  assert.match(err, /base_url/);
});
