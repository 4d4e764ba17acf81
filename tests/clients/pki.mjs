// Certificates, made by openssl: one authority, and identities that it signs.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { temporary } from '../serve/programs.mjs';

const pki = temporary();
const openssl = (...args) => execFileSync('openssl', args, { cwd: pki, stdio: ['ignore', 'pipe', 'pipe'] });
const ec = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
openssl('req', '-x509', ...ec, '-keyout', 'ca.key', '-out', 'ca.pem', '-days', '2', '-subj', '/CN=Test CA');

export const ca = path.join(pki, 'ca.pem');

// {certificate, key} of files in a directory of their own. Negative days: it has ended.
export function identity(name, alternatives, place = temporary(), days = 2) {
  const made = { certificate: path.join(place, 'server.pem'), key: path.join(place, 'server.key') };
  openssl('req', ...ec, '-keyout', made.key, '-out', 'request.pem', '-subj', `/CN=${name}`);
  fs.writeFileSync(path.join(pki, 'names'), `subjectAltName=${alternatives}\n`);
  openssl('x509', '-req', '-in', 'request.pem', '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', String(days), '-extfile', 'names', '-out', made.certificate);
  fs.chmodSync(made.key, 0o600);
  return made;
}

// Signed by itself.
export function selfSigned(name, alternatives, place = temporary()) {
  const made = { certificate: path.join(place, 'server.pem'), key: path.join(place, 'server.key') };
  openssl('req', '-x509', ...ec, '-keyout', made.key, '-out', made.certificate, '-days', '2', '-subj', `/CN=${name}`, '-addext', `subjectAltName=${alternatives}`);
  return made;
}
