// A server that people really run models on, as the upstream: llama.cpp's, in its APIs of OpenAI and Anthropic, with a model of our own making (python/tiny_model.py)
// that says syllables in no order, at two thousand tokens a second.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { ask } from './aimock.mjs';
import { load, place } from './packages.mjs';
import { chat, eventually, genai, launch, rejected, row, rows, source, startServeWith, temporary } from '../serve/harness.mjs';

const OpenAI = load('openai').default ?? load('openai');
const Anthropic = load('@anthropic-ai/sdk').default ?? load('@anthropic-ai/sdk');

async function startLlama(...args) {
  const dir = temporary();
  const run = launch([path.join(source, 'tests/clients/python/llama_server.py'), dir, ...args], { program: path.join(place, 'python/bin/python'), env: { PYTHONDONTWRITEBYTECODE: '1' } });
  run.ended.then(() => { run.over = true; });
  const ready = await eventually('llama.cpp listens', () => run.over || /listening on (http:\S+)\n/.exec(run.err), 60_000);
  assert.notEqual(ready, true, run.err);
  return Object.assign(run, { url: ready[1], stop: async () => { run.child.kill('SIGKILL'); await run.ended; } });
}

const configuration = (url) => `
listen: 127.0.0.1:0
providers:
  chat: {type: openai-compatible, base_url: "${url}/v1", price: {input_usd_per_mtok: 1, output_usd_per_mtok: 2}}
  responses: {type: openai, base_url: "${url}/v1", api_key: "\${env:KEY}"}
  messages: {type: anthropic, base_url: "${url}/v1", api_key: "\${env:KEY}"}
models:
  by-chat: {targets: [{provider: chat, model: tiny}]}
  by-responses: {targets: [{provider: responses, model: tiny}]}
  by-messages: {targets: [{provider: messages, model: tiny}]}
`;
const options = { env: { KEY: 'none-is-needed' } };
const say = (content) => [{ role: 'user', content }];

let llama;
let serve;
let openai;
let anthropic;
before(async () => {
  llama = await startLlama();
  serve = await startServeWith(configuration(llama.url), options);
  openai = new OpenAI({ baseURL: `${serve.url}/v1`, apiKey: 'x', maxRetries: 0 });
  anthropic = new Anthropic({ baseURL: serve.url, apiKey: 'x', maxRetries: 0 });
});
after(() => llama?.stop());

// One answer by each client: {id, text, finish, tokens: [in, out]}.
const clients = {
  chat: async (model, stream) => {
    const request = { model, messages: say('hello there'), max_tokens: 24 };
    const pending = openai.chat.completions.create(stream ? { ...request, stream, stream_options: { include_usage: true } } : request);
    const { data, response } = await pending.withResponse();
    let text = '', finish, usage;
    for await (const one of stream ? data : []) {
      text += one.choices[0]?.delta?.content ?? '';
      finish = one.choices[0]?.finish_reason ?? finish;
      usage = one.usage ?? usage;
    }
    if (!stream) [text, finish, usage] = [data.choices[0].message.content, data.choices[0].finish_reason, data.usage];
    return { id: response.headers.get('x-request-id'), text, finish, tokens: [usage.prompt_tokens, usage.completion_tokens] };
  },
  responses: async (model, stream) => {
    const request = { model, input: 'hello there', max_output_tokens: 24 };
    // llama.cpp's own events pass as they are, and have no `output_index`, without which OpenAI's SDK does not read them.
    if (model === 'by-responses' && stream) return { finish: 'completed', ...(await ask(serve.url, 'responses', model, 'hello there', { stream, more: { max_output_tokens: 24 } })) };
    const answer = stream ? await openai.responses.stream(request).finalResponse() : await openai.responses.create(request);
    return { text: answer.output_text, finish: answer.status, tokens: [answer.usage.input_tokens, answer.usage.output_tokens] };
  },
  messages: async (model, stream) => {
    const request = { model, messages: say('hello there'), max_tokens: 24 };
    const answer = stream ? await anthropic.messages.stream(request).finalMessage() : await anthropic.messages.create(request);
    const { usage } = answer;
    return { text: answer.content[0].text, finish: answer.stop_reason, tokens: [usage.input_tokens + (usage.cache_read_input_tokens ?? 0), usage.output_tokens] };
  },
};

for (const [client, turn] of Object.entries(clients)) {
  for (const upstream of ['chat', 'responses', 'messages']) {
    test(`${client} in front of llama.cpp's ${upstream}: words, their number as the server counts them, and the row`, async () => {
      for (const stream of [false, true]) {
        const before = rows(serve.dir).length;
        const { text, finish, tokens } = await turn(`by-${upstream}`, stream);
        assert.match(text, /^( ?[a-z]{2,4})+$/, `stream ${stream}`);
        assert.equal(text.trim().split(' ').length, 24);
        if (client !== 'responses') assert.match(finish, /^(length|max_tokens)$/);
        const found = rows(serve.dir).slice(before);
        assert.equal(found.length, 1);
        const [one] = found;
        assert.deepEqual([one.outcome, one.provider, one.upstream_model, one.streamed, one.estimated], ['ok', upstream, 'tiny', stream ? 1 : 0, 0], `stream ${stream}`);
        assert.deepEqual([one.prompt_tokens, one.completion_tokens], tokens);
        assert.equal(tokens[1], 24);
        if (upstream === 'chat') assert.equal(one.cost_nano_usd, tokens[0] * 1000 + tokens[1] * 2000);
      }
    });
  }
}

test('text completions, and a stop sequence', async () => {
  const { choices, usage } = await openai.completions.create({ model: 'by-chat', prompt: 'hello', max_tokens: 12 });
  assert.match(choices[0].text, /^( ?[a-z]{2,4})+$/);
  assert.equal(usage.completion_tokens, 12);
  const stopped = await openai.chat.completions.create({ model: 'by-chat', messages: say('x'), max_tokens: 400, stop: ['a'] });
  assert.equal(stopped.choices[0].finish_reason, 'stop');
  assert.doesNotMatch(stopped.choices[0].message.content, /a/);
});

test('an answer that must be JSON of a schema is', async () => {
  const schema = { type: 'object', properties: { hot: { type: 'boolean' }, place: { enum: ['Ulm', 'Köln'] } }, required: ['hot', 'place'], additionalProperties: false };
  for (const stream of [false, true]) {
    const request = { model: 'by-chat', messages: say('weather'), max_tokens: 200, response_format: { type: 'json_schema', json_schema: { name: 'weather', strict: true, schema } } };
    const answer = stream ? await openai.chat.completions.stream(request).finalChatCompletion() : await openai.chat.completions.create(request);
    const said = JSON.parse(answer.choices[0].message.content);
    assert.equal(typeof said.hot, 'boolean');
    assert.ok(['Ulm', 'Köln'].includes(said.place));
  }
});

test('a prompt that is too long for it is refused in its words, with a row that cost nothing', async () => {
  for (const model of ['by-chat', 'by-messages']) {
    const error = await rejected(openai.chat.completions.create({ model, messages: say('ab '.repeat(5000)), max_tokens: 4 }));
    assert.equal(error.status, 400);
    assert.match(error.message, /context size/);
    const found = row(serve.dir, error.requestID);
    assert.deepEqual([found.outcome, found.completion_tokens], ['upstream_error', 0]);
  }
});

test('more at once than it has places for: all are answered', async () => {
  const answers = await Promise.all(Array.from({ length: 12 }, (_, i) => clients.chat(i % 3 === 0 ? 'by-messages' : 'by-chat', i % 2 === 1)));
  for (const { id, tokens } of answers) {
    const found = row(serve.dir, id);
    assert.deepEqual([found.outcome, found.prompt_tokens, found.completion_tokens], ['ok', ...tokens]);
  }
});

test('a client that leaves frees its place', async () => {
  const gone = new AbortController();
  const response = await fetch(`${serve.url}/v1/chat/completions`, {
    method: 'POST', headers: { 'content-type': 'application/json' }, signal: gone.signal,
    body: JSON.stringify({ model: 'by-chat', messages: say('hello'), stream: true, max_tokens: 4000, ignore_eos: true }),
  });
  const reader = response.body.getReader();
  await reader.read();
  gone.abort();
  await reader.read().catch(() => {});
  const found = await eventually('the row', () => rows(serve.dir).find((one) => one.request_id === response.headers.get('x-request-id') && one.outcome !== 'ok'));
  assert.equal(found.outcome, 'cancelled');
  await eventually('the place is free', async () => (await (await fetch(`${llama.url}/slots`)).json()).every((slot) => !slot.is_processing));
});

test('embeddings: by OpenAI\'s SDK, of the length that the model has', async () => {
  const embedder = await startLlama('embeddings');
  const own = await startServeWith(configuration(embedder.url), options);
  const { data, usage } = await new OpenAI({ baseURL: `${own.url}/v1`, apiKey: 'x', maxRetries: 0 }).embeddings.create({ model: 'by-chat', input: ['hello', 'there'] });
  assert.deepEqual(data.map((one) => one.embedding.length), [64, 64]);
  assert.notDeepEqual(data[0].embedding, data[1].embedding);
  const [found] = rows(own.dir);
  assert.deepEqual([found.outcome, found.prompt_tokens], ['ok', usage.prompt_tokens]);
  await embedder.stop();
});

test('U3: killed in the middle of a stream, it leaves no good ending; the probe says so before and after', async () => {
  const own = await startLlama();
  const cwd = temporary();
  fs.writeFileSync(path.join(cwd, 'genai.yaml'), configuration(own.url));
  const gateway = await startServeWith(configuration(own.url), options);
  const probe = async () => {
    const { code, out } = await genai(['config', 'check', '--probe', '--json'], { cwd, ...options });
    return { code, probes: JSON.parse(out).probes.filter((one) => one.type !== 'sim') };
  };
  const well = await probe();
  assert.equal(well.code, 0);
  assert.deepEqual(well.probes.map((one) => [one.provider, one.result, one.answered_by, one.completion_tokens]), [['chat', 'ok', 'tiny', 1], ['responses', 'ok', 'tiny', 1], ['messages', 'ok', 'tiny', 1]]);

  const response = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ model: 'by-chat', messages: say('hello'), stream: true, max_tokens: 4000, ignore_eos: true }),
  });
  const reader = response.body.getReader();
  await reader.read();
  await own.stop();
  let text = '';
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) text += Buffer.from(piece.value).toString();
  assert.ok(!text.includes('[DONE]'));
  assert.match(text.trimEnd().split('\n\n').at(-1), /^data: \{"error":/);
  const found = row(gateway.dir, response.headers.get('x-request-id'));
  assert.ok(['truncated', 'upstream_error'].includes(found.outcome), found.outcome);
  assert.ok(found.completion_tokens > 0 && found.estimated === 1);
  assert.equal((await chat(gateway.url, { model: 'by-chat' })).status, 502);
  const ill = await probe();
  assert.equal(ill.code, 1);
  assert.ok(ill.probes.every((one) => one.result === 'failed' && one.code === 'upstream_unreachable'));
});
