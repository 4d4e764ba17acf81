// The endpoints for applications, asked as their users would: by curl, with bodies typed by hand.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { before, test } from 'node:test';
import { curl } from './curl.mjs';
import {
  beginEvents, chunk, completion, environment, eventually, jsonAnswer, query, row, rows, scripted, sendEvent, startServe, startServeWith,
} from '../serve/harness.mjs';

let serve;
before(async () => { serve = await startServe(); });

const json = ['-H', 'Content-Type: application/json'];
const body = (value) => (typeof value === 'string' ? value : JSON.stringify(value));

// One POST: {status, headers, json, text, found: the row}.
async function post(path, value, { server = serve, args = [] } = {}) {
  const answer = await curl(server.url + path, [...json, ...args, '-d', body(value)]);
  assert.match(answer.headers.get('content-type'), /^application\/json/, answer.body);
  const text = answer.body;
  return { ...answer, text, json: JSON.parse(text), id: answer.headers.get('x-request-id') };
}

async function ok(path, value, options = {}) {
  const answer = await post(path, value, options);
  assert.equal(answer.status, 200, answer.text);
  return answer;
}

// An error of these endpoints, which names what is wrong.
async function refused(path, value, status, says, options = {}) {
  const answer = await post(path, value, options);
  assert.equal(answer.status, status, `${body(value).slice(0, 100)}: ${answer.text}`);
  assert.deepEqual(Object.keys(answer.json), ['error', 'type', 'timestamp'], answer.text);
  assert.equal(typeof answer.json.error, 'string');
  assert.match(answer.json.error, says, `${body(value).slice(0, 100)}`);
  assert.match(answer.json.type, /^[a-z_]+$/);
  assert.match(answer.json.timestamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.ok(Math.abs(Date.parse(answer.json.timestamp) - Date.now()) < 60_000, 'the time is now');
  return answer;
}

// A gateway whose only model is this upstream's.
const inFrontOf = (upstream) => startServeWith(`
listen: 127.0.0.1:0
providers:
  there: {type: openai-compatible, base_url: "${upstream.url}/v1"}
models:
  one: {targets: [{provider: there, model: a}]}
`);

const tokensOf = (found) => found.prompt_tokens + found.completion_tokens;

test('GET /: says what it is', async () => {
  const answer = await curl(`${serve.url}/`);
  assert.equal(answer.status, 200);
  assert.match(JSON.parse(answer.body).message, /^genai /);
});

test('POST /api/generate: the answer and its row agree; options', async () => {
  const plain = await ok('/api/generate', { prompt: 'Write a haiku about the sea.' });
  assert.deepEqual(Object.keys(plain.json), ['text', 'tokens', 'model', 'from_cache']);
  assert.ok(plain.json.text.length > 10);
  assert.deepEqual([plain.json.model, plain.json.from_cache], ['sim', false]);
  const found = row(serve.dir, plain.id);
  assert.deepEqual([found.outcome, found.status, found.model, tokensOf(found)], ['ok', 200, 'sim', plain.json.tokens]);
  assert.equal(found.route, '/api/generate');

  const bounded = await ok('/api/generate', { prompt: 'hello', options: { model: 'sim', temperature: 0, max_tokens: 5, requireAdvanced: true } });
  assert.equal(row(serve.dir, bounded.id).completion_tokens, 5);
  for (const options of [{}, { temperature: 2 }, { max_tokens: 4000 }, { requireAdvanced: false }]) await ok('/api/generate', { prompt: 'hello', options });
});

test('POST /api/generate: limits are in characters, not in bytes, and both ends are in', async () => {
  await ok('/api/generate', { prompt: 'a' });
  await ok('/api/generate', { prompt: 'a'.repeat(4000) });
  await ok('/api/generate', { prompt: 'ü'.repeat(4000) });
  await ok('/api/generate', { prompt: '👩'.repeat(4000) });
  await ok('/api/generate', `{"prompt":"${'\\u00fc'.repeat(4000)}"}`);
  await ok('/api/generate', `{"prompt":"${'\\ud83d\\udc69'.repeat(4000)}"}`);
  await refused('/api/generate', { prompt: 'a'.repeat(4001) }, 400, /prompt.*4000.*4001/);
  await refused('/api/generate', { prompt: 'ü'.repeat(4001) }, 400, /prompt.*4001/);
  await refused('/api/generate', { prompt: '' }, 400, /prompt/);
});

test('POST /api/generate: what is wrong is named', async () => {
  const wrong = [
    [{}, /prompt/], [{ prompt: 7 }, /prompt/], [{ prompt: null }, /prompt/], [{ prompt: ['a'] }, /prompt/], [{ prompt: '   ' }, /prompt/],
    [{ prompt: 'a', options: 7 }, /options/], [{ prompt: 'a', options: { temperature: 2.1 } }, /options\.temperature/], [{ prompt: 'a', options: { temperature: -1 } }, /options\.temperature/],
    [{ prompt: 'a', options: { temperature: 'hot' } }, /options\.temperature/], [{ prompt: 'a', options: { max_tokens: 0 } }, /options\.max_tokens/],
    [{ prompt: 'a', options: { max_tokens: 4001 } }, /options\.max_tokens/], [{ prompt: 'a', options: { max_tokens: 1.5 } }, /options\.max_tokens/],
    [{ prompt: 'a', options: { requireAdvanced: 'yes' } }, /options\.requireAdvanced/], [{ prompt: 'a', options: { model: 7 } }, /options\.model/],
    [{ prompt: 'a', options: { maxTokens: 5 } }, /options\.maxTokens/], [{ promt: 'a' }, /promt.*did you mean 'prompt'/],
    ['[]', /./], ['"text"', /./], ['', /./], ['{', /./], ['{"prompt":"a","prompt":"b"}', /twice.*byte 14/], ['{"prompt":"\\ud800"}', /./],
  ];
  for (const [value, says] of wrong) {
    const answer = await refused('/api/generate', value, 400, says);
    assert.equal(answer.headers.get('x-should-retry'), 'false');
    const found = await eventually('its row', () => rows(serve.dir).find((one) => one.request_id === answer.id));
    assert.deepEqual([found.outcome, found.status], ['refused', 400]);
  }
  const missing = await refused('/api/generate', { prompt: 'a', options: { model: 'nobody' } }, 404, /nobody/);
  assert.equal(missing.json.type, 'model_not_found');
});

test('POST /api/batch-generate: results in order, each with a row of its own', async () => {
  const prompts = Array.from({ length: 10 }, (_, at) => `Question ${at}`);
  const answer = await ok('/api/batch-generate', { prompts, options: { max_tokens: 7 } });
  assert.deepEqual(Object.keys(answer.json), ['results']);
  assert.equal(answer.json.results.length, 10);
  for (const one of answer.json.results) {
    assert.deepEqual(Object.keys(one), ['text', 'tokens', 'model', 'from_cache']);
    assert.ok(one.text.length > 5);
  }
  const found = query(serve.dir, "SELECT * FROM requests WHERE route = '/api/batch-generate'");
  assert.equal(found.length, 10);
  assert.deepEqual(found.map(tokensOf).sort(), answer.json.results.map((one) => one.tokens).sort());
  await ok('/api/batch-generate', { prompts: ['one'] });
  const wrong = [
    [{ prompts: [] }, /prompts/], [{ prompts: [...prompts, 'one more'] }, /prompts.*10/], [{ prompts: 'a' }, /prompts/], [{}, /prompts/], [{ prompt: 'a' }, /prompt/],
    [{ prompts: ['a', ''] }, /prompts\[1\]/], [{ prompts: ['a', 7] }, /prompts\[1\]/], [{ prompts: ['a'.repeat(4001)] }, /prompts\[0\]/], [{ prompts: ['a'], options: { temperature: 9 } }, /options\.temperature/],
  ];
  for (const [value, says] of wrong) await refused('/api/batch-generate', value, 400, says);
});

test('POST /api/batch-generate: one that fails does not fail the others', async () => {
  const upstream = await scripted((request, response, asked) => {
    if (asked.includes('bad')) return jsonAnswer(response, 500, { error: { message: 'not this one' } });
    if (asked.includes('often')) return jsonAnswer(response, 429, { error: { message: 'too often' } });
    jsonAnswer(response, 200, completion(`said: ${JSON.parse(asked).messages[0].content}`));
  });
  const front = await startServe({ upstream: `${upstream.url}/v1` });
  const answer = await ok('/api/batch-generate', { prompts: ['one', 'bad', 'three', 'often'], options: { model: 'any' } }, { server: front });
  const [one, bad, three, often] = answer.json.results;
  assert.deepEqual([one.text, one.tokens, three.text], ['said: one', 10, 'said: three']);
  for (const failed of [bad, often]) assert.deepEqual(Object.keys(failed), ['error', 'type', 'timestamp']);
  assert.deepEqual([bad.type, often.type], ['upstream_error', 'upstream_rate_limited']);
  assert.match(bad.error, /not this one/);
  await eventually('the rows', () => rows(front.dir).length === 4);
  assert.deepEqual(rows(front.dir).map((found) => found.status).sort(), [200, 200, 429, 502]);
});

test('POST /api/batch-generate: curl that is stopped leaves rows `cancelled`, one each, and lets the upstream go', async () => {
  const upstream = await scripted(() => {});  // never answers
  const front = await inFrontOf(upstream);
  const child = spawn('curl', ['-q', '-sS', ...json, '-d', body({ prompts: ['a', 'b', 'c'] }), `${front.url}/api/batch-generate`], { env: environment(), stdio: 'ignore' });
  await eventually('all are asked', () => upstream.seen.length === 3);
  child.kill('SIGTERM');
  await eventually('the upstream connections are closed', () => upstream.seen.every((one) => one.closed), 2000);
  await eventually('the rows', () => rows(front.dir).length === 3);
  assert.ok(rows(front.dir).every((one) => one.outcome === 'cancelled'));
});

test('POST /batch-process: a list in, a list out', async () => {
  const answer = await ok('/batch-process', ['first text', 'second text', 'third text']);
  assert.equal(answer.json.results.length, 3);
  for (const one of answer.json.results) assert.ok(one.text.length > 10 && one.tokens > 0);
  await ok('/batch-process', Array.from({ length: 10 }, () => 'text'));
  for (const [value, says] of [[[], /./], [Array.from({ length: 11 }, () => 'x'), /10/], [{ texts: ['a'] }, /array/], ['"a"', /array/], [['a', ''], /\[1\]/], [[1], /\[0\]/], [['a'.repeat(4001)], /4000/]])
    await refused('/batch-process', value, 400, says);
});

test('POST /api/chat: the answer, the user and the time', async () => {
  const answer = await ok('/api/chat', { query: 'What is the weather?', user_id: 'ann' });
  assert.deepEqual(Object.keys(answer.json), ['response', 'tokens_used', 'latency_ms']);
  const found = row(serve.dir, answer.id);
  assert.deepEqual([found.user, tokensOf(found)], ['ann', answer.json.tokens_used]);
  assert.ok(Number.isInteger(answer.json.latency_ms) && answer.json.latency_ms >= 0 && answer.json.latency_ms < 20_000);
  assert.ok(found.completion_tokens <= 150, 'as many tokens as it takes by itself');
  assert.equal(row(serve.dir, (await ok('/api/chat', { query: 'hello', max_tokens: 5 })).id).completion_tokens, 5);
  await ok('/api/chat', { query: 'ü'.repeat(5000), max_tokens: 1 });
  for (const [value, says] of [[{}, /query/], [{ query: '' }, /query/], [{ query: 'ü'.repeat(5001) }, /query.*5000.*5001/], [{ query: 'a', max_tokens: 0 }, /max_tokens/], [{ query: 'a', max_tokens: 'many' }, /max_tokens/],
    [{ query: 'a', user_id: 7 }, /user_id/], [{ query: 'a', user_id: 'a\u0001b' }, /user_id/], [{ message: 'a' }, /message/]]) await refused('/api/chat', value, 400, says);
});

test('POST /api/chat: what it allows an answer reaches the upstream: 150, or what is asked', async () => {
  const upstream = await scripted((request, response) => jsonAnswer(response, 200, completion('fine')));
  const front = await startServeWith(`
listen: 127.0.0.1:0
providers:
  there: {type: openai-compatible, base_url: "${upstream.url}/v1"}
models:
  first: {targets: [{provider: there, model: a}]}
  second: {targets: [{provider: there, model: b}]}
`);
  const sent = async (path, value) => {
    await ok(path, value, { server: front });
    const asked = JSON.parse(upstream.seen.at(-1).body);
    return { ...asked, limit: asked.max_tokens ?? asked.max_completion_tokens };
  };
  assert.equal((await sent('/api/chat', { query: 'hello' })).limit, 150);
  assert.equal((await sent('/api/chat', { query: 'hello', max_tokens: 77 })).limit, 77);
  assert.equal((await sent('/generate', { prompt: 'hello' })).limit, 1000);
  assert.equal((await sent('/api/generate', { prompt: 'hello' })).limit, undefined);
  assert.equal((await sent('/chat', { message: 'hello' })).temperature, 0.7);
  assert.equal((await sent('/chat', { message: 'hello', temperature: 1.25 })).temperature, 1.25);
  assert.equal((await sent('/api/generate', { prompt: 'hello', options: { model: 'second' } })).model, 'b');
  const summary = await sent('/summarize', { text: 'A text that is to be shorter.', length: 'short' });
  assert.deepEqual(summary.messages.map((one) => one.role), ['system', 'user']);
  assert.match(summary.messages[0].content, /one or two sentences/);
  assert.doesNotMatch(summary.messages[0].content, /[{}]/, 'nothing is left to be filled in');
  assert.match((await sent('/summarize', { text: 'A text that is to be shorter.' })).messages[0].content, /one paragraph/);
  assert.match((await sent('/summarize', { text: 'A text with {length} in it.', length: 'long' })).messages[1].content, /\{length\}/);
});

test('POST /chat', async () => {
  const answer = await ok('/chat', { message: 'hello' });
  assert.deepEqual(Object.keys(answer.json), ['response', 'tokens_used', 'from_cache']);
  assert.equal(answer.json.from_cache, false);
  assert.equal(tokensOf(row(serve.dir, answer.id)), answer.json.tokens_used);
  await ok('/chat', { message: 'hello', temperature: 0 });
  for (const [value, says] of [[{}, /message/], [{ message: '' }, /message/], [{ message: 'a'.repeat(4001) }, /message/], [{ message: 'a', temperature: 3 }, /temperature/], [{ message: 'a', max_tokens: 5 }, /max_tokens/]])
    await refused('/chat', value, 400, says);
});

test('POST /generate: plain', async () => {
  const answer = await ok('/generate', { prompt: 'hello', max_tokens: 9 });
  assert.deepEqual(Object.keys(answer.json), ['response', 'usage']);
  const found = row(serve.dir, answer.id);
  assert.deepEqual(answer.json.usage, { input_tokens: found.prompt_tokens, output_tokens: 9 });
  await ok('/generate', { prompt: 'a'.repeat(10_000), stream: false, max_tokens: 1 });
  for (const [value, says] of [[{}, /prompt/], [{ prompt: 'a'.repeat(10_001) }, /10000/], [{ prompt: 'a', stream: 'yes' }, /stream/], [{ prompt: 'a', max_tokens: 4001 }, /max_tokens/]]) await refused('/generate', value, 400, says);
});

// Server-sent events as browsers read them: [type, data] (HTML, "Interpreting an event stream").
function read(text) {
  const all = [];
  let type = 'message';
  let data = [];
  for (const line of text.split(/\r\n|\n|\r/)) {
    const colon = line.indexOf(':');
    const value = line.slice(colon + 1).replace(/^ /, '');
    if (line === '') {
      if (data.length > 0) all.push([type, data.join('\n')]);
      [type, data] = ['message', []];
    } else if (line.slice(0, colon) === 'data') {
      data.push(value);
    } else if (line.slice(0, colon) === 'event') {
      type = value;
    }
  }
  return all;
}

test('POST /generate: streamed as events of raw text, which end with [DONE]', async () => {
  const answer = await curl(`${serve.url}/generate`, ['-N', ...json, '-d', body({ prompt: 'hello', stream: true, max_tokens: 20 })]);
  assert.equal(answer.status, 200);
  assert.match(answer.headers.get('content-type'), /^text\/event-stream/);
  assert.equal(answer.headers.get('cache-control'), 'no-cache');
  const events = read(answer.body);
  assert.ok(events.every(([type]) => type === 'message'));
  assert.equal(events.at(-1)[1], '[DONE]');
  assert.equal(events.length, 21);
  const text = events.slice(0, -1).map(([, data]) => data).join('');
  assert.match(text, /^[^{}"]{30,}$/, 'text, not JSON');
  const found = row(serve.dir, answer.headers.get('x-request-id'));
  assert.deepEqual([found.outcome, found.streamed, found.completion_tokens], ['ok', 1, 20]);
});

test('POST /generate: line breaks, quotes and what else a text has arrive as they are', async () => {
  const pieces = ['one\ntwo', '\n', '\n\nthree\r\nfour', 'five\rsix', 'seven\n', ' "quoted" \\n ', 'ü👩\u2028', '  spaces  ', 'data: x', ': y', '[DONE]?'];
  const upstream = await scripted((request, response) => {
    beginEvents(response);
    sendEvent(response, chunk({ role: 'assistant', content: '' }));
    for (const content of pieces) sendEvent(response, chunk({ content }));
    sendEvent(response, chunk({}, 'stop'));
    sendEvent(response, '[DONE]');
    response.end();
  });
  const front = await inFrontOf(upstream);
  const answer = await curl(`${front.url}/generate`, ['-N', ...json, '-d', body({ prompt: 'hello', stream: true })]);
  assert.equal(answer.status, 200, answer.body);
  const events = read(answer.body);
  assert.equal(events.at(-1)[1], '[DONE]');
  // Events have one line break: what else breaks a line arrives as it.
  assert.equal(events.slice(0, -1).map(([, data]) => data).join(''), pieces.join('').replaceAll(/\r\n|\r/g, '\n'));
});

test('POST /generate: a stream that fails before its first event is an error with a status, later an event', async () => {
  let cut = false;
  const upstream = await scripted((request, response) => {
    if (!cut) return jsonAnswer(response, 500, { error: { message: 'broken' } });
    beginEvents(response);
    sendEvent(response, chunk({ role: 'assistant', content: '' }));
    sendEvent(response, chunk({ content: 'half' }));
    setTimeout(() => response.end(), 50);
  });
  const front = await inFrontOf(upstream);
  await refused('/generate', { prompt: 'hello', stream: true }, 502, /broken/, { server: front });
  cut = true;
  const answer = await curl(`${front.url}/generate`, ['-N', ...json, '-d', body({ prompt: 'hello', stream: true })]);
  const events = read(answer.body);
  assert.deepEqual(events.map(([type]) => type), ['message', 'error']);
  assert.equal(events[0][1], 'half');
  const error = JSON.parse(events[1][1]);
  assert.deepEqual(Object.keys(error), ['error', 'type', 'timestamp']);
  assert.match(error.type, /^upstream_/);
  assert.ok(!answer.body.includes('[DONE]'.padEnd(7, '\n')));
  assert.equal(row(front.dir, answer.headers.get('x-request-id')).outcome, 'truncated');
});

test('POST /generate: curl that is stopped in mid-stream leaves a row `cancelled`', async () => {
  const before = rows(serve.dir).length;
  const child = spawn('curl', ['-q', '-sSN', ...json, '-d', body({ prompt: 'hello', stream: true }), `${serve.url}/generate`], { env: environment(), stdio: ['ignore', 'pipe', 'ignore'] });
  await once(child.stdout, 'data');
  child.kill('SIGTERM');
  const found = await eventually('the row', () => rows(serve.dir)[before]);
  assert.deepEqual([found.outcome, found.streamed], ['cancelled', 1]);
});

test('POST /summarize', async () => {
  const text = 'Ten years ago the sea was higher than the wall. '.repeat(5);
  for (const length of ['short', 'medium', 'long', undefined]) {
    const answer = await ok('/summarize', { text, length });
    assert.deepEqual(Object.keys(answer.json), ['summary', 'tokens_used']);
    assert.ok(answer.json.summary.length > 10);
    assert.equal(tokensOf(row(serve.dir, answer.id)), answer.json.tokens_used);
  }
  await ok('/summarize', { text: '0123456789' });
  await ok('/summarize', { text: 'ü'.repeat(10_000) });
  for (const [value, says] of [[{ text: '012345678' }, /text.*10.*9/], [{ text: 'ü'.repeat(10_001) }, /text.*10000.*10001/], [{}, /text/], [{ text, length: 'tiny' }, /length.*short.*medium.*long/], [{ text, length: 3 }, /length/], [{ text, model: 'x' }, /model/]])
    await refused('/summarize', value, 400, says);
});

test('other methods, media types and paths', async () => {
  for (const path of ['/api/generate', '/api/batch-generate', '/batch-process', '/api/chat', '/chat', '/generate', '/summarize']) {
    const got = await curl(serve.url + path);
    assert.equal(got.status, 405, path);
    assert.equal(got.headers.get('allow'), 'POST');
    const form = await curl(serve.url + path, ['-d', 'prompt=hello']);
    assert.equal(form.status, 415, path);
    assert.deepEqual(Object.keys(JSON.parse(form.body)), ['error', 'type', 'timestamp']);
  }
  const posted = await curl(`${serve.url}/`, ['-X', 'POST', ...json, '-d', '{}']);
  assert.equal(posted.status, 405);
  assert.match(posted.headers.get('allow'), /GET/);
  const lost = await curl(`${serve.url}/api/nowhere`, [...json, '-d', '{}']);
  assert.equal(lost.status, 404);
  assert.deepEqual(Object.keys(JSON.parse(lost.body)), ['error', 'type', 'timestamp']);
});

test('what an upstream fails with is an error of these endpoints, with its status', async () => {
  let says = 500;
  const upstream = await scripted((request, response) => jsonAnswer(response, says, { error: { message: 'about sk-abcdefghijkl' } }));
  const front = await inFrontOf(upstream);
  for (const [status, seen, type] of [[500, 502, 'upstream_error'], [429, 429, 'upstream_rate_limited'], [401, 502, 'upstream_auth'], [503, 503, 'upstream_error'], [400, 400, 'upstream_rejected']]) {
    says = status;
    for (const [path, value] of [['/chat', { message: 'hello' }], ['/summarize', { text: 'long enough text' }], ['/api/generate', { prompt: 'x' }], ['/generate', { prompt: 'x', stream: true }]]) {
      const answer = await refused(path, value, seen, /./, { server: front });
      assert.equal(answer.json.type, type);
      assert.doesNotMatch(answer.text, /sk-abcdefghijkl/);
      assert.equal(row(front.dir, answer.id).status, seen);
    }
  }
});

test('two at once on one port with the dialects of others', async () => {
  const asked = [
    ['/v1/chat/completions', { model: 'sim', messages: [{ role: 'user', content: 'x' }] }], ['/v1/messages', { model: 'sim', max_tokens: 5, messages: [{ role: 'user', content: 'x' }] }],
    ['/v1/responses', { model: 'sim', input: 'x' }], ['/v1/completions', { model: 'sim', prompt: 'x' }], ['/chat', { message: 'x' }], ['/generate', { prompt: 'x' }],
  ];
  const answers = await Promise.all(asked.map(([path, value]) => ok(path, value)));
  assert.equal(new Set(answers.map((one) => one.id)).size, asked.length);
  answers.forEach((one, at) => assert.equal(row(serve.dir, one.id).route, asked[at][0]));
});
