// Services that speak OpenAI's dialect in their own way, each as a scripted upstream behind a running `genai serve`: Azure, and those that have a preset.
// What npm's `openai` sends to Azure is compared with what we send there.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { load } from './packages.mjs';
import { beginEvents, chat, chunk, completion, jsonAnswer, rejected, row, scripted, sendEvent, startServeWith } from '../serve/harness.mjs';

const { OpenAI, AzureOpenAI } = load('openai');
const user = (content) => [{ role: 'user', content }];
const last = (upstream) => ({ url: upstream.seen.at(-1).url, headers: upstream.seen.at(-1).headers, body: JSON.parse(upstream.seen.at(-1).body) });
const filters = { choices: [], created: 0, id: '', model: '', object: '', prompt_filter_results: [{ prompt_index: 0, content_filter_results: { hate: { filtered: false, severity: 'safe' } } }] };
const env = { KEY: 'azure-key-1' };

const startAzure = () => scripted((request, response, body) => {
  const asked = JSON.parse(body);
  const text = asked.messages?.[0]?.content;
  if (text === 'forbidden') {
    return jsonAnswer(response, 400, { error: { message: "The response was filtered due to the prompt triggering Azure OpenAI's content management policy.", type: null, param: 'prompt', code: 'content_filter', status: 400,
      innererror: { code: 'ResponsibleAIPolicyViolation', content_filter_result: { hate: { filtered: true, severity: 'high' } } } } }, { 'x-ratelimit-remaining-requests': '9' });
  }
  if (request.url.startsWith('/openai/deployments/absent/')) return jsonAnswer(response, 404, { error: { code: 'DeploymentNotFound', message: 'The API deployment for this resource does not exist.' } });
  if (text === 'busy') return jsonAnswer(response, 429, { error: { code: '429', message: 'Requests have exceeded call rate limit of your current OpenAI S0 pricing tier.' } }, { 'retry-after': '7' });
  if (request.url.includes('/embeddings')) return jsonAnswer(response, 200, { object: 'list', data: [{ object: 'embedding', index: 0, embedding: [0.5] }], model: 'e', usage: { prompt_tokens: 2, total_tokens: 2 } });
  if (!asked.stream) return jsonAnswer(response, 200, { ...completion('hello'), prompt_filter_results: filters.prompt_filter_results });
  beginEvents(response);
  sendEvent(response, filters);
  sendEvent(response, chunk({ role: 'assistant', content: '' }));
  sendEvent(response, chunk({ content: 'hel' }));
  sendEvent(response, chunk({ content: 'lo' }));
  sendEvent(response, chunk({}, text === 'filtered' ? 'content_filter' : 'stop'));
  sendEvent(response, { ...chunk({}), choices: [], usage: { prompt_tokens: 7, completion_tokens: 2, total_tokens: 9 } });
  sendEvent(response, '[DONE]');
  return response.end();
});

async function behindAzure() {
  const azure = await startAzure();
  const serve = await startServeWith(`
providers:
  dated: {type: azure, base_url: "${azure.url}", api_key: "\${env:KEY}"}
  v1: {type: azure, base_url: "${azure.url}", api_version: preview, api_key: "\${env:KEY}", auth: bearer}
models:
  gpt-4o: {targets: [{provider: dated, model: gpt-4o}]}
  absent: {targets: [{provider: dated, model: absent}]}
  v1: {targets: [{provider: v1, model: gpt-4o}]}
`, { env });
  return { azure, serve };
}

test('Azure: what is sent there is what its own client sends', async () => {
  const { azure, serve } = await behindAzure();
  const own = new AzureOpenAI({ endpoint: azure.url, apiKey: 'azure-key-1', apiVersion: '2024-10-21', deployment: 'gpt-4o', maxRetries: 0 });
  await own.chat.completions.create({ model: 'gpt-4o', messages: user('hi') });
  const expected = last(azure);
  const answer = await chat(serve.url, { model: 'gpt-4o', messages: user('hi') });
  assert.equal(answer.status, 200, answer.text);
  const sent = last(azure);
  assert.deepEqual([sent.url, sent.headers['api-key'], sent.headers.authorization, sent.body], [expected.url, expected.headers['api-key'], undefined, expected.body]);
  assert.match(row(serve.dir, answer.id).price_match, /^azure\/gpt-4o /);
  const embedded = await fetch(`${serve.url}/v1/embeddings`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ model: 'gpt-4o', input: 'x' }) });
  assert.equal(embedded.status, 200);
  assert.equal(last(azure).url, '/openai/deployments/gpt-4o/embeddings?api-version=2024-10-21');
  await chat(serve.url, { model: 'v1', messages: user('hi') });
  assert.deepEqual([last(azure).url, last(azure).headers.authorization, last(azure).headers['api-key'], last(azure).body.model],
    ['/openai/v1/chat/completions?api-version=preview', 'Bearer azure-key-1', undefined, 'gpt-4o']);
});

test('Azure: a prompt\'s filter results are no token, and pass', async () => {
  const { serve } = await behindAzure();
  const answer = await chat(serve.url, { model: 'gpt-4o', messages: user('hi'), stream: true });
  assert.deepEqual(answer.events[0], filters);
  assert.ok(answer.done);
  assert.equal(answer.events.length, 5);  // without the usage that nobody asked for
  const found = row(serve.dir, answer.id);
  assert.deepEqual([found.prompt_tokens, found.completion_tokens, found.estimated], [7, 2, 0]);
  const filtered = await chat(serve.url, { model: 'gpt-4o', messages: user('filtered'), stream: true });
  assert.equal(filtered.events.at(-1).choices[0].finish_reason, 'content_filter');
});

test('Azure: errors', async () => {
  const { serve } = await behindAzure();
  const forbidden = await chat(serve.url, { model: 'gpt-4o', messages: user('forbidden') });
  assert.equal(forbidden.status, 400);
  assert.deepEqual([JSON.parse(forbidden.text).error.code, JSON.parse(forbidden.text).error.param], ['content_filter', 'prompt']);
  assert.equal((await chat(serve.url, { model: 'absent', messages: user('hi') })).status, 404);
  assert.equal((await chat(serve.url, { model: 'gpt-4o', messages: user('busy') })).status, 429);
  const client = new OpenAI({ baseURL: `${serve.url}/v1`, apiKey: 'x', maxRetries: 0 });
  const error = await rejected(client.chat.completions.create({ model: 'gpt-4o', messages: user('forbidden') }));
  assert.equal(error.code, 'content_filter');
});

// ---- services with a preset

async function behind(preset, answer) {
  const upstream = await scripted((request, response, body) => answer(response, JSON.parse(body)));
  const serve = await startServeWith(`
providers: {there: {type: openai-compatible, preset: ${preset}, base_url: "${upstream.url}/v1"}}
models: {m: {targets: [{provider: there, model: ${{ mistral: 'mistral-small-latest', groq: 'llama-3.3-70b-versatile' }[preset] ?? 'some-model'}}]}}
`);
  return { upstream, serve };
}

test('Mistral: its names for fields, its ids of calls, usage in the last chunk with a choice', async () => {
  const { upstream, serve } = await behind('mistral', (response, asked) => {
    if (!asked.stream) return jsonAnswer(response, 422, { object: 'error', message: { detail: [{ type: 'extra_forbidden', loc: ['body', 'logit_bias'], msg: 'Extra inputs are not permitted', input: {} }] }, type: 'invalid_request_error', param: null, code: null });
    beginEvents(response);
    sendEvent(response, chunk({ role: 'assistant', content: [{ type: 'thinking', thinking: [{ type: 'text', text: 'hm' }] }] }));
    sendEvent(response, chunk({ content: 'so' }));
    sendEvent(response, chunk({ content: '' }, 'stop', { usage: { prompt_tokens: 11, total_tokens: 15, completion_tokens: 4 } }));
    sendEvent(response, '[DONE]');
    return response.end();
  });
  const answer = await chat(serve.url, { model: 'm', messages: user('hi'), stream: true, seed: 7, max_completion_tokens: 20, user: 'u' });
  assert.ok(answer.done, answer.text);
  assert.deepEqual(last(upstream).body, { model: 'mistral-small-latest', messages: user('hi'), stream: true, random_seed: 7, max_tokens: 20 });
  const found = row(serve.dir, answer.id);
  assert.deepEqual([found.prompt_tokens, found.completion_tokens, found.estimated], [11, 4, 0]);
  assert.match(found.price_match, /^mistral\//);
  const refused = await chat(serve.url, { model: 'm', messages: user('hi'), logit_bias: {} });
  assert.equal(refused.status, 422);
  assert.equal(JSON.parse(refused.text).error.message, 'logit_bias: Extra inputs are not permitted');
});

test('Groq: usage in x_groq; OpenRouter: what it charged; DeepSeek: what its cache had', async () => {
  const stream = (end) => (response) => {
    beginEvents(response);
    sendEvent(response, chunk({ role: 'assistant', content: 'hi' }));
    for (const one of end) sendEvent(response, one);
    sendEvent(response, '[DONE]');
    return response.end();
  };
  const usage = { prompt_tokens: 20, completion_tokens: 5, total_tokens: 25 };
  const groq = await behind('groq', stream([chunk({}, 'stop', { x_groq: { id: 'req_1', usage } })]));
  let answer = await chat(groq.serve.url, { model: 'm', messages: user('hi'), stream: true });
  let found = row(groq.serve.dir, answer.id);
  assert.deepEqual([found.prompt_tokens, found.completion_tokens, found.estimated], [20, 5, 0]);
  assert.match(found.price_match, /^groq\//);
  const router = await behind('openrouter', stream([chunk({}, 'stop'), { ...chunk({}), choices: [], usage: { ...usage, cost: 0.00095 } }]));
  answer = await chat(router.serve.url, { model: 'm', messages: user('hi'), stream: true });
  found = row(router.serve.dir, answer.id);
  assert.deepEqual([found.cost_nano_usd, found.price_match, found.estimated], [950_000, 'provider', 0]);
  const deepseek = await behind('deepseek', stream([chunk({}, 'stop', { usage: { ...usage, prompt_cache_hit_tokens: 12, prompt_cache_miss_tokens: 8 } })]));
  answer = await chat(deepseek.serve.url, { model: 'm', messages: user('hi'), stream: true, max_completion_tokens: 5 });
  assert.equal(row(deepseek.serve.dir, answer.id).cached_tokens, 12);
  assert.equal(last(deepseek.upstream).body.max_tokens, 5);
});

test('U13: usage that cannot be true is counted here', async () => {
  for (const usage of [undefined, null, {}, { prompt_tokens: -1, completion_tokens: 2 }, { prompt_tokens: 1, completion_tokens: 2 ** 41 }, { prompt_tokens: 1.5, completion_tokens: 2 }, 7]) {
    const { serve } = await behind('together', (response, asked) => {
      if (!asked.stream) return jsonAnswer(response, 200, { ...completion('hello there'), usage });
      beginEvents(response);
      sendEvent(response, chunk({ role: 'assistant', content: 'hello there' }));
      sendEvent(response, chunk({}, 'stop', { usage }));
      sendEvent(response, '[DONE]');
      return response.end();
    });
    for (const stream of [false, true]) {
      const answer = await chat(serve.url, { model: 'm', messages: user('hi'), stream });
      const found = row(serve.dir, answer.id);
      assert.deepEqual([answer.status, found.outcome, found.estimated], [200, 'ok', 1], JSON.stringify(usage));
      assert.ok(found.completion_tokens > 0 && found.completion_tokens < 10);
    }
  }
});
