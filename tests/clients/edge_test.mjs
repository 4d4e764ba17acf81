// The edge as clients meet it: TLS on both sides, proxies in front, web pages, and the request log.
import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import https from 'node:https';
import net from 'node:net';
import path from 'node:path';
import { after, test } from 'node:test';
import tls from 'node:tls';
import { promisify } from 'node:util';
import {
  chatBody, completion, environment, eventually, events, genai, jsonAnswer, query, raw, scripted, sleep, startServe, temporary,
} from '../serve/harness.mjs';
import { ca, identity } from './pki.mjs';

const execute = promisify(execFile);

// ---- serve with a configuration

function configured(lines) {
  const dir = temporary();
  fs.writeFileSync(path.join(dir, 'genai.yaml'), lines.join('\n') + '\n');
  return startServe({ dir, args: ['--config', path.join(dir, 'genai.yaml')] });
}
const secureLines = (files) => [`server:`, `  tls: {certificate: "${files.certificate}", key: "${files.key}"}`];
const logOf = (serve) => fs.readFileSync(path.join(serve.dir, 'requests.log'), 'utf8').trim().split('\n').filter(Boolean).map((line) => JSON.parse(line));

// {status, headers, body, heads}; of several heads the last counts.
async function curl(serve, route, args = []) {
  const { stdout } = await execute('curl', ['-q', '-sS', '-i', '--max-time', '20', '--cacert', ca, ...args, serve.url + route], { env: environment() });
  let rest = stdout;
  const heads = [];
  while (rest.startsWith('HTTP/')) {
    const end = rest.indexOf('\r\n\r\n');
    heads.push(rest.slice(0, end));
    rest = rest.slice(end + 4);
  }
  const lines = heads.at(-1).split('\r\n');
  const headers = new Map(lines.slice(1).map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]));
  return { status: Number(lines[0].split(' ')[1]), headers, body: rest, heads };
}
const json = ['-H', 'Content-Type: application/json'];
const chats = '/v1/chat/completions';

// A TLS connection of Node's own; rejects with the error.
async function connect(port, options = {}) {
  const socket = tls.connect({ port, host: '127.0.0.1', ca: fs.readFileSync(ca), servername: 'localhost', ALPNProtocols: ['http/1.1'], ...options });
  await once(socket, 'secureConnect');
  return socket;
}
const nameOf = async (port) => {
  const socket = await connect(port);
  const { subject } = socket.getPeerCertificate();
  socket.destroy();
  return subject.CN;
};
// Bytes over TLS and all that comes back, until the other side ends.
async function rawTls(port, bytes) {
  const socket = await connect(port);
  let got = '';
  socket.on('data', (piece) => { got += piece.toString('latin1'); });
  socket.write(bytes);
  await once(socket, 'end');
  socket.destroy();
  return got;
}

const own = identity('first', 'DNS:localhost,IP:127.0.0.1');
let secure;
const secureServe = async () => { secure ??= await configured(secureLines(own)); return secure; };

// ---- TLS

test('https: chats, streams and health as over http', async () => {
  const serve = await secureServe();
  assert.match(serve.url, /^https:/);
  const plain = await curl(serve, chats, [...json, '-d', chatBody()]);
  assert.equal(plain.status, 200);
  assert.ok(JSON.parse(plain.body).choices);
  assert.match(plain.headers.get('strict-transport-security'), /^max-age=\d+$/);
  assert.match(plain.headers.get('x-process-time'), /^\d+\.\d{3}$/);
  const stream = await curl(serve, chats, ['-N', ...json, '-d', chatBody({ stream: true })]);
  assert.ok(stream.body.endsWith('data: [DONE]\n\n'));
  assert.ok(events(stream.body).length > 10);
  assert.equal((await curl(serve, '/health')).status, 200);
  assert.equal((await curl(serve, '/health/ready')).status, 200);
});

test('https: TLS 1.2 and 1.3 with http/1.1; older versions and clients that insist on h2 are refused', async () => {
  const { port } = await secureServe();
  for (const version of ['TLSv1.2', 'TLSv1.3']) {
    const socket = await connect(port, { minVersion: version, maxVersion: version });
    assert.equal(socket.getProtocol(), version);
    assert.equal(socket.alpnProtocol, 'http/1.1');
    socket.destroy();
  }
  await assert.rejects(connect(port, { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' }));
  await assert.rejects(connect(port, { ALPNProtocols: ['h2'] }));
});

test('https: sessions are resumed', async () => {
  const { port } = await secureServe();
  for (const version of ['TLSv1.2', 'TLSv1.3']) {
    const first = await connect(port, { minVersion: version, maxVersion: version });
    let session = version === 'TLSv1.2' ? first.getSession() : undefined;
    first.on('session', (fresh) => { session = fresh; });
    first.write('GET /health/live HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    first.resume();
    await once(first, 'end');
    first.destroy();
    const second = await connect(port, { minVersion: version, maxVersion: version, session });
    assert.ok(second.isSessionReused(), version);
    second.destroy();
  }
});

test('https: a client that speaks plain HTTP there is closed, and one that speaks TLS on a plain port is told', async () => {
  const { port } = await secureServe();
  assert.doesNotMatch(await raw(port, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'), /HTTP\/1\.1 2/);
  const plain = await startServe();
  assert.match(await raw(plain.port, '\x16\x03\x01\x02\x00\x01\x00'), /^HTTP\/1\.1 400 [^]*use http:\/\//);
});

test('https: HTTP/1.0, pipelining, 100 and 417 as over http', async () => {
  const serve = await secureServe();
  const old = await curl(serve, chats, ['--http1.0', ...json, '-d', chatBody({ stream: true })]);
  assert.equal(old.headers.get('transfer-encoding'), undefined);
  assert.ok(old.body.endsWith('data: [DONE]\n\n'));
  const body = chatBody();
  const ask = `POST ${chats} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  const three = await rawTls(serve.port, ask + ask + 'GET /health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
  assert.equal(three.match(/HTTP\/1\.1 200 OK/g).length, 3);
  const hundred = await curl(serve, chats, [...json, '-H', 'Expect: 100-continue', '-d', body]);
  assert.match(hundred.heads[0], /^HTTP\/1\.1 100/);
  assert.equal(hundred.status, 200);
  const other = await curl(serve, chats, [...json, '-H', 'Expect: the-unexpected', '-d', body]);
  assert.equal(other.status, 417);
  assert.ok(other.headers.get('x-request-id'));
  assert.equal(other.headers.get('x-content-type-options'), 'nosniff');
});

test('https: a large body and a large answer arrive whole', async () => {
  const serve = await secureServe();
  const file = path.join(temporary(), 'large.json');
  fs.writeFileSync(file, chatBody({ messages: [{ role: 'user', content: 'word '.repeat(400_000) }] }));
  assert.equal((await curl(serve, chats, [...json, '--data-binary', `@${file}`])).status, 200);
});

test('https: a replaced certificate serves new connections; one that cannot be used is reported and the old one stays', async () => {
  const files = identity('before', 'DNS:localhost');
  const serve = await configured(secureLines(files));
  assert.equal(await nameOf(serve.port), 'before');
  const kept = await connect(serve.port);
  await sleep(1100);
  identity('after', 'DNS:localhost', path.dirname(files.key));
  await sleep(1100);
  assert.equal(await nameOf(serve.port), 'after');
  kept.write('GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n');
  assert.match(String((await once(kept, 'data'))[0]), /^HTTP\/1\.1 200/);
  kept.destroy();
  fs.writeFileSync(files.key, 'not a key');
  await sleep(1100);
  for (let i = 0; i < 3; ++i) assert.equal(await nameOf(serve.port), 'after');
  await eventually('a warning', () => serve.err.includes('warning: the certificate in use stays: '));
  assert.equal(serve.err.match(/the certificate in use stays/g).length, 1);
  assert.ok(serve.err.includes(files.key));
  assert.equal(await serve.stop(), 0);
});

test('https: a key that everyone may read, or that is not the certificate\'s, is refused with its name', async () => {
  const files = identity('open', 'DNS:localhost');
  const attempt = async (more) => {
    const dir = temporary();
    fs.writeFileSync(path.join(dir, 'genai.yaml'), secureLines({ ...files, ...more }).join('\n') + '\n');
    return genai(['serve', '--listen', '127.0.0.1:0', '--data-dir', dir, '--config', path.join(dir, 'genai.yaml')]);
  };
  const strange = await attempt({ key: own.key });
  assert.equal(strange.code, 2);
  assert.ok(strange.err.includes(`${own.key}: it is not the key of the certificate`));
  fs.chmodSync(files.key, 0o644);
  const open = await attempt();
  assert.equal(open.code, 2);
  assert.ok(open.err.includes(`${files.key}: everyone on this machine may read this key`));
});

// ---- upstreams over TLS

const upstreams = [];
after(() => upstreams.forEach((one) => { one.closeAllConnections(); one.close(); }));

async function secureUpstream(files) {
  const upstream = https.createServer({ cert: fs.readFileSync(files.certificate), key: fs.readFileSync(files.key) }, (request, response) => {
    upstream.names.add(request.socket.servername);
    upstream.resumed += request.socket.isSessionReused() ? 1 : 0;
    request.resume();
    request.on('end', () => jsonAnswer(response, 200, completion('from afar')));
  });
  Object.assign(upstream, { names: new Set(), resumed: 0, connections: 0 });
  upstream.on('secureConnection', () => { upstream.connections += 1; });
  upstream.listen(0, '127.0.0.1');
  await once(upstream, 'listening');
  upstreams.push(upstream);
  return upstream;
}

const provider = (base, more = '') => ['providers:', `  far: {type: openai-compatible, base_url: "${base}"${more}}`, 'models:', '  m: {targets: [{provider: far, model: x}]}'];

test('an https upstream with an authority of its own; connections are kept, sessions resumed', async () => {
  const upstream = await secureUpstream(own);
  const serve = await configured(provider(`https://localhost:${upstream.address().port}/v1`, `, ca: "${ca}"`));
  for (let i = 0; i < 3; ++i) {
    const answer = await curl(serve, chats, [...json, '-d', chatBody({ model: 'm' })]);
    assert.equal(answer.status, 200, answer.body);
    assert.equal(JSON.parse(answer.body).choices[0].message.content, 'from afar');
  }
  assert.ok(upstream.connections <= 2, 'at most one for each loop that was asked');
  assert.deepEqual([...upstream.names], ['localhost']);
  upstream.closeAllConnections();
  await sleep(100);
  for (let i = 0; i < 4; ++i) await curl(serve, chats, [...json, '-d', chatBody({ model: 'm' })]);
  assert.ok(upstream.resumed > 0);
});

test('an https upstream that is another, or of an unknown authority, is unreachable and hears nothing', async () => {
  const stranger = await secureUpstream(identity('other', 'DNS:other.example'));
  const refusals = [
    [provider(`https://localhost:${stranger.address().port}/v1`, `, ca: "${ca}"`), /certificate is for another name/],
    [provider(`https://127.0.0.1:${stranger.address().port}/v1`, `, ca: "${ca}"`), /certificate is for another name/],
    [provider(`https://localhost:${stranger.address().port}/v1`), /certificate is not trusted/],
  ];
  for (const [lines, why] of refusals) {
    const serve = await configured(lines);
    const answer = await curl(serve, chats, [...json, '-d', chatBody({ model: 'm' })]);
    assert.equal(answer.status, 502);
    const { error } = JSON.parse(answer.body);
    assert.equal(error.code, 'upstream_unreachable');
    assert.match(error.message, why);
    await serve.stop();
  }
  assert.equal(stranger.names.size, 0);
});

// ---- proxies in front

const announced = Buffer.concat([Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1'), Buffer.from([0x21, 0x11, 0, 12, 203, 0, 113, 9, 10, 0, 0, 1, 0x12, 0x34, 1, 0xbb])]);
const askHealth = 'GET /health/live HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';

// A connection may be closed on what it sent, which resets it.
const closed = (port, bytes) => raw(port, bytes).catch((error) => { assert.equal(error.code, 'ECONNRESET'); return ''; });

test('PROXY v2: the announced client is the client; connections without a header are closed', async () => {
  const serve = await configured(['server:', '  proxies: {trusted: [127.0.0.0/8], protocol: v2}', 'log: {requests: requests.log}']);
  assert.match(await raw(serve.port, Buffer.concat([announced, Buffer.from(askHealth)])), /^HTTP\/1\.1 200/);
  assert.equal(await closed(serve.port, askHealth), '');
  assert.equal(await closed(serve.port, 'PROXY TCP4 203.0.113.9 10.0.0.1 4660 443\r\n' + askHealth), '');
  await eventually('a line', () => logOf(serve).length === 1);
  assert.equal(logOf(serve)[0].client, '203.0.113.9:4660');
  const untrusting = await configured(['server:', '  proxies: {trusted: [192.0.2.0/24], protocol: v2}']);
  assert.equal(await closed(untrusting.port, Buffer.concat([announced, Buffer.from(askHealth)])), '');
});

test('PROXY v2 before TLS', async () => {
  const serve = await configured([...secureLines(own), '  proxies: {trusted: [127.0.0.1], protocol: v2}', 'log: {requests: requests.log}']);
  const socket = net.connect(serve.port, '127.0.0.1');
  await once(socket, 'connect');
  socket.write(announced);
  const inner = tls.connect({ socket, ca: fs.readFileSync(ca), servername: 'localhost' });
  await once(inner, 'secureConnect');
  inner.write(askHealth);
  assert.match(String((await once(inner, 'data'))[0]), /^HTTP\/1\.1 200/);
  inner.destroy();
  await eventually('a line', () => logOf(serve).length === 1);
  assert.equal(logOf(serve)[0].client, '203.0.113.9:4660');
});

test('X-Forwarded-For counts from trusted proxies alone', async () => {
  const fields = ['-H', 'X-Forwarded-For: 198.51.100.1, 203.0.113.9, 127.0.0.7'];
  for (const [trusted, client] of [['127.0.0.0/8', /^203\.0\.113\.9$/], ['192.0.2.0/24', /^127\.0\.0\.1:\d+$/]]) {
    const serve = await configured(['server:', `  proxies: {trusted: [${trusted}]}`, 'log: {requests: requests.log}']);
    await curl(serve, '/health', fields);
    await eventually('a line', () => logOf(serve).length === 1);
    assert.match(logOf(serve)[0].client, client);
  }
});

// ---- web pages

test('A12: CORS for listed origins, and not a header of it for others', async () => {
  const serve = await configured(['server:', '  cors: {origins: ["https://app.example"]}']);
  const page = (origin, ...more) => curl(serve, chats, ['-H', `Origin: ${origin}`, ...more]);
  const body = [...json, '-d', chatBody()];
  const allowed = await page('https://app.example', ...body);
  assert.equal(allowed.status, 200);
  assert.equal(allowed.headers.get('access-control-allow-origin'), 'https://app.example');
  assert.equal(allowed.headers.get('vary'), 'Origin');
  assert.match(allowed.headers.get('access-control-expose-headers'), /x-request-id/);
  const preflight = await page('https://app.example', '-X', 'OPTIONS', '-H', 'Access-Control-Request-Method: POST', '-H', 'Access-Control-Request-Headers: authorization,x-stainless-lang,cookie');
  assert.equal(preflight.status, 204);
  assert.equal(preflight.headers.get('access-control-allow-headers'), 'authorization, x-stainless-lang');
  assert.ok(preflight.headers.get('x-request-id'));
  for (const origin of ['https://evil.example', 'https://app.example.evil', 'null']) {
    const answers = [await page(origin, ...body), await page(origin, '-X', 'OPTIONS', '-H', 'Access-Control-Request-Method: POST')];
    for (const answer of answers) {
      assert.ok(![...answer.headers.keys()].some((name) => name.startsWith('access-control-')), origin);
      assert.equal(answer.headers.get('cross-origin-resource-policy'), 'same-origin');
    }
    assert.notEqual(answers[1].status, 204);
  }
});

test('security headers, time and id are on every answer', async () => {
  const serve = await startServe();
  const check = (text, what) => {
    for (const field of [/x-content-type-options: nosniff/i, /x-frame-options: DENY/i, /referrer-policy: no-referrer/i, /x-process-time: \d+\.\d{3}\r/i, /x-request-id: \S+/i]) {
      assert.match(text, field, what);
    }
    assert.doesNotMatch(text, /strict-transport-security/i, what);
  };
  for (const route of ['/health', '/metrics', '/v1/models', '/nowhere', '/v1/%zz']) check((await curl(serve, route)).heads.at(-1) + '\r\n', route);
  check((await curl(serve, chats, [...json, '-d', '{'])).heads.at(-1) + '\r\n', 'a refusal');
  check((await curl(serve, chats, [...json, '-d', chatBody({ stream: true })])).heads.at(-1) + '\r\n', 'a stream');
  for (const bytes of ['nonsense\r\n\r\n', 'GET / HTTP/2.0\r\nHost: a\r\n\r\n']) check(await raw(serve.port, bytes), bytes);
});

// ---- limits and the log

test('the limits of the configuration hold', async () => {
  const serve = await configured(['server: {max_body: 2KiB}']);
  assert.equal((await curl(serve, chats, [...json, '-d', chatBody({ messages: [{ role: 'user', content: 'x'.repeat(3000) }] })])).status, 413);
});

test('the request log: a line of JSON for each exchange, without text or keys; after a rotation in the new file', async () => {
  const upstream = await scripted((request, response) => jsonAnswer(response, 200, completion('the secret answer')));
  const serve = await configured([...provider(`${upstream.url}/v1`), 'log: {requests: requests.log}']);
  const answer = await curl(serve, `${chats}?key=hidden`, [...json, '-H', 'Authorization: Bearer the-key', '-H', 'User-Agent: t"est', '-H', 'X-Request-Id: mine',
    '-d', chatBody({ model: 'm', messages: [{ role: 'user', content: 'the secret question' }] })]);
  assert.equal(answer.status, 200);
  await curl(serve, '/nowhere');
  await raw(serve.port, 'nonsense\r\n\r\n');
  await eventually('lines', () => logOf(serve).length === 3);
  const text = fs.readFileSync(path.join(serve.dir, 'requests.log'), 'utf8');
  assert.doesNotMatch(text, /secret|the-key|hidden/);
  const [chat, nowhere, nonsense] = logOf(serve);
  assert.equal(chat.request_id, answer.headers.get('x-request-id'));
  assert.equal(chat.client_request_id, 'mine');
  assert.equal(chat.path, chats);
  assert.equal(chat.status, 200);
  assert.equal(chat.bytes_out, Buffer.byteLength(answer.body));
  assert.match(chat.time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.match(chat.client, /^127\.0\.0\.1:\d+$/);
  assert.ok(chat.duration_ms > 0);
  assert.equal(query(serve.dir, 'SELECT count(*) AS n FROM requests WHERE request_id = \'' + chat.request_id + '\'')[0].n, 1);
  assert.equal(nowhere.status, 404);
  assert.equal(nonsense.status, 400);
  fs.renameSync(path.join(serve.dir, 'requests.log'), path.join(serve.dir, 'requests.log.1'));
  process.kill(serve.pid, 'SIGHUP');
  await sleep(100);
  await curl(serve, '/health');
  await eventually('a line in the new file', () => fs.existsSync(path.join(serve.dir, 'requests.log')) && logOf(serve).length === 1);
  assert.equal(logOf(serve)[0].path, '/health');
  assert.equal(await serve.stop(), 0);
});

test('L11: a reader of the log who stalls does not stall requests', async () => {
  const dir = temporary();
  const pipe = path.join(dir, 'pipe');
  execFileSync('mkfifo', [pipe]);
  const reader = fs.openSync(pipe, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
  fs.writeFileSync(path.join(dir, 'genai.yaml'), 'log: {requests: pipe}\n');
  const serve = await startServe({ dir, args: ['--config', path.join(dir, 'genai.yaml')] });
  const longest = `/${'x'.repeat(900)}`;
  const began = Date.now();
  for (let i = 0; i < 200; ++i) assert.equal((await fetch(serve.url + longest)).status, 404);
  assert.ok(Date.now() - began < 15_000);
  assert.equal(await serve.stop(), 0);
  fs.closeSync(reader);
});
