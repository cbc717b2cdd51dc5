import { expect, test } from '@jest/globals';
import { offeredSchemes } from './connection-options.ts';

const ca = Buffer.from('authority');
const cert = Buffer.from('certificate');
const user = Buffer.from('admin');

test.each([
  { name: 'with nothing', mechanism: undefined, tls: undefined, offered: [] },
  { name: 'that may choose', mechanism: 'Auto', tls: undefined, offered: ['sasl', 'digest'] },
  { name: 'with SASL, over TLS', mechanism: 'Sasl', tls: { ca }, offered: ['sasl'] },
  {
    name: 'with a digest and a certificate',
    ...({ mechanism: 'Digest', tls: { ca, cert }, offered: ['digest', 'x509'] } as const),
  },
  { name: 'with a certificate alone', mechanism: undefined, tls: { cert }, offered: ['x509'] },
] as const)('a client $name offers $offered', ({ mechanism, tls, offered }) => {
  const credentials = mechanism === undefined ? undefined : { user, password: user, mechanism };
  expect(offeredSchemes(credentials, tls)).toEqual(offered);
});
