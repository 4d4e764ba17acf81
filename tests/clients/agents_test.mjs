// Agents for the command line, unmodified, each finishing a loop of tools on the embedded model: the prompt tells the model to call the agent's own
// tool for shell commands, the agent runs it, hands the result back, and the model ends with prose. Three dialects, one port.
//
//   Claude Code  npm @anthropic-ai/claude-code  messages          the last version that is a script: later ones are 364 MB of binary
//   Codex        npm @openai/codex, linux-x64   responses         0.106: later ones are 130 to 400 MB; no such test on other machines
//   Qwen Code    npm @qwen-code/qwen-code       chat completions
//
// None needs an account once an address and some key are in its environment. They run with a home directory of their own.
//
// What the gateway refuses of what they send by themselves, to a model whose provider speaks another dialect:
//   Codex        the tool `web_search`, which runs at OpenAI: off by its configuration here
// Left out: opencode-ai (354 MB) works as well, if its prompt comes by stdin: it puts an argument with blanks into quotes.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';
import { load, place } from './packages.mjs';
import { launch, query, rows, startServe, startServeWith, temporary } from '../serve/harness.mjs';

const { LLMock } = load('@copilotkit/aimock');
const mocks = [];
after(() => Promise.all(mocks.map((mock) => mock.stop())));

const node = path.join(place, 'node');
const inside = (name, file) => path.join(path.dirname(load.resolve(`${name}/package.json`)), file);
const shell = 'echo tool-ran > proof.txt';
const directive = ([name, input]) => `Do as you are told. [[call ${name} ${JSON.stringify(input)}]]`;

// What the agent printed last, as one JSON a line or one JSON in all.
const lines = (out) => out.split('\n').filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));

const agents = {
  'Claude Code': {
    route: '/v1/messages',
    tool: ['Bash', { command: shell }],
    program: () => inside('@anthropic-ai/claude-code', 'cli.js'),
    args: (prompt) => ['-p', prompt, '--output-format', 'json', '--allowedTools', 'Bash'],
    env: (url, model) => ({
      ANTHROPIC_BASE_URL: url, ANTHROPIC_API_KEY: 'x', ANTHROPIC_MODEL: model, ANTHROPIC_SMALL_FAST_MODEL: model, ANTHROPIC_DEFAULT_HAIKU_MODEL: model,
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1', DISABLE_TELEMETRY: '1', DISABLE_ERROR_REPORTING: '1', DISABLE_AUTOUPDATER: '1',
    }),
    said: (out) => {
      const [result] = lines(out);
      assert.deepEqual([result.subtype, result.is_error, result.num_turns], ['success', false, 2], out);
      return { text: result.result, prompt: result.usage.input_tokens, completion: result.usage.output_tokens };
    },
  },
  Codex: {
    route: '/v1/responses',
    tool: ['exec_command', { cmd: shell }],
    program: () => inside('@openai/codex-linux-x64', 'vendor/x86_64-unknown-linux-musl/codex/codex'),
    native: true,
    skip: process.arch !== 'x64' && 'its package is of another architecture',
    args: (prompt) => ['exec', '--skip-git-repo-check', '--dangerously-bypass-approvals-and-sandbox', '--json', prompt],
    env: () => ({ GENAI_TEST_KEY: 'x' }),
    home: (url, model) => ({
      '.codex/config.toml': `model = "${model}"
model_provider = "genai"
${model === 'sim' ? 'web_search = "disabled"' : ''}
[model_providers.genai]
name = "genai"
base_url = "${url}/v1"
env_key = "GENAI_TEST_KEY"
wire_api = "responses"
`,
    }),
    said: (out) => {
      const events = lines(out);
      const command = events.find((event) => event.type === 'item.completed' && event.item.type === 'command_execution');
      assert.equal(command?.item.exit_code, 0, out);
      const ended = events.find((event) => event.type === 'turn.completed');
      assert.ok(ended, out);
      return { text: events.findLast((event) => event.item?.type === 'agent_message').item.text, prompt: ended.usage.input_tokens, completion: ended.usage.output_tokens };
    },
  },
  'Qwen Code': {
    route: '/v1/chat/completions',
    tool: ['run_shell_command', { command: shell, is_background: false }],
    program: () => inside('@qwen-code/qwen-code', 'cli.js'),
    args: (prompt) => ['--yolo', '--auth-type', 'openai', '--output-format', 'json', '-p', prompt],
    env: (url, model) => ({ OPENAI_API_KEY: 'x', OPENAI_BASE_URL: `${url}/v1`, OPENAI_MODEL: model }),
    said: (out) => {
      const result = JSON.parse(out).find((one) => one.type === 'result');
      assert.deepEqual([result.subtype, result.is_error, result.num_turns], ['success', false, 2], out);
      return { text: result.result, prompt: result.usage.input_tokens, completion: result.usage.output_tokens };
    },
  },
};

// Runs one agent in an empty directory: {code, out, err, work}.
async function work(agent, url, model = 'sim') {
  const home = temporary();
  const cwd = temporary();
  for (const [name, text] of Object.entries(agent.home?.(url, model) ?? {})) {
    fs.mkdirSync(path.dirname(path.join(home, name)), { recursive: true });
    fs.writeFileSync(path.join(home, name), text);
  }
  const env = { HOME: home, PATH: `${place}:${process.env.PATH}`, NO_PROXY: '127.0.0.1', ...agent.env(url, model) };
  const args = agent.args(directive(agent.tool));
  const run = agent.native ? launch(args, { program: agent.program(), cwd, env }) : launch([agent.program(), ...args], { program: node, cwd, env });
  const timer = setTimeout(() => run.child.kill('SIGKILL'), 120_000);
  const { code } = await run.ended;
  clearTimeout(timer);
  return { code, out: run.out, err: run.err, cwd };
}

for (const [name, agent] of Object.entries(agents)) {
  test(`${name} finishes a loop of tools on the embedded model`, { timeout: 180_000, skip: agent.skip }, async () => {
    const serve = await startServe();
    const done = await work(agent, serve.url);
    const told = `${done.err}\n${done.out}\n${JSON.stringify(query(serve.dir, 'SELECT route, status, error_code FROM requests'))}`;
    assert.equal(done.code, 0, told);
    assert.equal(fs.readFileSync(path.join(done.cwd, 'proof.txt'), 'utf8'), 'tool-ran\n', told);
    const said = agent.said(done.out);
    assert.ok(said.text.length > 10 && !said.text.includes('[[call'), said.text);

    const all = rows(serve.dir);
    assert.ok(all.every((one) => one.outcome === 'ok'), `nothing of what it sends is refused: ${told}`);
    const turns = all.filter((one) => one.route === agent.route);
    assert.ok(turns.length >= 2, told);
    assert.equal(turns.reduce((sum, one) => sum + one.prompt_tokens, 0), said.prompt, 'it counts what the ledger counts');
    assert.equal(turns.reduce((sum, one) => sum + one.completion_tokens, 0), said.completion);
  });

  test(`${name} says what is wrong when its model is none of ours`, { timeout: 180_000, skip: agent.skip }, async () => {
    const serve = await startServe();
    const done = await work(agent, serve.url, 'nobody');
    assert.ok(!fs.existsSync(path.join(done.cwd, 'proof.txt')));
    assert.match(done.out + done.err, /nobody/, `${done.code}`);
    const all = rows(serve.dir).filter((one) => one.route === agent.route);
    assert.ok(all.length >= 1 && all.every((one) => one.status === 404), JSON.stringify(all.map((one) => one.status)));
  });
}

// The same loop on models of others: aimock in the dialect of the agent, to which everything is handed on, and in another one.
const usage = { prompt_tokens: 21, completion_tokens: 9, total_tokens: 30 };
const fronts = [
  ['Claude Code', 'anthropic', 'v1'], ['Claude Code', 'openai', 'v1'], ['Claude Code', 'gemini', 'v1beta'],
  ['Codex', 'openai', 'v1'], ['Qwen Code', 'openai-compatible', 'v1'], ['Qwen Code', 'anthropic', 'v1'], ['Qwen Code', 'gemini', 'v1beta'],
];
for (const [name, type, version] of fronts) {
  test(`${name} finishes a loop of tools on a model of type ${type}`, { timeout: 180_000, skip: agents[name].skip }, async () => {
    const agent = agents[name];
    const [tool, input] = agent.tool;
    const mock = new LLMock({ port: 0, chunkSize: 20 });
    mock.on({ hasToolResult: true }, { content: 'All done, as you told me.', usage });
    mock.on({ toolName: tool, hasToolResult: false }, { toolCalls: [{ name: tool, arguments: JSON.stringify(input) }], usage });
    mock.onMessage(/[^]*/, { content: 'A title', usage });
    await mock.start();
    mocks.push(mock);
    const serve = await startServeWith(`
listen: 127.0.0.1:0
providers:
  there: {type: ${type}, base_url: "${mock.url}/${version}"}
models:
  model-there: {targets: [{provider: there, model: name-there}]}
`);
    const done = await work(agent, serve.url, 'model-there');
    const told = `${done.err}\n${done.out}\n${JSON.stringify(query(serve.dir, 'SELECT route, status, error_code FROM requests'))}`;
    assert.equal(done.code, 0, told);
    assert.equal(fs.readFileSync(path.join(done.cwd, 'proof.txt'), 'utf8'), 'tool-ran\n', told);
    assert.equal(agent.said(done.out).text, 'All done, as you told me.');
    assert.ok(rows(serve.dir).every((one) => one.outcome === 'ok' && one.prompt_tokens === 21 && one.completion_tokens === 9 && one.estimated === 0), told);
  });
}
