/** The certificate of an application, as a CA of its own gives it. */
import 'reflect-metadata';
import { createPrivateKey, webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import type { KeyPair } from '../../operators/tls/issue.ts';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

/** Without an identity it says nothing of who has it. */
export async function clientCertificate(signer: KeyPair, identity?: string): Promise<KeyPair> {
  const authority = new x509.X509Certificate(signer.certificate);
  const pkcs8 = createPrivateKey(signer.key).export({ format: 'der', type: 'pkcs8' });
  const signingKey = await webcrypto.subtle.importKey('pkcs8', pkcs8, algorithm, false, ['sign']);
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const names: x509.JsonGeneralName[] =
    identity === undefined ? [{ type: 'dns', value: 'app' }] : [{ type: 'url', value: identity }];
  const certificate = await x509.X509CertificateGenerator.create({
    subject: 'CN=app',
    issuer: authority.subjectName,
    notBefore: authority.notBefore,
    notAfter: authority.notAfter,
    publicKey: keys.publicKey,
    signingKey,
    signingAlgorithm: algorithm,
    extensions: [new x509.SubjectAlternativeNameExtension(names)],
  });
  const key = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  return { certificate: certificate.toString('pem'), key: x509.PemConverter.encode(key, 'PRIVATE KEY') };
}
