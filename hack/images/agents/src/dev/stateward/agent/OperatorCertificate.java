package dev.stateward.agent;

import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;

/**
 * Whether a certificate is the operator's: by its subject, and by who has signed it, where the CAs of others are trusted
 * as well.
 */
public final class OperatorCertificate {
  private OperatorCertificate() {}

  /**
   * @param certificate one that the TLS layer has found valid
   * @param authorities PEM of the service's own CAs, read each time: they change
   */
  public static boolean isOne(Certificate certificate, Path authorities) {
    if (!(certificate instanceof X509Certificate known)) return false;
    if (Role.of(known.getSubjectX500Principal().getName()) != Role.OPERATOR) return false;
    try {
      return Pem.certificates(authorities).stream().anyMatch(authority -> isSignedBy(known, authority));
    } catch (IOException | GeneralSecurityException unreadable) {
      Agent.log("takes nobody for the operator, " + authorities + " is refused: " + unreadable);
      return false;
    }
  }

  private static boolean isSignedBy(X509Certificate certificate, Certificate authority) {
    try {
      certificate.verify(authority.getPublicKey());
      return true;
    } catch (GeneralSecurityException another) {
      return false;
    }
  }
}
