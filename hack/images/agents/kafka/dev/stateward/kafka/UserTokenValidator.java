package dev.stateward.kafka;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.security.auth.login.AppConfigurationEntry;
import org.apache.kafka.common.security.oauthbearer.BrokerJwtValidator;
import org.apache.kafka.common.security.oauthbearer.JwtValidator;
import org.apache.kafka.common.security.oauthbearer.JwtValidatorException;
import org.apache.kafka.common.security.oauthbearer.OAuthBearerToken;

/**
 * Kafka's own validator, but for two things. Nobody is a member, the operator or those who do not say who they are, because
 * the issuer calls him so. And an issuer that does not answer keeps its clients out, but no broker from starting: its
 * keys are asked for until they come.
 */
public final class UserTokenValidator implements JwtValidator {
  /** A broker that starts waits so long: its clients take a refusal for the last word. */
  private static final long PATIENCE_MS = 3_000;
  private static final long RETRY_MS = 5_000;

  private final CountDownLatch asked = new CountDownLatch(1);
  private volatile JwtValidator known;
  private Thread asking;

  @Override
  public void configure(Map<String, ?> configs, String mechanism, List<AppConfigurationEntry> entries) {
    asking = new Thread(() -> ask(configs, mechanism, entries), "stateward-issuer");
    asking.setDaemon(true);
    asking.start();
    try {
      asked.await(PATIENCE_MS, TimeUnit.MILLISECONDS);
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
  }

  private void ask(Map<String, ?> configs, String mechanism, List<AppConfigurationEntry> entries) {
    try {
      while (!isKnown(configs, mechanism, entries)) Thread.sleep(RETRY_MS);
    } catch (InterruptedException closed) {
      Thread.currentThread().interrupt();
    }
  }

  private boolean isKnown(Map<String, ?> configs, String mechanism, List<AppConfigurationEntry> entries) {
    try {
      JwtValidator validator = new BrokerJwtValidator();
      validator.configure(configs, mechanism, entries);
      known = validator;
      return true;
    } catch (RuntimeException refused) {
      log("lets nobody in by a token until the issuer gives its keys: " + refused);
      return false;
    } finally {
      asked.countDown();
    }
  }

  private static void log(String message) {
    System.err.println("stateward-agent: " + message);
  }

  @Override
  public OAuthBearerToken validate(String token) throws JwtValidatorException {
    JwtValidator validator = known;
    if (validator == null) throw new JwtValidatorException("the keys of the issuer are not known yet");
    OAuthBearerToken found = validator.validate(token);
    String name = found.principalName();
    if (isReserved(name)) throw new JwtValidatorException("no issuer may call anybody " + name);
    return found;
  }

  private static boolean isReserved(String name) {
    return name.startsWith("stateward:") || name.equals("ANONYMOUS");
  }

  @Override
  public void close() throws IOException {
    asking.interrupt();
    if (known != null) known.close();
  }
}
