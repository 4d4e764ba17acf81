// The gateway's connections to upstreams, with real ones: TLS, proxies, compression, keys that change, egress rules, and answers that break the protocol.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import path from 'node:path';
import { after, test } from 'node:test';
import zlib from 'node:zlib';
import { chat, chatBody, chunk, completion, eventually, genai, jsonAnswer, scripted, startServeWith, temporary } from '../serve/harness.mjs';
import { ca, identity, selfSigned } from './pki.mjs';

const own = identity('up', 'DNS:localhost,DNS:far.example,IP:127.0.0.1');

// ---- upstreams and proxies

const servers = [];
after(() => servers.forEach((server) => {
  server.closeAllConnections?.();
  server.close();
}));
async function listening(server) {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  servers.push(server);
  return server.address().port;
}

// An https upstream: {port, requests}.
async function secure(files, answer = (request, response) => jsonAnswer(response, 200, completion('from afar'))) {
  const requests = [];
  const server = https.createServer({ cert: fs.readFileSync(files.certificate), key: fs.readFileSync(files.key) }, (request, response) => {
    requests.push(request);
    request.resume();
    request.on('end', () => answer(request, response, requests.length));
  });
  server.on('tlsClientError', () => {});
  return { port: await listening(server), requests };
}

// A forward proxy that brings every name to 127.0.0.1: {port, tunnels, plain}. With `authorization`, others get 407.
async function forwarding({ authorization, refuse } = {}) {
  const tunnels = [], plain = [];
  const allowed = (request) => authorization === undefined || request.headers['proxy-authorization'] === authorization;
  const server = http.createServer((request, response) => {
    plain.push({ url: request.url, headers: request.headers });
    request.resume();
    if (!allowed(request)) response.writeHead(407).end();
    else jsonAnswer(response, 200, completion('through the proxy'));
  });
  server.on('connect', (request, socket) => {
    tunnels.push({ url: request.url, headers: request.headers });
    socket.on('error', () => {});
    if (refuse === 'silence') return;
    if (refuse !== undefined) return void socket.end(refuse);
    if (!allowed(request)) return void socket.end('HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\n\r\n');
    const inner = net.connect(Number(request.url.split(':').at(-1)), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      inner.pipe(socket).pipe(inner);
    });
    inner.on('error', () => socket.destroy());
  });
  return { port: await listening(server), tunnels, plain };
}

// Answers each request, once it is there, with these bytes: {port, connections}.
async function raw(bytes, { end = false } = {}) {
  const state = { connections: 0 };
  const server = net.createServer((socket) => {
    state.connections += 1;
    let got = '';
    socket.on('error', () => {});
    socket.on('data', (piece) => {
      got += piece;
      const head = got.indexOf('\r\n\r\n');
      if (head < 0 || got.length < head + 4 + Number(/content-length: (\d+)/i.exec(got)?.[1] ?? 0)) return;
      got = '';
      socket.write(bytes);
      if (end) socket.end();
    });
  });
  return Object.assign(state, { port: await listening(server) });
}

const far = (base, more = '') => `providers:\n  far: {type: openai-compatible, base_url: "${base}"${more}}\nmodels:\n  m: {targets: [{provider: far, model: x}]}\n`;
const serveWith = (yaml, env = {}) => startServeWith(yaml, { env });
const ask = (serve, more = {}) => chat(serve.url, { model: 'm', ...more });
const errorOf = (answer) => JSON.parse(answer.text).error;

async function unreachable(serve, why) {
  const answer = await ask(serve);
  assert.equal(answer.status, 502, answer.text);
  assert.equal(errorOf(answer).code, 'upstream_unreachable');
  assert.match(errorOf(answer).message, why);
  assert.equal(await serve.stop(), 0);
}

// ---- U1

test('U1: a name that nobody knows', async () => {
  await unreachable(await serveWith(far('https://nowhere.invalid/v1')), /cannot resolve 'nowhere\.invalid'/);
});

test('U1: a port where nobody listens', async () => {
  const server = net.createServer();
  const port = await listening(server);
  server.close();
  await once(server, 'close');
  await unreachable(await serveWith(far(`http://127.0.0.1:${port}/v1`)), /cannot connect to 127\.0\.0\.1:\d+: Connection refused/);
});

test('U1: no handshake in five seconds', async () => {
  const port = await listening(net.createServer((socket) => socket.on('error', () => {})));
  await unreachable(await serveWith(far(`https://127.0.0.1:${port}/v1`, `, ca: "${ca}"`)), /no TLS connection to 127\.0\.0\.1/);
});

test('U1: what does not speak TLS', async () => {
  const upstream = await raw('HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n');
  const server = net.createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
  });
  await unreachable(await serveWith(far(`https://127.0.0.1:${await listening(server)}/v1`, `, ca: "${ca}"`)), /no TLS connection/);
  assert.equal(upstream.connections, 0);
});

test('U1: certificates: an authority of our own is believed; another name, an ended one, one signed by itself and an unknown authority are not', async () => {
  const good = await secure(own);
  const accepted = await serveWith(far(`https://localhost:${good.port}/v1`, `, ca: "${ca}"`));
  assert.equal((await ask(accepted)).status, 200);
  assert.equal(await accepted.stop(), 0);
  const bad = [
    [identity('other', 'DNS:other.example'), `, ca: "${ca}"`, /certificate is for another name/],
    [identity('ended', 'DNS:localhost', temporary(), -1), `, ca: "${ca}"`, /certificate/],
    [selfSigned('self', 'DNS:localhost'), `, ca: "${ca}"`, /certificate is not trusted/],
    [own, '', /certificate is not trusted/],
  ];
  for (const [files, trust, why] of bad) {
    const upstream = await secure(files);
    await unreachable(await serveWith(far(`https://localhost:${upstream.port}/v1`, trust)), why);
    assert.equal(upstream.requests.length, 0);
  }
});

// ---- proxies

test('https goes through HTTPS_PROXY in a tunnel that carries our credentials to the proxy alone', async () => {
  const upstream = await secure(own);
  const proxy = await forwarding({ authorization: `Basic ${Buffer.from('me:pa ss').toString('base64')}` });
  const serve = await serveWith(far(`https://far.example:${upstream.port}/v1`, `, ca: "${ca}"`), { HTTPS_PROXY: `http://me:pa%20ss@127.0.0.1:${proxy.port}` });
  for (let i = 0; i < 3; ++i) assert.equal((await ask(serve)).status, 200);
  assert.ok(proxy.tunnels.length >= 1 && proxy.tunnels.length <= 2, 'connections are kept');
  assert.equal(proxy.tunnels[0].url, `far.example:${upstream.port}`);
  assert.ok(upstream.requests.every((request) => request.headers['proxy-authorization'] === undefined && request.headers.host === `far.example:${upstream.port}`));
  assert.doesNotMatch(serve.err, /pa ss|pa%20ss/);
  assert.equal(await serve.stop(), 0);
});

test('plain http goes through http_proxy with its whole address; HTTP_PROXY in capitals means nothing', async () => {
  const proxy = await forwarding();
  const place = `http://127.0.0.1:${proxy.port}`;
  const serve = await serveWith(far('http://far.invalid:8123/v1', ', allow_plain_http: true'), { http_proxy: place });
  const answer = await ask(serve);
  assert.equal(answer.status, 200, answer.text);
  assert.equal(proxy.plain[0].url, 'http://far.invalid:8123/v1/chat/completions');
  assert.equal(proxy.plain[0].headers.host, 'far.invalid:8123');
  assert.equal(await serve.stop(), 0);
  await unreachable(await serveWith(far('http://far.invalid:8123/v1', ', allow_plain_http: true'), { HTTP_PROXY: place }), /cannot resolve/);
});

test('NO_PROXY and this machine are reached directly, unless the provider says otherwise', async () => {
  const upstream = await secure(own);
  const proxy = await forwarding();
  const env = { HTTPS_PROXY: `http://127.0.0.1:${proxy.port}` };
  const local = await serveWith(far(`https://localhost:${upstream.port}/v1`, `, ca: "${ca}"`), env);
  assert.equal((await ask(local)).status, 200);
  assert.equal(proxy.tunnels.length, 0);
  assert.equal(await local.stop(), 0);
  const said = await serveWith(far(`https://localhost:${upstream.port}/v1`, `, ca: "${ca}", proxy: "http://u:\${env:PASSWORD}@127.0.0.1:${proxy.port}"`), { PASSWORD: 'p' });
  assert.equal((await ask(said)).status, 200);
  assert.equal(proxy.tunnels.length, 1);
  assert.equal(proxy.tunnels[0].headers['proxy-authorization'], `Basic ${Buffer.from('u:p').toString('base64')}`);
  assert.equal(await said.stop(), 0);
  for (const [more, extra] of [['', { NO_PROXY: 'other,.invalid' }], ['', { no_proxy: '*' }], [', proxy: none', {}]]) {
    await unreachable(await serveWith(far('https://far.invalid/v1', more), { ...env, ...extra }), /cannot resolve 'far\.invalid'/);
  }
  assert.equal(proxy.tunnels.length, 1);
});

test('U1: a proxy that refuses, is not there, or does not answer in five seconds', async () => {
  const refusing = await forwarding({ authorization: 'Basic eA==' });
  const yaml = far('https://far.example/v1');
  await unreachable(await serveWith(yaml, { HTTPS_PROXY: `http://127.0.0.1:${refusing.port}` }), /the proxy answered 407/);
  await unreachable(await serveWith(far('http://far.example/v1', ', allow_plain_http: true'), { http_proxy: `http://127.0.0.1:${refusing.port}` }), /the proxy answered 407/);
  await unreachable(await serveWith(yaml, { HTTPS_PROXY: 'http://127.0.0.1:1' }), /the proxy cannot be reached: .*refused/);
  const silent = await forwarding({ refuse: 'silence' });
  await unreachable(await serveWith(yaml, { HTTPS_PROXY: `http://127.0.0.1:${silent.port}` }), /the proxy did not answer in time/);
});

test('proxies that cannot be used are refused at start, without their credentials', async () => {
  const start = (yaml, env) => {
    const dir = temporary();
    fs.writeFileSync(path.join(dir, 'genai.yaml'), yaml);
    return genai(['serve', '--listen', '127.0.0.1:0', '--data-dir', dir], { cwd: dir, env });
  };
  const https = await start(far('https://far.example/v1'), { HTTPS_PROXY: 'https://me:hidden@proxy.example:443' });
  assert.equal(https.code, 2);
  assert.match(https.err, /HTTPS_PROXY: only proxies with http:\/\/ can be used/);
  assert.doesNotMatch(https.err, /hidden/);
  const written = await start(far('https://far.example/v1', ', proxy: "http://me:hidden@proxy.example:3128"'), {});
  assert.equal(written.code, 2);
  assert.match(written.err, /providers\.far\.proxy: a password does not stand in this file/);
  assert.doesNotMatch(written.err, /hidden/);
});

// ---- U11

const codings = { gzip: zlib.gzipSync, deflate: zlib.deflateSync, br: zlib.brotliCompressSync };

test('U11: answers compressed unasked are relayed as what they stand for; errors, too', async () => {
  for (const [coding, compress] of Object.entries(codings)) {
    const upstream = await scripted((request, response, body, count) => {
      assert.equal(request.headers['accept-encoding'], undefined);
      const value = count === 1 ? completion(`by ${coding}`) : { error: { message: 'too long for this model', type: 'invalid_request_error', code: 'context_length_exceeded' } };
      response.writeHead(count === 1 ? 200 : 400, { 'content-type': 'application/json', 'content-encoding': coding });
      response.end(compress(JSON.stringify(value)));
    });
    const serve = await serveWith(far(`${upstream.url}/v1`));
    const good = await ask(serve);
    assert.equal(good.status, 200, good.text);
    assert.equal(JSON.parse(good.text).choices[0].message.content, `by ${coding}`);
    const bad = await ask(serve);
    assert.equal(bad.status, 400);
    assert.match(errorOf(bad).message, /too long for this model/);
    assert.equal(await serve.stop(), 0);
  }
});

test('U11: a compressed stream passes event by event', async () => {
  for (const [coding, make] of [['gzip', zlib.createGzip], ['deflate', zlib.createDeflate], ['br', zlib.createBrotliCompress]]) {
    let next;
    const upstream = await scripted((request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream', 'content-encoding': coding });
      const compressor = make();
      compressor.pipe(response);
      const words = ['one', 'two', 'three'];
      next = () => {
        const word = words.shift();
        if (word === undefined) return compressor.end('data: [DONE]\n\n');
        compressor.write(`data: ${JSON.stringify(chunk({ content: word }))}\n\n`);
        return compressor.flush();
      };
      next();
    });
    const serve = await serveWith(far(`${upstream.url}/v1`));
    const response = await fetch(`${serve.url}/v1/chat/completions`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: chatBody({ model: 'm', stream: true }) });
    assert.equal(response.status, 200);
    let text = '';
    const decoder = new TextDecoder();
    const expected = ['one', 'two', 'three', '[DONE]'];
    for await (const piece of response.body) {  // the upstream goes on only when the word before has arrived
      text += decoder.decode(piece, { stream: true });
      while (expected.length > 0 && text.includes(expected[0])) {
        expected.shift();
        next();
      }
    }
    assert.deepEqual(expected, [], `${coding}: ${text}`);
    assert.equal(await serve.stop(), 0);
  }
});

test('U11: bombs, codings that are unknown or stacked, and damage are a bad gateway', async () => {
  const bomb = zlib.gzipSync(Buffer.concat([Buffer.from('{"a":"'), Buffer.alloc(20_000_000, 0x20), Buffer.from('"}')]));
  const small = zlib.gzipSync(JSON.stringify(completion('x')));
  for (const [coding, body] of [['gzip', bomb], ['zstd', small], ['gzip, gzip', zlib.gzipSync(small)], ['gzip', small.subarray(0, 20)], ['br', small], ['gzip', Buffer.from('{}')]]) {
    const upstream = await scripted((request, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': coding });
      response.end(body);
    });
    const serve = await serveWith(far(`${upstream.url}/v1`));
    const answer = await ask(serve);
    assert.equal(answer.status, 502, `${coding}: ${answer.text}`);
    assert.equal(errorOf(answer).code, 'upstream_protocol');
    assert.equal(await serve.stop(), 0);
  }
});

// ---- U4 and U12

const okBody = JSON.stringify(completion('fine'));
const okHead = `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n`;
const sized = `${okHead}Content-Length: ${okBody.length}\r\n`;

test('U4, U12: an answer that breaks the protocol is a bad gateway, and its connection serves no other', async () => {
  const chunked = `${okHead}Transfer-Encoding: chunked\r\n\r\n`;
  const bad = {
    'a bad chunk': [`${chunked}xyz\r\n`],
    'a chunk longer than it says': [`${chunked}2\r\n{}}\r\n0\r\n\r\n`],
    'a short body': [`${okHead}Content-Length: ${okBody.length + 5}\r\n\r\n${okBody}`, { end: true }],
    'two lengths': [`${sized}Content-Length: 3\r\n\r\n${okBody}`],
    'a length and chunks': [`${sized}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
    'an unasked 101': ['HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n'],
    'nine interim answers': [`${'HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(9)}${sized}\r\n${okBody}`],
    'a redirect': ['HTTP/1.1 307 Temporary Redirect\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 5\r\n\r\nhello'],
    'a head of 64 KiB': [`${sized}X-Long: ${'x'.repeat(64 * 1024)}\r\n\r\n${okBody}`],
    'five thousand fields': [`${sized}${'Set-Cookie: a=b\r\n'.repeat(5000)}\r\n${okBody}`],
  };
  for (const [what, [bytes, how]] of Object.entries(bad)) {
    const upstream = await raw(bytes, how);
    const serve = await startServeWith(far(`http://127.0.0.1:${upstream.port}/v1`), { args: ['--threads', '1'] });
    for (let i = 1; i <= 2; ++i) {
      const answer = await ask(serve);
      assert.equal(answer.status, 502, `${what}: ${answer.text}`);
      assert.ok(['upstream_protocol', 'upstream_incomplete'].includes(errorOf(answer).code), what);
      assert.equal(upstream.connections, i, what);
    }
    assert.equal(await serve.stop(), 0);
  }
});

test('U4: bytes after the answer: it counts, its connection does not serve again', async () => {
  const upstream = await raw(`${sized}\r\n${okBody}HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfake`);
  const serve = await startServeWith(far(`http://127.0.0.1:${upstream.port}/v1`), { args: ['--threads', '1'] });
  for (let i = 1; i <= 3; ++i) {
    const answer = await ask(serve);
    assert.equal(JSON.parse(answer.text).choices[0].message.content, 'fine');
    assert.equal(upstream.connections, i);
  }
  assert.equal(await serve.stop(), 0);
});

test('U12: an answer without end is cut at 64 MiB, plain and streamed', async () => {
  const filler = Buffer.alloc(1 << 20, 0x20);
  const comment = `: ${'x'.repeat(500_000)}\n`;
  const upstream = await scripted((request, response, body) => {
    const streamed = JSON.parse(body).stream === true;
    response.writeHead(200, { 'content-type': streamed ? 'text/event-stream' : 'application/json' });
    if (streamed) response.write(`data: ${JSON.stringify(chunk({ content: 'x' }))}\n\n`);
    const more = () => {
      while (!response.destroyed && response.write(streamed ? comment : filler)) ;
      if (!response.destroyed) response.once('drain', more);
    };
    more();
  });
  const serve = await serveWith(far(`${upstream.url}/v1`));
  const plain = await ask(serve);
  assert.equal(plain.status, 502);
  assert.match(errorOf(plain).message, /larger than 67108864 bytes/);
  const streamed = await ask(serve, { stream: true });
  assert.equal(streamed.status, 200);
  assert.match(streamed.text.slice(-2000), /upstream_protocol/);
  await eventually('the upstream sees that nobody reads', () => upstream.seen.every((request) => request.closed));
  assert.equal(await serve.stop(), 0);
});

test('U12: cookies, hop-by-hop and unknown fields of an upstream go nowhere', async () => {
  const upstream = await scripted((request, response) => jsonAnswer(response, 200, completion('x'), {
    'set-cookie': 'session=1', 'x-unknown': 'u', 'keep-alive': 'timeout=99', 'proxy-authenticate': 'Basic', 'www-authenticate': 'Basic', server: 'upstream', via: '1.1 x', 'access-control-allow-origin': '*',
  }));
  const serve = await serveWith(far(`${upstream.url}/v1`));
  const response = await fetch(`${serve.url}/v1/chat/completions`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: chatBody({ model: 'm' }) });
  assert.equal(response.status, 200);
  for (const name of ['set-cookie', 'x-unknown', 'keep-alive', 'proxy-authenticate', 'www-authenticate', 'via', 'access-control-allow-origin']) assert.equal(response.headers.get(name), null, name);
  assert.notEqual(response.headers.get('server'), 'upstream');
  await response.text();
  assert.equal(await serve.stop(), 0);
});

// ---- C4

function keyFile(dir, text) {
  fs.writeFileSync(path.join(dir, 'fresh'), text, { mode: 0o600 });
  fs.renameSync(path.join(dir, 'fresh'), path.join(dir, 'key'));
}

test('C4: a key is replaced in its file, and requests carry the new one without a restart', async () => {
  const upstream = await scripted((request, response) => jsonAnswer(response, 200, completion('x')));
  const dir = temporary();
  keyFile(dir, 'first-key\n');
  const serve = await startServeWith(far(`${upstream.url}/v1`, `, api_key: "\${file:${dir}/key}"`));
  await ask(serve);
  assert.equal(upstream.seen.at(-1).headers.authorization, 'Bearer first-key');
  keyFile(dir, 'second-key\n');
  await eventually('the new key', async () => (await ask(serve)).status === 200 && upstream.seen.at(-1).headers.authorization === 'Bearer second-key');
  keyFile(dir, '');
  await eventually('a note', () => /note: the key of provider 'far' stays as it was: .* is empty/.test(serve.err));
  assert.match(await (await fetch(`${serve.url}/metrics`)).text(), /^genai_key_failures_total [1-9]/m);
  await ask(serve);
  assert.equal(upstream.seen.at(-1).headers.authorization, 'Bearer second-key');
  assert.doesNotMatch(serve.err, /first-key|second-key/);
  assert.equal(await serve.stop(), 0);
});

test('C4: a key that a command says is asked for again when the provider refuses it', async () => {
  const upstream = await scripted((request, response) => {
    if (request.headers.authorization === 'Bearer good-key') jsonAnswer(response, 200, completion('x'));
    else jsonAnswer(response, 401, { error: { message: 'no' } });
  });
  const dir = temporary();
  keyFile(dir, 'old-key');
  const serve = await startServeWith(far(`${upstream.url}/v1`, `, api_key: "\${command:cat ${dir}/key}"`));
  keyFile(dir, 'good-key');
  const first = await ask(serve);
  assert.equal(first.status, 502);
  await eventually('the new key', async () => (await ask(serve)).status === 200);
  assert.doesNotMatch(serve.err, /old-key|good-key/);
  assert.equal(await serve.stop(), 0);
});

test('C4: a command that fails at start is a configuration error; no secret is ever shown', async () => {
  const run = async (args, yaml, env = {}) => {
    const dir = temporary();
    fs.writeFileSync(path.join(dir, 'genai.yaml'), yaml);
    return { ...await genai(args, { cwd: dir, env }), dir };
  };
  const failing = await run(['serve', '--listen', '127.0.0.1:0', '--data-dir', 'data'], far('https://far.example/v1', ', api_key: "${command:sh -c \'echo hidden >&2; exit 4\'}"'));
  assert.equal(failing.code, 2);
  assert.match(failing.err, /genai\.yaml:2:\d+: providers\.far\.api_key: the command 'sh' ended with exit status 4/);
  assert.doesNotMatch(failing.err, /hidden\n/);
  const looked = await run(['config', 'check'], far('https://far.example/v1', ', api_key: "${command:touch ran}"'));
  assert.equal(looked.code, 0, looked.err);
  assert.equal(fs.existsSync(path.join(looked.dir, 'ran')), false, 'a command runs only for serve');
  const shown = await run(['config', 'show', '--origin'], far('https://far.example/v1', ', api_key: "${command:printf hid%s den}", proxy: "http://u:${env:PASSWORD}@proxy.example:1"'), { PASSWORD: 'hidden' });
  assert.equal(shown.code, 0, shown.err);
  assert.doesNotMatch(shown.out + shown.err, /hidden/);
  assert.match(shown.out, /http:\/\/u:\$\{env:PASSWORD\}@proxy\.example:1/);
  const byVariable = await run(['config', 'show', '--json'], far('https://far.example/v1'), { HTTPS_PROXY: 'http://u:hidden@proxy.example:1' });
  assert.doesNotMatch(byVariable.out + byVariable.err, /hidden/);
  assert.match(byVariable.out, /\$\{env:HTTPS_PROXY\}/);
});

test('C4: a key that is written out is warned of, and refused in production', async () => {
  const dir = temporary();
  fs.writeFileSync(path.join(dir, 'genai.yaml'), far('https://far.example/v1', ', api_key: sk-hidden'));
  const checked = await genai(['config', 'check'], { cwd: dir });
  assert.equal(checked.code, 0, checked.err);
  assert.match(checked.err, /warning: provider 'far': its api_key is written out in a file/);
  const shown = await genai(['config', 'show'], { cwd: dir });
  assert.equal(shown.code, 0);
  assert.doesNotMatch(checked.out + checked.err + shown.out + shown.err, /sk-hidden/);
  const refused = await genai(['serve', '--profile', 'production', '--listen', '127.0.0.1:0', '--data-dir', dir], { cwd: dir });
  assert.equal(refused.code, 2);
  assert.match(refused.err, /provider 'far': its api_key is written out in a file, which written_keys: refuse forbids/);
  assert.doesNotMatch(refused.err, /sk-hidden/);
});

// ---- C5

test('C5: with egress rules a provider or proxy that is not listed does not start', async () => {
  const check = async (yaml, env) => {
    const dir = temporary();
    fs.writeFileSync(path.join(dir, 'genai.yaml'), yaml);
    return genai(['serve', '--listen', '127.0.0.1:0', '--data-dir', dir], { cwd: dir, env });
  };
  const unlisted = await check(`${far('https://far.example/v1')}egress: {allow: ["*.other.example"]}\n`);
  assert.equal(unlisted.code, 2);
  assert.match(unlisted.err, /provider 'far': far\.example:443 is not in egress\.allow/);
  const machine = await check(`${far('http://127.0.0.1:9/v1')}egress: {allow: [far.example]}\n`);
  assert.match(machine.err, /127\.0\.0\.1:9 is not in egress\.allow/);
  const proxy = await check(`${far('https://far.example/v1')}egress: {allow: [far.example]}\n`, { HTTPS_PROXY: 'http://proxy.example:3128' });
  assert.match(proxy.err, /its proxy proxy\.example:3128 is not in egress\.allow/);
  const ranged = await check(`${far('https://far.example/v1')}egress: {allow: [10.0.0.0/8, proxy.example]}\n`, { HTTPS_PROXY: 'http://proxy.example:3128' });
  assert.match(ranged.err, /behind a proxy the addresses of a host cannot be checked/);
  const malformed = await check('egress: {allow: ["https://far.example"]}\n');
  assert.equal(malformed.code, 2);
  assert.match(malformed.err, /genai\.yaml:1:\d+: egress\.allow: 'https:\/\/far\.example' is neither a host/);
});

test('C5: what is listed is reached; a name whose addresses are in no listed range is not connected to', async () => {
  const upstream = await scripted((request, response) => jsonAnswer(response, 200, completion('x')));
  const { port } = new URL(upstream.url);
  for (const rule of ['127.0.0.0/8', `localhost:${port}`]) {
    const serve = await serveWith(`${far(`http://localhost:${port}/v1`)}egress: {allow: ["${rule}"]}\n`);
    const answer = await ask(serve);
    assert.equal(answer.status, 200, answer.text);
    assert.equal(await serve.stop(), 0);
  }
  const before = upstream.seen.length;
  await unreachable(await serveWith(`${far(`http://localhost:${port}/v1`)}egress: {allow: [10.0.0.0/8]}\n`), /neither its name nor any of its addresses is in egress\.allow/);
  assert.equal(upstream.seen.length, before);
});
