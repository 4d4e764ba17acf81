// What npm's aimock can play, and how each of its roles is asked through `genai serve`: the rows of aimock_providers_test.mjs. A type of provider that the binary
// reads has a row here.
import { load } from './packages.mjs';

const { LLMock } = load('@copilotkit/aimock');

export const key = 'key-of-every-provider-0123456789';

// lines: of the provider in the configuration. asks: the clients' dialects in which the scenarios are run. embeddings, rerank: the model to ask for those. counts: whether this role reports tokens: false
// never, 'whole' in whole answers. own: aimock believes keys in fields that it knows; a provider that proves itself otherwise is in front of one that believes everybody.
const openai = (type, more = '') => (url) => `type: ${type}, base_url: "${url}/v1", api_key: "\${env:KEY}"${more}`;
const root = (type, more = ', api_key: "${env:KEY}"') => (url) => `type: ${type}, base_url: "${url}"${more}`;
export const providers = {
  openai: { lines: openai('openai'), model: 'gpt-4o', asks: ['chat', 'responses'], embeddings: 'text-embedding-3-small' },
  compatible: { lines: openai('openai-compatible'), model: 'llama-3', asks: ['chat', 'messages'], embeddings: 'nomic-embed-text' },
  anthropic: { lines: openai('anthropic'), model: 'claude-sonnet-4', asks: ['messages', 'chat'] },
  gemini: { lines: (url) => `type: gemini, base_url: "${url}/v1beta", api_key: "\${env:KEY}"`, model: 'gemini-2.5-pro', asks: ['chat', 'messages'] },
  vertex: { lines: root('vertex', ', project: p, location: europe-west1, api_key: "${env:KEY}"'), model: 'gemini-2.5-pro', asks: ['chat'] },
  azure: { lines: root('azure'), model: 'gpt-4o', asks: ['chat', 'messages'], embeddings: 'text-embedding-3-small' },
  'azure-v1': { lines: root('azure', ', api_version: v1, auth: bearer, api_key: "${env:KEY}"'), model: 'gpt-4o', asks: ['chat', 'responses'] },
  cohere: { lines: root('cohere'), model: 'command-a-03-2025', asks: ['chat', 'messages'], embeddings: 'embed-v4.0', rerank: 'rerank-v3.5' },
  ollama: { lines: root('ollama'), model: 'llama3.2', asks: ['chat', 'messages'], counts: false },  // its /api/embed has the answers of /api/embeddings
  bedrock: { lines: root('bedrock', ', region: eu-central-1, api_key: "${env:KEY}"'), model: 'anthropic.claude-sonnet-4-20250514-v1:0', asks: ['chat', 'messages'] },
  'bedrock-signed': { lines: root('bedrock', ', region: eu-central-1, access_key_id: AKIAIOSFODNN7EXAMPLE, secret_access_key: "${env:KEY}"'), own: true, model: 'amazon.nova-lite-v1:0', asks: ['chat'] },
  vllm: { lines: openai('vllm'), model: 'qwen3-8b', asks: ['chat'], embeddings: 'bge-m3' },
  lmstudio: { lines: openai('lmstudio'), model: 'qwen3-8b', asks: ['chat'], embeddings: 'bge-m3' },
  tgi: { lines: root('tgi'), model: 'tgi', asks: ['chat'] },
  'triton-openai': { lines: root('triton', ', api: openai, api_key: "${env:KEY}"'), model: 'ensemble', asks: ['chat'] },
  groq: { lines: openai('openai-compatible', ', preset: groq'), model: 'llama-3.3-70b-versatile', asks: ['chat'] },
  mistral: { lines: openai('openai-compatible', ', preset: mistral'), model: 'mistral-large-latest', asks: ['chat'], embeddings: 'mistral-embed', counts: 'whole' },  // streams there say it unasked, here not
  deepseek: { lines: openai('openai-compatible', ', preset: deepseek'), model: 'deepseek-chat', asks: ['chat'] },
  openrouter: { lines: (url) => `type: openai-compatible, preset: openrouter, base_url: "${url}/api/v1", api_key: "\${env:KEY}"`, model: 'openai/gpt-4o', asks: ['chat'] },
};

// `trusting`: the address of the aimock that believes everybody.
export function configuration(url, trusting) {
  const names = Object.keys(providers);
  const also = (kind) => names.filter((name) => providers[name][kind]).map((name) => `  ${name}-${kind}: {targets: [{provider: ${name}, model: "${providers[name][kind]}"}]}`);
  return `
listen: 127.0.0.1:0
providers:
${names.map((name) => `  ${name}: {${providers[name].lines(providers[name].own ? trusting : url)}}`).join('\n')}
models:
${names.map((name) => `  ${name}: {targets: [{provider: ${name}, model: "${providers[name].model}"}]}
  ${name}-impatient: {targets: [{provider: ${name}, model: "${providers[name].model}"}], timeouts: {first_token: 300ms, gap: 300ms, total: 1s}}`).join('\n')}
${[...also('embeddings'), ...also('rerank')].join('\n')}
`;
}

export const text = 'Good day to you, stranger from afar.';
export const usage = { prompt_tokens: 21, completion_tokens: 9, total_tokens: 30 };
export const vector = [0.25, -0.5, 0.125, 1];

export async function startMock(options = {}) {
  const mock = new LLMock({ port: 0, chunkSize: 4, ...options });
  const slow = { latency: 15 };
  mock.onMessage('hello', { content: text, usage });
  mock.onMessage('weather', { toolCalls: [{ name: 'get_weather', arguments: '{"place":"Ulm"}', id: 'call_1' }], usage });
  mock.onMessage('smile', { content: 'abc😀def😀', usage });  // in pieces of 4 units of UTF-16: each of these is cut in two
  mock.onMessage('nothing', { content: '', usage });
  mock.onMessage('slowly', { content: text, usage }, slow);
  mock.onMessage('stuck', { content: text, usage }, { streamingProfile: { ttft: 1, tps: 0.5 } });
  for (const chunks of [1, 2, 3, 4, 5]) mock.onMessage(`cut-${chunks}.`, { content: 'This sentence is never heard to its end.', usage }, { truncateAfterChunks: chunks, ...slow });
  mock.onMessage('hang up', { content: 'This sentence is never heard to its end, for it takes far too long to say.', usage }, { disconnectAfterMs: 120, latency: 30 });
  for (const status of [400, 401, 403, 404, 413, 422, 429, 500, 502, 503, 529]) mock.onMessage(`error-${status}.`, { error: { message: `said with ${status}`, type: 'some_error' }, status });
  mock.onEmbedding('hello', { embedding: vector });
  mock.onRerank('hello', [{ index: 1, relevance_score: 0.75 }, { index: 0, relevance_score: 0.25 }]);
  await mock.start();
  return mock;
}

// ---- clients, as bytes: what is sent, and what came back in one shape

const schema = { type: 'object', properties: { place: { type: 'string' } }, required: ['place'] };
const blocks = (body) => body.split('\n\n').filter((one) => one.trim() !== '' && !one.startsWith(':')).map((block) => {
  const lines = block.split('\n');
  const of = (field) => lines.filter((line) => line.startsWith(`${field}: `)).map((line) => line.slice(field.length + 2)).join('\n');
  return { type: of('event'), data: of('data') };
});
const parsed = (body) => blocks(body).filter((one) => one.data !== '[DONE]').map((one) => ({ type: one.type, ...JSON.parse(one.data) }));

export const dialects = {
  chat: {
    path: '/v1/chat/completions',
    body: (prompt, { tools }) => ({ messages: [{ role: 'user', content: prompt }], ...(tools ? { tools: [{ type: 'function', function: { name: 'get_weather', parameters: schema } }] } : {}) }),
    streamed: { stream_options: { include_usage: true } },
    whole: (json) => ({
      text: json.choices[0].message.content ?? '', finish: json.choices[0].finish_reason, tokens: [json.usage.prompt_tokens, json.usage.completion_tokens],
      calls: (json.choices[0].message.tool_calls ?? []).map((one) => [one.function.name, JSON.parse(one.function.arguments)]),
    }),
    stream: (body) => {
      const calls = [];
      const said = { text: '', tokens: undefined, finish: undefined, error: undefined, ended: body.endsWith('data: [DONE]\n\n') };
      for (const event of parsed(body)) {
        said.error = event.error ?? said.error;
        if (event.usage) said.tokens = [event.usage.prompt_tokens, event.usage.completion_tokens];
        const choice = event.choices?.[0];
        said.finish = choice?.finish_reason ?? said.finish;
        said.text += choice?.delta?.content ?? '';
        for (const one of choice?.delta?.tool_calls ?? []) {
          calls[one.index] ??= { name: '', arguments: '' };
          calls[one.index].name += one.function?.name ?? '';
          calls[one.index].arguments += one.function?.arguments ?? '';
        }
      }
      return { ...said, calls: said.ended ? calls.map((one) => [one.name, JSON.parse(one.arguments)]) : [] };
    },
    finishes: ['stop', 'tool_calls'],
  },
  responses: {
    path: '/v1/responses',
    body: (prompt, { tools }) => ({ input: prompt, ...(tools ? { tools: [{ type: 'function', name: 'get_weather', parameters: schema, strict: false }] } : {}) }),
    whole: (json) => ({
      text: json.output.filter((one) => one.type === 'message').flatMap((one) => one.content).map((one) => one.text).join(''), finish: json.status,
      tokens: [json.usage.input_tokens, json.usage.output_tokens], calls: json.output.filter((one) => one.type === 'function_call').map((one) => [one.name, JSON.parse(one.arguments)]),
    }),
    stream: (body) => {
      const all = parsed(body);
      const last = all.at(-1);
      const ended = last?.type === 'response.completed';
      const error = all.find((one) => one.type === 'error' || one.type === 'response.failed');
      const text = all.filter((one) => one.type === 'response.output_text.delta').map((one) => one.delta).join('');
      return { error, ended, ...(ended ? dialects.responses.whole(last.response) : { calls: [] }), text };
    },
    finishes: ['completed', 'completed'],
  },
  messages: {
    path: '/v1/messages',
    body: (prompt, { tools }) => ({ max_tokens: 500, messages: [{ role: 'user', content: prompt }], ...(tools ? { tools: [{ name: 'get_weather', input_schema: schema }] } : {}) }),
    whole: (json) => ({
      text: json.content.filter((one) => one.type === 'text').map((one) => one.text).join(''), finish: json.stop_reason, tokens: [json.usage.input_tokens, json.usage.output_tokens],
      calls: json.content.filter((one) => one.type === 'tool_use').map((one) => [one.name, one.input]),
    }),
    stream: (body) => {
      const calls = [];
      const said = { text: '', tokens: [0, 0], finish: undefined, error: undefined, ended: false };
      for (const event of parsed(body)) {
        if (event.type === 'error') said.error = event.error;
        if (event.type === 'message_stop') said.ended = true;
        if (event.type === 'message_start') said.tokens = [event.message.usage.input_tokens, event.message.usage.output_tokens];
        if (event.type === 'message_delta') {
          said.finish = event.delta.stop_reason;
          said.tokens = [event.usage.input_tokens ?? said.tokens[0], event.usage.output_tokens];
        }
        if (event.type === 'content_block_start' && event.content_block.type === 'tool_use') calls.push({ name: event.content_block.name, json: '' });
        if (event.delta?.type === 'text_delta') said.text += event.delta.text;
        if (event.delta?.type === 'input_json_delta') calls.at(-1).json += event.delta.partial_json;
      }
      return { ...said, calls: said.ended ? calls.map((one) => [one.name, JSON.parse(one.json)]) : [] };
    },
    finishes: ['end_turn', 'tool_use'],
  },
};

// One request; `more` is sent with it, `begun` is called when its status is here: {status, id, broken, error, ended, text, calls, finish, tokens}. A body that breaks off leaves `broken`; what ended it otherwise is in `error`.
export async function ask(url, dialect, model, prompt, options = {}) {
  const { stream = false, signal, begun } = options;
  const { path, body, streamed, whole, stream: read } = dialects[dialect];
  const response = await fetch(url + path, {
    method: 'POST', signal, headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model, ...body(prompt, options), ...(stream ? { stream, ...streamed } : {}), ...options.more }),
  });
  const answer = { status: response.status, id: response.headers.get('x-request-id'), broken: null, raw: '' };
  begun?.();
  try {
    answer.raw = await response.text();
  } catch (error) {
    return { ...answer, broken: error };
  }
  if (response.status !== 200) return { ...answer, error: JSON.parse(answer.raw).error, ended: false };
  return { ...answer, ...(stream ? read(answer.raw) : { ended: true, ...whole(JSON.parse(answer.raw)) }) };
}
