// What the ledger says that requests cost, from end to end: rows by hand, an upstream that reports usage in every form, prices from everywhere.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { beginEvents, chat, chunk, completion, genai, jsonAnswer, query, row, scripted, sendEvent, startServe, temporary } from './harness.mjs';

const usages = {
  // At gpt-4o's 2.50 / 10 USD (cached 1.25): 600 * 2500 + 400 * 1250 + 100 * 10000 nano-USD.
  cached: [{ prompt_tokens: 1000, completion_tokens: 100, total_tokens: 1100, prompt_tokens_details: { cached_tokens: 400 }, completion_tokens_details: { reasoning_tokens: 60 } }, 3_000_000],
  plain: [{ prompt_tokens: 500, completion_tokens: 300, total_tokens: 800 }, 4_250_000],
  charged: [{ prompt_tokens: 500, completion_tokens: 300, total_tokens: 800, cost: 0.0000123 }, 12_300],
  free: [{ prompt_tokens: 500, completion_tokens: 300, total_tokens: 800, cost: 0 }, 0],
};

async function priced(models, config = '') {
  const upstream = await scripted((request, response, body) => {
    const asked = JSON.parse(body);
    const usage = usages[asked.user]?.[0];
    if (!asked.stream) return jsonAnswer(response, 200, { ...completion('hello world', usage), ...(usage ? {} : { usage: undefined }) });
    beginEvents(response);
    sendEvent(response, chunk({ role: 'assistant', content: '' }));
    for (const piece of ['hel', 'lo', ' world']) sendEvent(response, chunk({ content: piece }));
    sendEvent(response, chunk({}, 'stop'));
    if (usage) sendEvent(response, { ...chunk({}), choices: [], usage });
    sendEvent(response, '[DONE]');
    return response.end();
  });
  const cwd = temporary();
  fs.writeFileSync(path.join(cwd, 'genai.yaml'), `
providers:
  vendor: {type: openai, base_url: "${upstream.url}/v1"}
  own: {type: openai-compatible, base_url: "${upstream.url}/v1"}
  rented: {type: openai-compatible, base_url: "${upstream.url}/v1", price: {input_usd_per_mtok: 0.1, output_usd_per_mtok: 0.3}}
models:
${models}${config}`);
  return startServe({ cwd });
}

const models = `
  gpt-4o: {targets: [{provider: vendor, model: gpt-4o}]}
  dated: {targets: [{provider: vendor, model: gpt-4o-2024-08-06}]}
  unknown: {targets: [{provider: vendor, model: gpt-nobody-knows}]}
  llama: {targets: [{provider: own, model: llama-3}]}
  rented: {targets: [{provider: rented, model: llama-3}]}
  contract: {targets: [{provider: own, model: gpt-4o, price: {input_usd_per_mtok: 1, output_usd_per_mtok: 2}}]}
`;

test('the ledger of a mixed run sums to the figure worked out by hand, to the nano-dollar', async () => {
  const serve = await priced(models);
  const expected = [];  // [id, nano-USD or null, match]
  for (const stream of [false, true]) {
    for (const [user, [, cost]] of Object.entries(usages)) {
      const answer = await chat(serve.url, { model: 'gpt-4o', user, stream });
      assert.equal(answer.status, 200, answer.text);
      expected.push([answer.id, cost, user === 'charged' || user === 'free' ? 'provider' : 'openai/gpt-4o (exact)']);
    }
    expected.push([(await chat(serve.url, { model: 'unknown', user: 'plain', stream })).id, null, null]);
    expected.push([(await chat(serve.url, { model: 'llama', user: 'plain', stream })).id, null, null]);
    expected.push([(await chat(serve.url, { model: 'rented', user: 'plain', stream })).id, 500 * 100 + 300 * 300, 'config']);
    expected.push([(await chat(serve.url, { model: 'contract', user: 'plain', stream })).id, 500 * 1000 + 300 * 2000, 'config']);
  }
  for (const [id, cost, match] of expected) {
    const found = row(serve.dir, id);
    assert.deepEqual([found.cost_nano_usd, found.price_match, found.estimated], [cost, match, 0], JSON.stringify(found));
    assert.equal(found.price_version !== null, match?.startsWith('openai/') ?? false);
  }
  const dated = row(serve.dir, (await chat(serve.url, { model: 'dated', user: 'plain' })).id);
  assert.equal(dated.cost_nano_usd, 4_250_000);
  assert.match(dated.price_match, /^openai\/gpt-4o/);
  const byHand = 2 * (3_000_000 + 4_250_000 + 12_300 + 0 + 140_000 + 1_100_000) + 4_250_000;
  assert.equal(query(serve.dir, 'SELECT sum(cost_nano_usd) AS sum FROM requests')[0].sum, byHand);
  const report = JSON.parse((await genai(['usage', '--data-dir', serve.dir, '--by', 'model', '--format', 'json'])).out);
  assert.ok(JSON.stringify(report).includes(String(byHand)), 'genai usage says the same sum');
  assert.equal(await serve.stop(), 0);
});

test('where the provider says nothing, tokens are counted from the texts and marked as estimated', async () => {
  const serve = await priced(models);
  for (const stream of [false, true]) {
    const found = row(serve.dir, (await chat(serve.url, { model: 'gpt-4o', user: 'silent', stream })).id);
    // The message "hello" by the rule of the vendor's cookbook: 3 + role 1 + content 1 + 3 for the answer's start; "hello world" is 2 tokens.
    assert.deepEqual([found.prompt_tokens, found.completion_tokens, found.estimated], [8, 2, 1]);
    assert.equal(found.cost_nano_usd, 8 * 2500 + 2 * 10_000);
  }
  assert.equal(await serve.stop(), 0);
});

test('prices update is picked up by a running serve', async () => {
  const serve = await priced(models);
  const before = row(serve.dir, (await chat(serve.url, { model: 'gpt-4o', user: 'plain' })).id);
  assert.equal(before.cost_nano_usd, 4_250_000);
  const table = path.join(temporary(), 'new.csv');
  fs.writeFileSync(table, 'vendor,model,input_usd_per_mtok,output_usd_per_mtok,status,checked,source\nopenai,gpt-4o,3,12,listed,2026-11-01,test\n');
  const update = await genai(['cost-estimate', 'prices', 'update', table, '--data-dir', serve.dir]);
  assert.equal(update.code, 0, update.err);
  const after = row(serve.dir, (await chat(serve.url, { model: 'gpt-4o', user: 'plain' })).id);
  assert.equal(after.cost_nano_usd, 500 * 3000 + 300 * 12_000);
  assert.notEqual(after.price_version, before.price_version);
  assert.equal(await serve.stop(), 0);

  const again = await startServe({ dir: serve.dir });  // and stays
  assert.equal(fs.existsSync(path.join(again.dir, 'prices.csv')), true);
  assert.equal(await again.stop(), 0);
});
