// npm's aimock as the upstream: a server in OpenAI's dialect that knows nothing of us.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { load } from './packages.mjs';
import { chat, row, startServe } from '../serve/harness.mjs';

const OpenAI = load('openai').default ?? load('openai');
const { LLMock } = load('@copilotkit/aimock');
const mocks = [];
after(() => Promise.all(mocks.map((mock) => mock.stop())));

const usage = { prompt_tokens: 21, completion_tokens: 9, total_tokens: 30 };
const say = (content) => [{ role: 'user', content }];
const tools = [{ type: 'function', function: { name: 'get_weather', parameters: { type: 'object', properties: { place: { type: 'string' } } } } }];

async function setUp(more = {}) {
  const mock = new LLMock({ port: 0, chunkSize: 4, ...more });
  mock.onMessage('hello', { content: 'Good day to you, stranger from afar.', usage });
  mock.onMessage('weather', { toolCalls: [{ name: 'get_weather', arguments: '{"place":"Ulm"}', id: 'call_1' }], usage });
  mock.onMessage('slow', { content: 'It takes its time.', usage }, { latency: 20 });
  mock.onMessage('cut', { content: 'This sentence is never heard to its end.', usage }, { truncateAfterChunks: 3, latency: 10 });
  await mock.start();
  mocks.push(mock);
  const serve = await startServe({ upstream: `${mock.url}/v1` });
  return { mock, serve, client: new OpenAI({ baseURL: `${serve.url}/v1`, apiKey: 'sk-caller', maxRetries: 0 }) };
}

async function thrown(work) {
  try {
    await work();
  } catch (error) {
    return error;
  }
  assert.fail('no error was thrown');
}

test('plain', async () => {
  const { serve, client } = await setUp();
  const { data, response } = await client.chat.completions.create({ model: 'gpt-4o', messages: say('hello') }).withResponse();
  assert.equal(data.choices[0].message.content, 'Good day to you, stranger from afar.');
  const found = row(serve.dir, response.headers.get('x-request-id'));
  assert.deepEqual([found.outcome, found.prompt_tokens, found.completion_tokens, found.estimated], ['ok', 21, 9, 0]);
});

test('stream, with and without usage', async () => {
  const { serve, client } = await setUp();
  for (const asked of [false, true]) {
    const options = asked ? { stream_options: { include_usage: true } } : {};
    const { data, response } = await client.chat.completions
      .create({ model: 'gpt-4o', messages: say('hello'), stream: true, ...options }).withResponse();
    let text = '';
    let shown;
    for await (const one of data) {
      text += one.choices[0]?.delta?.content ?? '';
      shown = one.usage ?? shown;
    }
    assert.equal(text, 'Good day to you, stranger from afar.');
    assert.equal(shown?.completion_tokens, asked ? 9 : undefined);
    const found = row(serve.dir, response.headers.get('x-request-id'));
    assert.deepEqual([found.outcome, found.prompt_tokens, found.completion_tokens, found.estimated], ['ok', 21, 9, 0]);
  }
});

test('tool calls, plain and streamed', async () => {
  const { client } = await setUp();
  const request = { model: 'gpt-4o', messages: say('weather'), tools, tool_choice: 'auto' };
  const plain = await client.chat.completions.create(request);
  assert.equal(plain.choices[0].finish_reason, 'tool_calls');
  assert.equal(plain.choices[0].message.tool_calls[0].function.arguments, '{"place":"Ulm"}');
  const streamed = await client.chat.completions.stream(request).finalChatCompletion();
  assert.equal(streamed.choices[0].message.tool_calls[0].function.name, 'get_weather');
  assert.equal(streamed.choices[0].message.tool_calls[0].function.arguments, '{"place":"Ulm"}');
});

test('what arrived there is what was sent, without the caller\'s key', async () => {
  const { mock, client } = await setUp();
  await client.chat.completions.create({ model: 'gpt-4o', messages: say('hello'), x_unknown: { kept: [1, 2.5, null] }, seed: 7 });
  const journal = await (await fetch(`${mock.url}/__aimock/journal`)).json();
  const entries = journal.filter((one) => one.path?.includes('chat/completions'));
  assert.equal(entries.length, 1);
  const { body, headers } = entries[0];
  assert.deepEqual(body.x_unknown, { kept: [1, 2.5, null] });
  assert.equal(body.seed, 7);
  assert.equal(body.model, 'gpt-4o');
  assert.equal(headers.authorization, undefined);
});

test('errors: unmatched, queued 500 and 429', async () => {
  const { mock, serve, client } = await setUp();
  const none = await thrown(() => client.chat.completions.create({ model: 'gpt-4o', messages: say('nothing matches this') }));
  assert.equal(none.status, 404);
  assert.ok(none instanceof OpenAI.NotFoundError);
  for (const [says, sees] of [[500, 502], [429, 429], [529, 503], [401, 502]]) {
    for (const stream of [false, true]) {
      mock.nextRequestError(says, { message: 'queued', type: 'server_error' });
      const error = await thrown(() => client.chat.completions.create({ model: 'gpt-4o', messages: say('hello'), stream }));
      assert.equal(error.status, sees, `${says}, stream ${stream}`);
      assert.equal(row(serve.dir, error.requestID).status, sees);
    }
  }
});

test('U3, U6: a stream that is cut: tokens, then an error event, no terminal event; the SDK throws', async () => {
  const { serve, client } = await setUp();
  const answer = await chat(serve.url, { model: 'gpt-4o', messages: say('cut'), stream: true });
  assert.equal(answer.status, 200);
  assert.equal(answer.done, false);
  assert.equal(answer.broken, null, 'our own framing stays whole');
  assert.match(answer.events.at(-1).error.code, /^upstream_/);
  const found = row(serve.dir, answer.id);
  assert.ok(['truncated', 'upstream_error'].includes(found.outcome), found.outcome);
  assert.equal(found.estimated, 1);
  await thrown(async () => {
    const stream = await client.chat.completions.create({ model: 'gpt-4o', messages: say('cut'), stream: true });
    for await (const one of stream) void one;
  });
});

test('chaos: malformed, disconnect, drop, rate limit', async () => {
  const { mock, serve } = await setUp();
  for (const chaos of [{ malformedRate: 1 }, { disconnectRate: 1 }, { dropRate: 1 }, { rateLimitRate: 1 }]) {
    mock.setChaos(chaos);
    for (const stream of [false, true]) {
      const answer = await chat(serve.url, { model: 'gpt-4o', messages: say('hello'), stream });
      const what = `${JSON.stringify(chaos)}, stream ${stream}: ${answer.status} ${answer.text.slice(0, 200)}`;
      assert.equal(answer.broken, null, what);
      assert.ok(answer.id, what);
      if (answer.status === 200) assert.ok(answer.events.at(-1)?.error && !answer.done, what);
      else assert.ok([429, 502, 503].includes(answer.status) && JSON.parse(answer.text).error.code, what);
      const found = row(serve.dir, answer.id);
      assert.notEqual(found.outcome, 'ok', what);
      assert.equal(found.status, answer.status, what);
    }
  }
  mock.clearChaos();
  const answer = await chat(serve.url, { model: 'gpt-4o', messages: say('hello') });
  assert.equal(answer.status, 200, 'it works again at once');
});

test('connections to the upstream are used again', async () => {
  const { serve, client } = await setUp();
  for (let i = 0; i < 20; ++i) {
    const stream = i % 2 === 1;
    const answer = await client.chat.completions.create({ model: 'gpt-4o', messages: say(i % 3 === 0 ? 'slow' : 'hello'), stream });
    if (stream) for await (const one of answer) void one;
  }
  const metrics = await (await fetch(`${serve.url}/metrics`)).text();
  assert.match(metrics, /genai_ledger_rows_total 20\n/);
});
