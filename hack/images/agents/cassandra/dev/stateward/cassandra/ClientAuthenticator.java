package dev.stateward.cassandra;

import dev.stateward.agent.OperatorCertificate;
import java.net.InetAddress;
import java.nio.file.Path;
import java.security.cert.Certificate;
import java.util.Map;
import org.apache.cassandra.auth.MutualTlsWithPasswordFallbackAuthenticator;

/**
 * Cassandra's own authenticator of certificates or passwords, but that the operator has both: a certificate of the CA of
 * the members, by which alone it is let in to say its password. No identity leads to its role, which somebody could drop,
 * or have a client's CA write into a certificate.
 */
public final class ClientAuthenticator extends MutualTlsWithPasswordFallbackAuthenticator {
  private final Path authorities;

  public ClientAuthenticator(Map<String, String> parameters) {
    super(parameters);
    authorities = Path.of(parameters.get("operator_authorities"));
  }

  @Override
  public SaslNegotiator newSaslNegotiator(InetAddress client, Certificate[] certificates) {
    return isOperator(certificates) ? newSaslNegotiator(client) : super.newSaslNegotiator(client, certificates);
  }

  private boolean isOperator(Certificate[] certificates) {
    return certificates != null
        && certificates.length > 0
        && OperatorCertificate.isOne(certificates[0], authorities);
  }
}
