// The unmodified npm `openai` SDK in front of `genai serve`: on the embedded model, on `genai sim`, and on an upstream that follows a script.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { load } from './packages.mjs';
import {
  beginEvents, chat, chunk, completion, eventually, jsonAnswer, rejected, row, rows, scripted, sendEvent, startServe, startSim,
} from '../serve/harness.mjs';

const OpenAI = load('openai').default ?? load('openai');
const messages = [{ role: 'user', content: 'hello' }];
const client = (serve, more = {}) => new OpenAI({ baseURL: `${serve.url}/v1`, apiKey: 'sk-of-the-caller', maxRetries: 0, ...more });

test('chat: the answer, its usage and its row agree', async () => {
  const serve = await startServe();
  const { data, response } = await client(serve).chat.completions.create({ model: 'sim', messages, user: 'ann' }).withResponse();
  assert.ok(data.choices[0].message.content.length > 10);
  assert.equal(data.choices[0].finish_reason, 'stop');
  const found = row(serve.dir, response.headers.get('x-request-id'));
  assert.equal(found.outcome, 'ok');
  assert.equal(found.status, 200);
  assert.equal(found.model, 'sim');
  assert.equal(found.provider, 'sim');
  assert.equal(found.user, 'ann');
  assert.equal(found.estimated, 0);
  assert.equal(found.cost_nano_usd, 0);
  assert.equal(found.streamed, 0);
  assert.equal(found.prompt_tokens, data.usage.prompt_tokens);
  assert.equal(found.completion_tokens, data.usage.completion_tokens);
});

test('stream without usage: none is shown, it is counted all the same', async () => {
  const serve = await startServe();
  const { data, response } = await client(serve).chat.completions.create({ model: 'sim', messages, stream: true }).withResponse();
  let text = '';
  let tokens = 0;
  const finish = [];
  for await (const one of data) {
    assert.ok(!('usage' in one) || one.usage === null || one.usage === undefined, 'usage was not asked for');
    assert.equal(one.choices.length, 1, 'no chunk without a choice');
    const { delta, finish_reason } = one.choices[0];
    if (delta.content) tokens += 1;
    text += delta.content ?? '';
    if (finish_reason) finish.push(finish_reason);
  }
  assert.deepEqual(finish, ['stop']);
  assert.ok(text.length > 10);
  const found = row(serve.dir, response.headers.get('x-request-id'));
  assert.equal(found.outcome, 'ok');
  assert.equal(found.streamed, 1);
  assert.equal(found.estimated, 0);
  assert.equal(found.completion_tokens, tokens);
  assert.ok(found.ttft_us > 0 && found.ttft_us <= found.duration_us);
});

test('stream with usage: the last chunk carries it, and the row says the same', async () => {
  const serve = await startServe();
  const { data, response } = await client(serve)
    .chat.completions.create({ model: 'sim', messages, stream: true, stream_options: { include_usage: true } })
    .withResponse();
  const chunks = [];
  for await (const one of data) chunks.push(one);
  const last = chunks.at(-1);
  assert.deepEqual(last.choices, []);
  for (const one of chunks.slice(0, -1)) assert.equal(one.usage, null);
  const found = row(serve.dir, response.headers.get('x-request-id'));
  assert.equal(found.prompt_tokens, last.usage.prompt_tokens);
  assert.equal(found.completion_tokens, last.usage.completion_tokens);
});

test('the SDK\'s stream helper collects the same answer', async () => {
  const serve = await startServe();
  const stream = client(serve).chat.completions.stream({ model: 'sim', messages, stream_options: { include_usage: true } });
  const whole = await stream.finalChatCompletion();
  assert.ok(whole.choices[0].message.content.length > 10);
  assert.equal(rows(serve.dir)[0].completion_tokens, whole.usage.completion_tokens);
});

test('models are listed', async () => {
  const serve = await startServe();
  const names = [];
  for await (const model of client(serve).models.list()) names.push(model.id);
  assert.deepEqual(names, ['sim']);
});

test('C2: abort in mid-stream: the row is `cancelled` with the tokens so far, and the upstream is let go', async () => {
  const upstream = await scripted((request, response) => {
    beginEvents(response);
    sendEvent(response, chunk({ role: 'assistant', content: '' }));
    const timer = setInterval(() => sendEvent(response, chunk({ content: 'word ' })), 20);
    response.on('close', () => clearInterval(timer));
  });
  const serve = await startServe({ upstream: `${upstream.url}/v1` });
  const { data, response } = await client(serve).chat.completions.create({ model: 'any', messages, stream: true }).withResponse();
  let got = 0;
  for await (const one of data) {
    if (one.choices[0].delta.content && ++got === 5) break;  // leaving the loop aborts the request
  }
  data.controller.abort();
  const id = response.headers.get('x-request-id');
  await eventually('the upstream connection is closed', () => upstream.seen[0].closed, 2000);
  const found = await eventually('the row', () => rows(serve.dir).find((one) => one.request_id === id));
  assert.equal(found.outcome, 'cancelled');
  assert.equal(found.estimated, 1);
  assert.ok(found.completion_tokens >= 5, `${found.completion_tokens} tokens`);
  assert.equal(found.cost_nano_usd ?? null, null, 'the price of a stranger is unknown, not 0');
});

test('C2: abort of a call that is not streamed', async () => {
  const upstream = await scripted(() => {});  // never answers
  const serve = await startServe({ upstream: `${upstream.url}/v1` });
  const abort = new AbortController();
  const call = rejected(client(serve).chat.completions.create({ model: 'any', messages }, { signal: abort.signal }));
  await eventually('the call arrives', () => upstream.seen.length === 1);
  abort.abort();
  assert.ok((await call) instanceof OpenAI.APIUserAbortError);
  await eventually('the upstream connection is closed', () => upstream.seen[0].closed, 2000);
  const found = await eventually('the row', () => rows(serve.dir)[0]);
  assert.equal(found.outcome, 'cancelled');
});

test('error classes of our own refusals', async () => {
  const serve = await startServe();
  const missing = await rejected(client(serve).chat.completions.create({ model: 'no-such-model', messages }));
  assert.ok(missing instanceof OpenAI.NotFoundError);
  assert.equal(missing.status, 404);
  assert.equal(missing.code, 'model_not_found');
  assert.equal(missing.type, 'invalid_request_error');
  assert.ok(missing.requestID, 'the SDK reads X-Request-Id');

  const wrong = await rejected(client(serve).chat.completions.create({ model: 'sim', messages: [] }));
  assert.ok(wrong instanceof OpenAI.BadRequestError);
  assert.equal(wrong.param, 'messages');
  const role = await rejected(client(serve).chat.completions.create({ model: 'sim', messages: [...messages, { role: 'king', content: 'x' }] }));
  assert.ok(role instanceof OpenAI.BadRequestError);
  assert.match(role.param, /^messages\[1\]/);
  const range = await rejected(client(serve).chat.completions.create({ model: 'sim', messages, temperature: 3 }));
  assert.ok(range instanceof OpenAI.BadRequestError);
  assert.equal(range.param, 'temperature');

  await eventually('their rows', () => rows(serve.dir).length === 4);
  assert.ok(rows(serve.dir).every((one) => one.outcome === 'refused'));
  assert.equal(row(serve.dir, missing.requestID).status, 404);
});

// What the upstream says, what the caller sees.
const failures = [
  { says: 400, sees: 400, kind: 'BadRequestError' },
  { says: 401, sees: 502, kind: 'InternalServerError', code: 'upstream_auth' },
  { says: 403, sees: 502, kind: 'InternalServerError', code: 'upstream_auth' },
  { says: 404, sees: 404, kind: 'NotFoundError' },
  { says: 422, sees: 422, kind: 'UnprocessableEntityError' },
  { says: 429, sees: 429, kind: 'RateLimitError' },
  { says: 500, sees: 502, kind: 'InternalServerError' },
  { says: 503, sees: 503, kind: 'InternalServerError' },
  { says: 529, sees: 503, kind: 'InternalServerError' },
];
for (const { says, sees, kind, code } of failures) {
  test(`U8-U10: an upstream's ${says} is seen as ${sees} ${kind}`, async () => {
    const upstream = await scripted((request, response) =>
      jsonAnswer(response, says, { error: { message: `upstream says ${says} about sk-abcdefghijkl`, type: 'x', param: null, code: 'y' } }));
    const serve = await startServe({ upstream: `${upstream.url}/v1` });
    for (const stream of [false, true]) {
      const error = await rejected(client(serve).chat.completions.create({ model: 'any', messages, stream }));
      assert.equal(error.constructor.name, kind);
      assert.equal(error.status, sees);
      if (code) assert.equal(error.code, code);
      assert.doesNotMatch(error.message, /sk-abcdefghijkl/, 'no key is shown');
      const found = row(serve.dir, error.requestID);
      assert.equal(found.status, sees);
      assert.notEqual(found.outcome, 'ok');
    }
    assert.equal(upstream.seen.length, 2, 'the gateway itself did not retry');
    assert.ok(upstream.seen.every((one) => one.headers.authorization === undefined), 'the caller\'s key went nowhere');
  });
}

test('the SDK retries 500, 503 and 429 by itself, and each try is a row', async () => {
  const upstream = await scripted((request, response, body, count) => {
    if (count <= 3) return jsonAnswer(response, [500, 503, 429][count - 1], { error: { message: 'not now' } }, { 'retry-after-ms': '1' });
    jsonAnswer(response, 200, completion('at last'));
  });
  const serve = await startServe({ upstream: `${upstream.url}/v1` });
  const answer = await client(serve, { maxRetries: 3 }).chat.completions.create({ model: 'any', messages });
  assert.equal(answer.choices[0].message.content, 'at last');
  assert.equal(upstream.seen.length, 4);
  assert.deepEqual(rows(serve.dir).map((one) => one.status), [502, 503, 429, 200]);
});

test('a refused call is not retried by the SDK', async () => {
  const serve = await startServe();
  await rejected(client(serve, { maxRetries: 3 }).chat.completions.create({ model: 'nobody', messages }));
  await eventually('its row', () => rows(serve.dir).length >= 1);
  assert.equal(rows(serve.dir).length, 1);
});

test('S6: what the gateway does not know reaches the upstream byte for byte', async () => {
  const upstream = await scripted((request, response) => jsonAnswer(response, 200, completion('ok')));
  const serve = await startServe({ upstream: `${upstream.url}/v1` });
  await client(serve).chat.completions.create({
    model: 'any', messages, x_new: { deep: [1, { a: null }], text: 'ü\u2028"' }, reasoning_effort: 'low',
  });
  assert.deepEqual(JSON.parse(upstream.seen[0].body), {
    model: 'any', messages, x_new: { deep: [1, { a: null }], text: 'ü\u2028"' }, reasoning_effort: 'low',
  });
  // Odd but legal spellings survive as they are.
  const body = '{ "x_big":123456789012345678901234567890.1e-5 ,\n"model" : "any", "messages":[{"role":"user","content":"\\u0041\\/"}],"x_list":[ 1.0,1E2 , -0 ]\t}';
  const answer = await fetch(`${serve.url}/v1/chat/completions`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  assert.equal(answer.status, 200);
  await answer.text();
  assert.equal(upstream.seen[1].body.toString(), body);
});

test('a stream asks the upstream for usage and hides what was not asked for', async () => {
  const usage = { prompt_tokens: 11, completion_tokens: 2, total_tokens: 13 };
  const upstream = await scripted((request, response) => {
    beginEvents(response);
    sendEvent(response, chunk({ role: 'assistant', content: '' }, null, { usage: null }));
    for (const content of ['one', ' two']) sendEvent(response, chunk({ content }, null, { usage: null }));
    sendEvent(response, chunk({}, 'stop', { usage: null }));
    sendEvent(response, { ...chunk({}), choices: [], usage });
    sendEvent(response, '[DONE]');
    response.end();
  });
  const serve = await startServe({ upstream: `${upstream.url}/v1` });
  const hidden = await chat(serve.url, { stream: true });
  assert.equal(JSON.parse(upstream.seen[0].body).stream_options.include_usage, true);
  assert.ok(hidden.done);
  assert.ok(hidden.events.every((one) => one.usage === undefined && one.choices.length === 1));
  const shown = await chat(serve.url, { stream: true, stream_options: { include_usage: true } });
  assert.deepEqual(shown.events.at(-1).usage, usage);
  for (const { id } of [hidden, shown]) {
    const found = row(serve.dir, id);
    assert.equal(found.prompt_tokens, 11);
    assert.equal(found.completion_tokens, 2);
    assert.equal(found.estimated, 0);
  }
});

test('U3-U5: a 200 that holds no answer is a 502 for the client and in the row', async () => {
  const bad = [['application/json', '{"id":'], ['application/json', '{"error":{"message":"nope","type":"server_error"}}'], ['text/html', '<html>oops</html>']];
  const upstream = await scripted((request, response, body, count) => {
    const [type, text] = bad[(count - 1) % bad.length];
    response.writeHead(200, { 'content-type': type });
    response.end(text);
  });
  const serve = await startServe({ upstream: `${upstream.url}/v1` });
  for (const stream of [false, true]) {
    for (const [, text] of bad) {
      const answer = await chat(serve.url, { stream });
      assert.equal(answer.status, 502, text);
      assert.doesNotMatch(answer.text, /<html>/);
      const found = row(serve.dir, answer.id);
      assert.deepEqual([found.status, found.outcome], [502, 'upstream_error'], text);
    }
  }
});

test('U3: an upstream that ends without [DONE]: the SDK throws, the row is `truncated`', async () => {
  const upstream = await scripted((request, response) => {
    beginEvents(response);
    sendEvent(response, chunk({ role: 'assistant', content: '' }));
    sendEvent(response, chunk({ content: 'half' }));
    setTimeout(() => response.end(), 50);
  });
  const serve = await startServe({ upstream: `${upstream.url}/v1` });
  const { data, response } = await client(serve).chat.completions.create({ model: 'any', messages, stream: true }).withResponse();
  let text = '';
  const error = await rejected((async () => { for await (const one of data) text += one.choices[0].delta.content ?? ''; })());
  assert.equal(text, 'half');
  assert.match(String(error.message ?? error.error?.message), /without \[DONE\]/);
  const found = row(serve.dir, response.headers.get('x-request-id'));
  assert.equal(found.outcome, 'truncated');
  assert.equal(found.error_code, 'upstream_incomplete');
  assert.equal(found.estimated, 1);
});

test('through sim over HTTP the SDK sees the same as in process', async () => {
  const sim = await startSim(['--ttft', '1ms', '--itl', '1ms', '--output-tokens', '12']);
  const serve = await startServe({ upstream: `${sim.url}/v1` });
  const answer = await client(serve).chat.completions.create({ model: 'whatever/you-like', messages });
  assert.equal(answer.usage.completion_tokens, 12);
  const found = rows(serve.dir)[0];
  assert.equal(found.model, 'whatever/you-like');
  assert.equal(found.provider, 'upstream');
  assert.equal(found.cost_nano_usd ?? null, null);
  const embedded = await new OpenAI({ baseURL: `${sim.url}/v1`, apiKey: 'none' }).embeddings.create({ model: 'e', input: ['a', 'b'] });
  assert.equal(embedded.data.length, 2);
});
