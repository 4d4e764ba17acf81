// Chromium as a client: what a page of another origin may do, and what a person sees at /docs.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import http from 'node:http';
import { after, test } from 'node:test';
import { promisify } from 'node:util';
import { environment, startServeWith, temporary } from '../serve/harness.mjs';

const execute = promisify(execFile);

// The page as it stands once its scripts have run.
async function seen(url) {
  const args = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run', `--user-data-dir=${temporary()}`, '--virtual-time-budget=20000', '--dump-dom', url];
  const { stdout } = await execute('chromium', args, { env: environment(), maxBuffer: 1 << 26, timeout: 90_000 });
  return stdout;
}

// A site whose one page does `script`, which ends with a text for the page.
async function site(script) {
  const page = `<!doctype html><pre id="said">nothing</pre><script>(async () => {
    const say = (text) => { document.getElementById('said').textContent = text; };
    try { say(await (${script})()); } catch (error) { say('refused: ' + error.name); }
  })();</script>`;
  const server = http.createServer((_, response) => response.writeHead(200, { 'content-type': 'text/html' }).end(page));
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
  after(() => server.close());
  return `http://127.0.0.1:${server.address().port}`;
}
const said = (page) => /<pre id="said">([^<]*)<\/pre>/.exec(page)[1];

// A chat that needs a preflight, and the headers that a page may read.
const asks = (url) => `async () => {
  const response = await fetch('${url}/v1/chat/completions', { method: 'POST', headers: { 'content-type': 'application/json', authorization: 'Bearer x' },
    body: JSON.stringify({ model: 'sim', max_tokens: 3, messages: [{ role: 'user', content: 'hi' }] }) });
  const answer = await response.json();
  return response.status + ' ' + answer.object + ' ' + (response.headers.get('x-request-id') ?? 'none').slice(0, 4);
}`;

test('a page of a listed origin may chat and read the id of its request', { timeout: 120_000 }, async () => {
  // The origin is known once the page is served, and the gateway's address once it listens: the page asks by a redirect of its own.
  let target = '';
  const page = http.createServer((request, response) => {
    if (request.url === '/target') return response.end(target);
    return response.writeHead(200, { 'content-type': 'text/html' }).end(`<!doctype html><pre id="said">nothing</pre><script>(async () => {
      const url = await (await fetch('/target')).text();
      try { document.getElementById('said').textContent = await (${asks("' + url + '")})(); } catch (error) { document.getElementById('said').textContent = 'refused: ' + error.name; }
    })();</script>`);
  });
  await new Promise((ready) => page.listen(0, '127.0.0.1', ready));
  after(() => page.close());
  const origin = `http://127.0.0.1:${page.address().port}`;
  const serve = await startServeWith(`server: {cors: {origins: ["${origin}"]}}\n`);
  target = serve.url;
  assert.equal(said(await seen(origin)), '200 chat.completion req_');
});

test('A12: a page of an origin that is not listed gets nothing', { timeout: 120_000 }, async () => {
  const serve = await startServeWith('server: {cors: {origins: ["http://another.example"]}}\n');
  assert.equal(said(await seen(await site(asks(serve.url)))), 'refused: TypeError');
});

test('/docs shows every operation without any other server', { timeout: 120_000 }, async () => {
  const serve = await startServeWith('log: {requests: "off"}\n');
  const api = await (await fetch(`${serve.url}/openapi.json`)).json();
  const page = await seen(`${serve.url}/docs`);
  for (const path of Object.keys(api.paths)) assert.ok(page.includes(path.replaceAll('&', '&amp;')), path);
});
