// The benchmarks behind packaging/bench.sh. Each row: what was measured, the reference in the same run, their ratio, the target.
// Processor time is that of all threads (for nginx: of all workers), user and system, over whole runs; medians of alternating repeats.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import {
  binary, environment, eventually, freePort, launch, query, sleep, source, startServe, startSim, stopAll, temporary,
} from '../tests/serve/programs.mjs';

const repeats = Number(process.env.BENCH_REPEATS ?? 5);
const seconds = Number(process.env.BENCH_SECONDS ?? 5);
const ticks = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
const processors = os.availableParallelism();

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const quantile = (values, q) => values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * q))];
const shown = (value) => (value === null || value === undefined ? '-' : value >= 100 ? value.toFixed(0) : value.toPrecision(3));

// ---- the table

const columns = [46, 12, 12, 7, 22, 8];
const line = (cells) => console.log(cells.map((cell, i) => (i === 0 ? cell.padEnd(columns[i]) : cell.padStart(columns[i]))).join(' ').trimEnd());
let missed = 0;

function report(what, unit, measured, { most, reference = null, mostRatio = null }) {
  const ratio = reference === null ? null : measured / reference;
  const met = (most === null || measured <= most) && (mostRatio === null || ratio <= mostRatio);
  if (!met) missed += 1;
  const target = [most === null ? '' : `<= ${shown(most)}`, mostRatio === null ? '' : `<= ${mostRatio} x`].filter(Boolean).join(', ');
  line([`${what} [${unit}]`, shown(measured), shown(reference), shown(ratio), target, met ? 'met' : 'missed']);
}
const remark = (text) => console.log(`    ${text}`);

// ---- processes

// Seconds of processor time: proc(5), utime and stime. A process's threads are in it, its children are not.
function cpuSeconds(pid) {
  const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticks;
}

function memoryMb(pid, key = 'VmRSS') {
  return Number(new RegExp(`${key}:\\s+(\\d+) kB`).exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;
}

async function reachable(port) {
  const socket = net.connect(port, '127.0.0.1');
  const open = await Promise.race([once(socket, 'connect').then(() => true, () => false), sleep(1000).then(() => false)]);
  socket.destroy();
  return open;
}

const answer = JSON.stringify({
  id: 'chatcmpl-instant', object: 'chat.completion', created: 1, model: 'instant',
  choices: [{ index: 0, message: { role: 'assistant', content: 'An instant answer that has been said before. '.repeat(6).trim() }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 210, completion_tokens: 60, total_tokens: 270 },
});
const question = JSON.stringify({ model: 'instant', temperature: 0.5, messages: [{ role: 'system', content: 'You are brief.' },
  { role: 'user', content: 'Tell me again what has been said before. '.repeat(22).trim() }] });

// A certificate for this machine that signs itself: {certificate, key}.
function selfSigned() {
  const place = temporary();
  const files = { certificate: path.join(place, 'server.pem'), key: path.join(place, 'server.key') };
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj', '/CN=bench',
    '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', files.key, '-out', files.certificate], { stdio: 'ignore' });
  fs.chmodSync(files.key, 0o600);
  return files;
}

// nginx with as many workers as `serve` has loops. location: lines of its configuration, told the upstream's address if there is one. tls: the files of
// a certificate to serve https with.
async function nginx(location, upstream, tls) {
  const place = temporary();
  const port = await freePort();
  const pool = upstream === undefined ? '' : `upstream pool { server ${new URL(upstream).host}; keepalive 512; keepalive_requests 1000000000; }`;
  fs.writeFileSync(path.join(place, 'nginx.conf'), `
    daemon off; pid ${place}/pid; error_log ${place}/error.log warn; worker_processes ${processors}; worker_rlimit_nofile 20000;
    ${process.getuid() === 0 ? 'user root;' : ''}
    events { worker_connections 8192; }
    http {
      access_log off; keepalive_requests 1000000000; keepalive_timeout 600s; client_body_buffer_size 64k; default_type application/json;
      client_body_temp_path ${place}/body; proxy_temp_path ${place}/proxy; fastcgi_temp_path ${place}/fastcgi; uwsgi_temp_path ${place}/uwsgi; scgi_temp_path ${place}/scgi;
      ${pool}
      ${tls === undefined ? '' : `ssl_certificate ${tls.certificate}; ssl_certificate_key ${tls.key};`}
      server { listen 127.0.0.1:${port} ${tls === undefined ? '' : 'ssl'} reuseport; location / { ${location} } }
    }`);
  const run = launch(['-c', path.join(place, 'nginx.conf'), '-e', path.join(place, 'error.log')], { program: 'nginx' });
  await eventually('nginx listens', () => reachable(port));
  const children = () => fs.readFileSync(`/proc/${run.pid}/task/${run.pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);
  const workers = await eventually('nginx has its workers', () => children().length === processors && children());
  return { url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`, cpu: () => workers.reduce((sum, worker) => sum + cpuSeconds(worker), 0),
           async stop() { run.child.kill('SIGTERM'); await run.ended; } };
}

const instant = (tls, said = answer) => nginx(`return 200 '${said}';`, undefined, tls);
// The same answer as Anthropic gives it.
const message = JSON.stringify({ id: 'msg_bench', type: 'message', role: 'assistant', model: 'instant', content: [{ type: 'text', text: JSON.parse(answer).choices[0].message.content }],
  stop_reason: 'end_turn', stop_sequence: null, usage: { input_tokens: 210, output_tokens: 60 } });
const passing = 'proxy_pass http://pool; proxy_http_version 1.1; proxy_set_header Connection "";';

async function gateway(options) {
  const serve = await startServe(options);
  return Object.assign(serve, { cpu: () => cpuSeconds(serve.pid) });
}

// A program with its processor time: {out, cpu}.
async function timed(program, args) {
  const child = spawn('bash', ['-c', 'TIMEFORMAT="%U %S"; time "$@" 2>&3', 'bash', program, ...args], { env: environment(), stdio: ['ignore', 'pipe', 'pipe', 'pipe'] });
  const got = ['', '', '', ''];
  for (const i of [1, 2, 3]) child.stdio[i].on('data', (piece) => { got[i] += piece; });
  const [code] = await once(child, 'close');
  const [user, system] = got[2].trim().split(' ').map(Number);
  return { out: got[1], err: got[3], code, cpu: user + system };
}

async function wrk(url, { connections = 32, body } = {}) {
  const place = temporary();
  const script = path.join(place, 'post.lua');
  const post = body === undefined ? [] : ['-s', script];
  if (body !== undefined) fs.writeFileSync(script, `wrk.method = "POST"\nwrk.headers["Content-Type"] = "application/json"\nwrk.body = [[${body}]]\n`);
  const { out, err, cpu } = await timed('wrk', ['-t1', `-c${connections}`, `-d${seconds}s`, ...post, url]);
  const count = /(\d+) requests in/.exec(out);
  if (!count || /Non-2xx|Socket errors/.test(out)) throw new Error(`wrk: ${out}${err}`);
  return { requests: Number(count[1]), cpu };
}

async function loadtest(args, { mayBeLate = false } = {}) {
  const { out, err, code, cpu } = await timed(binary, ['loadtest', ...args, '--format', 'json', '--quiet']);
  if (code !== 0 && !(mayBeLate && code === 4)) throw new Error(`loadtest ${args.join(' ')}: exit ${code}\n${err}${out}`);
  const run = JSON.parse(out);
  if (run.requests.failed > 0) throw new Error(`loadtest: ${JSON.stringify(run.errors)}`);
  return Object.assign(run, { cpu });
}

const bodyFile = () => {
  const file = path.join(temporary(), 'body.json');
  fs.writeFileSync(file, question);
  return file;
};

// Processor time a request, in microseconds: {name: median} of paths = {name: {proxy, route, body}}, measured in turns. `answered` counts by name.
async function compare(paths, answered = {}) {
  const costs = {};
  for (let round = 0; round <= repeats; ++round) {
    for (const [name, { proxy, route, body }] of Object.entries(paths)) {
      const before = proxy.cpu();
      const { requests } = await wrk(proxy.url + route, { body });
      await sleep(200);
      if (round > 0) (costs[name] ??= []).push((proxy.cpu() - before) / requests * 1e6);  // the first round warms up
      answered[name] = (answered[name] ?? 0) + requests;
    }
  }
  return Object.fromEntries(Object.entries(costs).map(([name, values]) => [name, median(values)]));
}

// ---- the benchmarks

async function benchGateway() {
  const upstream = await instant();
  const reference = await nginx(passing, upstream.url);
  const serve = await gateway({ upstream: `${upstream.url}/v1` });
  const route = '/v1/chat/completions';
  const counts = {};
  const costs = await compare({ reference: { proxy: reference, route, body: question }, serve: { proxy: serve, route, body: question } }, counts);
  const answered = counts.serve;
  // wrk hangs up on what is open when its time is over; loadtest waits, so that there the two counts are equal.
  const count = () => query(serve.dir, "SELECT count(*) AS n FROM requests WHERE outcome = 'ok'")[0].n;
  await sleep(500);
  const cut = count() - answered;
  const before = count();
  const { requests } = await loadtest([`${serve.url}/v1`, '--model', 'instant', '--body', bodyFile(), '--concurrency', '32', '--duration', '2s']);
  const rows = count() - before;
  report('gateway: CPU a request', 'us', costs.serve, { most: 30, reference: costs.reference, mostRatio: 2.1 });
  remark(`1 KB chat, closed loop of 32 connections, ledger and metrics on; reference: nginx proxy_pass; upstream: nginx; ${processors} loops, ${processors} workers`);
  remark(`${answered} answers by wrk, ${cut} more rows of requests it hung up on; ${requests.ok} answers by loadtest, ${rows} rows`);
  if (rows !== requests.ok || cut < 0 || cut > 32 * (repeats + 1)) throw new Error('rows and answers differ');
  for (const one of [serve, reference, upstream]) await one.stop();
}

// The same with TLS towards clients and towards the upstream.
async function benchTls() {
  const files = selfSigned();
  const upstream = await instant(files);
  const reference = await nginx(passing.replace('http://pool', 'https://pool'), upstream.url, files);
  const config = path.join(temporary(), 'genai.yaml');
  fs.writeFileSync(config, `server:
  tls: {certificate: "${files.certificate}", key: "${files.key}"}
providers:
  far: {type: openai-compatible, base_url: "${upstream.url}/v1", ca: "${files.certificate}"}
models:
  instant: {targets: [{provider: far, model: instant}]}
`);
  const serve = await gateway({ args: ['--config', config] });
  const route = '/v1/chat/completions';
  const costs = await compare({ reference: { proxy: reference, route, body: question }, serve: { proxy: serve, route, body: question } });
  report('tls: CPU a request, TLS on both sides', 'us', costs.serve, { most: null, reference: costs.reference, mostRatio: 1.7 });
  remark('as gateway, with TLS 1.3 on kept connections to clients and upstream; reference: nginx with TLS on both sides');
  for (const one of [serve, reference, upstream]) await one.stop();
}

// A gateway in front of a provider of that type.
function gatewayTo(type, url) {
  const config = path.join(temporary(), 'genai.yaml');
  fs.writeFileSync(config, `providers:\n  there: {type: ${type}, base_url: "${url}/v1"}\nmodels:\n  instant: {targets: [{provider: there, model: instant}]}\n`);
  return gateway({ args: ['--config', config] });
}

// What it costs that client and upstream speak different dialects; the reference is the same gateway without that.
async function benchTranslate() {
  const upstream = await instant();
  const other = await instant(undefined, message);
  const serve = await gateway({ upstream: `${upstream.url}/v1` });
  const across = await gatewayTo('anthropic', other.url);
  const asked = JSON.parse(question);
  const asMessage = JSON.stringify({ model: 'instant', max_tokens: 512, temperature: 0.5, system: asked.messages[0].content, messages: asked.messages.slice(1) });
  const costs = await compare({
    same: { proxy: serve, route: '/v1/chat/completions', body: question },
    translated: { proxy: serve, route: '/v1/messages', body: asMessage },
    back: { proxy: across, route: '/v1/chat/completions', body: question },
  });
  report('translate: more CPU a request, Anthropic to OpenAI', 'us', costs.translated - costs.same, { most: 10, reference: costs.same });
  report('translate: more CPU a request, OpenAI to Anthropic', 'us', costs.back - costs.same, { most: 10, reference: costs.same });
  remark('1 KB message, plain answer, as gateway; reference: the same chat in the dialect of its upstream');
  for (const one of [across, serve, other, upstream]) await one.stop();
}

// A prompt of 128 KB, which nginx buffers in memory, too.
async function benchLarge() {
  const upstream = await instant();
  const reference = await nginx(`${passing} client_body_buffer_size 256k;`, upstream.url);
  const serve = await gateway({ upstream: `${upstream.url}/v1` });
  const body = JSON.stringify({ model: 'instant', messages: [{ role: 'user', content: 'Tell me again what has been said before. '.repeat(3200).trim() }] });
  const route = '/v1/chat/completions';
  const costs = await compare({ reference: { proxy: reference, route, body }, serve: { proxy: serve, route, body } });
  report('large: CPU a request of 128 KB', 'us', costs.serve, { most: null, reference: costs.reference, mostRatio: 1.6 });
  remark('as gateway; reference: nginx proxy_pass with the body buffered in memory');
  for (const one of [serve, reference, upstream]) await one.stop();
}

async function benchSse() {
  const sim = await startSim(['--ttft', '20ms', '--itl', '20ms', '--output-tokens', '200']);
  const reference = await nginx(`${passing} proxy_buffering off; proxy_read_timeout 600s;`, sim.url);
  const serve = await gateway({ upstream: `${sim.url}/v1` });
  const across = await gatewayTo('anthropic', sim.url);
  const costs = { reference: [], serve: [], across: [] };
  for (let round = 0; round < Math.min(repeats, 3); ++round) {
    for (const [name, proxy, model] of [['reference', reference, 'sim'], ['serve', serve, 'sim'], ['across', across, 'instant']]) {
      const before = proxy.cpu();
      const run = await loadtest([`${proxy.url}/v1`, '--model', model, '--stream', '--concurrency', '256', '--duration', `${2 * seconds}s`], { mayBeLate: true });
      costs[name].push((proxy.cpu() - before) / run.tokens.output * 1e6);
    }
  }
  report('sse: CPU an event', 'us', median(costs.serve), { most: 14, reference: median(costs.reference), mostRatio: 1.35 });
  report('sse: CPU an event, Anthropic to OpenAI', 'us', median(costs.across), { most: null, reference: median(costs.reference), mostRatio: 1.8 });
  remark(`256 streams, one token every 20 ms each, usage read on the way; reference: nginx, proxy_buffering off, in OpenAI's dialect`);
  for (const one of [across, serve, reference, sim]) await one.stop();
}

function probeSync(dir) {
  const file = fs.openSync(path.join(dir, 'probe'), 'w');
  const page = Buffer.alloc(4096);
  const times = [];
  for (let i = 0; i < 1000; ++i) {
    fs.writeSync(file, page);
    const began = performance.now();
    fs.fdatasyncSync(file);
    times.push(performance.now() - began);
  }
  fs.closeSync(file);
  return { p50: quantile(times, 0.5), p99: quantile(times, 0.99) };
}

async function benchLatency() {
  const upstream = await instant();
  const serve = await gateway({ upstream: `${upstream.url}/v1` });
  const body = bodyFile();
  const added = { p50: [], p99: [] };
  const sync = { p50: [], p99: [] };
  const late = [];
  for (let round = 0; round < repeats; ++round) {
    const runs = {};
    for (const [name, url] of [['direct', upstream.url], ['through', serve.url]]) {
      runs[name] = await loadtest([`${url}/v1`, '--model', 'instant', '--body', body, '--rate', '2000', '--warmup', '1s', '--duration', `${seconds}s`], { mayBeLate: true });
      if (!runs[name].valid) late.push(name);
    }
    const probe = probeSync(serve.dir);
    for (const q of ['p50', 'p99']) {
      added[q].push(runs.through.metrics.e2e[`${q}_ms`] - runs.direct.metrics.e2e[`${q}_ms`]);
      sync[q].push(probe[q]);
    }
  }
  const of = (values) => median(values);
  report('latency: added at 2000 req/s, p50', 'ms', of(added.p50), { most: 1 + of(sync.p50) });
  report('latency: added at 2000 req/s, p99', 'ms', of(added.p99), { most: 10 });
  remark(`open loop, through serve less direct; fdatasync of 4 KiB in the same directory: p50 ${shown(of(sync.p50))} ms, p99 ${shown(of(sync.p99))} ms`);
  if (late.length > 0) remark(`the generator was late in ${late.length} of ${2 * repeats} runs: this machine is too busy for these two figures`);
  for (const one of [serve, upstream]) await one.stop();
}

async function benchLoadtest() {
  const target = await instant();
  const costs = { wrk: [], ours: [] };
  for (let round = 0; round < repeats; ++round) {
    const reference = await wrk(`${target.url}/`, { connections: 64 });
    costs.wrk.push(reference.cpu / reference.requests * 1e5);
    const run = await loadtest([`${target.url}/`, '--concurrency', '64', '--duration', `${seconds}s`], { mayBeLate: true });
    costs.ours.push(run.cpu / run.requests.ok * 1e5);
  }
  report('loadtest: CPU of 100k requests', 's', median(costs.ours), { most: 0.9, reference: median(costs.wrk) });
  remark('closed loop of 64 connections against nginx; reference: wrk');
  await target.stop();

  const sim = await startSim(['--ttft', '20ms', '--itl', '20ms', '--output-tokens', '200']);
  const events = [];
  for (let round = 0; round < Math.min(repeats, 3); ++round) {
    const run = await loadtest([`${sim.url}/v1`, '--model', 'sim', '--stream', '--concurrency', '256', '--duration', `${seconds}s`], { mayBeLate: true });
    events.push(run.cpu / run.tokens.output * 1e5);
  }
  report('loadtest: CPU of 100k events', 's', median(events), { most: 0.8 });
  remark('256 streams of genai sim, one token every 20 ms each');
  await sim.stop();
}

async function timeStart() {
  const began = performance.now();
  const serve = await startServe();
  const response = await fetch(`${serve.url}/health`);
  if (response.status !== 200) throw new Error(`health: ${response.status}`);
  const took = performance.now() - began;
  await response.arrayBuffer();
  return { serve, took };
}

async function benchStart() {
  const times = [];
  const idle = [];
  for (let round = 0; round < 2 * repeats + 1; ++round) {
    const { serve, took } = await timeStart();
    if (round > 0) {
      times.push(took);
      await sleep(200);
      idle.push(memoryMb(serve.pid));
    }
    await serve.stop();
  }
  report('start: to the first 200', 'ms', median(times), { most: 100 });
  report('start: memory at rest', 'MB', median(idle), { most: 20 });

  const streams = 5000;
  const sim = await startSim(['--ttft', '1s', '--itl', '500ms', '--output-tokens', '60']);
  const serve = await gateway({ upstream: `${sim.url}/v1` });
  const load = loadtest([`${serve.url}/v1`, '--model', 'sim', '--stream', '--concurrency', String(streams), '--duration', '10s', '--drain', '60s'], { mayBeLate: true });
  const open = async () => Number(/genai_requests_open (\d+)/.exec(await (await fetch(`${serve.url}/metrics`)).text())[1]) >= streams;
  await eventually(`${streams} streams are open`, open, 30_000);
  await sleep(3000);
  const memory = memoryMb(serve.pid);
  await load;
  report(`start: memory with ${streams} open streams`, 'MB', memory, { most: 250 });
  remark(`fresh data directory each time; at most ${shown(memoryMb(serve.pid, 'VmHWM'))} MB during the run with streams`);
  for (const one of [serve, sim]) await one.stop();
}

// More is better, here alone.
function reportRate(what, measured, { least, reference = null, leastRatio = null }) {
  const ratio = reference === null ? null : measured / reference;
  const met = (least === null || measured >= least) && (leastRatio === null || ratio >= leastRatio);
  if (!met) missed += 1;
  const target = [least === null ? '' : `>= ${least}`, leastRatio === null ? '' : `>= ${leastRatio} x`].filter(Boolean).join(', ');
  line([`${what} [MB/s]`, shown(measured), shown(reference), shown(ratio), target, met ? 'met' : 'missed']);
}

// MB/s of processor time, the collector's threads included; the first two runs warm up.
function rate(bytes, work) {
  const rates = [];
  for (let round = 0; round < repeats + 2; ++round) {
    const before = process.cpuUsage();
    work();
    const used = process.cpuUsage(before);
    if (round > 1) rates.push(bytes / (used.user + used.system));
  }
  return median(rates);
}

async function benchTokens() {
  const { prose, code } = await import('../tests/clients/corpus.mjs');
  const load = createRequire(path.join(process.env.TEST_PACKAGES ?? path.join(source, 'build/clients'), 'package.json'));
  const place = temporary();
  const perf = path.join(path.dirname(binary), 'domain_tokens_encode_perf');
  const measured = (...args) => JSON.parse(execFileSync(perf, args, { encoding: 'utf8' }));
  const texts = { prose: prose(5_000_000), code: code(5_000_000) };
  for (const name of ['o200k_base', 'cl100k_base']) {
    const short = name.replace('_base', '');
    const wasm = load('tiktoken').get_encoding(name);
    const script = load(`gpt-tokenizer/cjs/encoding/${name}`);
    for (const [kind, text] of Object.entries(texts)) {
      const bytes = Buffer.byteLength(text);
      const file = path.join(place, kind);
      fs.writeFileSync(file, text);
      const ours = measured(name, file, String(2 * repeats + 1));
      const theirs = { encode: rate(bytes, () => script.encode(text)), count: rate(bytes, () => script.countTokens(text)), wasm: rate(bytes, () => wasm.encode_ordinary(text)) };
      const least = name === 'o200k_base' ? 120 : null;
      reportRate(`encode ${kind}, ${short}; gpt-tokenizer`, ours.encode_mb_s, { least, reference: theirs.encode, leastRatio: 6 });
      reportRate(`count ${kind}, ${short}; gpt-tokenizer`, ours.count_mb_s, { least, reference: theirs.count, leastRatio: 6 });
      reportRate(`encode ${kind}, ${short}; tiktoken`, ours.encode_mb_s, { least: null, reference: theirs.wasm, leastRatio: 15 });
      remark(`${bytes} bytes, ${ours.tokens} tokens`);
    }
    wasm.free();
  }
  for (const name of ['o200k_base', 'cl100k_base', 'r50k_base']) {
    const runs = measured(name, '--runs');
    report(`tokens: 1 MB of one character, ${name}`, 'ms', runs.one_character_ms, { most: 50 });
    report(`tokens: 1 MB of random letters, ${name}`, 'ms', runs.random_letters_ms, { most: 50 });
    remark(`the slowest of 20 scripts; 16 MB take ${runs.one_character_growth} and ${runs.random_letters_growth} times 16 MB's share`);
  }
  report('tokens: a chat request of 1 KB', 'us', measured('o200k_base', '--chat').us, { most: 9 });
  const file = path.join(place, 'hello');
  fs.writeFileSync(file, 'hello world');
  const times = [];
  const memory = [];
  for (let round = 0; round < 4 * repeats + 1; ++round) {
    const began = performance.now();
    execFileSync(binary, ['tokens', file], { env: environment() });
    times.push(performance.now() - began);
    // Its peak while it waits for more input.
    const child = spawn(binary, ['tokens', '-'], { env: environment(), stdio: ['pipe', 'ignore', 'inherit'] });
    child.stdin.write('hello world '.repeat(10));
    await sleep(50);
    memory.push(memoryMb(child.pid, 'VmHWM'));
    child.stdin.end();
    await once(child, 'exit');
  }
  report('tokens: "hello world", whole process', 'ms', median(times), { most: 20 });
  report('tokens: "hello world", peak memory', 'MB', median(memory), { most: 40 });
}

const benchmarks = { gateway: benchGateway, translate: benchTranslate, large: benchLarge, tls: benchTls, sse: benchSse, latency: benchLatency, loadtest: benchLoadtest, start: benchStart, tokens: benchTokens };
const names = process.argv.slice(2);
const unknown = names.find((name) => !(name in benchmarks));
if (unknown !== undefined) {
  console.error(`no benchmark '${unknown}': ${Object.keys(benchmarks).join(', ')}`);
  process.exit(2);
}
console.log(`${execFileSync(binary, ['--version'], { encoding: 'utf8' }).trim()}; ${processors} processors, ${os.cpus()[0].model.trim()}, load ${os.loadavg()[0].toFixed(1)}`);
line(['what', 'measured', 'reference', 'ratio', 'target', '']);
for (const name of names.length > 0 ? names : Object.keys(benchmarks)) await benchmarks[name]();
await stopAll();
process.exitCode = missed > 0 ? 1 : 0;
