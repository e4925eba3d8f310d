package dev.stateward.cassandra;

import io.netty.handler.ssl.CipherSuiteFilter;
import io.netty.handler.ssl.DelegatingSslContext;
import io.netty.handler.ssl.SslContext;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import org.apache.cassandra.security.ISslContextFactory;
import org.apache.cassandra.security.PEMBasedSslContextFactory;

/**
 * Cassandra's own factory, but that clients are asked for a certificate and come in without one, too: Cassandra 5.0 either
 * demands one of everybody or asks nobody, and its authenticator of certificates or passwords then has no choice to make.
 * A certificate that is shown must be trusted all the same.
 */
public final class WantedCertificateSslContextFactory implements ISslContextFactory {
  private final ISslContextFactory pem;

  public WantedCertificateSslContextFactory(Map<String, Object> parameters) {
    pem = new PEMBasedSslContextFactory(parameters);
  }

  @Override
  public SslContext createNettySslContext(boolean verifyPeerCertificate, SocketType socketType, CipherSuiteFilter filter)
      throws SSLException {
    SslContext context = pem.createNettySslContext(verifyPeerCertificate, socketType, filter);
    if (socketType != SocketType.SERVER || !verifyPeerCertificate) return context;
    return new DelegatingSslContext(context) {
      @Override
      protected void initEngine(SSLEngine engine) {
        engine.setWantClientAuth(true);
      }
    };
  }

  @Override
  public SSLContext createJSSESslContext(boolean verifyPeerCertificate) throws SSLException {
    return pem.createJSSESslContext(verifyPeerCertificate);
  }

  @Override
  public void initHotReloading() throws SSLException {
    pem.initHotReloading();
  }

  @Override
  public boolean shouldReload() {
    return pem.shouldReload();
  }

  @Override
  public boolean hasKeystore() {
    return pem.hasKeystore();
  }

  @Override
  public boolean hasOutboundKeystore() {
    return pem.hasOutboundKeystore();
  }

  @Override
  public List<String> getAcceptedProtocols() {
    return pem.getAcceptedProtocols();
  }

  @Override
  public List<String> getCipherSuites() {
    return pem.getCipherSuites();
  }
}
