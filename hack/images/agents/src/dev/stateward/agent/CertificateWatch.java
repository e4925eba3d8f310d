package dev.stateward.agent;

import java.io.IOException;
import java.security.GeneralSecurityException;
import javax.management.JMException;
import javax.net.ssl.SSLContext;

/** Cassandra itself looks for new certificates every ten minutes: this has it look as soon as they are there. */
final class CertificateWatch {
  private static final String MESSAGING = "org.apache.cassandra.net:type=MessagingService";

  private final Tls tls;
  private final Beans beans;
  private SSLContext known;

  CertificateWatch(Tls tls, Beans beans) {
    this.tls = tls;
    this.beans = beans;
    try {
      // Before Cassandra reads the same files.
      known = tls.context();
    } catch (IOException | GeneralSecurityException | RuntimeException unreadable) {
      Agent.log("certificates cannot be read yet: " + unreadable);
    }
  }

  void check() throws IOException, GeneralSecurityException, JMException {
    SSLContext now = tls.context();
    if (now == known || beans.names(MESSAGING).isEmpty()) return;
    known = now;
    beans.invoke(MESSAGING, "reloadSslCertificates");
    Agent.log("new connections use the new certificates");
  }
}
