// The unmodified npm `@anthropic-ai/sdk` in front of `genai serve`: on the embedded model, to which its dialect is translated, and on upstreams
// that follow a script, in OpenAI's dialect (translated) and in its own (relayed).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { load } from './packages.mjs';
import {
  beginEvents, chunk, completion, eventually, jsonAnswer, rejected, row, rows, scripted, sendEvent, sleep, startServe, startServeWith,
} from '../serve/harness.mjs';

const Anthropic = load('@anthropic-ai/sdk').default ?? load('@anthropic-ai/sdk');
const client = (serve, more = {}) => new Anthropic({ baseURL: serve.url, apiKey: 'key-of-the-caller', maxRetries: 0, ...more });
const say = (content) => [{ role: 'user', content }];
const ask = (more = {}) => ({ model: 'sim', max_tokens: 200, messages: say('hello'), ...more });
const idOf = (answer) => answer.headers.get('x-request-id');
const counts = (found) => [found.outcome, found.status, found.prompt_tokens, found.completion_tokens, found.estimated];

// A picture of one pixel.
const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const picture = (data, media_type = 'image/png') => ({ type: 'image', source: { type: 'base64', media_type, data } });

const tools = [{
  name: 'get_weather', description: 'The weather of a place',
  input_schema: { type: 'object', properties: { place: { type: 'string' }, days: { type: 'integer' } }, required: ['place'] },
}];
const directive = 'How is it there? [[call get_weather {"place":"Ulm \\"Süd\\"","days":2}]]';
const wanted = { place: 'Ulm "Süd"', days: 2 };

// An upstream of Anthropic's own dialect, behind the model `claude`.
const own = (upstream) => startServeWith(`
listen: 127.0.0.1:0
providers:
  vendor: {type: anthropic, base_url: "${upstream.url}/v1", api_key: "\${env:VENDOR_KEY}"}
models:
  claude: {targets: [{provider: vendor, model: claude-there}]}
`, { env: { VENDOR_KEY: 'key-of-the-gateway' } });
const message = (text, usage = { input_tokens: 7, output_tokens: 3 }) => ({
  id: 'msg_scripted', type: 'message', role: 'assistant', model: 'claude-there', content: [{ type: 'text', text }],
  stop_reason: 'end_turn', stop_sequence: null, usage,
});
const typed = (response, event) => response.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);

test('messages: the answer, its usage and its row agree', async () => {
  const serve = await startServe();
  const { data, response } = await client(serve).messages.create(ask({ metadata: { user_id: 'ann' } })).withResponse();
  assert.equal(data.type, 'message');
  assert.equal(data.role, 'assistant');
  assert.equal(data.model, 'sim');
  assert.match(data.id, /^msg_/);
  assert.equal(data.stop_reason, 'end_turn');
  assert.equal(data.stop_sequence, null);
  assert.equal(data.content.length, 1);
  assert.equal(data.content[0].type, 'text');
  assert.ok(data.content[0].text.length > 10);
  const found = row(serve.dir, idOf(response));
  assert.deepEqual(counts(found), ['ok', 200, data.usage.input_tokens, data.usage.output_tokens, 0]);
  assert.deepEqual([found.model, found.provider, found.user, found.streamed, found.cost_nano_usd], ['sim', 'sim', 'ann', 0, 0]);
});

test('the SDK shows the id of the request, of answers, streams and errors', async () => {
  const serve = await startServe();
  const whole = await client(serve).messages.create(ask());
  assert.equal(row(serve.dir, whole._request_id ?? 'none').outcome, 'ok');
  const stream = client(serve).messages.stream(ask());
  await stream.done();
  assert.equal(row(serve.dir, stream.request_id ?? 'none').streamed, 1);
  const error = await rejected(client(serve).messages.create(ask({ model: 'nobody' })));
  await eventually('its row', () => rows(serve.dir).length === 3);
  assert.equal(row(serve.dir, error.requestID ?? 'none').status, 404);
});

test('max_tokens ends the answer, and the reason says so', async () => {
  const serve = await startServe();
  for (const stream of [false, true]) {
    const answer = stream ? await client(serve).messages.stream(ask({ max_tokens: 3 })).finalMessage() : await client(serve).messages.create(ask({ max_tokens: 3 }));
    assert.equal(answer.stop_reason, 'max_tokens');
    assert.equal(answer.usage.output_tokens, 3);
  }
});

test('stream: every event in its order, and the text is the sum of its deltas', async () => {
  const serve = await startServe();
  const events = [];
  for await (const event of await client(serve).messages.create(ask({ stream: true }))) events.push(event);
  const types = events.map((event) => event.type).filter((type) => type !== 'ping');
  assert.deepEqual(types.slice(0, 2), ['message_start', 'content_block_start']);
  assert.deepEqual(types.slice(-3), ['content_block_stop', 'message_delta', 'message_stop']);
  assert.ok(types.slice(2, -3).length > 5 && types.slice(2, -3).every((type) => type === 'content_block_delta'), 'pieces arrive one by one');
  assert.deepEqual(events[0].message.content, []);
  assert.equal(events[0].message.stop_reason, null);
});

test('stream helper: its events, its snapshots, the final message and the row agree', async () => {
  const serve = await startServe();
  const seen = { connect: 0, text: '', snapshot: '', block: [], message: 0, final: 0, end: 0 };
  const stream = client(serve).messages.stream(ask())
    .on('connect', () => { seen.connect += 1; })
    .on('text', (delta, snapshot) => { seen.text += delta; seen.snapshot = snapshot; })
    .on('contentBlock', (block) => seen.block.push(block))
    .on('message', () => { seen.message += 1; })
    .on('finalMessage', () => { seen.final += 1; })
    .on('end', () => { seen.end += 1; });
  const { response } = await stream.withResponse();
  const whole = await stream.finalMessage();
  assert.equal(await stream.finalText(), seen.text);
  assert.equal(seen.text, seen.snapshot);
  assert.equal(seen.text, whole.content[0].text);
  assert.deepEqual(seen.block, whole.content);
  assert.deepEqual([seen.connect, seen.message, seen.final, seen.end], [1, 1, 1, 1]);
  assert.equal(whole.stop_reason, 'end_turn');
  const found = row(serve.dir, idOf(response));
  assert.deepEqual(counts(found), ['ok', 200, whole.usage.input_tokens, whole.usage.output_tokens, 0]);
  assert.ok(found.prompt_tokens > 0 && found.completion_tokens > 5);
  assert.ok(found.ttft_us > 0 && found.ttft_us <= found.duration_us);
});

test('tools: the call, its input, and prose once the result is there', async () => {
  const serve = await startServe();
  for (const stream of [false, true]) {
    const create = (request) => (stream ? client(serve).messages.stream(request).finalMessage() : client(serve).messages.create(request));
    const first = await create(ask({ tools, messages: say(directive), tool_choice: { type: 'auto' } }));
    assert.equal(first.stop_reason, 'tool_use');
    const call = first.content.find((block) => block.type === 'tool_use');
    assert.equal(call.name, 'get_weather');
    assert.deepEqual(call.input, wanted);
    assert.ok(call.id.length > 3);
    const result = { type: 'tool_result', tool_use_id: call.id, content: [{ type: 'text', text: '21 °C' }] };
    const second = await create(ask({ tools, messages: [...say(directive), { role: 'assistant', content: first.content }, { role: 'user', content: [result] }] }));
    assert.equal(second.stop_reason, 'end_turn');
    assert.ok(second.content.every((block) => block.type === 'text') && second.content[0].text.length > 10);
  }
  assert.ok(rows(serve.dir).every((one) => one.outcome === 'ok'));
});

test('several calls of one answer keep apart, streamed as well', async () => {
  const serve = await startServe();
  const messages = say('[[call get_weather {"place":"Ulm"}]] [[call get_weather {"place":"Bonn"}]] [[call get_weather {"place":"Köln","days":3}]]');
  for (const stream of [false, true]) {
    const request = ask({ tools, messages });
    const answer = stream ? await client(serve).messages.stream(request).finalMessage() : await client(serve).messages.create(request);
    const calls = answer.content.filter((block) => block.type === 'tool_use');
    assert.deepEqual(calls.map((call) => call.input), [{ place: 'Ulm' }, { place: 'Bonn' }, { place: 'Köln', days: 3 }]);
    assert.equal(new Set(calls.map((call) => call.id)).size, 3);
    const results = calls.map((call, at) => ({ type: 'tool_result', tool_use_id: call.id, content: `${at}`, is_error: at === 1 }));
    const second = await client(serve).messages.create(ask({ tools, messages: [...messages, { role: 'assistant', content: answer.content }, { role: 'user', content: results }] }));
    assert.equal(second.stop_reason, 'end_turn');
  }
});

test('messages of the system between those of the user are taken, and hide no tool loop', async () => {
  const serve = await startServe();
  const system = { role: 'system', content: [{ type: 'text', text: 'Be brief.' }] };
  const answer = await client(serve).beta.messages.create(ask({ tools, messages: [...say(directive), system] }));
  assert.equal(answer.stop_reason, 'tool_use');
  const result = { role: 'user', content: [{ type: 'tool_result', tool_use_id: answer.content.find((block) => block.type === 'tool_use').id, content: '21 °C' }] };
  const second = await client(serve).beta.messages.create(ask({ tools, messages: [...say(directive), system, { role: 'assistant', content: answer.content }, result, system] }));
  assert.equal(second.stop_reason, 'end_turn');
});

test('the SDK\'s own tool runner finishes the loop', async () => {
  const serve = await startServe();
  const ran = [];
  const runner = client(serve).beta.messages.toolRunner({
    ...ask({ messages: say(directive) }),
    tools: [{ ...tools[0], run: (input) => { ran.push(input); return '21 °C'; }, parse: (input) => input }],
  });
  const final = await runner.runUntilDone();
  assert.deepEqual(ran, [wanted]);
  assert.equal(final.stop_reason, 'end_turn');
  // What it tries first, a conversation that the server keeps, is refused, and it goes on without.
  assert.deepEqual(rows(serve.dir).map((one) => one.outcome).filter((outcome) => outcome !== 'refused'), ['ok', 'ok']);
});

test('system prompts, as a text and as blocks, and blocks of text in a message', async () => {
  const seen = [];
  const upstream = await scripted((request, response, body) => {
    seen.push(JSON.parse(body));
    jsonAnswer(response, 200, completion('understood'));
  });
  const serve = await startServe({ upstream: `${upstream.url}/v1` });
  const system = 'You are terse.';
  await client(serve).messages.create(ask({ system }));
  await client(serve).messages.create(ask({ system: [{ type: 'text', text: system, cache_control: { type: 'ephemeral' } }], messages: say([{ type: 'text', text: 'hello' }]) }));
  await client(serve).messages.create(ask({ system, messages: [...say('a'), { role: 'assistant', content: 'b' }, ...say('c')], temperature: 0.5, stop_sequences: ['END'], top_p: 0.9 }));
  for (const body of seen) {
    assert.equal(body.messages[0].role, 'system');
    const { content } = body.messages[0];
    assert.equal(typeof content === 'string' ? content : content.map((part) => part.text).join(''), system);
  }
  assert.deepEqual(seen[2].messages.slice(1).map((one) => one.role), ['user', 'assistant', 'user']);
  assert.deepEqual([seen[2].temperature, seen[2].stop, seen[2].top_p, seen[2].max_tokens ?? seen[2].max_completion_tokens], [0.5, ['END'], 0.9, 200]);
  assert.ok(upstream.seen.every((one) => one.headers['x-api-key'] === undefined && one.headers.authorization === undefined), 'the caller\'s key went nowhere');
});

test('system prompts count in what is asked', async () => {
  const serve = await startServe();
  const bare = await client(serve).messages.create(ask());
  const full = await client(serve).messages.create(ask({ system: 'You are a helpful assistant who always answers in great detail. '.repeat(10) }));
  assert.ok(full.usage.input_tokens > bare.usage.input_tokens + 50, `${full.usage.input_tokens} against ${bare.usage.input_tokens}`);
});

test('pictures: a PNG is taken and handed on, what is none is a 400 that names the place', async () => {
  const seen = [];
  const upstream = await scripted((request, response, body) => {
    seen.push(JSON.parse(body));
    jsonAnswer(response, 200, completion('a pixel'));
  });
  const translated = await startServe({ upstream: `${upstream.url}/v1` });
  const messages = say([{ type: 'text', text: 'What is this?' }, picture(png)]);
  await client(translated).messages.create(ask({ messages }));
  const part = seen[0].messages[0].content.find((one) => one.type === 'image_url');
  assert.equal(part.image_url.url, `data:image/png;base64,${png}`);

  const serve = await startServe();
  const answer = await client(serve).messages.create(ask({ messages }));
  assert.equal(answer.stop_reason, 'end_turn');
  const wrong = [picture(Buffer.from('this is no picture').toString('base64')), picture(png, 'image/jpeg'), picture('***')];
  for (const one of wrong) {
    for (const stream of [false, true]) {
      const error = await rejected(client(serve).messages.create(ask({ messages: say([{ type: 'text', text: 'What is this?' }, one]), stream })));
      assert.ok(error instanceof Anthropic.BadRequestError, `${one.source.media_type} ${one.source.data.slice(0, 10)}: ${error}`);
      assert.equal(error.error.error.type, 'invalid_request_error');
      assert.match(error.message, /messages\[0\]\.content\[1\]\.source\.data/);
    }
  }
});

test('count_tokens: no row of tokens spent, and as many as the answer then says', async () => {
  const serve = await startServe();
  const request = { model: 'sim', messages: say('hello, how are you today?'), system: 'Be kind.', tools };
  const counted = await client(serve).messages.countTokens(request);
  const { usage } = await client(serve).messages.create({ ...request, max_tokens: 20 });
  assert.equal(counted.input_tokens, usage.input_tokens);
  const more = await client(serve).messages.countTokens({ ...request, messages: say('hello, how are you today?'.repeat(20)) });
  assert.ok(more.input_tokens > counted.input_tokens + 50);
  const missing = await rejected(client(serve).messages.countTokens({ ...request, model: 'nobody' }));
  assert.ok(missing instanceof Anthropic.NotFoundError);
});

test('models: listed page by page, and one by its name', async () => {
  const serve = await startServe();
  const found = [];
  for await (const model of client(serve).models.list()) found.push(model);
  assert.deepEqual(found.map((model) => [model.id, model.type]), [['sim', 'model']]);
  const page = await client(serve).models.list();
  assert.deepEqual([page.has_more, page.first_id, page.last_id], [false, 'sim', 'sim']);
  const one = await client(serve).models.retrieve('sim');
  assert.deepEqual([one.id, one.type, typeof one.display_name], ['sim', 'model', 'string']);
  assert.ok(!Number.isNaN(Date.parse(one.created_at)));
});

test('models: a name that is none is a NotFoundError in its dialect', async () => {
  const serve = await startServe();
  const error = await rejected(client(serve).models.retrieve('nobody'));
  assert.ok(error instanceof Anthropic.NotFoundError);
  assert.match(error.message, /nobody/);
  assert.equal(error.type, 'not_found_error');
});

test('fields that say nothing are taken', async () => {
  const serve = await startServe();
  const nothing = { container: null, fallbacks: null, inference_geo: null, diagnostics: null, mcp_servers: [], tools: [], stop_sequences: [], system: [], metadata: {} };
  for (const [field, value] of Object.entries(nothing)) {
    const answer = await client(serve).messages.create(ask({ max_tokens: 3, [field]: value })).catch((error) => error);
    assert.equal(answer.type, 'message', `${field}: ${answer}`);
  }
});

test('error classes of our own refusals, in their form', async () => {
  const serve = await startServe();
  const missing = await rejected(client(serve).messages.create(ask({ model: 'no-such-model' })));
  assert.ok(missing instanceof Anthropic.NotFoundError);
  assert.equal(missing.error.type, 'error');
  assert.equal(missing.error.error.type, 'not_found_error');
  assert.equal(missing.type, 'not_found_error');
  assert.match(missing.message, /no-such-model/);

  const refusals = [
    [{ messages: [] }, /messages/], [{ messages: [{ role: 'king', content: 'x' }] }, /messages\[0\]\.role/], [{ max_tokens: 0 }, /max_tokens/], [{ max_tokens: undefined }, /max_tokens/],
    [{ temperature: 3 }, /temperature/], [{ messages: say([{ type: 'text' }]) }, /messages\[0\]\.content\[0\]\.text/], [{ tools: [{ name: 'x' }] }, /tools\[0\]\.input_schema/],
    [{ messages: [{ role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_none', content: 'x' }] }] }, /messages\[0\]\.content\[0\]\.tool_use_id/],
    [{ system: 7 }, /system/], [{ stop_sequences: [1] }, /stop_sequences/],
  ];
  for (const [more, says] of refusals) {
    for (const stream of [false, true]) {
      const error = await rejected(client(serve, { maxRetries: 3 }).messages.create(ask({ ...more, stream })));
      assert.ok(error instanceof Anthropic.BadRequestError, `${JSON.stringify(more)}: ${error}`);
      assert.equal(error.type, 'invalid_request_error');
      assert.match(error.message, says);
    }
  }
  await eventually('their rows, one each: none was tried again', () => rows(serve.dir).length === 1 + 2 * refusals.length);
  assert.ok(rows(serve.dir).every((one) => one.outcome === 'refused'));
});

// What the upstream says, what the caller sees: status, class, type.
const failures = [
  { says: 400, sees: 400, kind: 'BadRequestError', type: 'invalid_request_error' },
  { says: 401, sees: 502, kind: 'InternalServerError', type: 'api_error' },
  { says: 403, sees: 502, kind: 'InternalServerError', type: 'api_error' },
  { says: 404, sees: 404, kind: 'NotFoundError', type: 'not_found_error' },
  { says: 413, sees: 413, kind: 'ContentTooLargeError', type: 'request_too_large' },
  { says: 422, sees: 422, kind: 'UnprocessableEntityError', type: 'invalid_request_error' },
  { says: 429, sees: 429, kind: 'RateLimitError', type: 'rate_limit_error' },
  { says: 500, sees: 502, kind: 'InternalServerError', type: 'api_error' },
  { says: 503, sees: 529, kind: 'OverloadedError', type: 'overloaded_error' },
  { says: 529, sees: 529, kind: 'OverloadedError', type: 'overloaded_error' },
];
for (const { says, sees, kind, type } of failures) {
  test(`an upstream's ${says} is seen as ${sees} ${kind}, translated and relayed`, async () => {
    const openai = await scripted((request, response) =>
      jsonAnswer(response, says, { error: { message: `upstream says ${says} about sk-abcdefghijkl`, type: 'x', param: null, code: 'y' } }));
    const anthropic = await scripted((request, response) =>
      jsonAnswer(response, says, { type: 'error', error: { type: 'any_error', message: `upstream says ${says} about sk-ant-abcdefghijkl` } }));
    for (const [serve, model] of [[await startServe({ upstream: `${openai.url}/v1` }), 'any'], [await own(anthropic), 'claude']]) {
      for (const stream of [false, true]) {
        const error = await rejected(client(serve).messages.create(ask({ model, stream })));
        assert.deepEqual([error.status, error.constructor.name, error.type], [sees, kind, type]);
        assert.doesNotMatch(error.message, /abcdefghijkl/, 'no key is shown');
        const found = row(serve.dir, idOf(error));
        assert.equal(found.status, sees, 'the row has the status that the client saw');
        assert.notEqual(found.outcome, 'ok');
      }
    }
    assert.equal(openai.seen.length + anthropic.seen.length, 4, 'the gateway itself did not try again');
    assert.ok(anthropic.seen.every((one) => one.headers['x-api-key'] === 'key-of-the-gateway'), 'our key, not the caller\'s');
  });
}

test('the SDK tries again after 500 twice, and each try is a row', async () => {
  const upstream = await scripted((request, response, body, count) => {
    if (count <= 2) return jsonAnswer(response, 500, { error: { message: 'not now' } });
    jsonAnswer(response, 200, completion('at last'));
  });
  const serve = await startServe({ upstream: `${upstream.url}/v1` });
  const first = await fetch(`${serve.url}/v1/messages`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(ask({ model: 'any' })) });
  assert.deepEqual([first.status, first.headers.get('x-should-retry')], [502, 'true']);
  const answer = await client(serve, { maxRetries: 2 }).messages.create(ask({ model: 'any' }));
  assert.equal(answer.content[0].text, 'at last');
  assert.equal(upstream.seen.length, 3);
  assert.deepEqual(rows(serve.dir).map((one) => one.status), [502, 502, 200]);
});

test('the SDK does not try again what cannot work: our key is refused', async () => {
  const upstream = await scripted((request, response) => jsonAnswer(response, 401, { error: { message: 'wrong key' } }));
  const serve = await startServe({ upstream: `${upstream.url}/v1` });
  const error = await rejected(client(serve, { maxRetries: 3 }).messages.create(ask({ model: 'any' })));
  assert.equal(error.status, 502);
  assert.equal(error.headers.get('x-should-retry'), 'false');
  assert.equal(upstream.seen.length, 1);
});

for (const dialect of ['translated', 'relayed']) {
  test(`C2: abort in mid-stream, ${dialect}: the row is \`cancelled\` with the tokens so far, and the upstream is let go`, async () => {
    const upstream = await scripted((request, response) => {
      beginEvents(response);
      let timer;
      if (dialect === 'translated') {
        sendEvent(response, chunk({ role: 'assistant', content: '' }));
        timer = setInterval(() => sendEvent(response, chunk({ content: 'word ' })), 20);
      } else {
        typed(response, { type: 'message_start', message: { ...message(''), content: [], stop_reason: null, usage: { input_tokens: 12, output_tokens: 1 } } });
        typed(response, { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } });
        timer = setInterval(() => typed(response, { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'word ' } }), 20);
      }
      response.on('close', () => clearInterval(timer));
    });
    const serve = dialect === 'translated' ? await startServe({ upstream: `${upstream.url}/v1` }) : await own(upstream);
    const stream = client(serve).messages.stream(ask({ model: 'claude' }));
    let got = 0;
    stream.on('text', () => { if (++got === 5) stream.abort(); });
    const { response } = await stream.withResponse();
    assert.ok((await rejected(stream.finalMessage())) instanceof Anthropic.APIUserAbortError);
    assert.ok(stream.aborted);
    await eventually('the upstream connection is closed', () => upstream.seen[0].closed, 2000);
    const found = await eventually('the row', () => rows(serve.dir).find((one) => one.request_id === idOf(response)));
    assert.equal(found.outcome, 'cancelled');
    assert.equal(found.estimated, 1);
    assert.ok(found.completion_tokens >= 5, `${found.completion_tokens} tokens`);
  });
}

test('C2: abort of the embedded model in mid-stream, and of a call that is not streamed', async () => {
  const serve = await startServe();
  const events = await client(serve).messages.create(ask({ max_tokens: 4000, stream: true }));
  let got = 0;
  for await (const event of events) if (event.type === 'content_block_delta' && ++got === 3) break;  // leaving the loop aborts the request
  const cut = await eventually('the row', () => rows(serve.dir)[0]);
  assert.deepEqual([cut.outcome, cut.streamed], ['cancelled', 1]);

  const upstream = await scripted(() => {});  // never answers
  const waiting = await startServe({ upstream: `${upstream.url}/v1` });
  const abort = new AbortController();
  const call = rejected(client(waiting).messages.create(ask({ model: 'any' }), { signal: abort.signal }));
  await eventually('the call arrives', () => upstream.seen.length === 1);
  abort.abort();
  assert.ok((await call) instanceof Anthropic.APIUserAbortError);
  assert.equal((await eventually('the row', () => rows(waiting.dir)[0])).outcome, 'cancelled');
});

test('U3: an upstream that breaks off: the helper throws what the error event says, the row is no `ok`', async () => {
  const upstream = await scripted((request, response) => {
    beginEvents(response);
    sendEvent(response, chunk({ role: 'assistant', content: '' }));
    sendEvent(response, chunk({ content: 'half' }));
    setTimeout(() => response.end(), 50);
  });
  const serve = await startServe({ upstream: `${upstream.url}/v1` });
  let text = '';
  const stream = client(serve).messages.stream(ask({ model: 'any' })).on('text', (delta) => { text += delta; });
  const error = await rejected(stream.finalMessage());
  assert.equal(text, 'half');
  assert.ok(error instanceof Anthropic.APIError, `${error}`);
  assert.match(error.message, /without \[DONE\]/);
  assert.equal((await eventually('the row', () => rows(serve.dir)[0])).outcome, 'truncated');
});

test('an upstream of its own dialect: what it says and what it is asked pass unchanged, with the gateway\'s key and model', async () => {
  const usage = { input_tokens: 20, cache_creation_input_tokens: 30, cache_read_input_tokens: 40, output_tokens: 5, service_tier: 'standard' };
  const upstream = await scripted((request, response, body) => {
    if (request.url.startsWith('/v1/messages/count_tokens')) return jsonAnswer(response, 200, { input_tokens: 42 });
    if (!JSON.parse(body).stream) return jsonAnswer(response, 200, { ...message('as it is', usage), x_new: { kept: [1.50, null] } });
    beginEvents(response);
    typed(response, { type: 'message_start', message: { ...message(''), content: [], stop_reason: null, usage: { ...usage, output_tokens: 1 } } });
    typed(response, { type: 'content_block_start', index: 0, content_block: { type: 'thinking', thinking: '', signature: '' } });
    typed(response, { type: 'content_block_delta', index: 0, delta: { type: 'thinking_delta', thinking: 'hm' } });
    typed(response, { type: 'content_block_delta', index: 0, delta: { type: 'signature_delta', signature: 'c2lnbmVk' } });
    typed(response, { type: 'content_block_stop', index: 0 });
    typed(response, { type: 'ping' });
    typed(response, { type: 'content_block_start', index: 1, content_block: { type: 'text', text: '' } });
    typed(response, { type: 'content_block_delta', index: 1, delta: { type: 'text_delta', text: 'as it is' } });
    typed(response, { type: 'content_block_stop', index: 1 });
    typed(response, { type: 'message_delta', delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: { output_tokens: 5 } });
    typed(response, { type: 'message_stop' });
    return response.end();
  });
  const serve = await own(upstream);
  const request = ask({ model: 'claude', thinking: { type: 'enabled', budget_tokens: 1024 }, max_tokens: 2000, x_unknown: { kept: [1, null] } });
  const beta = { headers: { 'anthropic-beta': 'some-beta-2026-01-01' } };
  const { data, response } = await client(serve).messages.create(request, beta).withResponse();
  assert.deepEqual(data.x_new, { kept: [1.5, null] });
  assert.equal(data.content[0].text, 'as it is');
  assert.deepEqual(counts(row(serve.dir, idOf(response))), ['ok', 200, 90, 5, 0]);
  const stream = client(serve).messages.stream(request, beta);
  const whole = await stream.finalMessage();
  assert.deepEqual(whole.content.map((block) => block.type), ['thinking', 'text']);
  assert.deepEqual([whole.content[0].thinking, whole.content[0].signature, whole.content[1].text], ['hm', 'c2lnbmVk', 'as it is']);
  assert.deepEqual(counts(rows(serve.dir).at(-1)), ['ok', 200, 90, 5, 0]);
  for (const one of upstream.seen) {
    assert.deepEqual(JSON.parse(one.body), { ...request, model: 'claude-there', ...(JSON.parse(one.body).stream ? { stream: true } : {}) });
    assert.equal(one.headers['x-api-key'], 'key-of-the-gateway');
    assert.equal(one.headers.authorization, undefined);
    assert.match(one.headers['anthropic-version'], /^20\d\d-\d\d-\d\d$/);
    assert.equal(one.headers['anthropic-beta'], 'some-beta-2026-01-01');
  }
  assert.equal((await client(serve).messages.countTokens({ model: 'claude', messages: say('x') })).input_tokens, 42);
});

// An upstream of OpenAI's dialect that thinks, as open models do, and calls a tool.
const thinking = () => scripted((request, response, body) => {
  const asked = JSON.parse(body);
  const answered = asked.messages.at(-1).role === 'tool';
  const calls = [{ id: 'call_7', type: 'function', function: { name: 'get_weather', arguments: JSON.stringify(wanted) } }];
  const usage = { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 };
  if (!asked.stream) {
    const whole = completion('21 °C it is.', usage);
    if (!answered) Object.assign(whole.choices[0], { message: { role: 'assistant', content: null, reasoning_content: 'Let me see.', tool_calls: calls }, finish_reason: 'tool_calls' });
    return jsonAnswer(response, 200, whole);
  }
  beginEvents(response);
  if (answered) {
    sendEvent(response, chunk({ role: 'assistant', content: '21 °C it is.' }));
  } else {
    sendEvent(response, chunk({ role: 'assistant', content: null, reasoning_content: 'Let me' }));
    sendEvent(response, chunk({ reasoning_content: ' see.' }));
    sendEvent(response, chunk({ tool_calls: [{ index: 0, ...calls[0], function: { name: 'get_weather', arguments: '' } }] }));
    for (const piece of calls[0].function.arguments.match(/.{1,3}/gu)) sendEvent(response, chunk({ tool_calls: [{ index: 0, function: { arguments: piece } }] }));
  }
  sendEvent(response, chunk({}, answered ? 'stop' : 'tool_calls'));
  sendEvent(response, { ...chunk({}), choices: [], usage });
  sendEvent(response, '[DONE]');
  return response.end();
});

test('thoughts of an open model are shown, and go back with the call that they led to', async () => {
  const upstream = await thinking();
  const serve = await startServe({ upstream: `${upstream.url}/v1` });
  for (const stream of [false, true]) {
    const create = (request) => (stream ? client(serve).messages.stream(request).finalMessage() : client(serve).messages.create(request));
    const first = await create(ask({ model: 'any', tools }));
    assert.deepEqual(first.content.map((block) => block.type), ['thinking', 'tool_use']);
    assert.deepEqual([first.content[0].thinking, first.content[1].input, first.stop_reason], ['Let me see.', wanted, 'tool_use']);
    const result = { type: 'tool_result', tool_use_id: first.content[1].id, content: '21 °C' };
    const second = await create(ask({ model: 'any', tools, thinking: { type: 'adaptive' }, messages: [...say('hello'), { role: 'assistant', content: first.content }, { role: 'user', content: [result] }] }));
    assert.equal(second.content[0].text, '21 °C it is.');
    const told = JSON.parse(upstream.seen.at(-1).body).messages;
    assert.deepEqual(told.map((one) => one.role), ['user', 'assistant', 'tool']);
    assert.equal(told[1].tool_calls[0].id, told[2].tool_call_id);
    assert.deepEqual(JSON.parse(told[1].tool_calls[0].function.arguments), wanted);
  }
});

// A gateway that breaks a silence after 40 ms, in front of an upstream that is silent for 300 ms before it says anything and in the middle.
const patient = (upstream, type = 'openai-compatible') => startServeWith(`
listen: 127.0.0.1:0
server: {ping: 40ms}
providers:
  slow: {type: ${type}, base_url: "${upstream.url}/v1"}
models:
  slow: {targets: [{provider: slow, model: m}]}
`);

test('pings while the upstream is silent are seen, and disturb nothing', async () => {
  const upstream = await scripted(async (request, response) => {
    await sleep(300);
    beginEvents(response);
    sendEvent(response, chunk({ role: 'assistant', content: '' }));
    sendEvent(response, chunk({ content: 'one' }));
    await sleep(300);
    sendEvent(response, chunk({ content: ' two' }));
    sendEvent(response, chunk({}, 'stop'));
    sendEvent(response, { ...chunk({}), choices: [], usage: { prompt_tokens: 7, completion_tokens: 2, total_tokens: 9 } });
    sendEvent(response, '[DONE]');
    response.end();
  });
  const serve = await patient(upstream);
  const request = ask({ model: 'slow', stream: true });
  const bytes = await (await fetch(`${serve.url}/v1/messages`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(request) })).text();
  assert.match(bytes, /^(: ping\n\n)+event: message_start\n/);
  assert.match(bytes, /"text":"one"\}\}\n\n(event: ping\ndata: \{"type":"ping"\}\n\n)+event: content_block_delta\n/);
  const stream = client(serve).messages.stream(ask({ model: 'slow' }));
  const whole = await stream.finalMessage();
  assert.deepEqual([whole.content[0].text, whole.usage.input_tokens, whole.usage.output_tokens], ['one two', 7, 2]);
});

test('an upstream that fails after pings: an error event inside the 200, which the SDK throws', async () => {
  const upstream = await scripted(async (request, response) => {
    await sleep(200);
    jsonAnswer(response, 503, { error: { message: 'too much to do' } });
  });
  const serve = await patient(upstream);
  const { data, response } = await client(serve).messages.create(ask({ model: 'slow', stream: true })).withResponse();
  const error = await rejected((async () => { for await (const event of data) void event; })());
  assert.ok(error instanceof Anthropic.APIError, `${error}`);
  assert.equal(error.type, 'overloaded_error');
  assert.match(error.message, /too much to do/);
  const found = await eventually('the row', () => rows(serve.dir)[0]);
  assert.deepEqual([found.request_id, found.status, found.outcome], [idOf(response), 200, 'upstream_error']);
});

test('a time-out of the SDK\'s own is a call that was left', async () => {
  const upstream = await scripted(() => {});  // never answers
  const serve = await startServe({ upstream: `${upstream.url}/v1` });
  const error = await rejected(client(serve, { timeout: 300 }).messages.create(ask({ model: 'any' })));
  assert.ok(error instanceof Anthropic.APIConnectionTimeoutError);
  assert.equal((await eventually('the row', () => rows(serve.dir)[0])).outcome, 'cancelled');
  await eventually('the upstream connection is closed', () => upstream.seen[0].closed, 2000);
});

test('the caller\'s own key reaches an upstream that is to have it, in that upstream\'s way', async () => {
  const seen = [];
  const upstream = await scripted((request, response) => {
    seen.push([request.url, request.headers['x-api-key'], request.headers.authorization]);
    if (request.url === '/v1/messages') return jsonAnswer(response, 200, message('fine'));
    jsonAnswer(response, 200, completion('fine'));
  });
  const serve = await startServeWith(`
listen: 127.0.0.1:0
providers:
  own: {type: anthropic, base_url: "${upstream.url}/v1", credentials: passthrough}
  other: {type: openai-compatible, base_url: "${upstream.url}/v1", credentials: passthrough}
models:
  own: {targets: [{provider: own, model: m}]}
  other: {targets: [{provider: other, model: m}]}
`);
  await client(serve).messages.create(ask({ model: 'own' }));
  await client(serve).messages.create(ask({ model: 'other' }));
  await client(serve, { apiKey: null, authToken: 'token-of-the-caller' }).messages.create(ask({ model: 'own' }));
  assert.deepEqual(seen, [['/v1/messages', 'key-of-the-caller', undefined], ['/v1/chat/completions', undefined, 'Bearer key-of-the-caller'], ['/v1/messages', 'token-of-the-caller', undefined]]);
});
