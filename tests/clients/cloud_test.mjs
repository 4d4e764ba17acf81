// Amazon Bedrock and Google Vertex AI as upstreams. Their fakes know nothing of us: signatures are checked by the signer of AWS's own SDK, event streams
// are written by its codec, tokens are asked for with assertions that Node verifies; npm's aimock speaks both. The clients are the SDKs of OpenAI and Anthropic.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';
import { load } from './packages.mjs';
import { chat, eventually, genai, jsonAnswer, rejected, row, rows, scripted, startServeWith, temporary } from '../serve/harness.mjs';

const OpenAI = load('openai').default ?? load('openai');
const Anthropic = load('@anthropic-ai/sdk').default ?? load('@anthropic-ai/sdk');
const { LLMock } = load('@copilotkit/aimock');
const { SignatureV4 } = load('@smithy/signature-v4');
const { EventStreamCodec } = load('@smithy/core/event-streams');
const { Sha256 } = load('@aws-crypto/sha256-js');

const mocks = [];
after(() => Promise.all(mocks.map((mock) => mock.stop())));

const say = (content) => [{ role: 'user', content }];
const schema = { type: 'object', properties: { place: { type: 'string' } } };
const openai = (serve) => new OpenAI({ baseURL: `${serve.url}/v1`, apiKey: 'sk-caller', maxRetries: 0 });
const anthropic = (serve) => new Anthropic({ baseURL: serve.url, apiKey: 'sk-caller', maxRetries: 0 });

// ---- Bedrock

const access = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY', sessionToken: 'IQoJb3JpZ2luX2VjE+/==' };
const region = 'eu-west-1';
const profile = 'arn:aws:bedrock:eu-west-1:123456789012:inference-profile/eu.anthropic.claude-sonnet-4-5-20250929-v1:0';

// The request signed once more by AWS's own signer, with what it says was signed.
async function signedByAws({ method, url, headers, body }) {
  const said = /Credential=([^,]+), SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/.exec(headers.authorization ?? '');
  if (!said) return undefined;
  const at = headers['x-amz-date'].replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z');
  const signer = new SignatureV4({ service: 'bedrock', region, credentials: access, sha256: Sha256, applyChecksum: false });
  const names = said[2].split(';').filter((name) => !['x-amz-date', 'x-amz-security-token'].includes(name));
  const again = await signer.sign(
    { method, protocol: 'https:', hostname: 'unused', path: url, query: {}, headers: Object.fromEntries(names.map((name) => [name, headers[name]])), body: body.toString() },
    { signingDate: new Date(at) });
  assert.ok(Math.abs(Date.now() - new Date(at)) < 300_000);
  return again.headers.authorization;
}

const codec = new EventStreamCodec((bytes) => Buffer.from(bytes).toString('utf8'), (text) => Buffer.from(text, 'utf8'));
const message = (kind, type, payload) => Buffer.from(codec.encode({
  headers: { [`:${kind}-type`]: { type: 'string', value: type }, ':content-type': { type: 'string', value: 'application/json' }, ':message-type': { type: 'string', value: kind } },
  body: Buffer.from(JSON.stringify(payload)),
}));
const event = (type, payload) => message('event', type, payload);
const usage = { inputTokens: 10, outputTokens: 5, totalTokens: 127, cacheReadInputTokens: 100, cacheWriteInputTokens: 12 };
const words = ['Good ', 'day ', 'to ', 'yöu.'];
const streamed = () => [
  event('messageStart', { role: 'assistant', p: 'abcd' }),
  ...words.map((text) => event('contentBlockDelta', { contentBlockIndex: 0, delta: { text }, p: 'ab' })),
  event('contentBlockStop', { contentBlockIndex: 0 }),
  event('messageStop', { stopReason: 'end_turn' }),
  event('metadata', { usage, metrics: { latencyMs: 7 } }),
];

// Answers what is signed right. `stream`: the messages; `step`: how many bytes are written at once.
async function fakeBedrock({ stream = streamed, step = 1_000_000, status, answer } = {}) {
  return scripted(async (request, response, body) => {
    const expected = await signedByAws({ method: request.method, url: request.url, headers: request.headers, body });
    const isRight = expected === request.headers.authorization || request.headers.authorization === 'Bearer bedrock-api-key';
    if (!isRight) return jsonAnswer(response, 403, { message: 'The request signature we calculated does not match.' }, { 'x-amzn-errortype': 'InvalidSignatureException' });
    if (status) return jsonAnswer(response, status, answer, { 'x-amzn-errortype': 'SomeException:http://internal.amazon.com/' });
    if (!request.url.endsWith('/converse-stream')) {
      return jsonAnswer(response, 200, answer ?? { output: { message: { role: 'assistant', content: [{ text: words.join('') }] } }, stopReason: 'end_turn', usage, metrics: { latencyMs: 7 } });
    }
    response.writeHead(200, { 'content-type': 'application/vnd.amazon.eventstream' });
    const bytes = Buffer.concat(stream());
    for (let at = 0; at < bytes.length; at += step) {
      response.write(bytes.subarray(at, at + step));
      if (step < bytes.length) await new Promise(setImmediate);
    }
    response.end();
  });
}

const serveBedrock = (upstream, { key = access.secretAccessKey, model = profile, provider } = {}) => startServeWith(`
listen: 127.0.0.1:0
providers:
  aws:
    type: bedrock
    region: ${region}
    base_url: "${upstream.url}"
${provider ?? `    access_key_id: "\${env:AWS_ACCESS_KEY_ID}"
    secret_access_key: "\${env:AWS_SECRET_ACCESS_KEY}"
    session_token: "\${env:AWS_SESSION_TOKEN}"`}
models:
  claude: {targets: [{provider: aws, model: "${model}"}]}
`, { env: { AWS_ACCESS_KEY_ID: access.accessKeyId, AWS_SECRET_ACCESS_KEY: key, AWS_SESSION_TOKEN: access.sessionToken, AWS_BEARER_TOKEN_BEDROCK: 'bedrock-api-key' } });

test('Bedrock: signed as AWS does, plain and streamed, for clients of OpenAI and Anthropic', async () => {
  const upstream = await fakeBedrock();
  const serve = await serveBedrock(upstream);
  const plain = await openai(serve).chat.completions.create({ model: 'claude', messages: say('hello'), max_tokens: 20 });
  assert.equal(plain.choices[0].message.content, words.join(''));
  assert.deepEqual([plain.usage.prompt_tokens, plain.usage.completion_tokens, plain.usage.prompt_tokens_details.cached_tokens], [122, 5, 100]);
  const stream = await openai(serve).chat.completions.stream({ model: 'claude', messages: say('hello'), stream_options: { include_usage: true } }).finalChatCompletion();
  assert.equal(stream.choices[0].message.content, words.join(''));
  const message = await anthropic(serve).messages.stream({ model: 'claude', max_tokens: 20, messages: say('hello'), temperature: 0.5 }).finalMessage();
  assert.equal(message.content[0].text, words.join(''));
  assert.deepEqual([message.usage.input_tokens, message.usage.cache_read_input_tokens, message.usage.cache_creation_input_tokens], [10, 100, 12]);
  assert.deepEqual(upstream.seen.map((one) => one.url),
    ['converse', 'converse-stream', 'converse-stream'].map((end) => `/model/${encodeURIComponent(profile)}/${end}`));
  assert.equal(upstream.seen[0].headers['x-amz-security-token'], access.sessionToken);
  assert.deepEqual(JSON.parse(upstream.seen[2].body), { messages: [{ role: 'user', content: [{ text: 'hello' }] }], inferenceConfig: { maxTokens: 20, temperature: 0.5 } });
  for (const one of rows(serve.dir)) assert.deepEqual([one.outcome, one.prompt_tokens, one.completion_tokens, one.estimated], ['ok', 122, 5, 0]);
});

test('Bedrock: a stream in pieces of any size', async () => {
  for (const step of [1, 7, 64]) {
    const serve = await serveBedrock(await fakeBedrock({ step }));
    const stream = await openai(serve).chat.completions.stream({ model: 'claude', messages: say('hello') }).finalChatCompletion();
    assert.equal(stream.choices[0].message.content, words.join(''));
  }
});

test('Bedrock: a wrong secret is the gateway\'s fault, and never shown', async () => {
  const serve = await serveBedrock(await fakeBedrock(), { key: 'not-the-secret' });
  const error = await rejected(openai(serve).chat.completions.create({ model: 'claude', messages: say('hello') }));
  assert.deepEqual([error.status, error.code], [502, 'upstream_auth']);
  assert.ok(!error.message.includes('not-the-secret') && !error.message.includes('signature'));
});

test('Bedrock: an API key is a bearer', async () => {
  const upstream = await fakeBedrock();
  const serve = await serveBedrock(upstream, { provider: '    api_key: "${env:AWS_BEARER_TOKEN_BEDROCK}"', model: 'amazon.nova-lite-v1:0' });
  const plain = await openai(serve).chat.completions.create({ model: 'claude', messages: say('hello') });
  assert.equal(plain.choices[0].message.content, words.join(''));
  assert.equal(upstream.seen[0].url, '/model/amazon.nova-lite-v1%3A0/converse');
  assert.equal(upstream.seen[0].headers['x-amz-date'], undefined);
});

test('Bedrock: exceptions in the middle of a stream, and streams that break', async () => {
  const begin = () => streamed().slice(0, 3);
  const broken = () => {
    const bytes = Buffer.concat(streamed());
    bytes[bytes.length - 30] ^= 1;
    return [bytes];
  };
  const cases = [
    [() => [...begin(), message('exception', 'throttlingException', { message: 'Too many tokens.' })], 'upstream_rate_limited'],
    [() => [...begin(), message('exception', 'modelStreamErrorException', { message: 'died', originalStatusCode: 500 })], 'upstream_error'],
    [() => [...begin(), message('exception', 'validationException', { message: 'too long' })], 'upstream_rejected'],
    [broken, 'upstream_protocol'],
    [begin, 'upstream_incomplete'],
    [() => [...begin(), streamed()[3].subarray(0, 20)], 'upstream_incomplete'],
  ];
  for (const [stream, code] of cases) {
    const serve = await serveBedrock(await fakeBedrock({ stream }));
    const answer = await chat(serve.url, { model: 'claude', stream: true });
    assert.equal(answer.status, 200);
    assert.equal(answer.events.at(-1).error?.code, code);
    assert.ok(!answer.done);
  }
});

test('Bedrock: an exception before anything was said is a status', async () => {
  for (const [name, status, code] of [['throttlingException', 429, 'upstream_rate_limited'], ['serviceUnavailableException', 503, 'upstream_error'], ['validationException', 400, 'upstream_rejected']]) {
    const serve = await serveBedrock(await fakeBedrock({ stream: () => [message('exception', name, { message: 'no' })] }));
    const answer = await chat(serve.url, { model: 'claude', stream: true });
    assert.deepEqual([answer.status, JSON.parse(answer.text).error.code], [status, code]);
  }
  const serve = await serveBedrock(await fakeBedrock({ status: 400, answer: { message: 'The provided model identifier is invalid.' } }));
  const answer = await chat(serve.url, { model: 'claude' });
  assert.deepEqual([answer.status, JSON.parse(answer.text).error.message], [400, 'The provided model identifier is invalid.']);
});

// ---- Vertex AI

const { publicKey, privateKey } = crypto.generateKeyPairSync('rsa', { modulusLength: 2048 });
const email = 'gateway@my-project-7.iam.gserviceaccount.com';

// Where tokens are, for assertions of our account.
async function fakeGoogle({ refuse = false, pause = 0 } = {}) {
  let issued = 0;
  const google = await scripted(async (request, response, body) => {
    if (refuse) return jsonAnswer(response, 400, { error: 'invalid_grant', error_description: 'Invalid JWT Signature.' });
    const form = new URLSearchParams(body.toString());
    const [head, claims, signature] = form.get('assertion').split('.');
    const read = (part) => JSON.parse(Buffer.from(part, 'base64url'));
    const now = Date.now() / 1000;
    const isRight = form.get('grant_type') === 'urn:ietf:params:oauth:grant-type:jwt-bearer' && read(head).alg === 'RS256' && read(head).kid === 'key-1' &&
      read(claims).iss === email && read(claims).aud === `${google.url}/token` && read(claims).scope === 'https://www.googleapis.com/auth/cloud-platform' &&
      Math.abs(read(claims).iat - now) < 60 && read(claims).exp - read(claims).iat <= 3600 &&
      crypto.verify('RSA-SHA256', Buffer.from(`${head}.${claims}`), publicKey, Buffer.from(signature, 'base64url'));
    if (!isRight) return jsonAnswer(response, 401, { error: 'invalid_client' });
    await new Promise((resolve) => setTimeout(resolve, pause));
    return jsonAnswer(response, 200, { access_token: `ya29.token-${++issued}`, expires_in: 3599, token_type: 'Bearer' });
  });
  return google;
}

function accountFile(google, more = {}) {
  const file = path.join(temporary(), 'account.json');
  const account = { type: 'service_account', project_id: 'my-project-7', private_key_id: 'key-1', client_email: email, client_id: '1', token_uri: `${google.url}/token`,
    private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }), universe_domain: 'googleapis.com', ...more };
  fs.writeFileSync(file, JSON.stringify(account), { mode: 0o600 });
  return file;
}

const vertexYaml = (url, access, location = 'europe-west1') => `
listen: 127.0.0.1:0
providers:
  google: {type: vertex, project: my-project-7, location: ${location}, base_url: "${url}", ${access}}
models:
  gemini: {targets: [{provider: google, model: gemini-2.5-flash}]}
  claude: {targets: [{provider: google, model: "claude-sonnet-4-5@20250929"}]}
`;

const geminiAnswer = { candidates: [{ content: { role: 'model', parts: [{ text: 'Good day.' }] }, finishReason: 'STOP', index: 0 }], usageMetadata: { promptTokenCount: 4, candidatesTokenCount: 3, totalTokenCount: 7 } };
const claudeAnswer = { id: 'msg_vrtx_1', type: 'message', role: 'assistant', model: 'claude-sonnet-4-5', content: [{ type: 'text', text: 'Good day.' }], stop_reason: 'end_turn', stop_sequence: null, usage: { input_tokens: 4, output_tokens: 3 } };

async function fakeVertex() {
  return scripted((request, response) => {
    if (!/^Bearer (ya29\.token-\d+|given)$/.test(request.headers.authorization ?? '')) return jsonAnswer(response, 401, { error: { code: 401, message: 'no', status: 'UNAUTHENTICATED' } });
    if (request.url.endsWith(':generateContent')) return jsonAnswer(response, 200, geminiAnswer);
    if (request.url.endsWith(':rawPredict')) return jsonAnswer(response, 200, claudeAnswer);
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    if (request.url.endsWith(':streamGenerateContent?alt=sse')) return response.end(`data: ${JSON.stringify(geminiAnswer)}\r\n\r\n`);
    const events = [{ type: 'message_start', message: { ...claudeAnswer, content: [], stop_reason: null, usage: { input_tokens: 4, output_tokens: 1 } } },
      { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } }, { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Good day.' } },
      { type: 'content_block_stop', index: 0 }, { type: 'message_delta', delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: { output_tokens: 3 } }, { type: 'message_stop' }];
    return response.end(events.map((one) => `event: ${one.type}\ndata: ${JSON.stringify(one)}\n\n`).join(''));
  });
}

test('Vertex AI: as a service account, models of Google and of Anthropic', async () => {
  const [google, vertex] = [await fakeGoogle(), await fakeVertex()];
  const serve = await startServeWith(vertexYaml(vertex.url, `service_account: "${accountFile(google)}"`), { args: ['--threads', '1'] });
  for (const model of ['gemini', 'claude']) {
    const plain = await openai(serve).chat.completions.create({ model, messages: say('hello') });
    assert.equal(plain.choices[0].message.content, 'Good day.');
    const stream = await openai(serve).chat.completions.stream({ model, messages: say('hello') }).finalChatCompletion();
    assert.equal(stream.choices[0].message.content, 'Good day.');
    const message = await anthropic(serve).messages.create({ model, max_tokens: 20, messages: say('hello') });
    assert.equal(message.content[0].text, 'Good day.');
  }
  assert.equal(google.seen.length, 1);
  const at = '/v1/projects/my-project-7/locations/europe-west1/publishers';
  assert.deepEqual([...new Set(vertex.seen.map((one) => one.url))], [
    `${at}/google/models/gemini-2.5-flash:generateContent`, `${at}/google/models/gemini-2.5-flash:streamGenerateContent?alt=sse`,
    `${at}/anthropic/models/claude-sonnet-4-5%4020250929:rawPredict`, `${at}/anthropic/models/claude-sonnet-4-5%4020250929:streamRawPredict`]);
  for (const one of vertex.seen.filter((seen) => seen.url.includes('anthropic'))) {
    const body = JSON.parse(one.body);
    assert.equal(body.anthropic_version, 'vertex-2023-10-16');
    assert.equal(body.model, undefined);
    assert.equal(one.headers.authorization, 'Bearer ya29.token-1');
  }
  for (const one of rows(serve.dir)) assert.deepEqual([one.outcome, one.prompt_tokens, one.completion_tokens, one.estimated], ['ok', 4, 3, 0]);
});

test('Vertex AI: many requests wait for one token', async () => {
  const [google, vertex] = [await fakeGoogle({ pause: 200 }), await fakeVertex()];
  const serve = await startServeWith(vertexYaml(vertex.url, `service_account: "${accountFile(google)}"`), { args: ['--threads', '1'] });
  const answers = await Promise.all(Array.from({ length: 20 }, () => chat(serve.url, { model: 'gemini' })));
  for (const answer of answers) assert.equal(answer.status, 200);
  assert.equal(google.seen.length, 1);
  assert.deepEqual([...new Set(vertex.seen.map((one) => one.headers.authorization))], ['Bearer ya29.token-1']);
});

test('Vertex AI: no token, no request; the next request tries again', async () => {
  const [google, vertex] = [await fakeGoogle({ refuse: true }), await fakeVertex()];
  const serve = await startServeWith(vertexYaml(vertex.url, `service_account: "${accountFile(google)}"`), { args: ['--threads', '1'] });
  for (let tries = 1; tries <= 2; ++tries) {
    const answer = await chat(serve.url, { model: 'gemini' });
    assert.deepEqual([answer.status, JSON.parse(answer.text).error.code], [502, 'upstream_auth']);
    assert.match(JSON.parse(answer.text).error.message, /HTTP 400, invalid_grant/);
    assert.equal(row(serve.dir, answer.id).outcome, 'upstream_error');
    assert.equal(google.seen.length, tries);
  }
  assert.equal(vertex.seen.length, 0);
});

test('Vertex AI: serve stops while a token is awaited', async () => {
  const [google, vertex] = [await scripted(() => {}), await fakeVertex()];
  const serve = await startServeWith(vertexYaml(vertex.url, `service_account: "${accountFile(google)}"`));
  const asked = rejected(fetch(`${serve.url}/v1/chat/completions`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ model: 'gemini', messages: say('hello') }), signal: AbortSignal.timeout(1000) }));
  await eventually('the token is asked for', () => google.seen.length === 1);
  await asked;
  assert.equal(await serve.stop('SIGTERM'), 0);
});

test('Vertex AI: a token that is given, in the global location', async () => {
  const vertex = await fakeVertex();
  const serve = await startServeWith(vertexYaml(vertex.url, 'api_key: "${env:TOKEN}"', 'global'), { env: { TOKEN: 'given' } });
  assert.equal((await chat(serve.url, { model: 'gemini' })).status, 200);
  assert.equal(vertex.seen[0].url, '/v1/projects/my-project-7/locations/global/publishers/google/models/gemini-2.5-flash:generateContent');
  assert.equal(vertex.seen[0].headers.authorization, 'Bearer given');
});

test('Vertex AI: files that cannot be used are told at the start', async () => {
  const google = { url: 'http://127.0.0.1:1' };
  const open = accountFile(google);
  fs.chmodSync(open, 0o644);
  for (const [file, why] of [[open, /can be read by everyone on this machine; chmod o-r it/], [accountFile(google, { private_key: 'no key' }), /private_key: this is no private key in PEM/],
    [accountFile(google, { type: 'authorized_user' }), /not the file of a service account/], [accountFile({ url: 'http://tokens.example' }), /token_uri is not a usable https address/], ['/nowhere', /is not a file/]]) {
    const cwd = temporary();
    fs.writeFileSync(path.join(cwd, 'genai.yaml'), vertexYaml('http://127.0.0.1:1', `service_account: "${file}"`));
    const run = await genai(['serve', '--data-dir', temporary()], { cwd });
    assert.equal(run.code, 2);
    assert.match(run.err, why);
    assert.ok(!run.err.includes('PRIVATE KEY-'));
  }
});

// ---- aimock, which speaks both

test('aimock as Bedrock and as Vertex AI: text, tool calls, streams', async () => {
  const mock = new LLMock({ port: 0, chunkSize: 4 });
  mock.onMessage('hello', { content: 'Good day to you, stranger.', usage: { prompt_tokens: 21, completion_tokens: 9, total_tokens: 30 } });
  mock.onMessage('weather', { toolCalls: [{ name: 'get_weather', arguments: '{"place":"Ulm"}', id: 'call_1' }] });
  await mock.start();
  mocks.push(mock);
  const serve = await startServeWith(`
listen: 127.0.0.1:0
providers:
  aws: {type: bedrock, region: eu-west-1, base_url: "${mock.url}", api_key: "\${env:KEY}"}
  google: {type: vertex, project: p, location: global, base_url: "${mock.url}", api_key: "\${env:KEY}"}
models:
  by-aws: {targets: [{provider: aws, model: "anthropic.claude-3-5-sonnet-20241022-v2:0"}]}
  by-google: {targets: [{provider: google, model: gemini-2.5-flash}]}
`, { env: { KEY: 'k' } });
  const tools = [{ type: 'function', function: { name: 'get_weather', parameters: schema } }];
  for (const model of ['by-aws', 'by-google']) {
    const plain = await openai(serve).chat.completions.create({ model, messages: say('hello') });
    assert.equal(plain.choices[0].message.content, 'Good day to you, stranger.');
    assert.deepEqual([plain.usage.prompt_tokens, plain.usage.completion_tokens], [21, 9]);
    const stream = await openai(serve).chat.completions.stream({ model, messages: say('hello') }).finalChatCompletion();
    assert.equal(stream.choices[0].message.content, 'Good day to you, stranger.');
    const called = await openai(serve).chat.completions.create({ model, messages: say('weather'), tools });
    assert.equal(called.choices[0].finish_reason, 'tool_calls');
    assert.deepEqual(JSON.parse(called.choices[0].message.tool_calls[0].function.arguments), { place: 'Ulm' });
    const calling = await openai(serve).chat.completions.stream({ model, messages: say('weather'), tools }).finalChatCompletion();
    assert.deepEqual(JSON.parse(calling.choices[0].message.tool_calls[0].function.arguments), { place: 'Ulm' });
    const back = await openai(serve).chat.completions.create({ model, tools, messages: [...say('weather'), called.choices[0].message,
      { role: 'tool', tool_call_id: called.choices[0].message.tool_calls[0].id, content: 'dry' }, ...say('hello')] });
    assert.equal(back.choices[0].message.content, 'Good day to you, stranger.');
  }
});
