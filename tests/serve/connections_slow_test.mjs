// Many connections and few descriptors: what is open goes on, nothing spins, nothing grows without bound.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import { test } from 'node:test';
import { beginEvents, chat, chatBody, chunk, eventually, scripted, sendEvent, sleep, startServe } from './harness.mjs';

const ticks = (pid) => {
  const fields = fs.readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /, '').split(' ');
  return Number(fields[11]) + Number(fields[12]);
};
const resident = (pid) => Number(/VmRSS:\s+(\d+)/.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) * 1024;
const metric = (text, name) => Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)[1]);

// CPU ticks (10 ms each) in a second in which nothing is asked for.
async function ticksAtRest(pid) {
  const before = ticks(pid);
  await sleep(1000);
  return ticks(pid) - before;
}

function connections(port, count, bytes) {
  const sockets = [];
  for (let i = 0; i < count; ++i) {
    const socket = net.connect(port, '127.0.0.1');
    socket.on('error', () => {});
    if (bytes) socket.write(bytes);
    sockets.push(socket);
  }
  return sockets;
}

test('H21: 10 000 idle and half-open connections cost a little memory each, no work, and hold nobody up', async (t) => {
  const most = Number(/Max open files\s+(\d+)/.exec(fs.readFileSync('/proc/self/limits', 'utf8'))[1]);
  if (most < 10_200) return t.skip(`this machine allows ${most} open files`);
  const serve = await startServe();
  const before = resident(serve.pid);
  const sockets = [];
  for (let i = 0; i < 100; ++i) {  // in hundreds, so that the listener's backlog holds them
    sockets.push(...connections(serve.port, 50), ...connections(serve.port, 50, 'POST /v1/chat/completions HTTP/1.1\r\nHo'));
    await eventually('accepted', async () => {
      const text = await (await fetch(`${serve.url}/metrics`)).text();
      return metric(text, 'genai_connections_open') >= sockets.length;
    });
  }
  const each = (resident(serve.pid) - before) / sockets.length;
  t.diagnostic(`${Math.round(each)} bytes a connection`);
  assert.ok(each < 16 * 1024, `${each} bytes a connection`);
  const spent = await ticksAtRest(serve.pid);
  assert.ok(spent < 20, `${spent} ticks in a second of rest`);
  assert.equal((await chat(serve.url)).status, 200);
  for (const socket of sockets) socket.destroy();
  assert.equal((await chat(serve.url)).status, 200);
  assert.equal(await serve.stop(), 0);
});

test('L9: out of descriptors: accepting pauses without spinning, open streams go on, a metric counts it, the start warned', async () => {
  let release;
  const released = new Promise((resolve) => { release = resolve; });
  const upstream = await scripted(async (request, response) => {
    beginEvents(response);
    sendEvent(response, chunk({ role: 'assistant', content: 'one' }));
    await released;
    sendEvent(response, chunk({ content: ' two' }));
    sendEvent(response, chunk({}, 'stop'));
    sendEvent(response, '[DONE]');
    response.end();
  });
  const serve = await startServe({ upstream: `${upstream.url}/v1`, descriptors: 64 });
  assert.match(serve.err, /warning: this process may open 64 files/);
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });  // its connection is there before the others come
  const get = async (path) => {
    const [response] = await once(http.get(`${serve.url}${path}`, { agent }), 'response');
    let text = '';
    for await (const piece of response) text += piece;
    return text;
  };
  await get('/health');
  const streaming = http.request(`${serve.url}/v1/chat/completions`, { method: 'POST', headers: { 'content-type': 'application/json' } });
  streaming.end(chatBody({ stream: true }));
  const [stream] = await once(streaming, 'response');
  let said = '';
  stream.on('data', (piece) => { said += piece; });
  const over = once(stream, 'end');
  await eventually('the first token', () => said.includes('one'));

  const sockets = connections(serve.port, 120);
  await eventually('a pause is counted', async () => metric(await get('/metrics'), 'genai_accept_pauses_total') > 0);
  const spent = await ticksAtRest(serve.pid);
  assert.ok(spent < 20, `${spent} ticks in a second of rest`);
  release();
  await over;
  assert.match(said, /two[\s\S]*data: \[DONE\]\n\n$/);

  for (const socket of sockets) socket.destroy();
  await eventually('it accepts again', async () => (await fetch(`${serve.url}/health`).catch(() => null))?.status === 200);
  agent.destroy();
  assert.equal(await serve.stop(), 0);
});
