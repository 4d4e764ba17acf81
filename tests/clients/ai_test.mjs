// The unmodified npm `ai` (Vercel's AI SDK) with its providers for OpenAI (responses and chat), OpenAI-compatible servers and Anthropic, in front of
// `genai serve`. Each speaks its own dialect to the same port.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { load } from './packages.mjs';
import { completion, eventually, jsonAnswer, rejected, row, rows, scripted, startServe } from '../serve/harness.mjs';

const { generateText, streamText, embed, embedMany, tool, stepCountIs, isStepCount, APICallError, RetryError } = load('ai');
const { createOpenAI } = load('@ai-sdk/openai');
const { createOpenAICompatible } = load('@ai-sdk/openai-compatible');
const { createAnthropic } = load('@ai-sdk/anthropic');
const { z } = load('zod');
const steps = isStepCount ?? stepCountIs;

const apiKey = 'key-of-the-caller';
const providers = {
  'openai, responses': (url) => createOpenAI({ baseURL: `${url}/v1`, apiKey }),
  'openai, chat': (url) => { const openai = createOpenAI({ baseURL: `${url}/v1`, apiKey }); return (model) => openai.chat(model); },
  'openai-compatible': (url) => createOpenAICompatible({ name: 'genai', baseURL: `${url}/v1`, apiKey, includeUsage: true }),
  anthropic: (url) => createAnthropic({ baseURL: `${url}/v1`, apiKey }),
};
const once = { maxRetries: 0 };

let serve;
before(async () => { serve = await startServe(); });
const latest = () => rows(serve.dir).at(-1);

// What the SDK says of what a provider is not able to do.
const warnings = [];
globalThis.AI_SDK_LOG_WARNINGS = (some) => { warnings.push(...(some.warnings ?? some)); };

const weather = (ran) => tool({
  description: 'The weather of a place',
  inputSchema: z.object({ place: z.string(), days: z.number() }),
  execute: async (input) => { ran.push(input); return { celsius: 21 }; },
});
const directive = 'How is it there? [[call weather {"place":"Ulm \\"Süd\\"","days":2}]]';
const wanted = { place: 'Ulm "Süd"', days: 2 };

for (const [name, provider] of Object.entries(providers)) {
  test(`${name}: generateText: the answer, its usage and its row agree`, async () => {
    const result = await generateText({ model: provider(serve.url)('sim'), system: 'Be kind.', prompt: 'hello', temperature: 0.5, maxOutputTokens: 400, ...once });
    assert.ok(result.text.length > 10);
    assert.equal(result.finishReason, 'stop');
    const found = row(serve.dir, result.response.headers['x-request-id']);
    assert.deepEqual([found.outcome, found.model, found.prompt_tokens, found.completion_tokens], ['ok', 'sim', result.usage.inputTokens, result.usage.outputTokens]);
  });

  test(`${name}: maxOutputTokens ends the answer, and the reason says so`, async () => {
    const result = await generateText({ model: provider(serve.url)('sim'), prompt: 'hello', maxOutputTokens: 16, ...once });
    assert.equal(result.finishReason, 'length');
    assert.equal(result.usage.outputTokens, 16);
  });

  test(`${name}: streamText: pieces, the whole text, usage and row`, async () => {
    const result = streamText({ model: provider(serve.url)('sim'), messages: [{ role: 'user', content: [{ type: 'text', text: 'hello' }] }], ...once });
    const pieces = [];
    for await (const piece of result.textStream) pieces.push(piece);
    assert.ok(pieces.length > 5);
    assert.equal(pieces.join(''), await result.text);
    assert.equal(await result.finishReason, 'stop');
    const usage = await result.usage;
    const found = latest();
    assert.deepEqual([found.outcome, found.streamed, found.prompt_tokens, found.completion_tokens], ['ok', 1, usage.inputTokens, usage.outputTokens]);
  });

  for (const stream of [false, true]) {
    test(`${name}: tools in several steps, ${stream ? 'streamed' : 'plain'}`, async () => {
      const before = rows(serve.dir).length;
      const ran = [];
      const request = { model: provider(serve.url)('sim'), prompt: directive, tools: { weather: weather(ran) }, stopWhen: steps(5), ...once };
      const result = stream ? streamText(request) : await generateText(request);
      if (stream) await result.consumeStream({ onError: (error) => { throw error; } });
      const taken = await result.steps;
      assert.deepEqual(ran, [wanted]);
      assert.equal(taken.length, 2);
      assert.deepEqual(taken.map((step) => step.finishReason), ['tool-calls', 'stop']);
      assert.equal(taken[0].toolCalls[0].toolName, 'weather');
      assert.ok((await result.text).length > 10);
      const added = rows(serve.dir).slice(before);
      assert.deepEqual(added.map((one) => one.outcome), ['ok', 'ok']);
    });
  }

  test(`${name}: an unknown model is an APICallError of 404 that is not tried again`, async () => {
    const before = rows(serve.dir).length;
    const error = await rejected(generateText({ model: provider(serve.url)('nobody'), prompt: 'hello', maxRetries: 2 }));
    assert.ok(APICallError.isInstance(error), `${error}`);
    assert.equal(error.statusCode, 404);
    assert.equal(error.isRetryable, false);
    assert.match(error.message, /nobody/, 'it could read our message');
    await eventually('its row', () => rows(serve.dir).length === before + 1);
    const errors = [];
    const streamed = streamText({ model: provider(serve.url)('nobody'), prompt: 'hello', onError: ({ error }) => errors.push(error), ...once });
    await streamed.consumeStream();
    assert.equal(errors[0]?.statusCode, 404);
  });

  test(`${name}: a bad request is an APICallError of 400`, async () => {
    const error = await rejected(generateText({ model: provider(serve.url)('sim'), prompt: 'hello', topP: 7, ...once }));
    assert.ok(APICallError.isInstance(error), `${error}`);
    assert.equal(error.statusCode, 400);
    assert.match(error.message, /top_p/);
  });

  test(`${name}: abort in mid-stream leaves a row \`cancelled\``, async () => {
    const before = rows(serve.dir).length;
    const abort = new AbortController();
    let aborted = false;
    const result = streamText({ model: provider(serve.url)('sim'), prompt: 'hello', abortSignal: abort.signal, onAbort: () => { aborted = true; }, ...once });
    let got = 0;
    try {
      for await (const piece of result.textStream) if (piece && ++got === 3) abort.abort();
    } catch (error) {
      assert.equal(error.name, 'AbortError');
    }
    const found = await eventually('the row', () => rows(serve.dir).slice(before).find((one) => one.streamed === 1));
    assert.equal(found.outcome, 'cancelled');
    assert.ok(found.completion_tokens >= 3);
    assert.ok(aborted || got >= 3);
  });

  test(`${name}: it tries again after 500, and each try is a row`, async () => {
    const upstream = await scripted((request, response, body, count) => {
      if (count <= 2) return jsonAnswer(response, 500, { error: { message: 'not now' } });
      jsonAnswer(response, 200, completion('at last'));
    });
    const front = await startServe({ upstream: `${upstream.url}/v1` });
    const model = provider(front.url)('any');
    const failed = await rejected(generateText({ model, prompt: 'hello', maxRetries: 0 }));
    assert.equal((RetryError.isInstance(failed) ? failed.lastError : failed).isRetryable, true);
    const result = await generateText({ model, prompt: 'hello', maxRetries: 2 });
    assert.equal(result.text, 'at last');
    assert.deepEqual(rows(front.dir).map((one) => one.status), [502, 502, 200]);
  });
}

test('embed: one and many, by OpenAI\'s provider and the compatible one', async () => {
  const openai = createOpenAI({ baseURL: `${serve.url}/v1`, apiKey });
  const compatible = createOpenAICompatible({ name: 'genai', baseURL: `${serve.url}/v1`, apiKey });
  const models = [(openai.embeddingModel ?? openai.textEmbeddingModel)('sim'), (compatible.embeddingModel ?? compatible.textEmbeddingModel)('sim')];
  for (const model of models) {
    const one = await embed({ model, value: 'sunny day at the beach', ...once });
    assert.ok(one.embedding.length >= 8 && one.embedding.every(Number.isFinite));
    assert.equal(latest().outcome, 'ok');
    assert.equal(one.usage.tokens, latest().prompt_tokens);
    const many = await embedMany({ model, values: ['sunny day at the beach', 'rain'], ...once });
    assert.equal(many.embeddings.length, 2);
    assert.deepEqual(many.embeddings[0], one.embedding);
  }
});

test('pictures: a PNG reaches the upstream from each provider', async () => {
  const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
  const upstream = await scripted((request, response) => jsonAnswer(response, 200, completion('a pixel')));
  const front = await startServe({ upstream: `${upstream.url}/v1` });
  const content = [{ type: 'text', text: 'What is this?' }, { type: 'file', data: Buffer.from(png, 'base64'), mediaType: 'image/png' }];
  for (const [name, provider] of Object.entries(providers)) {
    const result = await generateText({ model: provider(front.url)('any'), messages: [{ role: 'user', content }], ...once });
    assert.equal(result.text, 'a pixel', name);
    const part = JSON.parse(upstream.seen.at(-1).body).messages[0].content.find((one) => one.type === 'image_url');
    assert.equal(part?.image_url.url, `data:image/png;base64,${png}`, name);
  }
});
