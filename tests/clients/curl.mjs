// curl as a process.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { environment } from '../serve/harness.mjs';

export const execute = promisify(execFile);

// {status, headers: [name in lower case, value], body, err}. Of several heads (100 Continue) the last counts; all are in `heads`.
export async function curl(url, args = []) {
  const { stdout, stderr } = await execute('curl', ['-q', '-sS', '-i', '--max-time', '20', ...args, url], { env: environment(), maxBuffer: 1 << 28 });
  let rest = stdout;
  const heads = [];
  while (rest.startsWith('HTTP/')) {
    const end = rest.indexOf('\r\n\r\n');
    heads.push(rest.slice(0, end));
    rest = rest.slice(end + 4);
  }
  const lines = heads.at(-1).split('\r\n');
  const headers = new Map(lines.slice(1).map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]));
  return { status: Number(lines[0].split(' ')[1]), headers, body: rest, heads, err: stderr };
}
