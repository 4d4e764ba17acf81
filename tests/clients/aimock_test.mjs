// npm's aimock as the upstream: a server in the dialects of OpenAI, Anthropic, Gemini, Cohere and Ollama that knows nothing of us. Behind it the SDKs of OpenAI and
// Anthropic as clients, each of every upstream.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { load } from './packages.mjs';
import { chat, rejected, row, rows, startServe, startServeWith } from '../serve/harness.mjs';

const OpenAI = load('openai').default ?? load('openai');
const Anthropic = load('@anthropic-ai/sdk').default ?? load('@anthropic-ai/sdk');
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

const thrown = (work) => rejected(work());

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

// ---- the dialects of others

const text = 'Good day to you, stranger from afar.';
const input = { place: 'Ulm "Süd"' };
const schema = { type: 'object', properties: { place: { type: 'string' } }, required: ['place'] };

// A provider of each type in front of one aimock; each knows it under its own paths.
async function setUpAll() {
  const mock = new LLMock({ port: 0, chunkSize: 4 });
  mock.on({ hasToolResult: true, toolResultContains: '21' }, { content: text, usage });
  mock.onMessage('hello', { content: text, usage });
  mock.onMessage('weather', { toolCalls: [{ name: 'get_weather', arguments: JSON.stringify(input), id: 'call_1' }], usage });
  mock.onMessage('both', { toolCalls: [{ name: 'get_weather', arguments: '{"place":"Ulm"}' }, { name: 'get_weather', arguments: '{"place":"Köln"}' }], usage });
  mock.onMessage('smile', { content: 'abc😀def😀', usage });  // in pieces of 4 units of UTF-16: each of these is cut in two
  mock.onMessage('think', { content: text, reasoning: 'Let me see.', usage });
  mock.onEmbedding('hello', { embedding: [0.25, -0.5, 1] });
  mock.onRerank('hello', [{ index: 1, relevance_score: 0.75 }, { index: 0, relevance_score: 0.25 }]);
  await mock.start();
  mocks.push(mock);
  const serve = await startServeWith(`
listen: 127.0.0.1:0
providers:
  openai: {type: openai, base_url: "${mock.url}/v1", api_key: "\${env:KEY_OF_OPENAI}"}
  compatible: {type: openai-compatible, base_url: "${mock.url}/v1"}
  anthropic: {type: anthropic, base_url: "${mock.url}/v1", api_key: "\${env:KEY_OF_ANTHROPIC}"}
  gemini: {type: gemini, base_url: "${mock.url}/v1beta", api_key: "\${env:KEY_OF_GEMINI}"}
  cohere: {type: cohere, base_url: "${mock.url}", api_key: "\${env:KEY_OF_COHERE}"}
  ollama: {type: ollama, base_url: "${mock.url}"}
  reranking: {type: openai-compatible, base_url: "${mock.url}/v2"}
models:
  by-openai: {targets: [{provider: openai, model: gpt-4o}]}
  by-compatible: {targets: [{provider: compatible, model: llama-3}]}
  by-anthropic: {targets: [{provider: anthropic, model: claude-sonnet-4}]}
  by-gemini: {targets: [{provider: gemini, model: gemini-2.5-pro}]}
  by-cohere: {targets: [{provider: cohere, model: command-a-03-2025}]}
  by-ollama: {targets: [{provider: ollama, model: "llama3.2:3b"}]}
  by-reranking: {targets: [{provider: reranking, model: bge-reranker}]}
`, { env: { KEY_OF_OPENAI: 'a', KEY_OF_ANTHROPIC: 'b', KEY_OF_GEMINI: 'c', KEY_OF_COHERE: 'd' } });
  return { mock, serve };
}

// One turn by each client: {text, calls: [{id, name, input}], finish, tokens: [in, out], back(results): what was said, to go on with}.
const clients = {
  'openai, chat': {
    async ask(url, model, messages, { stream, tools: wanted }) {
      const openai = new OpenAI({ baseURL: `${url}/v1`, apiKey: 'sk-caller', maxRetries: 0 });
      const request = { model, messages, ...(wanted ? { tools: [{ type: 'function', function: { name: 'get_weather', parameters: schema } }] } : {}) };
      const answer = stream ? await openai.chat.completions.stream({ ...request, stream_options: { include_usage: true } }).finalChatCompletion() : await openai.chat.completions.create(request);
      const { message, finish_reason } = answer.choices[0];
      const calls = (message.tool_calls ?? []).map((one) => ({ id: one.id, name: one.function.name, input: JSON.parse(one.function.arguments) }));
      return {
        text: message.content ?? '', calls, finish: finish_reason, tokens: [answer.usage.prompt_tokens, answer.usage.completion_tokens],
        back: (result) => [...messages, { role: 'assistant', content: message.content, tool_calls: message.tool_calls }, ...calls.map((one) => ({ role: 'tool', tool_call_id: one.id, content: result }))],
      };
    },
    finishes: ['stop', 'tool_calls'],
  },
  'openai, responses': {
    async ask(url, model, messages, { stream, tools: wanted }) {
      const openai = new OpenAI({ baseURL: `${url}/v1`, apiKey: 'sk-caller', maxRetries: 0 });
      const request = { model, input: messages, ...(wanted ? { tools: [{ type: 'function', name: 'get_weather', parameters: schema, strict: false }] } : {}) };
      const answer = stream ? await openai.responses.stream(request).finalResponse() : await openai.responses.create(request);
      const calls = answer.output.filter((one) => one.type === 'function_call').map((one) => ({ id: one.call_id, name: one.name, input: JSON.parse(one.arguments) }));
      return {
        text: answer.output_text, calls, finish: answer.status, tokens: [answer.usage.input_tokens, answer.usage.output_tokens],
        back: (result) => [...messages, ...answer.output, ...calls.map((one) => ({ type: 'function_call_output', call_id: one.id, output: result }))],
      };
    },
    finishes: ['completed', 'completed'],
  },
  anthropic: {
    async ask(url, model, messages, { stream, tools: wanted }) {
      const anthropic = new Anthropic({ baseURL: url, apiKey: 'key-of-the-caller', maxRetries: 0 });
      const request = { model, messages, max_tokens: 500, ...(wanted ? { tools: [{ name: 'get_weather', input_schema: schema }] } : {}) };
      const answer = stream ? await anthropic.messages.stream(request).finalMessage() : await anthropic.messages.create(request);
      const calls = answer.content.filter((one) => one.type === 'tool_use').map((one) => ({ id: one.id, name: one.name, input: one.input }));
      return {
        text: answer.content.filter((one) => one.type === 'text').map((one) => one.text).join(''), calls, finish: answer.stop_reason, tokens: [answer.usage.input_tokens, answer.usage.output_tokens],
        back: (result) => [...messages, { role: 'assistant', content: answer.content }, { role: 'user', content: calls.map((one) => ({ type: 'tool_result', tool_use_id: one.id, content: result })) }],
      };
    },
    finishes: ['end_turn', 'tool_use'],
  },
};

const upstreams = ['openai', 'compatible', 'anthropic', 'gemini', 'cohere', 'ollama'];
const silent = ['ollama'];  // aimock says no usage as these: what is counted here is not its 21 and 9

// Where each upstream is asked, by the client's dialect.
const places = { openai: (name) => (name === 'openai, responses' ? '/v1/responses' : '/v1/chat/completions'), compatible: () => '/v1/chat/completions', anthropic: () => '/v1/messages', gemini: () => /^\/v1beta\/models\/gemini-2.5-pro:/, cohere: () => '/v2/chat', ollama: () => '/api/chat' };

for (const [name, client] of Object.entries(clients)) {
  for (const upstream of upstreams) {
    for (const stream of [false, true]) {
      test(`${name} in front of ${upstream}, ${stream ? 'streamed' : 'plain'}: text, then a loop of tools`, async () => {
        const { mock, serve } = await setUpAll();
        const ask = (messages, options = {}) => client.ask(serve.url, `by-${upstream}`, messages, { stream, ...options });
        const hello = await ask(say('hello'));
        const isSilent = silent.includes(upstream);
        assert.deepEqual([hello.text, hello.calls, hello.finish], [text, [], client.finishes[0]]);
        if (!isSilent) assert.deepEqual(hello.tokens, [21, 9]);

        const first = await ask(say('weather'), { tools: true });
        assert.deepEqual(first.calls.map((one) => [one.name, one.input]), [['get_weather', input]]);
        assert.equal(first.finish, client.finishes[1]);
        assert.ok(first.calls[0].id.length > 3);
        const second = await ask(first.back('21 °C'), { tools: true });
        assert.deepEqual([second.text, second.calls, second.finish], [text, [], client.finishes[0]]);

        const both = await ask(say('both'), { tools: true });
        assert.deepEqual(both.calls.map((one) => one.input), [{ place: 'Ulm' }, { place: 'Köln' }]);
        assert.equal(new Set(both.calls.map((one) => one.id)).size, 2);
        assert.equal((await ask(both.back('21 °C'), { tools: true })).text, text);

        const found = rows(serve.dir);
        assert.deepEqual(found.map((one) => [one.outcome, one.provider, one.estimated, one.streamed]), Array(5).fill(['ok', upstream, isSilent ? 1 : 0, stream ? 1 : 0]));
        if (!isSilent) assert.deepEqual(found.map((one) => [one.prompt_tokens, one.completion_tokens]), Array(5).fill([21, 9]));
        else assert.ok(found.every((one) => one.prompt_tokens > 0 && one.completion_tokens > 0));
        const journal = (await (await fetch(`${mock.url}/__aimock/journal`)).json()).filter((one) => one.method === 'POST');
        assert.equal(journal.length, 5);
        const place = places[upstream](name);
        assert.ok(journal.every((one) => (place instanceof RegExp ? place.test(one.path) : one.path === place)), journal.map((one) => one.path).join());
      });
    }
  }

  test(`${name}: errors of each upstream arrive in its own dialect`, async () => {
    const { mock, serve } = await setUpAll();
    for (const upstream of upstreams) {
      for (const [says, sees] of [[500, 502], [429, 429], [401, 502], [400, 400]]) {
        for (const stream of [false, true]) {
          mock.nextRequestError(says, { message: 'queued', type: 'server_error' });
          const error = await thrown(() => client.ask(serve.url, `by-${upstream}`, say('hello'), { stream }));
          assert.equal(error.status, sees, `${upstream} ${says}, stream ${stream}: ${error}`);
        }
      }
    }
  });
}

for (const [name, client] of Object.entries(clients)) {
  test(`${name}: a character that an upstream cuts in two, half in one event, half in the next, arrives whole`, async () => {
    const { serve } = await setUpAll();
    for (const upstream of upstreams) {
      for (const stream of [false, true]) assert.equal((await client.ask(serve.url, `by-${upstream}`, say('smile'), { stream })).text, 'abc😀def😀', `${upstream}, stream ${stream}`);
    }
  });
}

test('what an Anthropic upstream thinks is shown to clients of its dialect and of responses', async () => {
  const { serve } = await setUpAll();
  const anthropic = new Anthropic({ baseURL: serve.url, apiKey: 'x', maxRetries: 0 });
  for (const stream of [false, true]) {
    const request = { model: 'by-anthropic', max_tokens: 2000, thinking: { type: 'enabled', budget_tokens: 1024 }, messages: say('think') };
    const answer = stream ? await anthropic.messages.stream(request).finalMessage() : await anthropic.messages.create(request);
    assert.deepEqual(answer.content.map((one) => one.thinking ?? one.text), ['Let me see.', text]);
    const openai = new OpenAI({ baseURL: `${serve.url}/v1`, apiKey: 'x', maxRetries: 0 });
    const asked = { model: 'by-anthropic', input: 'think', reasoning: { effort: 'low' } };
    const response = stream ? await openai.responses.stream(asked).finalResponse() : await openai.responses.create(asked);
    assert.deepEqual(response.output.map((one) => one.type), ['reasoning', 'message']);
    assert.equal(response.output[0].summary[0].text, 'Let me see.');
    assert.equal(response.output_text, text);
  }
});

test('a bare text goes to Ollama as one', async () => {
  const { mock, serve } = await setUpAll();
  const openai = new OpenAI({ baseURL: `${serve.url}/v1`, apiKey: 'x', maxRetries: 0 });
  assert.equal((await openai.completions.create({ model: 'by-ollama', prompt: 'hello', max_tokens: 50 })).choices[0].text, text);
  let said = '';
  for await (const one of await openai.completions.create({ model: 'by-ollama', prompt: 'hello', stream: true })) said += one.choices[0]?.text ?? '';
  assert.equal(said, text);
  const journal = (await (await fetch(`${mock.url}/__aimock/journal`)).json()).filter((one) => one.method === 'POST');
  assert.deepEqual(journal.map((one) => one.path), ['/api/generate', '/api/generate']);
});

test('embeddings of providers that do not speak as OpenAI does, as floats and in base64', async () => {
  const { serve } = await setUpAll();
  const openai = new OpenAI({ baseURL: `${serve.url}/v1`, apiKey: 'x', maxRetries: 0 });
  for (const more of [{}, { encoding_format: 'float' }]) {  // without a word the SDK asks for base64, and decodes it
    const { data, response } = await openai.embeddings.create({ model: 'by-cohere', input: 'hello', ...more }).withResponse();
    assert.deepEqual(data.data.map((one) => [one.index, Array.from(one.embedding)]), [[0, [0.25, -0.5, 1]]]);
    assert.equal(data.model, 'by-cohere');
    const found = row(serve.dir, response.headers.get('x-request-id'));
    assert.deepEqual([found.outcome, found.provider, found.prompt_tokens, found.completion_tokens], ['ok', 'cohere', data.usage.prompt_tokens, 0]);
    assert.ok(found.prompt_tokens > 0);
  }
  // Ollama's /api/embed is answered by aimock in the words of its older /api/embeddings, which have no `embeddings`: not believed.
  const odd = await thrown(() => openai.embeddings.create({ model: 'by-ollama', input: 'hello' }));
  assert.deepEqual([odd.status, odd.code], [502, 'upstream_protocol']);
  for (const upstream of ['cohere', 'ollama']) {
    const refused = await thrown(() => openai.embeddings.create({ model: `by-${upstream}`, input: [1, 2, 3] }));
    assert.deepEqual([refused.status, refused.code, refused.param], [400, 'unsupported_parameter', 'input']);
  }
  const none = await thrown(() => openai.embeddings.create({ model: 'by-anthropic', input: 'hello' }));
  assert.equal(none.status, 400);
});

test('reranking at each of its paths, by Cohere and by a server that speaks as it does', async () => {
  const { serve } = await setUpAll();
  const rerank = (path, body) => fetch(serve.url + path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  for (const upstream of ['cohere', 'reranking']) {
    for (const path of ['/v1/rerank', '/v2/rerank', '/rerank']) {
      const answer = await rerank(path, { model: `by-${upstream}`, query: 'hello', documents: ['one', 'another one'], top_n: 2 });
      const said = await answer.json();
      assert.equal(answer.status, 200, JSON.stringify(said));
      assert.deepEqual(said.results, [{ index: 1, relevance_score: 0.75 }, { index: 0, relevance_score: 0.25 }]);
      const found = row(serve.dir, answer.headers.get('x-request-id'));
      assert.deepEqual([found.outcome, found.provider, found.completion_tokens, found.estimated], ['ok', upstream, 0, 1]);
      assert.ok(found.prompt_tokens > 0);
    }
  }
  const wrong = await rerank('/v2/rerank', { model: 'by-cohere', query: 'hello', documents: [] });
  assert.deepEqual([wrong.status, (await wrong.json()).error.param], [400, 'documents']);
  const none = await rerank('/v2/rerank', { model: 'by-gemini', query: 'hello', documents: ['a'] });
  assert.deepEqual([none.status, (await none.json()).error.code], [400, 'unsupported_parameter']);
});
