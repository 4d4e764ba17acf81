// Starts the real programs, on free ports and in temporary directories, and looks at the ledger with SQLite's own shell.
// Everything that was started is stopped by its process id when this process ends; tests use harness.mjs, which does so at their end.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const source = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
export const binary = process.env.TEST_BINARY ?? path.join(source, 'build/release/bin/genai');

const children = new Set();
const directories = new Set();
const servers = new Set();
const complaints = [];  // of sanitizers

process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL');
  for (const directory of directories) fs.rmSync(directory, { recursive: true, force: true });
});

export async function stopAll() {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
  await Promise.all([...children].map(kill));
  if (complaints.length > 0) throw new Error(complaints.join('\n'));
}

// What a call that must fail threw.
export async function rejected(promise) {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('the call should have failed');
}

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// The first value that is not undefined, null or false; an error after the time.
export async function eventually(what, look, within = 10_000) {
  const end = Date.now() + within;
  for (;;) {
    const value = await look();
    if (value) return value;
    if (Date.now() > end) throw new Error(`never happened within ${within} ms: ${what}`);
    await sleep(20);
  }
}

export function temporary() {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'genai-test-'));
  directories.add(directory);
  return directory;
}

// Nothing of the machine's configuration and no key reaches a child.
export function environment(extra = {}) {
  return { PATH: process.env.PATH, HOME: temporary(), LC_ALL: 'C.UTF-8', ...extra };
}

async function kill(child) {
  if (child.exitCode === null && child.signalCode === null) {
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }
}

// A process with its exit as a promise: {code, signal}. `descriptors`: how many files it may open.
export function launch(args, { env = {}, cwd, program = binary, descriptors } = {}) {
  const command = descriptors === undefined ? [program, ...args] : ['sh', '-c', `ulimit -n ${descriptors}; exec "$@"`, 'sh', program, ...args];
  const child = spawn(command[0], command.slice(1), { env: environment(env), cwd: cwd ?? temporary(), stdio: ['ignore', 'pipe', 'pipe'] });
  children.add(child);
  const run = { child, pid: child.pid, out: '', err: '' };
  child.stdout.on('data', (bytes) => { run.out += bytes; });
  child.stderr.on('data', (bytes) => { run.err += bytes; });
  run.ended = once(child, 'close').then(([code, signal]) => {
    children.delete(child);
    if (/runtime error:|Sanitizer: /.test(run.err)) complaints.push(run.err);
    return { code, signal };
  });
  return run;
}

// A command that ends by itself: {code, out, err}.
export async function genai(args, options) {
  const run = launch(args, options);
  const { code, signal } = await run.ended;
  return { code: code ?? signal, out: run.out, err: run.err };
}

// A server of ours, ready: {url, port, pid, err, stop(signal) -> exit code}.
async function server(args, options) {
  const run = launch(args, options);
  let over = false;
  run.ended.then(() => { over = true; });
  const ready = await eventually(`${args[0]} listens`, () => over || /listening on (https?:\/\/\S+)\n/.exec(run.err), 20_000);
  if (ready === true) throw new Error(`genai ${args.join(' ')} ended instead of listening:\n${run.err}`);
  run.url = ready[1];
  run.port = Number(new URL(run.url).port);
  run.stop = async (signal = 'SIGTERM') => {
    run.child.kill(signal);
    const { code, signal: by } = await run.ended;
    return code ?? by;
  };
  return run;
}

export async function startServe({ dir = temporary(), args = [], listen = '127.0.0.1:0', upstream, ...options } = {}) {
  const to = upstream === undefined ? [] : ['--upstream', upstream];
  const run = await server(['serve', '--listen', listen, '--data-dir', dir, ...to, ...args], options);
  return Object.assign(run, { dir });
}

// With a configuration: the text of genai.yaml, in a directory of its own.
export async function startServeWith(yaml, options = {}) {
  const cwd = temporary();
  fs.writeFileSync(path.join(cwd, 'genai.yaml'), yaml);
  return startServe({ cwd, ...options });
}

export async function startSim(args = [], options = {}) {
  return server(['sim', '--listen', '127.0.0.1:0', ...args], options);
}

// Rows as SQLite's shell sees them, from outside and while the server runs.
export function query(dir, sql) {
  const text = execFileSync('sqlite3', ['-readonly', '-json', '-cmd', '.timeout 5000', path.join(dir, 'ledger.db'), sql], { encoding: 'utf8', maxBuffer: 1 << 28 });
  return text.trim() === '' ? [] : JSON.parse(text);
}

export const rows = (dir) => query(dir, 'SELECT * FROM requests ORDER BY id');

export function row(dir, requestId) {
  const found = query(dir, `SELECT * FROM requests WHERE request_id = '${requestId.replaceAll("'", "''")}'`);
  if (found.length !== 1) throw new Error(`${found.length} rows for request ${requestId}`);
  return found[0];
}

// An upstream that does exactly as it is told: answer(request, response, body) for each request; `seen` keeps what arrived, in bytes.
export async function scripted(answer) {
  const seen = [];
  const upstream = http.createServer((request, response) => {
    const pieces = [];
    request.on('data', (piece) => pieces.push(piece));
    request.on('end', () => {
      const body = Buffer.concat(pieces);
      const noted = { method: request.method, url: request.url, headers: request.headers, body, closed: false };
      seen.push(noted);
      response.on('close', () => { noted.closed = true; });
      answer(request, response, body, seen.length);
    });
  });
  upstream.listen(0, '127.0.0.1');
  await once(upstream, 'listening');
  servers.add(upstream);
  return { url: `http://127.0.0.1:${upstream.address().port}`, seen };
}

export function jsonAnswer(response, status, value, headers = {}) {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(value));
}

export const completion = (content, usage = { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 }) => ({
  id: 'chatcmpl-scripted', object: 'chat.completion', created: 1, model: 'scripted',
  choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }], usage,
});

export const chunk = (delta, finish_reason = null, more = {}) => ({
  id: 'chatcmpl-scripted', object: 'chat.completion.chunk', created: 1, model: 'scripted',
  choices: [{ index: 0, delta, finish_reason }], ...more,
});

export function beginEvents(response) { response.writeHead(200, { 'content-type': 'text/event-stream' }); }
export function sendEvent(response, value) { response.write(`data: ${typeof value === 'string' ? value : JSON.stringify(value)}\n\n`); }

export const chatBody = (more = {}) => JSON.stringify({ model: 'sim', messages: [{ role: 'user', content: 'hello' }], ...more });

// One chat by fetch: {status, id, headers, text, events, done}. A body that breaks off leaves `broken`.
export async function chat(url, more = {}, options = {}) {
  const answer = { status: 0, id: null, text: '', broken: null };
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: chatBody(more), ...options,
  });
  answer.status = response.status;
  answer.id = response.headers.get('x-request-id');
  answer.headers = response.headers;
  try {
    answer.text = await response.text();
  } catch (error) {
    answer.broken = error;
  }
  answer.events = events(answer.text);
  answer.done = answer.text.endsWith('data: [DONE]\n\n');
  return answer;
}

export function events(text) {
  return text.split('\n\n').filter((one) => one.startsWith('data: ')).map((one) => one.slice(6)).filter((data) => data !== '[DONE]').map((data) => JSON.parse(data));
}

// Bytes to a port and all that comes back, until the other side closes.
export async function raw(port, bytes, within = 10_000) {
  const socket = net.connect(port, '127.0.0.1');
  let got = '';
  socket.on('data', (piece) => { got += piece.toString('latin1'); });
  socket.on('error', () => {});
  await once(socket, 'connect');
  socket.write(bytes);
  const timer = setTimeout(() => socket.destroy(), within);
  await once(socket, 'close');
  clearTimeout(timer);
  return got;
}

export async function freePort() {
  const probe = net.createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address();
  probe.close();
  await once(probe, 'close');
  return port;
}
