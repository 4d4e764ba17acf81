// The unmodified npm `openai` SDK in front of `genai serve`: on the embedded model, on `genai sim`, and on an upstream that follows a script.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { load } from './packages.mjs';
import {
  beginEvents, chat, chunk, completion, eventually, jsonAnswer, rejected, row, rows, scripted, sendEvent, sleep, startServe, startServeWith, startSim,
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

// ---- what is not chat

const weather = { type: 'object', properties: { place: { type: 'string' }, days: { type: 'integer' } }, required: ['place'], additionalProperties: false };
const directive = 'How is it there? [[call get_weather {"place":"Ulm \\"Süd\\"","days":2}]]';
const wanted = { place: 'Ulm "Süd"', days: 2 };
const idOf = (answer) => answer.headers.get('x-request-id');

test('responses: the answer, its usage and its row agree', async () => {
  const serve = await startServe();
  for (const input of ['hello', [{ role: 'user', content: 'hello' }], [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: 'hello' }] }]]) {
    const { data, response } = await client(serve).responses.create({ model: 'sim', input, instructions: 'Be kind.', user: 'ann' }).withResponse();
    assert.equal(data.object, 'response');
    assert.equal(data.status, 'completed');
    assert.equal(data.model, 'sim');
    assert.equal(data.error, null);
    assert.equal(data.incomplete_details, null);
    assert.equal(data.output.length, 1);
    assert.deepEqual([data.output[0].type, data.output[0].role, data.output[0].status], ['message', 'assistant', 'completed']);
    assert.ok(data.output_text.length > 10);
    assert.equal(data.usage.total_tokens, data.usage.input_tokens + data.usage.output_tokens);
    const found = row(serve.dir, idOf(response));
    assert.deepEqual([found.outcome, found.status, found.prompt_tokens, found.completion_tokens, found.user], ['ok', 200, data.usage.input_tokens, data.usage.output_tokens, 'ann']);
  }
});

test('responses: max_output_tokens leaves it incomplete, and says why', async () => {
  const serve = await startServe();
  const request = { model: 'sim', input: 'hello', max_output_tokens: 16 };
  const plain = await client(serve).responses.create(request);
  const streamed = await client(serve).responses.stream(request).finalResponse();
  for (const answer of [plain, streamed]) {
    assert.equal(answer.status, 'incomplete');
    assert.equal(answer.incomplete_details.reason, 'max_output_tokens');
    assert.equal(answer.usage.output_tokens, 16);
  }
});

test('responses: the stream has every event, numbered, and the helper collects the same answer', async () => {
  const serve = await startServe();
  const { data, response } = await client(serve).responses.create({ model: 'sim', input: 'hello', stream: true }).withResponse();
  const events = [];
  for await (const event of data) events.push(event);
  assert.deepEqual(events.map((event) => event.sequence_number), events.map((_, at) => at));
  const types = events.map((event) => event.type);
  assert.deepEqual(types.slice(0, 4), ['response.created', 'response.in_progress', 'response.output_item.added', 'response.content_part.added']);
  assert.deepEqual(types.slice(-4), ['response.output_text.done', 'response.content_part.done', 'response.output_item.done', 'response.completed']);
  const deltas = events.filter((event) => event.type === 'response.output_text.delta');
  assert.equal(deltas.length, events.length - 8);
  assert.ok(deltas.length > 5);
  const text = deltas.map((event) => event.delta).join('');
  assert.equal(events.at(-4).text, text);
  const final = events.at(-1).response;
  assert.equal(final.output[0].content[0].text, text);
  assert.equal(final.id, events[0].response.id);
  assert.ok(deltas.every((event) => event.item_id === final.output[0].id));
  const found = row(serve.dir, idOf(response));
  assert.deepEqual([found.outcome, found.streamed, found.prompt_tokens, found.completion_tokens], ['ok', 1, final.usage.input_tokens, final.usage.output_tokens]);

  const seen = {};
  const stream = client(serve).responses.stream({ model: 'sim', input: 'hello' });
  let snapshot = '';
  stream.on('event', (event) => { seen[event.type] = (seen[event.type] ?? 0) + 1; });
  stream.on('response.output_text.delta', (event) => { snapshot = event.snapshot; });
  const whole = await stream.finalResponse();
  assert.equal(whole.output_text, snapshot);
  assert.equal(whole.status, 'completed');
  for (const type of new Set(types)) assert.ok(seen[type] > 0, type);
});

test('responses: tools, plain and streamed, and prose once the result is there', async () => {
  const serve = await startServe();
  const tools = [{ type: 'function', name: 'get_weather', parameters: weather, strict: true }];
  const input = [{ role: 'user', content: directive }];
  for (const stream of [false, true]) {
    const create = (request) => (stream ? client(serve).responses.stream(request).finalResponse() : client(serve).responses.create(request));
    const first = await create({ model: 'sim', input, tools, tool_choice: 'auto', parallel_tool_calls: true });
    const call = first.output.find((item) => item.type === 'function_call');
    assert.deepEqual([call.name, call.status, JSON.parse(call.arguments)], ['get_weather', 'completed', wanted]);
    assert.ok(call.call_id && call.id && call.call_id !== call.id);
    const output = { type: 'function_call_output', call_id: call.call_id, output: '21 °C' };
    const second = await create({ model: 'sim', input: [...input, ...first.output, output], tools });
    assert.ok(second.output_text.length > 10);
    assert.ok(second.output.every((item) => item.type === 'message'));
  }
  assert.ok(rows(serve.dir).every((one) => one.outcome === 'ok'));
});

test('responses: thoughts of an open model are shown, and go back with the call that they led to', async () => {
  const tool_calls = [{ id: 'call_7', type: 'function', function: { name: 'get_weather', arguments: JSON.stringify(wanted) } }];
  const upstream = await scripted((request, response, body) => {
    const asked = JSON.parse(body);
    if (asked.messages.at(-1).role === 'tool') return jsonAnswer(response, 200, completion('21 °C it is.'));
    const whole = completion(null);
    whole.choices[0] = { index: 0, message: { role: 'assistant', content: null, reasoning_content: 'Let me see.', tool_calls }, finish_reason: 'tool_calls' };
    jsonAnswer(response, 200, whole);
  });
  const serve = await startServe({ upstream: `${upstream.url}/v1` });
  const tools = [{ type: 'function', name: 'get_weather', parameters: weather, strict: true }];
  const input = [{ role: 'user', content: 'How is it there?' }];
  const first = await client(serve).responses.create({ model: 'any', input, tools, include: ['reasoning.encrypted_content'] });
  assert.deepEqual(first.output.map((item) => item.type), ['reasoning', 'function_call']);
  assert.equal(first.output[0].summary[0].text, 'Let me see.');
  const second = await client(serve).responses.create({ model: 'any', input: [...input, ...first.output, { type: 'function_call_output', call_id: first.output[1].call_id, output: '21 °C' }], tools });
  assert.equal(second.output_text, '21 °C it is.');
  assert.deepEqual(JSON.parse(upstream.seen.at(-1).body).messages.map((one) => one.role), ['user', 'assistant', 'tool']);
});

test('responses: hints and fields that say nothing are taken', async () => {
  const serve = await startServe();
  const hints = {
    metadata: { a: 'b' }, client_metadata: { session_id: 'a' }, prompt_cache_key: 'k', prompt_cache_retention: '24h', safety_identifier: 'u', include: ['reasoning.encrypted_content'], store: false,
    reasoning: { effort: 'max', summary: 'auto' }, stream_options: null, prompt: null, conversation: null, previous_response_id: null, background: false, truncation: 'disabled', service_tier: 'auto', text: { format: { type: 'text' } },
  };
  for (const [field, value] of Object.entries(hints)) {
    const answer = await client(serve).responses.create({ model: 'sim', input: 'x', max_output_tokens: 16, [field]: value }).catch((error) => error);
    assert.equal(answer.object, 'response', `${field}: ${answer}`);
  }
});

test('responses: what only OpenAI\'s own platform keeps is a 400 that names the field', async () => {
  const serve = await startServe();
  const refusals = { store: true, previous_response_id: 'resp_1', background: true, conversation: 'conv_1', prompt: { id: 'pmpt_1' } };
  for (const [field, value] of Object.entries(refusals)) {
    for (const stream of [false, true]) {
      const error = await rejected(client(serve, { maxRetries: 2 }).responses.create({ model: 'sim', input: 'hello', stream, [field]: value }));
      assert.ok(error instanceof OpenAI.BadRequestError, `${field}: ${error}`);
      assert.equal(error.param, field);
    }
  }
  const tool = await rejected(client(serve).responses.create({ model: 'sim', input: 'hello', tools: [{ type: 'web_search' }] }));
  assert.ok(tool instanceof OpenAI.BadRequestError && tool.param.startsWith('tools[0]'), `${tool.param}`);
  const missing = await rejected(client(serve).responses.create({ model: 'nobody', input: 'hello' }));
  assert.ok(missing instanceof OpenAI.NotFoundError);
  assert.equal(missing.code, 'model_not_found');
  const empty = await rejected(client(serve).responses.create({ model: 'sim' }));
  assert.ok(empty instanceof OpenAI.BadRequestError);
  assert.equal(empty.param, 'input');
  assert.equal((await client(serve).responses.create({ model: 'sim', input: 'hello', store: false })).status, 'completed');
  await rejected(client(serve).responses.retrieve('resp_1'));
});

test('C2: responses: abort in mid-stream leaves a row `cancelled`', async () => {
  const serve = await startServe();
  const stream = client(serve).responses.stream({ model: 'sim', input: 'hello' });
  let got = 0;
  stream.on('response.output_text.delta', () => { if (++got === 3) stream.abort(); });
  assert.ok((await rejected(stream.finalResponse())) instanceof OpenAI.APIUserAbortError);
  const found = await eventually('the row', () => rows(serve.dir)[0]);
  assert.deepEqual([found.outcome, found.streamed], ['cancelled', 1]);
  assert.ok(found.completion_tokens >= 3);
});

test('responses: an upstream that breaks off: the SDK throws what the error event says', async () => {
  const upstream = await scripted((request, response) => {
    beginEvents(response);
    sendEvent(response, chunk({ role: 'assistant', content: '' }));
    sendEvent(response, chunk({ content: 'half' }));
    setTimeout(() => response.end(), 50);
  });
  const serve = await startServe({ upstream: `${upstream.url}/v1` });
  const error = await rejected((async () => {
    for await (const event of await client(serve).responses.create({ model: 'any', input: 'x', stream: true })) if (event.type === 'error') throw new Error(event.message);
  })());
  assert.match(error.message, /without \[DONE\]/);
  assert.equal((await eventually('the row', () => rows(serve.dir)[0])).outcome, 'truncated');
});

test('responses and completions: the SDK tries again after 500, and each try is a row', async () => {
  const upstream = await scripted((request, response, body, count) => {
    if (count % 3 !== 0) return jsonAnswer(response, 500, { error: { message: 'not now' } }, { 'retry-after-ms': '1' });
    if (request.url.endsWith('/completions') && !request.url.includes('chat')) {
      return jsonAnswer(response, 200, { id: 'cmpl-1', object: 'text_completion', created: 1, model: 'm', choices: [{ index: 0, text: 'at last', finish_reason: 'stop', logprobs: null }], usage: { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 } });
    }
    jsonAnswer(response, 200, completion('at last'));
  });
  const serve = await startServe({ upstream: `${upstream.url}/v1` });
  const retrying = client(serve, { maxRetries: 2 });
  assert.equal((await retrying.responses.create({ model: 'any', input: 'x' })).output_text, 'at last');
  assert.equal((await retrying.completions.create({ model: 'any', prompt: 'x' })).choices[0].text, 'at last');
  assert.deepEqual(rows(serve.dir).map((one) => one.status), [502, 502, 200, 502, 502, 200]);
});

test('completions: plain and streamed, with usage', async () => {
  const serve = await startServe();
  const { data, response } = await client(serve).completions.create({ model: 'sim', prompt: 'Once upon a time', max_tokens: 20, user: 'ann' }).withResponse();
  assert.equal(data.object, 'text_completion');
  assert.ok(data.choices[0].text.length > 10);
  assert.equal(data.usage.completion_tokens, 20);
  const found = row(serve.dir, idOf(response));
  assert.deepEqual([found.outcome, found.prompt_tokens, found.completion_tokens, found.user], ['ok', data.usage.prompt_tokens, 20, 'ann']);
  let text = '';
  let usage;
  let finish;
  for await (const one of await client(serve).completions.create({ model: 'sim', prompt: 'Once', max_tokens: 20, stream: true, stream_options: { include_usage: true } })) {
    assert.equal(one.object, 'text_completion');
    text += one.choices[0]?.text ?? '';
    finish = one.choices[0]?.finish_reason ?? finish;
    usage = one.usage ?? usage;
  }
  assert.ok(text.length > 10);
  assert.equal(finish, 'length');
  assert.equal(usage.completion_tokens, 20);
  const missing = await rejected(client(serve).completions.create({ model: 'nobody', prompt: 'x' }));
  assert.ok(missing instanceof OpenAI.NotFoundError);
});

test('completions: several prompts, or tokens, are answered or refused by name', async () => {
  const serve = await startServe();
  assert.ok((await client(serve).completions.create({ model: 'sim', prompt: ['Once'], max_tokens: 3 })).choices[0].text.length > 3);
  for (const prompt of [['a', 'b'], [1, 2], [[1, 2], [3]]]) {
    const answer = await client(serve).completions.create({ model: 'sim', prompt, max_tokens: 3 }).catch((error) => error);
    if (answer instanceof Error) assert.deepEqual([answer.constructor.name, answer.param], ['BadRequestError', 'prompt'], `${JSON.stringify(prompt)}: ${answer}`);
    else assert.equal(answer.choices.length, Array.isArray(prompt[0]) || typeof prompt[0] === 'string' ? prompt.length : 1);
  }
});

test('embeddings: floats, and base64 as the SDK asks for by itself, are the same numbers', async () => {
  const serve = await startServe();
  const input = ['one text', 'another'];
  const { data: usual, response } = await client(serve).embeddings.create({ model: 'sim', input, user: 'ann' }).withResponse();
  const floats = await client(serve).embeddings.create({ model: 'sim', input, encoding_format: 'float' });
  assert.equal(usual.data.length, 2);
  assert.ok(Array.isArray(usual.data[0].embedding) || ArrayBuffer.isView(usual.data[0].embedding));
  assert.equal(usual.data[0].embedding.length, floats.data[0].embedding.length);
  for (const [at, one] of floats.data.entries()) {
    assert.equal(one.index, at);
    one.embedding.forEach((number, i) => assert.ok(Math.abs(number - usual.data[at].embedding[i]) < 1e-6));
  }
  assert.notDeepEqual(floats.data[0].embedding, floats.data[1].embedding);
  const base64 = await client(serve).embeddings.create({ model: 'sim', input: 'one text', encoding_format: 'base64', dimensions: 8 });
  assert.equal(typeof base64.data[0].embedding, 'string');
  assert.equal(Buffer.from(base64.data[0].embedding, 'base64').length, 32);
  const found = row(serve.dir, idOf(response));
  assert.deepEqual([found.outcome, found.prompt_tokens, found.completion_tokens, found.user], ['ok', usual.usage.prompt_tokens, 0, 'ann']);
  for (const [more, param] of [[{ input: [] }, 'input'], [{ input: '' }, 'input'], [{ input: 'x', dimensions: 0 }, 'dimensions']]) {
    const error = await rejected(client(serve).embeddings.create({ model: 'sim', ...more }));
    assert.ok(error instanceof OpenAI.BadRequestError);
    assert.equal(error.param, param);
  }
  assert.ok((await rejected(client(serve).embeddings.create({ model: 'nobody', input: 'x' }))) instanceof OpenAI.NotFoundError);
});

test('moderations: of a text, of texts, of parts', async () => {
  const serve = await startServe();
  const kind = await client(serve).moderations.create({ model: 'sim', input: 'a kind word' });
  assert.equal(kind.results.length, 1);
  assert.equal(kind.results[0].flagged, false);
  const both = await client(serve).moderations.create({ model: 'sim', input: ['a kind word', 'violence'] });
  assert.deepEqual(both.results.map((one) => [one.flagged, one.categories.violence, one.category_scores.violence > 0.5]), [[false, false, false], [true, true, true]]);
  const parts = await client(serve).moderations.create({ model: 'sim', input: [{ type: 'text', text: 'harassment' }] });
  assert.ok(parts.results[0].categories.harassment);
  assert.ok((await rejected(client(serve).moderations.create({ model: 'sim' }))) instanceof OpenAI.BadRequestError);
});

test('moderations: without a model, as is usual', async () => {
  const serve = await startServe();
  const both = await client(serve).moderations.create({ input: ['a kind word', 'violence'] });
  assert.deepEqual(both.results.map((one) => one.flagged), [false, true]);
});

test('models: one by its name, and one that there is not', async () => {
  const serve = await startServe();
  const one = await client(serve).models.retrieve('sim');
  assert.deepEqual([one.id, one.object, one.owned_by], ['sim', 'model', 'sim']);
  const missing = await rejected(client(serve).models.retrieve('no/such model'));
  assert.ok(missing instanceof OpenAI.NotFoundError);
  assert.equal(missing.code, 'model_not_found');
});

test('chat tools: the SDK\'s own runner finishes the loop, plain and streamed', async () => {
  const serve = await startServe();
  for (const stream of [false, true]) {
    const ran = [];
    const runner = client(serve).chat.completions.runTools({
      model: 'sim', stream, messages: [{ role: 'user', content: directive }],
      tools: [{ type: 'function', function: { name: 'get_weather', parse: JSON.parse, function: (input) => { ran.push(input); return '21 °C'; }, parameters: weather } }],
    });
    const text = await runner.finalContent();
    assert.deepEqual(ran, [wanted]);
    assert.ok(text.length > 10);
    assert.deepEqual(runner.messages.map((one) => one.role), ['user', 'assistant', 'tool', 'assistant']);
  }
  await eventually('the rows', () => rows(serve.dir).length === 4);
  assert.ok(rows(serve.dir).every((one) => one.outcome === 'ok'));
});

test('chat tools: arguments are parsed by the SDK\'s schema helper', async () => {
  const { zodFunction, zodResponsesFunction } = load('openai/helpers/zod');
  const { z } = load('zod');
  const serve = await startServe();
  const parameters = z.object({ place: z.string(), days: z.number() });
  const chatted = await client(serve).chat.completions.parse({ model: 'sim', messages: [{ role: 'user', content: directive }], tools: [zodFunction({ name: 'get_weather', parameters })] });
  assert.deepEqual(chatted.choices[0].message.tool_calls[0].function.parsed_arguments, wanted);
  const responded = await client(serve).responses.parse({ model: 'sim', input: directive, tools: [zodResponsesFunction({ name: 'get_weather', parameters })] });
  assert.deepEqual(responded.output[0].parsed_arguments, wanted);
});

test('pings while the upstream is silent disturb no stream; what fails after them is an error event that the SDK throws', async () => {
  let fails = false;
  const upstream = await scripted(async (request, response) => {
    await sleep(200);
    if (fails) return jsonAnswer(response, 500, { error: { message: 'too late' } });
    const legacy = request.url === '/v1/completions';
    const piece = (text, finish_reason = null) => (legacy ? { id: 'c', object: 'text_completion', created: 1, model: 'm', choices: [{ index: 0, text, finish_reason, logprobs: null }] } : chunk({ content: text }, finish_reason));
    beginEvents(response);
    sendEvent(response, piece('one'));
    await sleep(200);
    sendEvent(response, piece(' two'));
    sendEvent(response, piece('', 'stop'));
    sendEvent(response, '[DONE]');
    return response.end();
  });
  const serve = await startServeWith(`
listen: 127.0.0.1:0
server: {ping: 40ms}
providers:
  slow: {type: openai-compatible, base_url: "${upstream.url}/v1"}
models:
  slow: {targets: [{provider: slow, model: m}]}
`);
  const openai = client(serve);
  const said = {
    chat: async () => { let text = ''; for await (const one of await openai.chat.completions.create({ model: 'slow', messages, stream: true })) text += one.choices[0]?.delta.content ?? ''; return text; },
    completions: async () => { let text = ''; for await (const one of await openai.completions.create({ model: 'slow', prompt: 'x', stream: true })) text += one.choices[0]?.text ?? ''; return text; },
    responses: async () => (await openai.responses.stream({ model: 'slow', input: 'x' }).finalResponse()).output_text,
  };
  for (const [name, say] of Object.entries(said)) assert.equal(await say(), 'one two', name);
  fails = true;
  for (const [name, say] of Object.entries(said)) {
    const error = await rejected(say());
    assert.match(`${error.message} ${JSON.stringify(error.error ?? '')}`, /too late/, `${name}: ${error}`);
  }
  await eventually('the rows', () => rows(serve.dir).length === 6);
  assert.deepEqual(rows(serve.dir).map((one) => [one.status, one.outcome]), [...Array(3).fill([200, 'ok']), ...Array(3).fill([200, 'upstream_error'])]);
});

test('a time-out of the SDK\'s own is a call that was left', async () => {
  const upstream = await scripted(() => {});  // never answers
  const serve = await startServe({ upstream: `${upstream.url}/v1` });
  assert.ok((await rejected(client(serve, { timeout: 300 }).responses.create({ model: 'any', input: 'x' }))) instanceof OpenAI.APIConnectionTimeoutError);
  assert.equal((await eventually('the row', () => rows(serve.dir)[0])).outcome, 'cancelled');
});
